//! Several artifacts in one text.

use super::check::Checked;
use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::request::{self, DeploymentRequest};
use super::{any, hint, parse};
use crate::artifacts::Artifacts;
use crate::problem::{Problem, Problems, code};
use crate::tree::{Format, Limits, Node, Source};
use crate::{AnyArtifact, Kind};

/// One of several artifacts in a text.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Document {
    /// The kind it says it is.
    pub kind: Kind,
    /// The name it says it has.
    pub name: String,
    /// The line where it starts, from 1.
    pub line: usize,
    /// What it says.
    pub content: Content,
}

/// What a document says.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// An artifact.
    Artifact(AnyArtifact),
    /// A wish to deploy: what the kind `deployments` means among several documents.
    Deployment(DeploymentRequest),
}

/// Reads several artifacts, with the default [`Limits`]: several YAML documents, or lists of mappings.
///
/// Each has a `kind` and a `name`. Empty documents are skipped; a text without any gives an empty list.
///
/// # Errors
/// Everything that is wrong with any document.
pub fn read_documents(text: &str, format: Format) -> Result<Vec<Document>, Problems> {
    read_documents_with(text, format, &Limits::default())
}

/// Reads several artifacts within the limits given.
///
/// # Errors
/// As [`read_documents`].
pub fn read_documents_with(text: &str, format: Format, limits: &Limits) -> Result<Vec<Document>, Problems> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let source = Source::new(text);
    let nodes = parse(&source, format, limits)?;
    let read = |context: &mut Context, place: &Place<'_>| one(context, place, &source);
    Ok(each(&nodes, limits, None, &source, read)?.artifact)
}

/// Every document that is not empty read by itself: all of them, or the problems of all, as many as the limit allows.
pub(super) fn each<T>(
    nodes: &[Node<'_>],
    limits: &Limits,
    artifacts: Option<&dyn Artifacts>,
    source: &Source<'_>,
    read: impl Fn(&mut Context, &Place<'_>) -> Option<T>,
) -> Result<Checked<Vec<T>>, Problems> {
    let mut checked = Checked::of(Vec::new());
    let mut problems: Vec<Problem> = Vec::new();
    let mut omitted = 0;
    for node in nodes.iter().filter(|node| !node.is_null()) {
        let mut context = Context::new(limits, source);
        if let Some(artifacts) = artifacts {
            context = context.looking_up(artifacts);
        }
        let place = Place::root(node);
        let document = read(&mut context, &place);
        match context.finish_checked(document, &place, source) {
            Ok(document) => checked.push(document, limits),
            Err(found) => {
                let room = limits.problems.max(1).saturating_sub(problems.len());
                omitted += found.omitted() + found.len().saturating_sub(room);
                problems.extend(found.into_order_of_validation().into_iter().take(room));
            }
        }
    }
    match Problems::in_order_of_validation(problems, omitted, source) {
        Some(problems) => Err(problems),
        None => Ok(checked),
    }
}

/// The kind and name that a document says it has.
pub(super) fn identity<'t>(context: &mut Context, place: &Place<'t>) -> Option<(Kind, &'t str)> {
    let mut fields = Fields::of(context, place)?;
    let kind = fields.required(context, "kind");
    let name = fields.required(context, "name");
    let (kind, name) = (kind?, name?);
    let text = context.text(&kind)?;
    match Kind::parse(text) {
        Some(kind) => Some((kind, context.text(&name)?)),
        None => {
            let plural = if text.ends_with('s') {
                text.to_owned()
            } else {
                format!("{text}s")
            };
            let hint = hint::did_you_mean(&plural, Kind::ALL.map(Kind::plural))
                .unwrap_or_else(|| format!("there are {}", Kind::ALL.map(Kind::singular).join(", ")));
            let message = format!("Unexpected resource: '{plural}'.");
            context.report_with_hint(&kind, code::UNEXPECTED_ARTIFACT, message, Some(hint));
            None
        }
    }
}

pub(super) fn one(context: &mut Context, place: &Place<'_>, source: &Source<'_>) -> Option<Document> {
    about(context, place, source)?.read(context, place)
}

/// What a document says about itself.
pub(super) struct About {
    kind: Kind,
    name: String,
    line: usize,
}

pub(super) fn about(context: &mut Context, place: &Place<'_>, source: &Source<'_>) -> Option<About> {
    let (kind, name) = identity(context, place)?;
    Some(About {
        kind,
        name: name.to_owned(),
        line: source.position(place.mark.start()).0,
    })
}

impl About {
    /// The document, whose content stands at a place.
    pub(super) fn read(self, context: &mut Context, place: &Place<'_>) -> Option<Document> {
        let Self { kind, name, line } = self;
        let content = content(context, place, kind)?;
        Some(Document {
            kind,
            name,
            line,
            content,
        })
    }
}

fn content(context: &mut Context, place: &Place<'_>, kind: Kind) -> Option<Content> {
    match kind {
        Kind::Deployment => request::read(context, place).map(Content::Deployment),
        kind => any::one(context, place, kind).map(Content::Artifact),
    }
}
