//! What a document imports, and reading it with that.

use serde_json::Value as Json;

use super::context::Context;
use super::place::Place;
use super::{FromText, ParsedText, Readable, document, nothing, parse, parse_one};
use crate::import::{Import, Imported, Imports};
use crate::problem::{Problems, code};
use crate::tree::{self, Allowance, Excess, Format, Limits, Mapping, Node, Plain, Scalar, Source, Value};
use crate::{AnyArtifact, DeploymentRequest, Document, Kind};

/// What a document imports, and the document without that, with the default [`Limits`].
///
/// # Errors
/// The text is not one mapping, exceeds a limit, or what stands under `import` names no artifacts. Whether there are such artifacts,
/// and such kinds, is not looked at.
pub fn imports_of(text: &str, format: Format) -> Result<(Vec<Import>, Json), Problems> {
    imports_of_with(text, format, &Limits::default())
}

/// What a document imports, and the document without that, within the limits given.
///
/// # Errors
/// As [`imports_of`].
pub fn imports_of_with(text: &str, format: Format, limits: &Limits) -> Result<(Vec<Import>, Json), Problems> {
    let source = Source::new(text);
    let node = parse_one(&source, format, limits)?;
    let place = Place::root(&node);
    let mut context = Context::new(limits, &source);
    let imports = named(&mut context, &place)
        .into_iter()
        .map(|named| named.import)
        .collect();
    let base = place
        .mapping()
        .map(|mapping| Json::Object(tree::mapping_to_json(&without_imports(mapping))));
    let found = base.map(|base| (imports, base));
    context.finish(found, &place, &source)
}

/// Reads as [`read_with`](crate::read_with) does, with what the document imports.
///
/// Paths of problems lead through the document with what it imports. A problem of something imported stands where that is named, and
/// its hint tells so.
///
/// # Errors
/// Everything that is wrong with the text; what is wrong with its imports only, where something is.
pub fn read_importing<T: FromText>(
    text: &str,
    format: Format,
    limits: &Limits,
    imports: &dyn Imports,
) -> Result<T, Problems> {
    let source = Source::new(text);
    let node = parse_one(&source, format, limits)?;
    let place = Place::root(&node);
    let mut context = Context::new(limits, &source);
    let artifact = with_imports(&mut context, &place, limits, imports, T::read);
    context.finish(artifact, &place, &source)
}

/// Reads as [`read_list_with`](crate::read_list_with) does, each artifact with what it imports.
///
/// # Errors
/// As [`read_list_with`](crate::read_list_with) and [`read_importing`].
pub fn read_list_importing<T: Readable>(
    text: &str,
    format: Format,
    limits: &Limits,
    imports: &dyn Imports,
) -> Result<Vec<T>, Problems> {
    let source = Source::new(text);
    let nodes = parse(&source, format, limits)?;
    let read =
        |context: &mut Context, place: &Place<'_>| with_imports(context, place, limits, imports, T::read);
    let artifacts = document::each(&nodes, limits, None, &source, read)?.artifact;
    if artifacts.is_empty() {
        return Err(nothing(&source));
    }
    Ok(artifacts)
}

/// Reads as [`read_any_with`](crate::read_any_with) does, with what the document imports.
///
/// # Errors
/// As [`read_importing`].
pub fn read_any_importing(
    kind: Kind,
    text: &str,
    format: Format,
    limits: &Limits,
    imports: &dyn Imports,
) -> Result<AnyArtifact, Problems> {
    ParsedText::parse(text, format, limits)?.read_any(kind, imports)
}

/// Reads as [`read_any_list_with`](crate::read_any_list_with) does, each artifact with what it imports.
///
/// # Errors
/// As [`read_any_list_with`](crate::read_any_list_with) and [`read_importing`].
pub fn read_any_list_importing(
    kind: Kind,
    text: &str,
    format: Format,
    limits: &Limits,
    imports: &dyn Imports,
) -> Result<Vec<AnyArtifact>, Problems> {
    ParsedText::parse(text, format, limits)?.read_any_list(kind, imports)
}

/// Reads as [`read_documents_with`](crate::read_documents_with) does, each document with what it imports. The `kind` and the `name`
/// are its own.
///
/// # Errors
/// As [`read_documents_with`](crate::read_documents_with) and [`read_importing`].
pub fn read_documents_importing(
    text: &str,
    format: Format,
    limits: &Limits,
    imports: &dyn Imports,
) -> Result<Vec<Document>, Problems> {
    ParsedText::parse(text, format, limits)?.read_documents(imports)
}

/// Reads as [`read_deployment_request_with`](crate::read_deployment_request_with) does, with what the body imports.
///
/// # Errors
/// As [`read_deployment_request_with`](crate::read_deployment_request_with) and [`read_importing`].
pub fn read_deployment_request_importing(
    text: &str,
    format: Format,
    limits: &Limits,
    imports: &dyn Imports,
) -> Result<DeploymentRequest, Problems> {
    ParsedText::parse(text, format, limits)?.read_deployment_request(imports)
}

