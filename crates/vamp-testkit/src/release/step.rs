//! The steps of the release.

use super::sample::Version;

/// One step of the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// 1.0 is deployed and serves.
    Deploy,
    /// 2.0 is merged beside it.
    Merge,
    /// 2.0 is given this share of the traffic, in percent (0–100), and 1.0 the rest.
    Shift(u8),
    /// 1.0 is removed.
    Remove,
}

impl Step {
    /// The whole release.
    pub const ALL: [Self; 6] = [
        Self::Deploy,
        Self::Merge,
        Self::Shift(5),
        Self::Shift(50),
        Self::Shift(100),
        Self::Remove,
    ];

    /// What a person reads.
    #[must_use]
    pub fn title(self) -> String {
        match self {
            Self::Deploy => "deploy 1.0".to_owned(),
            Self::Merge => "merge 2.0".to_owned(),
            Self::Shift(share) => format!("shift {}/{share}", 100 - share.min(100)),
            Self::Remove => "remove 1.0".to_owned(),
        }
    }

    /// The configured share of a version when the step is done, in percent.
    #[must_use]
    pub fn configured(self, version: Version) -> u8 {
        let second = match self {
            Self::Deploy | Self::Merge => 0,
            Self::Shift(share) => share.min(100),
            Self::Remove => 100,
        };
        match version {
            Version::First => 100 - second,
            Version::Second => second,
        }
    }
}
