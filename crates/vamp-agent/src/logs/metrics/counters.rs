use serde::Serialize;

/// What was counted and published since the agent started. When nothing moves, `buckets` is the sum of `published`, `dropped` and `waiting`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct MetricsCounters {
    /// Records of HAProxy's traffic that came. A request has one for its gateway and one for its route.
    pub records: u64,
    /// Of these, records that are in no figure, or not in those of their server, because the bucket had as many names as it may.
    pub beyond_limit: u64,
    /// Buckets that are over and have something to tell.
    pub buckets: u64,
    /// Buckets of which the server has been given all events.
    pub published: u64,
    /// Buckets given up because a bound was reached or the agent ended, the oldest first.
    pub dropped: u64,
    /// Buckets that wait, the one that is being published included.
    pub waiting: u64,
    /// Events that the server has taken.
    pub events: u64,
    /// Events that the server refused for ever.
    pub rejected: u64,
    /// Tries that failed and were followed by another.
    pub retries: u64,
}

/// The state of the metrics at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct MetricsStatus {
    /// Where they go: the address without credentials.
    pub server: String,
    /// Whether the last try succeeded; true before the first.
    pub working: bool,
    /// Why the last failure failed, or why the last event was refused.
    pub last_error: Option<String>,
    /// Records, buckets and events.
    pub counters: MetricsCounters,
}
