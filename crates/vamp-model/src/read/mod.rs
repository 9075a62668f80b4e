//! From text to artifacts.

mod blueprint;
mod blueprint_check;
mod breed;
mod cluster;
mod context;
mod deployment;
mod document;
mod fields;
mod gateway;
mod health_check;
mod hint;
mod list;
mod locate;
mod place;
mod reference_syntax;
mod request;
mod route;
mod scale;
mod value;
mod values;

use context::Context;
use place::Place;

pub use document::{Content, Document, read_documents, read_documents_with};
pub use list::{read_list, read_list_with};
pub use locate::locate;
pub use request::{DeploymentRequest, read_deployment_request, read_deployment_request_with};
pub use value::{read_value, read_value_with};

use crate::problem::{Problem, Problems, code};
use crate::tree::{self, Format, Limits, Malformed, Node};
use crate::{Blueprint, Breed, Deployment, Gateway, Kind, Scale};

/// Where an artifact stands: names and other things are allowed accordingly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    TopLevel,
    Inline,
}

mod sealed {
    use super::{Context, Place};

    /// What can be read, behind a trait that nobody else can implement.
    pub trait Read: Sized {
        #[expect(private_interfaces, reason = "sealed: called in this crate only")]
        fn read(context: &mut Context, place: &Place<'_>) -> Option<Self>;
    }
}

/// An artifact that [`read`] reads.
pub trait Readable: sealed::Read {
    /// The kind that `kind:` may name.
    const KIND: Kind;
}

macro_rules! readable {
    ($($type:ident, |$context:ident, $place:ident| $read:expr;)*) => {
        $(
            impl sealed::Read for $type {
                #[expect(private_interfaces, reason = "sealed: called in this crate only")]
                fn read($context: &mut Context, $place: &Place<'_>) -> Option<Self> {
                    $read
                }
            }

            impl Readable for $type {
                const KIND: Kind = Kind::$type;
            }
        )*
    };
}

readable! {
    Breed, |context, place| breed::read(context, place, Position::TopLevel);
    Scale, |context, place| scale::read(context, place, Position::TopLevel);
    Blueprint, |context, place| blueprint::read(context, place, &[Kind::Blueprint]);
    Gateway, |context, place| gateway::read(context, place);
    Deployment, |context, place| deployment::read(context, place);
}

/// Reads one artifact, with the default [`Limits`].
///
/// The text holds one mapping, or a list of one. Where it has a `kind`, in singular or plural, it must be the artifact's.
///
/// # Errors
/// Everything that is wrong with the text, each with its place.
pub fn read<T: Readable>(text: &str, format: Format) -> Result<T, Problems> {
    read_with(text, format, &Limits::default())
}

/// Reads one artifact within the limits given.
///
/// # Errors
/// As [`read`].
pub fn read_with<T: Readable>(text: &str, format: Format, limits: &Limits) -> Result<T, Problems> {
    let node = parse_one(text, format, limits)?;
    let mut context = Context::new(limits);
    let place = Place::root(&node);
    let artifact = T::read(&mut context, &place);
    context.finish(artifact, &place)
}

fn parse(text: &str, format: Format, limits: &Limits) -> Result<Vec<Node>, Problems> {
    tree::parse(text, format, limits).map_err(|malformed| malformed_problem(&malformed).into())
}

/// The only mapping of a text.
fn parse_one(text: &str, format: Format, limits: &Limits) -> Result<Node, Problems> {
    let mut nodes = parse(text, format, limits)?;
    match nodes.as_slice() {
        [node] if Place::root(node).mapping().is_some() => Ok(nodes.remove(0)),
        [node] => {
            let found = Place::root(node).describe();
            Err(wrong_document(
                node.mark,
                &format!("expected a mapping, found {found}"),
            ))
        }
        [] => Err(nothing()),
        [_, second, ..] => Err(wrong_document(
            second.mark,
            &format!("expected one document, found {}", nodes.len()),
        )),
    }
}

fn nothing() -> Problems {
    wrong_document(tree::Mark::START, "the text holds nothing")
}

fn wrong_document(mark: tree::Mark, what: &str) -> Problems {
    Problem {
        code: code::UNEXPECTED_TYPE,
        path: String::new(),
        line: mark.line(),
        column: mark.column(),
        message: format!("Unexpected type for path '/': {what}."),
        hint: None,
    }
    .into()
}

fn malformed_problem(malformed: &Malformed) -> Problem {
    let (code, message) = if malformed.limit {
        (code::LIMIT, format!("Error: {}.", malformed.message))
    } else {
        // Client programs look for the words of the parser, which come first where a tag is refused.
        (code::YAML_PARSING, format!("Error: {}", malformed.message))
    };
    Problem {
        code,
        path: String::new(),
        line: malformed.mark.line(),
        column: malformed.mark.column(),
        message,
        hint: None,
    }
}
