//! What is counted at the moment, and what waits for the server. The time comes as argument.

use std::collections::VecDeque;
use std::mem;

use vamp_haproxy::log::LogRecord;
use vamp_haproxy::metrics::{Metrics, MostNames};

use super::closed::{Closed, Named};
use super::config::MetricsConfig;
use super::counters::MetricsCounters;

/// Counts, and keeps what waits. All times are in milliseconds since 1970-01-01 00:00 UTC.
#[derive(Debug)]
pub(super) struct Tally {
    /// Length of a bucket.
    length: i64,
    most_names: MostNames,
    most_buckets: usize,
    most_bytes: usize,
    open: Open,
    /// Who had records in the last bucket.
    active: Named,
    /// The oldest first, each with what it weighs.
    waiting: VecDeque<(usize, Closed)>,
    waiting_bytes: usize,
    /// What the bucket weighs that is being published.
    taken: Option<usize>,
    pub(super) counters: MetricsCounters,
}

/// The bucket that is being filled.
#[derive(Debug)]
struct Open {
    begin: i64,
    end: i64,
    figures: Metrics,
}

impl Tally {
    pub(super) fn new(config: &MetricsConfig, now: i64) -> Self {
        let length = i64::try_from(config.bucket.as_millis())
            .unwrap_or(i64::MAX)
            .max(1);
        Self {
            length,
            most_names: config.most_names,
            most_buckets: config.most_buckets,
            most_bytes: config.most_bytes,
            open: Open::at(now, length),
            active: Named::default(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            taken: None,
            counters: MetricsCounters::default(),
        }
    }

    /// Counts a record whose line came now; says whether a bucket is over.
    pub(super) fn add(&mut self, record: &LogRecord<'_>, now: i64) -> bool {
        let is_over = self.turn(now);
        self.counters.records += 1;
        // All of a bucket counts as one second: this is not where the time is told apart.
        let whole = self.open.figures.add_within(0, record, self.most_names);
        self.counters.beyond_limit += u64::from(!whole);
        is_over
    }

    /// Closes the bucket that is over now; says whether there was one.
    pub(super) fn turn(&mut self, now: i64) -> bool {
        let is_over = now >= self.open.end;
        // A clock that is put back by a moment changes nothing; one that is put back further is believed.
        let is_back = now < self.open.begin.saturating_sub(self.length);
        if !is_over && !is_back {
            return false;
        }
        let begin = now.saturating_sub(now.rem_euclid(self.length));
        let over = mem::replace(&mut self.open, Open::at(begin, self.length));
        let end = over.end;
        self.close(over);
        if self.open.begin > end && !self.active.is_empty() {
            // Nobody has come since, and whoever was there has fallen silent: that is told once.
            self.close(Open::at(end, self.length));
        }
        true
    }

    /// Closes the bucket that is open, however short it is: nothing comes any more.
    pub(super) fn end(&mut self, now: i64) {
        self.turn(now);
        let mut last = mem::replace(&mut self.open, Open::at(now, self.length));
        last.end = now.clamp(last.begin, last.end);
        // Who has nothing in a part of a bucket need not have fallen silent.
        self.active = Named::default();
        self.close(last);
    }

    /// When the bucket that is open is over.
    pub(super) fn next_turn(&self) -> i64 {
        self.open.end
    }

    /// The oldest bucket that waits, to be published; [`Self::give_back`] or [`Self::published`] follows.
    pub(super) fn take(&mut self) -> Option<Closed> {
        let (weight, bucket) = self.waiting.pop_front()?;
        self.waiting_bytes -= weight;
        self.taken = Some(weight);
        Some(bucket)
    }

    /// A bucket that could not be published waits again, as the oldest.
    pub(super) fn give_back(&mut self, bucket: Closed) {
        let weight = self.taken.take().unwrap_or_default();
        self.waiting_bytes += weight;
        self.waiting.push_front((weight, bucket));
        self.trim();
    }

    /// The bucket that was taken is published.
    pub(super) fn published(&mut self) {
        self.taken = None;
        self.counters.published += 1;
    }

    /// Gives up whatever still waits.
    pub(super) fn abandon(&mut self) {
        self.counters.dropped += self.count_waiting();
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.taken = None;
    }

    /// The counters at this moment.
    pub(super) fn snapshot(&self) -> MetricsCounters {
        MetricsCounters {
            waiting: self.count_waiting(),
            ..self.counters
        }
    }

    fn count_waiting(&self) -> u64 {
        self.waiting.len() as u64 + u64::from(self.taken.is_some())
    }

    fn close(&mut self, over: Open) {
        let bucket = Closed::new(over.begin, over.end, over.figures, &self.active);
        self.active = bucket.heard();
        if bucket.is_empty() {
            return;
        }
        self.counters.buckets += 1;
        let weight = bucket.weight();
        self.waiting_bytes += weight;
        self.waiting.push_back((weight, bucket));
        self.trim();
    }

    /// Beyond a bound the oldest go; the newest stays in any case.
    fn trim(&mut self) {
        while self.waiting.len() > self.most_buckets
            || (self.waiting_bytes > self.most_bytes && self.waiting.len() > 1)
        {
            let Some((weight, _)) = self.waiting.pop_front() else {
                return;
            };
            self.waiting_bytes -= weight;
            self.counters.dropped += 1;
        }
    }
}

impl Open {
    /// A bucket from this moment to the next multiple of the length.
    fn at(begin: i64, length: i64) -> Self {
        let passed = begin.rem_euclid(length);
        Self {
            begin,
            end: begin.saturating_sub(passed).saturating_add(length),
            figures: Metrics::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use vamp_haproxy::log::LogLine;

    use super::*;
    use crate::config::{AgentConfig, Base};

    fn config(change: impl FnOnce(&mut MetricsConfig)) -> MetricsConfig {
        let base = Base::Text(String::new());
        let agent = AgentConfig::new("2.4", "edge-1", "/var/lib/vga", "/run/vga", base);
        let mut config = MetricsConfig::parse("vamp+http://vamp:8080", &agent).unwrap();
        change(&mut config);
        config
    }

    /// A tally that begins with a bucket.
    fn tally(change: impl FnOnce(&mut MetricsConfig)) -> Tally {
        Tally::new(&config(change), 0)
    }

    fn add(tally: &mut Tally, frontend: &str, second: i64) {
        let line = format!(
            "{{\"ci\":\"127.0.0.1\",\"cp\":55604,\"t\":\"23/Nov/2026:06:18:09.450\",\"ft\":\"{frontend}\",\"b\":\"{frontend}\",\
             \"s\":\"one\",\"Tw\":0,\"Tc\":0,\"Tt\":25,\"B\":90,\"ts\":\"--\",\"ac\":5,\"fc\":1,\"bc\":0,\"sc\":0,\"rc\":0,\
             \"sq\":0,\"bq\":0}}"
        );
        match LogLine::read(line.as_bytes()) {
            LogLine::Record(record) => tally.add(&record, second * 1000),
            LogLine::Text(text) => panic!("{text:?}"),
        };
    }

    /// What waits: begin and end in seconds, and the requests of each frontend. It counts as published.
    fn published(tally: &mut Tally) -> Vec<(i64, i64, String)> {
        let mut told = Vec::new();
        while let Some(bucket) = tally.take() {
            let frontends = bucket.frontends();
            let requests: Vec<String> = frontends
                .map(|(name, summary)| format!("{name} {}", summary.requests))
                .collect();
            told.push((bucket.begin / 1000, bucket.end / 1000, requests.join(", ")));
            tally.published();
        }
        told
    }

    fn told(begin: i64, end: i64, requests: &str) -> (i64, i64, String) {
        (begin, end, requests.to_owned())
    }

    #[test]
    fn each_record_is_in_one_bucket_and_one_that_is_over_gets_no_more() {
        let mut tally = Tally::new(&config(|_| {}), 4000);
        for second in [4, 9, 10, 19] {
            add(&mut tally, "shop", second);
        }
        assert!(tally.turn(20_000));
        // Read before the end, and counted after it.
        add(&mut tally, "shop", 19);
        assert!(!tally.turn(29_999));
        assert!(tally.turn(30_000));
        let expected = [
            told(4, 10, "shop 2"),
            told(10, 20, "shop 2"),
            told(20, 30, "shop 1"),
        ];
        assert_eq!(published(&mut tally), expected);
        let counters = tally.snapshot();
        assert_eq!(
            (counters.records, counters.buckets, counters.published),
            (5, 3, 3)
        );
    }

    #[test]
    fn who_falls_silent_is_told_once() {
        let mut tally = tally(|_| {});
        add(&mut tally, "shop", 1);
        add(&mut tally, "billing", 11);
        tally.turn(40_000);
        let expected = [
            told(0, 10, "shop 1"),
            told(10, 20, "billing 1, shop 0"),
            told(20, 30, "billing 0"),
        ];
        assert_eq!(published(&mut tally), expected);
        let of_servers = |bucket: &Closed| bucket.servers().map(|(_, _, summary)| summary.requests).collect();
        add(&mut tally, "shop", 41);
        add(&mut tally, "shop", 1000);
        let heard: Vec<Vec<u64>> = std::iter::from_fn(|| tally.take())
            .map(|bucket| of_servers(&bucket))
            .collect();
        assert_eq!(
            heard,
            [vec![1], vec![0]],
            "between two records far from each other, too"
        );
    }

    #[test]
    fn beyond_the_bound_the_oldest_go_and_are_counted() {
        let mut tally = tally(|config| config.most_buckets = 2);
        add(&mut tally, "shop", 1);
        add(&mut tally, "shop", 11);
        // It is being published while others come, and turns out to be the oldest when it comes back.
        let first = tally.take().unwrap();
        for second in [21, 31, 41] {
            add(&mut tally, "shop", second);
        }
        assert_eq!(tally.snapshot().dropped, 1, "the second of four");
        tally.give_back(first);
        let counters = tally.snapshot();
        assert_eq!((counters.buckets, counters.dropped, counters.waiting), (4, 2, 2));
        let expected = [told(20, 30, "shop 1"), told(30, 40, "shop 1")];
        assert_eq!(published(&mut tally), expected);
    }

    #[test]
    fn memory_is_a_bound_and_the_newest_bucket_stays() {
        let mut tally = tally(|config| config.most_bytes = 1);
        for second in [1, 11, 21] {
            add(&mut tally, "shop", second);
        }
        assert_eq!(published(&mut tally), [told(10, 20, "shop 1")]);
        assert_eq!(tally.snapshot().dropped, 1);
        add(&mut tally, "shop", 31);
        tally.abandon();
        let counters = tally.snapshot();
        assert_eq!(
            counters.buckets,
            counters.published + counters.dropped + counters.waiting
        );
    }

    #[test]
    fn records_of_names_beyond_the_limit_are_counted_as_such() {
        let mut tally = tally(|config| config.most_names.frontends = 2);
        for frontend in ["a", "b", "c", "a", "c"] {
            add(&mut tally, frontend, 1);
        }
        // The next bucket has room again.
        add(&mut tally, "c", 11);
        tally.turn(20_000);
        let expected = [told(0, 10, "a 2, b 1"), told(10, 20, "c 1, a 0, b 0")];
        assert_eq!(published(&mut tally), expected);
        let counters = tally.snapshot();
        assert_eq!((counters.records, counters.beyond_limit), (6, 2));
    }

    #[test]
    fn a_clock_that_is_put_back_far_is_believed() {
        let mut tally = Tally::new(&config(|_| {}), 1_000_000);
        add(&mut tally, "shop", 1001);
        add(&mut tally, "shop", 995);
        add(&mut tally, "shop", 501);
        tally.turn(510_000);
        let expected = [told(1000, 1010, "shop 2"), told(500, 510, "shop 1")];
        assert_eq!(published(&mut tally), expected);
    }

    #[test]
    fn the_end_closes_the_bucket_that_is_open() {
        let mut tally = tally(|_| {});
        add(&mut tally, "shop", 1);
        add(&mut tally, "billing", 11);
        tally.end(13_000);
        tally.end(13_000);
        let expected = [told(0, 10, "shop 1"), told(10, 13, "billing 1")];
        assert_eq!(published(&mut tally), expected, "shop may come back yet");
    }
}
