//! What a metric is, and how it is written.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet};
use prometheus_client::metrics::MetricType;

use crate::counters::Latencies;

/// A set of labels.
pub(super) type Labels<'a> = Vec<(&'static str, &'a str)>;

/// All metrics of one moment.
#[derive(Debug)]
pub(super) struct Moment {
    pub(super) families: Vec<Family>,
}

/// One metric with all of its labels.
#[derive(Debug)]
pub(super) struct Family {
    name: &'static str,
    help: &'static str,
    kind: Kind,
    samples: Vec<(Vec<(&'static str, String)>, Sample)>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

#[derive(Debug)]
pub(super) enum Sample {
    Count(u64),
    Value(f64),
    Spread(Spread),
}

/// A histogram.
#[derive(Debug)]
pub(super) struct Spread {
    /// Upper bounds in seconds, and how many were above the bound before and not above this one.
    pub(super) buckets: Vec<(f64, u64)>,
    /// How many were above all bounds.
    pub(super) above: u64,
    /// The sum of all, in seconds.
    pub(super) sum: f64,
}

impl Family {
    pub(super) fn new(name: &'static str, help: &'static str, kind: Kind) -> Self {
        Self {
            name,
            help,
            kind,
            samples: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, labels: &Labels<'_>, sample: Sample) {
        let labels = labels.iter().map(|(name, value)| (*name, (*value).to_owned()));
        self.samples.push((labels.collect(), sample));
    }

    pub(super) fn one(name: &'static str, help: &'static str, kind: Kind, sample: Sample) -> Self {
        let mut family = Self::new(name, help, kind);
        family.add(&Vec::new(), sample);
        family
    }

    /// A counter for each value of one label.
    pub(super) fn counts<'c>(
        name: &'static str,
        help: &'static str,
        label: &'static str,
        counts: impl IntoIterator<Item = (&'c str, u64)>,
    ) -> Self {
        let mut family = Self::new(name, help, Kind::Counter);
        for (value, count) in counts {
            family.add(&vec![(label, value)], Sample::Count(count));
        }
        family
    }

    pub(super) fn count(name: &'static str, help: &'static str, count: u64) -> Self {
        Self::one(name, help, Kind::Counter, Sample::Count(count))
    }

    pub(super) fn gauge(name: &'static str, help: &'static str, value: f64) -> Self {
        Self::one(name, help, Kind::Gauge, Sample::Value(value))
    }

    pub(super) fn flag(name: &'static str, help: &'static str, holds: bool) -> Self {
        Self::one(name, help, Kind::Gauge, Sample::flag(holds))
    }
}

impl Collector for Moment {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for family in self.families.iter().filter(|family| !family.samples.is_empty()) {
            let kind = match family.kind {
                Kind::Counter => MetricType::Counter,
                Kind::Gauge => MetricType::Gauge,
                Kind::Histogram => MetricType::Histogram,
            };
            let mut metric = encoder.encode_descriptor(family.name, family.help, None, kind)?;
            for (labels, sample) in &family.samples {
                let labels = labels.as_slice();
                if labels.is_empty() {
                    sample.encode(&mut metric)?;
                } else {
                    sample.encode(&mut metric.encode_family(&labels)?)?;
                }
            }
        }
        Ok(())
    }
}

impl Sample {
    pub(super) fn flag(holds: bool) -> Self {
        Self::Value(if holds { 1.0 } else { 0.0 })
    }

    pub(super) fn spread(latencies: &Latencies) -> Self {
        let [within @ .., above] = &latencies.buckets;
        Self::Spread(Spread {
            buckets: Latencies::BOUNDS
                .into_iter()
                .zip(within.iter().copied())
                .collect(),
            above: *above,
            sum: latencies.sum,
        })
    }

    fn encode(&self, encoder: &mut prometheus_client::encoding::MetricEncoder<'_>) -> Result<(), fmt::Error> {
        match self {
            Self::Count(count) => encoder.encode_counter::<NoLabels, _, u64>(count, None),
            Self::Value(value) => encoder.encode_gauge(value),
            Self::Spread(spread) => {
                let above = (f64::INFINITY, spread.above);
                let buckets: Vec<(f64, u64)> = spread.buckets.iter().copied().chain([above]).collect();
                let count = buckets.iter().map(|(_, count)| count).sum();
                encoder.encode_histogram::<NoLabels>(spread.sum, count, &buckets, None)
            }
        }
    }
}

/// No labels at all.
type NoLabels = [(&'static str, &'static str); 0];

const _: fn() = || {
    fn is_label_set<T: EncodeLabelSet>() {}
    is_label_set::<NoLabels>();
};

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::prometheus_text;
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn a_histogram_ends_with_the_bucket_of_everything_and_has_it_once() {
        let mut family = Family::new("seconds", "Of a test", Kind::Histogram);
        let mut latencies = Latencies::default();
        *latencies.buckets.last_mut().unwrap() = 2;
        family.add(&Vec::<(&str, &str)>::new(), Sample::spread(&latencies));
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Moment {
            families: vec![family],
        }));
        let mut text = String::new();
        prometheus_text::encode(&mut text, &registry).unwrap();
        let buckets: Vec<&str> = text.lines().filter(|line| line.contains("_bucket")).collect();
        assert_eq!(buckets.len(), Latencies::BOUNDS.len() + 1, "{text}");
        assert_eq!(buckets.last(), Some(&"seconds_bucket{le=\"+Inf\"} 2"), "{text}");
    }
}
