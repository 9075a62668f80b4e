use serde::Serialize;

/// What a sink has done since the agent started. When nothing moves, `received` and `resent` together are the sum of `delivered`, `rejected`,
/// `dropped`, `queued_lines` and `spooled_lines`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Counters {
    /// Lines meant for the sink, those that an earlier agent left in the spool included.
    pub received: u64,
    /// Lines read as records of HAProxy's traffic, with each try again. Sinks that take lines as they came read none.
    pub parsed: u64,
    /// Lines read that are no records, such as "Server x is DOWN": they are delivered as text.
    pub unparsable: u64,
    /// Lines that the sink has taken, those that it was given again included. For datagrams: handed to the network.
    pub delivered: u64,
    /// Lines that the sink refused for ever, such as a document that contradicts the mapping of its index.
    pub rejected: u64,
    /// Lines given up because a bound was reached or the agent ended, the oldest first. Some that a connection took just before the end
    /// may arrive nevertheless.
    pub dropped: u64,
    /// Lines that wait again because a connection broke soon after they had been delivered: the sink may get them twice.
    pub resent: u64,
    /// Tries that failed and were followed by another.
    pub retries: u64,
    /// Lines in memory.
    pub queued_lines: u64,
    /// What they count for in the bound: their bytes and what holds them.
    pub queued_bytes: u64,
    /// Lines in the spool.
    pub spooled_lines: u64,
    /// Bytes of the spool's files.
    pub spooled_bytes: u64,
}

/// The state of one sink.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct SinkStatus {
    /// Where the lines go: the address without credentials.
    pub sink: String,
    /// Whether the last try succeeded; true before the first.
    pub working: bool,
    /// Why the last failure failed, or why the last line was rejected.
    pub last_error: Option<String>,
    /// Why lines cannot be brought to the spool, or from it; none while it works, and where there is none.
    pub spool_error: Option<String>,
    /// Lines and tries.
    pub counters: Counters,
}

/// The state of the log path at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct LogStatus {
    /// Lines that came from HAProxy.
    pub received: u64,
    /// Of these, lines longer than 16 KiB, whose end is lost.
    pub truncated: u64,
    /// Why none can be taken at present, and that is tried again; none while they can.
    pub source_error: Option<String>,
    /// The sinks, in the order of the settings.
    pub sinks: Vec<SinkStatus>,
}
