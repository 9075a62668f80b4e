/// The status of a frontend, a backend or a server: column `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// `OPEN`: a frontend takes connections.
    Open,
    /// `FULL`: a frontend or listener has as many connections as it may.
    Full,
    /// `STOP`, `WAITING`: a frontend or listener takes no connections.
    Stopped,
    /// `UP`; `UP 1/3` when checks begin to fail, which a server survives for now.
    Up,
    /// `no check`: a server that nobody checks takes traffic.
    Unchecked,
    /// `DOWN`; `DOWN 1/2` when checks begin to succeed.
    Down,
    /// `NOLB`: takes only sessions that stick to it, because its check said so.
    NoLoadBalancing,
    /// `DRAIN`: takes only sessions that stick to it, because an operator said so.
    Drain,
    /// `MAINT` of all kinds: takes nothing.
    Maintenance,
    /// Anything else.
    Other,
}

impl Status {
    pub(super) fn read(text: &str) -> Self {
        match text.split([' ', '(']).next().unwrap_or_default() {
            "OPEN" => Self::Open,
            "FULL" => Self::Full,
            "STOP" | "WAITING" | "PAUSED" => Self::Stopped,
            "UP" => Self::Up,
            "no" if text == "no check" => Self::Unchecked,
            "DOWN" => Self::Down,
            "NOLB" => Self::NoLoadBalancing,
            "DRAIN" => Self::Drain,
            "MAINT" => Self::Maintenance,
            _ => Self::Other,
        }
    }

    /// Whether new sessions are taken.
    #[must_use]
    pub fn takes_traffic(self) -> bool {
        matches!(self, Self::Open | Self::Up | Self::Unchecked)
    }
}
