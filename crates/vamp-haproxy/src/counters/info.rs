use std::collections::BTreeMap;
use std::time::Duration;

/// The answer to `show info`: one process. Section 9.3 of HAProxy's management guide, `show info`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info {
    /// HAProxy's version, such as `2.6.12-1+deb12u4`.
    pub version: String,
    /// The process that answers.
    pub pid: u32,
    /// Since it started.
    pub uptime: Duration,
    /// Threads.
    pub threads: Option<u32>,
    /// Connections that it takes at once.
    pub max_connections: Option<u64>,
    /// Connections now.
    pub current_connections: Option<u64>,
    /// Connections since it started.
    pub connections: Option<u64>,
    /// Requests since it started, its command sockets' included.
    pub requests: Option<u64>,
    /// Bytes sent since it started.
    pub bytes_sent: Option<u64>,
    /// Log lines that could not be sent.
    pub dropped_logs: Option<u64>,
    /// Share of the time, 0–100 %, in which it had nothing to do.
    pub idle_percent: Option<u8>,
    /// Whether it finishes what it has and takes nothing new: an old worker.
    pub stopping: bool,
    others: BTreeMap<String, String>,
}

/// A text that is no answer to `show info`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the answer to 'show info' has no {missing}")]
#[non_exhaustive]
pub struct InvalidInfo {
    /// The name that is missing, or whose value is none.
    pub missing: &'static str,
}

impl Info {
    /// Reads the answer to `show info`.
    ///
    /// # Errors
    /// Version, process id or uptime is missing.
    pub fn read(answer: &str) -> Result<Self, InvalidInfo> {
        let others: BTreeMap<String, String> = answer
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim_start().to_owned()))
            .collect();
        let text = |name: &'static str| others.get(name).ok_or(InvalidInfo { missing: name });
        let needed = |name| {
            text(name)?
                .parse::<u64>()
                .map_err(|_| InvalidInfo { missing: name })
        };
        let number = |name| others.get(name).and_then(|value| value.parse::<u64>().ok());
        Ok(Self {
            version: text("Version")?.clone(),
            pid: text("Pid")?.parse().map_err(|_| InvalidInfo { missing: "Pid" })?,
            uptime: Duration::from_secs(needed("Uptime_sec")?),
            threads: number("Nbthread").and_then(|value| value.try_into().ok()),
            max_connections: number("Maxconn"),
            current_connections: number("CurrConns"),
            connections: number("CumConns"),
            requests: number("CumReq"),
            bytes_sent: number("TotalBytesOut"),
            dropped_logs: number("DroppedLogs"),
            idle_percent: number("Idle_pct").and_then(|value| value.try_into().ok()),
            stopping: number("Stopping").is_some_and(|value| value != 0),
            others,
        })
    }

    /// The value of this name, of whatever version of HAProxy.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.others.get(name).map(String::as_str)
    }

    /// All names and values, by name.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.others
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