/// Reads a document with what it imports; `None`, with reports, where that is not to be had.
pub(super) fn with_imports<T>(
    context: &mut Context,
    place: &Place<'_>,
    limits: &Limits,
    imports: &dyn Imports,
    read: impl FnOnce(&mut Context, &Place<'_>) -> Option<T>,
) -> Option<T> {
    let Some(mapping) = place.mapping().filter(|mapping| mapping.contains_key(IMPORT)) else {
        return read(context, place);
    };
    let before = context.count();
    let named = named(context, place);
    let mut allowance = Allowance {
        depth: limits.effective_depth(),
        values: limits.import_values,
    };
    let mut layers = Vec::with_capacity(named.len() + 1);
    for named in &named {
        if context.is_full() {
            break;
        }
        layers.extend(load(context, named, imports, &mut allowance));
    }
    if context.count() > before {
        return None;
    }
    layers.push(Node {
        value: Value::Mapping(without_imports(mapping)),
        mark: place.node.mark,
    });
    let merged = tree::merge(layers)?;
    let artifact = read(context, &place.with_node(&merged));
    for Named { import, place } in &named {
        context.tell_origin(place.node.mark, || format!("it comes from the imported {import}"));
    }
    artifact
}

const IMPORT: &str = "import";

/// An artifact to be imported, and where it is named.
struct Named<'t> {
    import: Import,
    place: Place<'t>,
}

/// What stands under `import`: one name, or a list of them. What names nothing is reported and left out.
fn named<'t>(context: &mut Context, document: &Place<'t>) -> Vec<Named<'t>> {
    let entry = document.mapping().and_then(|mapping| mapping.get(IMPORT));
    let Some(entry) = entry.filter(|entry| !entry.node.is_null()) else {
        return Vec::new();
    };
    let place = document.under(IMPORT, entry);
    match &entry.node.value {
        Value::Sequence(nodes) => place
            .elements(nodes)
            .filter_map(|element| one(context, element))
            .collect(),
        Value::Scalar(_) | Value::Mapping(_) => one(context, place).into_iter().collect(),
    }
}

fn one<'t>(context: &mut Context, place: Place<'t>) -> Option<Named<'t>> {
    let text = match &place.node.value {
        Value::Scalar(Scalar {
            plain: Plain::Text | Plain::Timestamp(_),
            source,
        }) => source.as_str(),
        _ => {
            not_named(context, &place);
            return None;
        }
    };
    if text.is_empty() {
        context.report(&place, code::EMPTY_IMPORT, "Empty import error.");
        return None;
    }
    let (kind, name) = match text.trim_end_matches('/').split_once('/') {
        Some((kind, name)) if !name.contains('/') => (kind, name),
        None if !text.starts_with('/') => (Kind::Template.plural(), text.trim_end_matches('/')),
        Some(_) | None => {
            not_named(context, &place);
            return None;
        }
    };
    let import = Import {
        kind: kind.to_owned(),
        name: name.to_owned(),
    };
    Some(Named { import, place })
}

fn not_named(context: &mut Context, place: &Place<'_>) {
    let message = "Import definition error - it must be a reference to an artifact.";
    let hint = format!(
        "write `kind/name`, or the name of a template; found {}",
        place.describe()
    );
    context.report_with_hint(place, code::IMPORT_DEFINITION, message, hint);
}

/// The mapping without what it imports.
fn without_imports<'t>(mapping: &Mapping<'t>) -> Mapping<'t> {
    let others = mapping.clone().into_iter().filter(|(key, _)| *key != IMPORT);
    Mapping::of(others.collect())
}

/// What an imported artifact contributes, or a report.
fn load(
    context: &mut Context,
    named: &Named<'_>,
    imports: &dyn Imports,
    allowance: &mut Allowance,
) -> Option<Node<'static>> {
    let Named { import, place } = named;
    let Some(kind) = import.known_kind() else {
        let message = format!("Unexpected resource: '{}'.", import.kind);
        let hint = super::hint::did_you_mean(&import.kind, Kind::ALL.map(Kind::plural));
        context.report_with_hint(place, code::UNEXPECTED_ARTIFACT, message, hint);
        return None;
    };
    let artifact = match imports.import(kind, &import.name) {
        Imported::Found(artifact) => artifact,
        Imported::Absent => {
            let message = format!("Reference '{import}' cannot be resolved.");
            context.report(place, code::IMPORT_REFERENCE, message);
            return None;
        }
        Imported::Broken { code, message, hint } => {
            context.report_with_hint(place, code, message, hint);
            return None;
        }
        Imported::Unknown => {
            let message = format!("Nobody can tell whether '{import}' exists, and what it says.");
            context.report(place, code::NOT_CHECKED, message);
            return None;
        }
    };
    match allowance.tree(contribution(kind, artifact), place.node.mark) {
        Ok(node) => Some(node),
        Err(excess) => {
            let message = match excess {
                Excess::Depth => format!(
                    "Error: in '{import}' mappings and lists stand inside one another deeper than the limit `depth` of {}.",
                    allowance.depth
                ),
                Excess::Values => format!(
                    "Error: with '{import}' the document imports more values than the limit `import_values` allows."
                ),
            };
            context.report(place, code::LIMIT, message);
            None
        }
    }
}

/// Of a template its definition, of all else the whole.
fn contribution(kind: Kind, artifact: Json) -> Json {
    match (kind, artifact) {
        (Kind::Template, Json::Object(mut template)) => match template.remove("definition") {
            Some(definition @ Json::Object(_)) => definition,
            _ => Json::Object(serde_json::Map::new()),
        },
        (_, artifact) => artifact,
    }
}
