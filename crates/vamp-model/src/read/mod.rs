//! From text to artifacts.
#![allow(
    elided_lifetimes_in_paths,
    reason = "every reader takes the context; for how long it may ask for artifacts is of no interest to any"
)]

mod any;
mod arguments;
mod blueprint;
mod blueprint_check;
mod blueprint_gateway;
mod breed;
mod breed_check;
mod breed_variables;
mod check;
mod cluster;
mod cluster_gateway;
pub(crate) mod compose;
mod condition;
mod context;
mod dependency;
mod deployment;
mod dialects;
mod document;
mod draft;
mod escalation;
mod event;
mod event_request;
mod fields;
mod gateway;
mod gateway_check;
mod health_check;
mod hint;
mod import;
mod list;
mod locate;
mod lookups;
mod outline;
mod parameters;
mod parsed;
mod place;
mod reference;
mod removal;
mod request;
mod rewrite;
mod route;
mod scale;
mod schedule;
mod selector;
mod service;
mod sla;
mod sticky;
mod stored;
mod tags;
mod target;
mod template;
mod value;
mod values;
mod workflow;

use context::Context;
use place::Place;

pub(crate) use hint::nearest;

pub use any::{check_any_list, read_any, read_any_list_with, read_any_stored_with, read_any_with};
pub use check::{Checked, NotChecked, check, check_documents, declared};
pub use document::{Content, Document, read_documents, read_documents_with};
pub use event_request::{read_event_request, read_event_request_with};
pub use import::{
    imports_of, imports_of_with, read_any_importing, read_any_list_importing,
    read_deployment_request_importing, read_documents_importing, read_importing, read_list_importing,
};
pub use list::{read_list, read_list_with, read_stored_list};
pub use locate::locate;
pub use outline::{Outline, outline, outline_with};
pub use parsed::ParsedText;
pub use removal::Removal;
pub use request::{DeploymentRequest, read_deployment_request, read_deployment_request_with};
pub use stored::{read_stored, read_stored_with};
pub use value::{read_value, read_value_with};

use crate::problem::{Problem, Problems, code};
use crate::tree::{self, Format, Limits, Malformed, Node, Source};
use crate::{
    Blueprint, Breed, Deployment, Escalation, Event, EventQuery, Gateway, Kind, Rewrite, Route, Scale, Sla,
    StoredCondition, Template, TimeRange, Workflow,
};

/// Where an artifact stands: names and other things are allowed accordingly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    TopLevel,
    Inline,
}

/// Where a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// From somebody who asks for something.
    Document,
    /// From the store, with all that the engine has found.
    Store,
}

mod sealed {
    use super::{Context, Place};

