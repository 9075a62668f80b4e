use crate::InstanceState;

/// An instance, as far as it matters for the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    /// How far it is.
    pub(crate) state: InstanceState,
    /// Whether it runs what is wanted now.
    pub(crate) current: bool,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Plan {
    /// How many instances are missing.
    pub(crate) start: usize,
    /// Which instances shall go, by their position. One that is ready has to be taken out of traffic first.
    pub(crate) retire: Vec<usize>,
}

/// What brings the instances, the oldest first, nearer to `wanted` up-to-date ones.
///
/// What is missing is started at once, beside instances that run something else; of those, as many stay as the new ones
/// cannot stand in for yet. So capacity never falls below what is wanted while it is there.
pub(crate) fn plan(wanted: u32, held: &[Held]) -> Plan {
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let staying = |current: bool| {
        held.iter()
            .enumerate()
            .filter(move |(_, instance)| {
                instance.current == current && instance.state != InstanceState::Going
            })
            .map(|(position, _)| position)
    };
    let is_ready = |position: &usize| held[*position].state == InstanceState::Ready;

    // Of the up-to-date ones those go last that serve, and among them the oldest.
    let mut current: Vec<usize> = staying(true).collect();
    current.sort_by_key(|position| !is_ready(position));
    let mut retire = current.split_off(current.len().min(wanted));

    let stand_ins = current.iter().filter(|position| is_ready(position)).count();
    let mut outdated: Vec<usize> = staying(false).collect();
    outdated.sort_by_key(|position| !is_ready(position));
    let still_needed = outdated.len().min(wanted.saturating_sub(stand_ins));
    retire.extend(outdated.split_off(still_needed));

    retire.sort_unstable();
    Plan {
        start: wanted - current.len(),
        retire,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use InstanceState::{Going, Ill, Ready, Starting};

    fn current(state: InstanceState) -> Held {
        Held { state, current: true }
    }

    fn outdated(state: InstanceState) -> Held {
        Held {
            state,
            current: false,
        }
    }

    #[test]
    fn instances_are_brought_nearer_to_the_wish() {
        let cases = [
            ("nothing wanted, nothing there", 0, vec![], 0, vec![]),
            ("all missing", 3, vec![], 3, vec![]),
            ("one missing", 2, vec![current(Starting)], 1, vec![]),
            (
                "one that goes does not count",
                2,
                vec![current(Going), current(Ready)],
                1,
                vec![],
            ),
            (
                "as wanted, whether ready or not",
                2,
                vec![current(Ready), current(Ill)],
                0,
                vec![],
            ),
            (
                "too many: the youngest goes",
                2,
                vec![current(Ready); 3],
                0,
                vec![2],
            ),
            (
                "too many: what does not serve goes first",
                1,
                vec![current(Ill), current(Starting), current(Ready)],
                0,
                vec![0, 1],
            ),
            (
                "all too much",
                0,
                vec![current(Ready), outdated(Ready)],
                0,
                vec![0, 1],
            ),
            (
                "outdated ones stay until others are ready",
                2,
                vec![outdated(Ready), outdated(Ready)],
                2,
                vec![],
            ),
            (
                "starting ones do not stand in",
                2,
                vec![
                    outdated(Ready),
                    outdated(Ready),
                    current(Starting),
                    current(Starting),
                ],
                0,
                vec![],
            ),
            (
                "one for one",
                2,
                vec![
                    outdated(Ready),
                    outdated(Ready),
                    current(Ready),
                    current(Starting),
                ],
                0,
                vec![1],
            ),
            (
                "an outdated one that serves stays longer than one that does not",
                2,
                vec![outdated(Starting), outdated(Ready), current(Ready), current(Ill)],
                0,
                vec![0],
            ),
            (
                "all replaced",
                2,
                vec![outdated(Ready), outdated(Ready), current(Ready), current(Ready)],
                0,
                vec![0, 1],
            ),
            (
                "fewer of another version",
                1,
                vec![outdated(Ready), outdated(Ready), outdated(Ready)],
                1,
                vec![1, 2],
            ),
        ];
        for (name, wanted, held, start, retire) in cases {
            let expected = Plan { start, retire };
            assert_eq!(plan(wanted, &held), expected, "{name}");
        }
    }

    /// Every mix of up to four instances: carried out again and again, it ends at the wish and stays there, and what
    /// serves never falls below what is wanted or was there.
    #[test]
    fn any_mix_converges_without_a_loss_of_capacity() {
        let kinds: Vec<Held> = [Starting, Ready, Ill, Going]
            .into_iter()
            .flat_map(|state| [current(state), outdated(state)])
            .collect();
        let mixes = (0..=4).flat_map(|length| {
            let count = kinds.len().pow(length);
            let kinds = &kinds;
            (0..count).map(move |number| {
                (0..length)
                    .map(|place| kinds[number / kinds.len().pow(place) % kinds.len()])
                    .collect::<Vec<Held>>()
            })
        });
        for mix in mixes {
            for wanted in 0..=3 {
                converges(&mix, wanted);
            }
        }
    }

    fn converges(mix: &[Held], wanted: u32) {
        let serving = |held: &[Held]| held.iter().filter(|held| held.state == Ready).count();
        let mut held = mix.to_vec();
        for _ in 0..10 {
            let before = serving(&held);
            let plan = plan(wanted, &held);
            for position in &plan.retire {
                held[*position].state = Going;
            }
            assert!(
                serving(&held) >= before.min(wanted as usize),
                "{mix:?} for {wanted}: {held:?}"
            );
            held.retain(|instance| instance.state != Going);
            for instance in &mut held {
                instance.state = Ready;
            }
            held.extend((0..plan.start).map(|_| current(Starting)));
        }
        assert_eq!(held, vec![current(Ready); wanted as usize], "from {mix:?}");
        assert_eq!(plan(wanted, &held), Plan::default());
    }
}
