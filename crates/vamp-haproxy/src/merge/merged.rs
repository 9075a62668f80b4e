//! What comes of merging.

use std::fmt;
use std::ops::Range;

use super::sheet::Origins;
use super::{Place, Source};
use crate::Document;

/// Ours and the user's in one.
#[derive(Debug)]
#[non_exhaustive]
pub struct Merged {
    /// The whole configuration.
    pub document: Document,
    /// The settings of ours in whose place the user's stand.
    pub replaced: Vec<Replacement>,
    /// The settings of the user's `defaults` that hold for his own proxies, and not for the gateways.
    pub only_own: Vec<OnlyOwn>,
    pub(super) gateways: Range<usize>,
    pub(super) origins: Origins,
    pub(super) sources: Vec<Source>,
}

/// A setting of ours in whose place one of the user stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The setting: its keyword, and what tells it from others with this keyword.
    pub setting: String,
    /// The user's line.
    pub own: Place,
    /// Ours.
    pub ours: Place,
    /// Whether the user's depends on a condition, and ours holds in the other cases.
    pub conditionally: bool,
}

/// A setting of the user's `defaults` that the gateways do not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlyOwn {
    /// The line.
    pub place: Place,
    /// What it says.
    pub text: String,
}

impl Merged {
    /// Where a line of the whole, from 1, is from: HAProxy complains of the whole. None for the few that nobody wrote.
    #[must_use]
    pub fn place(&self, line: usize) -> Option<Place> {
        let at = self.origins.of(line)?;
        Some(Place {
            source: self.sources.get(at.file)?.clone(),
            line: at.line,
        })
    }

    /// The bytes of the whole that are the gateways' part.
    #[must_use]
    pub fn gateways(&self) -> Range<usize> {
        self.gateways.clone()
    }
}

impl fmt::Display for Replacement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: '{}' replaces {}", self.own, self.setting, self.ours)?;
        if self.conditionally {
            f.write_str(" where its condition holds")?;
        }
        Ok(())
    }
}

impl fmt::Display for OnlyOwn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, text } = self;
        write!(
            f,
            "{place}: '{text}' holds for proxies of your own, and not for gateways"
        )
    }
}
