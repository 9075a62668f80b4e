//! Where a check looks for the artifacts that a document refers to.

mod map;

use std::borrow::Cow;
use std::fmt;

pub use map::{ArtifactMap, LayeredArtifacts};

use crate::{AnyArtifact, Kind};

/// The artifacts that a document may refer to: what [`check`](crate::check) asks.
///
/// ```
/// use vamp_model::{AnyArtifact, Artifacts, ArtifactMap, Breed, Format, Found, Kind, read};
///
/// let breed: Breed = read("{name: web:1, deployable: acme/web:1}", Format::Auto)?;
/// let known: ArtifactMap = [AnyArtifact::from(breed)].into_iter().collect();
/// assert!(matches!(known.find(Kind::Breed, "web:1"), Found::Artifact(_)));
/// assert!(matches!(known.find(Kind::Breed, "web:2"), Found::Absent));
/// # Ok::<(), vamp_model::Problems>(())
/// ```
pub trait Artifacts: Send + Sync + fmt::Debug {
    /// The artifact of that kind and name, or whether there is one.
    fn find(&self, kind: Kind, name: &str) -> Found<'_>;

    /// Names of artifacts of that kind, for guessing which one was meant by a name that does not exist. By default none.
    fn names(&self, kind: Kind) -> Vec<&str> {
        let _ = kind;
        Vec::new()
    }
}

/// What is known of an artifact that somebody refers to.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "short-lived: one per question")]
pub enum Found<'a> {
    /// It exists, and this is it.
    Artifact(Cow<'a, AnyArtifact>),
    /// It does not exist.
    Absent,
    /// Nobody could tell, or what it says could not be read.
    Unknown,
}

/// Nobody can tell whether an artifact exists: everything that depends on others stays unchecked, and is listed so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NoArtifacts;

impl Artifacts for NoArtifacts {
    fn find(&self, _: Kind, _: &str) -> Found<'_> {
        Found::Unknown
    }
}
