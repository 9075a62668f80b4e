//! The status with which a program ends.

use std::process::ExitCode;

/// The status with which `vamp` and `vga` end, stable for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Exit {
    /// 0: done; an empty list is one, too.
    Success,
    /// 1: the operation failed.
    Failed,
    /// 2: the command line, the settings or a file named there cannot be used; nothing was done.
    Usage,
    /// 3: what was asked for does not exist.
    NotFound,
    /// 4: not allowed.
    Denied,
    /// 5: an artifact is not valid.
    Invalid,
    /// 6: somebody else changed it meanwhile.
    Conflict,
    /// 7: the server cannot be reached, is no Vamp server, or failed itself.
    Unreachable,
    /// 8: the time for waiting is over; the operation goes on.
    TimedOut,
    /// 9: what was deployed does not come up.
    RolloutFailed,
    /// 130: interrupted by Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Denied => 4,
            Self::Invalid => 5,
            Self::Conflict => 6,
            Self::Unreachable => 7,
            Self::TimedOut => 8,
            Self::RolloutFailed => 9,
            Self::Interrupted => 130,
        }
    }

    /// What an HTTP status of the API means.
    #[must_use]
    pub const fn of_status(status: u16) -> Self {
        match status {
            400 | 422 => Self::Invalid,
            401 | 403 => Self::Denied,
            404 => Self::NotFound,
            409 | 412 => Self::Conflict,
            500.. => Self::Unreachable,
            _ => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
