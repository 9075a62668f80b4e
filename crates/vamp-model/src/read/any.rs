//! Artifacts of a kind that is known only when they are read.

use super::check::Importable;
use super::context::Context;
use super::import::with_imports;
use super::place::Place;
use super::sealed::Read as _;
use super::{Checked, ParsedText, document, nothing, parse_one};
use crate::artifacts::Artifacts;
use crate::problem::Problems;
use crate::tree::{Format, Limits, Node, Source, Value};
use crate::{
    AnyArtifact, Blueprint, Breed, Deployment, Escalation, Gateway, Kind, Rewrite, Route, Scale, Sla,
    StoredCondition, Template, Workflow,
};

/// Reads one artifact of that kind, with the default [`Limits`].
///
/// # Errors
/// As [`read`](crate::read).
pub fn read_any(kind: Kind, text: &str, format: Format) -> Result<AnyArtifact, Problems> {
    read_any_with(kind, text, format, &Limits::default())
}

/// Reads one artifact of that kind within the limits given.
///
/// # Errors
/// As [`read`](crate::read).
pub fn read_any_with(
    kind: Kind,
    text: &str,
    format: Format,
    limits: &Limits,
) -> Result<AnyArtifact, Problems> {
    let source = Source::new(text);
    let node = parse_one(&source, format, limits)?;
    let mut context = Context::new(limits, &source);
    let place = Place::root(&node);
    let artifact = one(&mut context, &place, kind);
    context.finish(artifact, &place, &source)
}

/// Reads several artifacts within the limits given, as [`read_list`](crate::read_list) does: each is of the kind that it names, and of
/// that one where it names none.
///
/// # Errors
/// As [`read_list`](crate::read_list).
pub fn read_any_list_with(
    kind: Kind,
    text: &str,
    format: Format,
    limits: &Limits,
) -> Result<Vec<AnyArtifact>, Problems> {
    ParsedText::parse(text, format, limits)?.read_all(kind)
}

/// Reads several artifacts as [`read_any_list_with`] does, and checks each against those that it refers to, as
/// [`check`](crate::check) does.
///
/// # Errors
/// As [`read_list`](crate::read_list) and [`check`](crate::check).
pub fn check_any_list(
    kind: Kind,
    text: &str,
    format: Format,
    limits: &Limits,
    artifacts: &dyn Artifacts,
) -> Result<Checked<Vec<AnyArtifact>>, Problems> {
    ParsedText::parse(text, format, limits)?.check_any_list(kind, artifacts)
}

/// As [`read_any_list_with`] and [`check_any_list`], in a text that is parsed.
pub(super) fn list(
    kind: Kind,
    nodes: &[Node<'_>],
    limits: &Limits,
    artifacts: Option<&dyn Artifacts>,
    source: &Source<'_>,
) -> Result<Checked<Vec<AnyArtifact>>, Problems> {
    let imports = artifacts.map(Importable);
    let read = |context: &mut Context, place: &Place<'_>| {
        let kind = named_kind(place).unwrap_or(kind);
        match &imports {
            None => one(context, place, kind),
            Some(imports) => with_imports(context, place, limits, imports, |context, place| {
                one(context, place, kind)
            }),
        }
    };
    let checked = document::each(nodes, limits, artifacts, source, read)?;
    if checked.artifact.is_empty() {
        return Err(nothing(source));
    }
    Ok(checked)
}

/// The kind that a document names, where there is such a kind.
fn named_kind(place: &Place<'_>) -> Option<Kind> {
    match &place.mapping()?.get("kind")?.node.value {
        Value::Scalar(scalar) => Kind::parse(scalar.source.as_str()),
        Value::Sequence(_) | Value::Mapping(_) => None,
    }
}

/// Reads one artifact of that kind as it is stored, as [`read_stored`](crate::read_stored) does, within the limits given.
///
/// # Errors
/// As [`read_stored`](crate::read_stored).
pub fn read_any_stored_with(
    kind: Kind,
    text: &str,
    format: Format,
    limits: &Limits,
) -> Result<AnyArtifact, Problems> {
    let source = Source::new(text);
    let node = parse_one(&source, format, limits)?;
    let mut context = Context::new(limits, &source);
    let place = Place::root(&node);
    let artifact = stored(&mut context, &place, kind);
    context.finish(artifact, &place, &source)
}

/// One function that reads every kind by the method of that name.
macro_rules! of_kind {
    ($name:ident, $read:ident, $doc:literal) => {
        #[doc = $doc]
        pub(super) fn $name(context: &mut Context, place: &Place<'_>, kind: Kind) -> Option<AnyArtifact> {
            Some(match kind {
                Kind::Breed => Breed::$read(context, place)?.into(),
                Kind::Scale => Scale::$read(context, place)?.into(),
                Kind::Blueprint => Blueprint::$read(context, place)?.into(),
                Kind::Gateway => Gateway::$read(context, place)?.into(),
                Kind::Deployment => Deployment::$read(context, place)?.into(),
                Kind::Sla => Sla::$read(context, place)?.into(),
                Kind::Escalation => Escalation::$read(context, place)?.into(),
                Kind::Condition => StoredCondition::$read(context, place)?.into(),
                Kind::Rewrite => Rewrite::$read(context, place)?.into(),
                Kind::Route => Route::$read(context, place)?.into(),
                Kind::Workflow => Workflow::$read(context, place)?.into(),
                Kind::Template => Template::$read(context, place)?.into(),
            })
        }
    };
}

of_kind!(one, read, "The artifact of that kind that stands at a place.");
of_kind!(
    stored,
    read_stored,
    "The artifact of that kind that stands at a place as it is stored."
);