    /// What can be read, behind a trait that nobody else can implement.
    pub trait Read: Sized {
        #[expect(private_interfaces, reason = "sealed: called in this crate only")]
        fn read(context: &mut Context, place: &Place<'_>) -> Option<Self>;

        /// As it is stored, where that has more to say.
        #[expect(private_interfaces, reason = "sealed: called in this crate only")]
        fn read_stored(context: &mut Context, place: &Place<'_>) -> Option<Self> {
            Self::read(context, place)
        }
    }
}

/// What a text can say: an artifact, an event, a question for events, a range of time.
pub trait FromText: sealed::Read {}

impl<T: sealed::Read> FromText for T {}

/// An artifact that [`read`] reads.
pub trait Readable: FromText {
    /// The kind that `kind:` may name.
    const KIND: Kind;
}

macro_rules! from_text {
    ($($type:ident, |$context:ident, $place:ident| $read:expr $(, stored: $stored:expr)?;)*) => {
        $(
            impl sealed::Read for $type {
                #[expect(private_interfaces, reason = "sealed: called in this crate only")]
                fn read($context: &mut Context, $place: &Place<'_>) -> Option<Self> {
                    $read
                }

                $(
                    #[expect(private_interfaces, reason = "sealed: called in this crate only")]
                    fn read_stored($context: &mut Context, $place: &Place<'_>) -> Option<Self> {
                        $stored
                    }
                )?
            }
        )*
    };
}

macro_rules! readable {
    ($($type:ident, |$context:ident, $place:ident| $read:expr $(, stored: $stored:expr)?;)*) => {
        $(
            from_text! { $type, |$context, $place| $read $(, stored: $stored)?; }

            impl Readable for $type {
                const KIND: Kind = Kind::$type;
            }
        )*
    };
}

from_text! {
    Event, |context, place| event::read(context, place);
    EventQuery, |context, place| event::read_query(context, place, event::Tags::Required);
    TimeRange, |context, place| event::read_time_range(context, place);
}

readable! {
    Breed, |context, place| breed::read(context, place, Position::TopLevel);
    Escalation, |context, place| escalation::read(context, place);
    Scale, |context, place| scale::read(context, place, Position::TopLevel);
    Sla, |context, place| sla::read(context, place);
    Blueprint, |context, place| blueprint::read(context, place, blueprint::Purpose::Artifact);
    Gateway, |context, place| gateway::read(context, place),
        stored: gateway::read_stored(context, place, gateway::Position::Stored);
    Route, |context, place| route::read(context, place);
    Rewrite, |context, place| rewrite::read(context, place);
    Deployment, |context, place| deployment::read(context, place, Origin::Document),
        stored: deployment::read(context, place, Origin::Store);
    Template, |context, place| template::read(context, place);
    Workflow, |context, place| workflow::read(context, place, Origin::Document),
        stored: workflow::read(context, place, Origin::Store);
}

from_text! {
    StoredCondition, |context, place| condition::read(context, place);
}

impl Readable for StoredCondition {
    const KIND: Kind = Kind::Condition;
}

/// Reads one artifact, event or question for events, with the default [`Limits`].
///
/// The text holds one mapping, or a list of one. Where it has a `kind`, in singular or plural, it must be the artifact's; events and
/// questions have no kind, and do not look at it.
///
/// # Errors
/// Everything that is wrong with the text, each with its place.
pub fn read<T: FromText>(text: &str, format: Format) -> Result<T, Problems> {
    read_with(text, format, &Limits::default())
}

/// Reads one artifact, event or question for events within the limits given.
///
/// # Errors
/// As [`read`].
pub fn read_with<T: FromText>(text: &str, format: Format, limits: &Limits) -> Result<T, Problems> {
    let source = Source::new(text);
    let node = parse_one(&source, format, limits)?;
    let mut context = Context::new(limits, &source);
    let place = Place::root(&node);
    let artifact = T::read(&mut context, &place);
    context.finish(artifact, &place, &source)
}

fn parse<'t>(source: &Source<'t>, format: Format, limits: &Limits) -> Result<Vec<Node<'t>>, Problems> {
    tree::parse(source.text(), format, limits).map_err(|malformed| malformed_problem(&malformed, source))
}

/// The only mapping of a text.
fn parse_one<'t>(source: &Source<'t>, format: Format, limits: &Limits) -> Result<Node<'t>, Problems> {
    let mut nodes = parse(source, format, limits)?;
    the_only(&nodes, source)?;
    Ok(nodes.remove(0))
}

/// The only one of the documents of a text, which is a mapping.
fn the_only<'n, 't>(nodes: &'n [Node<'t>], source: &Source<'_>) -> Result<&'n Node<'t>, Problems> {
    match nodes {
        [node] if Place::root(node).mapping().is_some() => Ok(node),
        [node] => {
            let found = Place::root(node).describe();
            let hint = format!("expected a mapping, found {found}");
            Err(wrong_document(node.mark, hint, source))
        }
        [] => Err(nothing(source)),
        [_, second, ..] => {
            let hint = format!("expected one document, found {}", nodes.len());
            Err(wrong_document(second.mark, hint, source))
        }
    }
}

fn nothing(source: &Source<'_>) -> Problems {
    wrong_document(tree::Mark::START, "the text holds nothing".to_owned(), source)
}

fn wrong_document(mark: tree::Mark, hint: String, source: &Source<'_>) -> Problems {
    let message = "Unexpected type for path '/'.".to_owned();
    document_problem(code::UNEXPECTED_TYPE, mark, message, Some(hint), source)
}

fn malformed_problem(malformed: &Malformed, source: &Source<'_>) -> Problems {
    let (code, message) = if malformed.limit {
        (code::LIMIT, format!("Error: {}.", malformed.message))
    } else {
        // Client programs look for the words of the parser, which come first where a tag is refused.
        (code::YAML_PARSING, format!("Error: {}", malformed.message))
    };
    document_problem(code, malformed.mark, message, None, source)
}

fn document_problem(
    code: &'static str,
    mark: tree::Mark,
    message: String,
    hint: Option<String>,
    source: &Source<'_>,
) -> Problems {
    let problem = Problem {
        code,
        path: String::new(),
        line: 0,
        column: 0,
        span: mark.range(),
        message,
        hint,
    };
    Problems::single(problem, source)
}
