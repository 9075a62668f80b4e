//! Why files cannot be merged.

use std::fmt;

use super::{Need, Place};
use crate::document::{Problem, SectionKind};

/// Something in a file of the user that cannot stand beside ours, or beside what another of his files says.
///
/// Prints as one sentence with all places, and with what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// HAProxy would refuse the text.
    Problem {
        /// Where.
        place: Place,
        /// What is wrong.
        problem: Problem,
    },
    /// A setting that the agent needs as it is.
    Refused {
        /// The line.
        place: Place,
        /// What it says: its first words.
        setting: String,
        /// Where ours is said, when it is.
        ours: Option<Place>,
        /// Why.
        need: Need,
    },
    /// A second section of one kind and name: for HAProxy, a `listen` is a `frontend` and a `backend`.
    Name {
        /// The kind of the section.
        kind: SectionKind,
        /// Its name.
        name: String,
        /// The section.
        place: Place,
        /// The kind of the one that has the name.
        other_kind: SectionKind,
        /// The one that has the name.
        other: Place,
    },
    /// An address that somebody listens on, or a part of it.
    Address {
        /// The address.
        address: String,
        /// The line.
        place: Place,
        /// The address that is listened on.
        other_address: String,
        /// Where it is.
        other: Place,
    },
    /// The master socket of the agent.
    MasterSocket {
        /// The path.
        path: String,
        /// The line.
        place: Place,
    },
    /// A second `defaults` without a name.
    SecondDefaults {
        /// The second.
        place: Place,
        /// The first.
        other: Place,
    },
    /// A `global`, or a `defaults` without a name, of which nobody can tell whether it is there, or what it says.
    Conditional {
        /// Which of the two.
        section: SectionKind,
        /// Its first line.
        place: Place,
        /// The first line of the conditional block, which begins or ends outside of the section.
        block: Place,
    },
    /// A setting of ours that is said in two conditional blocks.
    Ambiguous {
        /// The setting.
        setting: String,
        /// The second block's line.
        place: Place,
        /// The first block's line.
        other: Place,
    },
    /// A setting of `global` that HAProxy takes one line of, in two.
    Twice {
        /// The setting.
        setting: String,
        /// The second line.
        place: Place,
        /// The first line.
        other: Place,
    },
    /// A backend that nobody has.
    UnknownBackend {
        /// Its name.
        name: String,
        /// The line that leads there.
        place: Place,
        /// The frontend of a gateway that has the name, but no entrance.
        frontend: Option<Place>,
        /// The names of up to three backends that are most like it.
        nearest: Vec<String>,
    },
}

impl Conflict {
    /// The line of the user that it is about.
    #[must_use]
    pub fn place(&self) -> &Place {
        match self {
            Self::Problem { place, .. }
            | Self::Refused { place, .. }
            | Self::Name { place, .. }
            | Self::Address { place, .. }
            | Self::MasterSocket { place, .. }
            | Self::SecondDefaults { place, .. }
            | Self::Conditional { place, .. }
            | Self::Ambiguous { place, .. }
            | Self::Twice { place, .. }
            | Self::UnknownBackend { place, .. } => place,
        }
    }
}

impl std::error::Error for Conflict {}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place())?;
        match self {
            Self::Problem { problem, .. } => {
                write!(f, "column {}: {}", problem.column, problem.kind)
            }
            Self::Refused {
                setting, ours, need, ..
            } => {
                write!(f, "'{setting}' is refused")?;
                if let Some(ours) = ours {
                    write!(f, " in the place of {ours}")?;
                }
                write!(f, ": {need}")
            }
            Self::Name {
                kind,
                name,
                other_kind,
                other,
                ..
            } => {
                let (kind, other_kind) = (kind.as_str(), other_kind.as_str());
                write!(
                    f,
                    "{kind} '{name}' has the name of {other_kind} '{name}' in {other}; "
                )?;
                f.write_str("give it another name")
            }
            Self::Address {
                address,
                other_address,
                other,
                ..
            } => {
                write!(f, "{address} is listened on in {other}")?;
                if address != other_address {
                    write!(f, ", as {other_address}")?;
                }
                f.write_str("; choose another address")
            }
            Self::MasterSocket { path, .. } => {
                write!(
                    f,
                    "{path} is the socket of HAProxy's master process, by which the agent leads it; "
                )?;
                f.write_str("choose another path")
            }
            Self::SecondDefaults { other, .. } => {
                write!(
                    f,
                    "there is a 'defaults' without a name in {other}; give this one a name, "
                )?;
                f.write_str("and say 'from' with it in the proxies that it is for")
            }
            Self::Conditional { section, block, .. } => {
                let section = section.as_str();
                write!(
                    f,
                    "the conditional block of {block} begins or ends outside of this '{section}'; "
                )?;
                f.write_str("put the whole block into the section")
            }
            Self::Ambiguous { setting, other, .. } => {
                write!(
                    f,
                    "'{setting}' depends on a condition here and on another in {other}; "
                )?;
                f.write_str("say it in one conditional block")
            }
            Self::Twice { setting, other, .. } => {
                write!(
                    f,
                    "'{setting}' is said in {other}, and HAProxy takes it once; remove one of the two, "
                )?;
                f.write_str("or say them in different branches of one conditional block")
            }
            Self::UnknownBackend {
                name,
                frontend: Some(frontend),
                ..
            } => write!(
                f,
                "there is no backend '{name}', only the frontend of a gateway in {frontend}; switch on the entrances of gateways"
            ),
            Self::UnknownBackend { name, nearest, .. } => {
                write!(f, "there is no backend '{name}'; name one that there is")?;
                if !nearest.is_empty() {
                    write!(f, ", such as '{}'", nearest.join("', '"))?;
                }
                Ok(())
            }
        }
    }
}
