use std::collections::BTreeMap;

/// Values below this have a bucket each.
const EXACT: u32 = 64;

/// Buckets for each doubling above.
const PER_DOUBLING: u32 = EXACT / 2;

/// How often which latency was seen, in log-linear buckets: exact below 64 ms, then 32 buckets for each doubling.
///
/// It takes memory for the buckets that are in use, of which there are at most 896. Histograms are merged in any order with the same result.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram(BTreeMap<u16, u64>);

impl Histogram {
    /// By how much a quantile may be above the true value, as a share of it: a bucket is that wide. It is never below.
    pub const RELATIVE_ERROR: f64 = 1.0 / PER_DOUBLING as f64;

    /// Counts a value.
    pub fn add(&mut self, value: u32) {
        self.add_to(bucket(value), 1);
    }

    /// Adds what others counted.
    pub fn merge(&mut self, other: &Self) {
        other
            .0
            .iter()
            .for_each(|(bucket, count)| self.add_to(*bucket, *count));
    }

    /// How many values were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The value that this share of all (0.0–1.0) does not exceed, by the nearest-rank method, or up to [`Self::RELATIVE_ERROR`] more; `None`
    /// without values, and for what is no share.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<u32> {
        if !(0.0..=1.0).contains(&share) {
            return None;
        }
        let rank = (share * self.count() as f64).ceil().max(1.0) as u64;
        let mut seen = 0_u64;
        let reached = self.0.iter().find(|(_, count)| {
            seen = seen.saturating_add(**count);
            seen >= rank
        });
        // Rounding of the largest counts may lead past the last one.
        let (last, _) = reached.or_else(|| self.0.iter().next_back())?;
        Some(largest_of(*last))
    }

    /// The buckets in use: the largest value of each and how often it was seen, in their order.
    pub fn buckets(&self) -> impl Iterator<Item = (u32, u64)> {
        self.0.iter().map(|(bucket, count)| (largest_of(*bucket), *count))
    }

    fn add_to(&mut self, bucket: u16, count: u64) {
        let slot = self.0.entry(bucket).or_default();
        *slot = slot.saturating_add(count);
    }
}

/// The bucket of a value: the exponent of its power of two and the five bits below the highest.
fn bucket(value: u32) -> u16 {
    let index = match value.checked_ilog2() {
        Some(power) if value >= EXACT => {
            let shift = power - PER_DOUBLING.ilog2();
            shift * PER_DOUBLING + (value >> shift)
        }
        _ => value,
    };
    index as u16
}

/// The largest value in a bucket.
fn largest_of(bucket: u16) -> u32 {
    let bucket = u32::from(bucket);
    if bucket < EXACT {
        return bucket;
    }
    let shift = bucket / PER_DOUBLING - 1;
    let first = (bucket - shift * PER_DOUBLING) << shift;
    first + ((1 << shift) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_cover_all_values_without_a_gap() {
        let mut next = 0_u32;
        for index in 0..=bucket(u32::MAX) {
            assert_eq!(bucket(next), index);
            let last = largest_of(index);
            assert_eq!(bucket(last), index, "{index}: {next}–{last}");
            let width = f64::from(last - next);
            assert!(
                width <= f64::from(next) * Histogram::RELATIVE_ERROR,
                "{next}–{last}"
            );
            next = last.wrapping_add(1);
        }
        assert_eq!((next, bucket(u32::MAX)), (0, 895));
    }

    #[test]
    fn quantiles_are_never_below_and_at_most_the_error_above() {
        let values: Vec<u32> = (0..1000).map(|number| number * number % 9973).collect();
        let mut histogram = Histogram::default();
        values.iter().for_each(|value| histogram.add(*value));
        let mut sorted = values;
        sorted.sort_unstable();
        for (share, rank) in [
            (0.0, 1),
            (0.001, 1),
            (0.5, 500),
            (0.95, 950),
            (0.999, 999),
            (1.0, 1000),
        ] {
            let truth = f64::from(sorted[rank - 1]);
            let seen = f64::from(histogram.quantile(share).unwrap());
            assert!(
                (truth..=truth * (1.0 + Histogram::RELATIVE_ERROR)).contains(&seen),
                "{share}: {truth} {seen}"
            );
        }
        assert_eq!(histogram.count(), 1000);
        assert_eq!(Histogram::default().quantile(0.5), None);
        assert_eq!(
            (histogram.quantile(1.1), histogram.quantile(f64::NAN)),
            (None, None)
        );
    }
}
