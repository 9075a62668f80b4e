//! Finding the first request that was routed by new weights.

use std::{collections::VecDeque, time::Instant};

/// So many answers are looked at together.
const WINDOW: usize = 10;

/// Looks at the answers one after the other, and tells the first that the old weights would not have given.
///
/// HAProxy's weighted round robin is smooth: a version with a share of 5 % answers every 20th request, not two in a row. So a version
/// that had no traffic is routed anew with its first answer; else more answers of it within ten than the old share gives, by a
/// margin for answers that overtake each other, prove the change, and the first of them that came too soon after the one before was
/// the first to be routed anew.
#[derive(Debug)]
pub struct RoutedAnew {
    old_share: u8,
    window: VecDeque<(bool, Instant)>,
}

impl RoutedAnew {
    /// For a version that had `old_share` percent of the traffic (0–99) and shall have clearly more.
    #[must_use]
    pub fn new(old_share: u8) -> Self {
        Self {
            old_share: old_share.min(99),
            window: VecDeque::with_capacity(WINDOW),
        }
    }

    /// Takes one more answer, and says when the first that was routed anew had come, once it is certain.
    pub fn see(&mut self, is_of_version: bool, received: Instant) -> Option<Instant> {
        if self.old_share == 0 {
            return is_of_version.then_some(received);
        }
        if self.window.len() == WINDOW {
            self.window.pop_front();
        }
        self.window.push_back((is_of_version, received));
        let seen = self.window.iter().filter(|(of_version, _)| *of_version).count();
        let usual = (WINDOW * usize::from(self.old_share)).div_ceil(100);
        let proof = (usual + 3).min(WINDOW);
        if seen >= proof {
            self.first_too_soon()
        } else {
            None
        }
    }

    /// The first answer of the version that came after less than half of the usual number of answers.
    fn first_too_soon(&self) -> Option<Instant> {
        let usual_distance = 100 / usize::from(self.old_share);
        let mut before = None;
        for (position, (of_version, received)) in self.window.iter().enumerate() {
            if !of_version {
                continue;
            }
            if before.is_some_and(|before| (position - before) * 2 <= usual_distance) {
                return Some(*received);
            }
            before = Some(position);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// The position of the answer that is found to be the first, in a text of one letter an answer: `x` of the version.
    fn found(old_share: u8, answers: &str) -> Option<usize> {
        let start = Instant::now();
        let mut routed = RoutedAnew::new(old_share);
        let times: Vec<Instant> = (0..answers.len() as u64)
            .map(|n| start + Duration::from_millis(n))
            .collect();
        let found = answers
            .chars()
            .zip(&times)
            .find_map(|(letter, time)| routed.see(letter == 'x', *time))?;
        times.iter().position(|time| *time == found)
    }

    #[test]
    fn a_version_without_traffic_is_routed_anew_with_its_first_answer() {
        assert_eq!(found(0, "....x..."), Some(4));
        assert_eq!(found(0, "........"), None);
    }

    #[test]
    fn the_old_share_alone_proves_nothing() {
        assert_eq!(found(5, &"x...................".repeat(20)), None);
        assert_eq!(found(50, &"x.".repeat(200)), None);
    }

    #[test]
    fn answers_that_overtake_each_other_prove_nothing() {
        assert_eq!(found(50, &"x.x..xx.xx..".repeat(50)), None);
        assert_eq!(
            found(5, &"x.x.......................................".repeat(20)),
            None
        );
    }

    #[test]
    fn the_first_answer_that_came_too_soon_is_told() {
        assert_eq!(found(5, "..........x.x.x.x.x.x.x.x"), Some(12));
        assert_eq!(found(50, ".x.x.x.x.x.xxxxxxxxxxxxxx"), Some(12));
    }
}
