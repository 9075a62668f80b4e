//! Several artifacts in one text.

use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::request::{self, DeploymentRequest};
use super::{
    Position, blueprint, breed, condition, escalation, gateway, parse, rewrite, route, scale, sla, template,
    workflow,
};
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
    let nodes = nodes.iter().filter(|node| !node.is_null());
    each(nodes, limits, &source, |context, place| {
        one(context, place, &source)
    })
}

/// Every document read by itself: all of them, or the problems of all, as many as the limit allows.
pub(super) fn each<'n, T>(
    nodes: impl Iterator<Item = &'n Node<'n>>,
    limits: &Limits,
    source: &Source<'_>,
    read: impl Fn(&mut Context, &Place<'_>) -> Option<T>,
) -> Result<Vec<T>, Problems> {
    let mut documents = Vec::new();
    let mut problems: Vec<Problem> = Vec::new();
    let mut omitted = 0;
    for node in nodes {
        let mut context = Context::new(limits, source);
        let place = Place::root(node);
        let document = read(&mut context, &place);
        match context.finish(document, &place, source) {
            Ok(document) => documents.push(document),
            Err(found) => {
                let room = limits.problems.max(1).saturating_sub(problems.len());
                omitted += found.omitted() + found.len().saturating_sub(room);
                problems.extend(found.into_order_of_validation().into_iter().take(room));
            }
        }
    }
    match Problems::in_order_of_validation(problems, omitted, source) {
        Some(problems) => Err(problems),
        None => Ok(documents),
    }
}

fn one(context: &mut Context, place: &Place<'_>, source: &Source<'_>) -> Option<Document> {
    let mut fields = Fields::of(context, place)?;
    let kind = fields.required(context, "kind");
    let name = fields.required(context, "name");
    let name = context.text(&name?)?.to_owned();
    let kind_place = kind?;
    let text = context.text(&kind_place)?;
    let Some(kind) = Kind::parse(text) else {
        let plural = if text.ends_with('s') {
            text.to_owned()
        } else {
            format!("{text}s")
        };
        let hint = super::hint::did_you_mean(&plural, &Kind::ALL.map(Kind::plural));
        context.report_with_hint(
            &kind_place,
            code::UNEXPECTED_ARTIFACT,
            format!("Unexpected artifact: '{plural}'."),
            hint,
        );
        return None;
    };
    let content = match kind {
        Kind::Breed => breed::read(context, place, Position::TopLevel).map(AnyArtifact::Breed),
        Kind::Scale => scale::read(context, place, Position::TopLevel).map(AnyArtifact::Scale),
        Kind::Blueprint => blueprint::read(context, place, &[Kind::Blueprint]).map(AnyArtifact::Blueprint),
        Kind::Escalation => escalation::read(context, place).map(AnyArtifact::Escalation),
        Kind::Sla => sla::read(context, place).map(AnyArtifact::Sla),
        Kind::Condition => condition::read(context, place).map(AnyArtifact::Condition),
        Kind::Rewrite => rewrite::read(context, place).map(AnyArtifact::Rewrite),
        Kind::Route => route::read(context, place).map(AnyArtifact::Route),
        Kind::Gateway => gateway::read(context, place).map(AnyArtifact::Gateway),
        Kind::Deployment => {
            let request = request::read(context, place)?;
            return Some(Document {
                kind,
                name,
                line: source.position(place.mark.start()).0,
                content: Content::Deployment(request),
            });
        }
        Kind::Template => template::read(context, place).map(AnyArtifact::Template),
        Kind::Workflow => workflow::read(context, place)
            .map(Box::new)
            .map(AnyArtifact::Workflow),
    };
    let content = Content::Artifact(content?);
    Some(Document {
        kind,
        name,
        line: source.position(place.mark.start()).0,
        content,
    })
}
