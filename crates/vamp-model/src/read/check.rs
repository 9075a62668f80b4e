//! Reading together with the checks that other artifacts are needed for.

use std::fmt;
use std::ops::Range;

use serde_core::Serialize;
use serde_core::ser::{SerializeMap, Serializer};

use super::context::Context;
use super::import::with_imports;
use super::place::Place;
use super::{Content, DeploymentRequest, Document, FromText, ParsedText, document, parse_one};
use crate::artifacts::{ArtifactMap, Artifacts, Found};
use crate::import::{Imported, Imports};
use crate::problem::{Problem, Problems};
use crate::tree::{Format, Limits, Node, Source};
use crate::write::to_value;
use crate::{AnyArtifact, Blueprint, Kind, expand_references};

/// What a text says, and what of it could not be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked<T> {
    /// The artifact, or all documents of the text.
    pub artifact: T,
    /// Checks that would need artifacts of which nobody could tell anything, in the order of their places, as many as the limit of
    /// problems allows.
    pub not_checked: Vec<NotChecked>,
}

/// A check that could not be made: it has neither passed nor failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotChecked {
    /// The value concerned, in the notation of [`ValuePath`](crate::ValuePath).
    pub path: String,
    /// The line where [`span`](Self::span) starts, from 1.
    pub line: usize,
    /// The column in characters where [`span`](Self::span) starts, from 1.
    pub column: usize,
    /// The bytes of the text with the value.
    pub span: Range<usize>,
    /// What was not checked: "whether …".
    pub message: String,
}

impl Serialize for NotChecked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("line", &self.line)?;
        map.serialize_entry("column", &self.column)?;
        map.serialize_entry("message", &self.message)?;
        map.end()
    }
}

impl fmt::Display for NotChecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: not checked: {}", self.line, self.column, self.message)
    }
}

/// Reads one artifact and checks it against those that it refers to.
///
/// In addition to what [`read`](crate::read()) checks, every artifact that is referred to exists, and what must fit together does so
/// across documents, too: ports and variables of a service's breed, for example, that are used elsewhere in a blueprint. What
/// depends on artifacts of which `artifacts` can tell nothing is listed as not checked.
///
/// ```
/// use vamp_model::{ArtifactMap, Blueprint, Format, Limits, NoArtifacts, check, code};
///
/// let text = "{name: shop, clusters: {web: web:1}}";
/// let checked = check::<Blueprint>(text, Format::Auto, &Limits::default(), &NoArtifacts)?;
/// assert_eq!(checked.not_checked[0].path, "clusters.web");
///
/// let problems = check::<Blueprint>(text, Format::Auto, &Limits::default(), &ArtifactMap::new()).unwrap_err();
/// assert_eq!(problems.first().code, code::ARTIFACT_NOT_FOUND);
/// # Ok::<(), vamp_model::Problems>(())
/// ```
///
/// # Errors
/// Everything that is wrong with the text.
pub fn check<T: FromText>(
    text: &str,
    format: Format,
    limits: &Limits,
    artifacts: &dyn Artifacts,
) -> Result<Checked<T>, Problems> {
    let source = Source::new(text);
    let node = parse_one(&source, format, limits)?;
    let mut context = Context::new(limits, &source).looking_up(artifacts);
    let place = Place::root(&node);
    let imports = Importable(artifacts);
    let artifact = with_imports(&mut context, &place, limits, &imports, T::read);
    context.finish_checked(artifact, &place, &source)
}

/// Reads several artifacts, as [`read_documents`](crate::read_documents), and checks each against those that it refers to.
///
/// They may refer to one another, in whatever order they stand; `artifacts` is asked for what is not among them.
///
/// # Errors
/// Everything that is wrong with any document, and that one imports something of which nobody can tell anything: then the document is not
/// read.
pub fn check_documents(
    text: &str,
    format: Format,
    limits: &Limits,
    artifacts: &dyn Artifacts,
) -> Result<Checked<Vec<Document>>, Problems> {
    ParsedText::parse(text, format, limits)?.check_documents(artifacts)
}

/// As [`check_documents`], in a text that is parsed.
pub(super) fn documents(
    nodes: &[Node<'_>],
    limits: &Limits,
    artifacts: &dyn Artifacts,
    source: &Source<'_>,
) -> Result<Checked<Vec<Document>>, Problems> {
    let own = declared_by(nodes, limits, source);
    let all = own.or(artifacts);
    let imports = Importable(&all);
    let read = |context: &mut Context, place: &Place<'_>| {
        let about = document::about(context, place, source)?;
        with_imports(context, place, limits, &imports, |context, place| {
            about.read(context, place)
        })
    };
    document::each(nodes, limits, Some(&all), source, read)
}

/// Artifacts as what documents import: with everything that they refer to, as far as that is known.
pub(super) struct Importable<'a>(pub(super) &'a dyn Artifacts);

impl Imports for Importable<'_> {
    fn import(&self, kind: Kind, name: &str) -> Imported {
        let artifact = match self.0.find(kind, name) {
            Found::Artifact(artifact) => artifact,
            Found::Absent => return Imported::Absent,
            Found::Unknown => return Imported::Unknown,
        };
        match expand_references(artifact.as_ref(), self.0) {
            Ok(expanded) => Imported::Found(to_value(&expanded)),
            Err(_) => Imported::Unknown,
        }
    }
}

/// The artifacts that a text declares, for checking other texts that refer to them.
///
/// Of documents that cannot be read only the name counts, of which nobody can tell more. Breeds that are written out in a blueprint
/// count as well, because they are stored with it. A text that is no document at all declares nothing.
///
/// ```
/// use vamp_model::{Blueprint, Format, Limits, NoArtifacts, check, declared};
///
/// let limits = Limits::default();
/// let breeds = declared("{kind: breed, name: web:1, deployable: acme/web:1}", Format::Auto, &limits);
/// let text = "{name: shop, clusters: {web: web:1}}";
/// let checked = check::<Blueprint>(text, Format::Auto, &limits, &breeds.or(&NoArtifacts))?;
/// assert_eq!(checked.not_checked, []);
/// # Ok::<(), vamp_model::Problems>(())
/// ```
#[must_use]
pub fn declared(text: &str, format: Format, limits: &Limits) -> ArtifactMap {
    let parsed = ParsedText::parse(text, format, limits);
    parsed.map_or_else(|_| ArtifactMap::new(), |parsed| parsed.declared())
}

/// As [`declared`], in a text that is parsed.
pub(super) fn declared_by(nodes: &[Node<'_>], limits: &Limits, source: &Source<'_>) -> ArtifactMap {
    let mut declared = ArtifactMap::new();
    let mut in_blueprints = Vec::new();
    for node in nodes {
        let place = Place::root(node);
        let mut context = Context::new(limits, source);
        let document = document::one(&mut context, &place, source);
        match document
            .filter(|_| context.count() == 0)
            .map(|document| document.content)
        {
            Some(Content::Artifact(artifact)) => {
                if let AnyArtifact::Blueprint(blueprint) = &artifact {
                    in_blueprints.extend(inline_breeds(blueprint));
                }
                declared.insert(artifact);
            }
            Some(Content::Deployment(DeploymentRequest::Blueprint(blueprint))) => {
                in_blueprints.extend(inline_breeds(&blueprint));
            }
            Some(Content::Deployment(DeploymentRequest::Named(_))) => {}
            None => {
                if let Some((kind, name)) = document::identity(&mut Context::new(limits, source), &place) {
                    declared.insert_name(kind, name);
                }
            }
        }
    }
    for breed in in_blueprints {
        declared.insert_if_absent(breed);
    }
    declared
}

fn inline_breeds(blueprint: &Blueprint) -> Vec<AnyArtifact> {
    let services = blueprint.clusters.values().flat_map(|cluster| &cluster.services);
    services
        .filter_map(|service| service.breed.inline())
        .map(|breed| breed.clone().into())
        .collect()
}

impl<T> Checked<T> {
    pub(super) const fn of(artifact: T) -> Self {
        Self {
            artifact,
            not_checked: Vec::new(),
        }
    }
}

impl<T> Checked<Vec<T>> {
    pub(super) fn push(&mut self, one: Checked<T>, limits: &Limits) {
        self.artifact.push(one.artifact);
        let room = limits.problems.saturating_sub(self.not_checked.len());
        self.not_checked.extend(one.not_checked.into_iter().take(room));
    }
}

impl Context<'_> {
    /// As [`Context::finish`], after what was referred to has been looked up.
    pub(super) fn finish_checked<T>(
        mut self,
        value: Option<T>,
        place: &Place<'_>,
        source: &Source<'_>,
    ) -> Result<Checked<T>, Problems> {
        let mut open = self.resolve();
        let artifact = self.finish(value, place, source)?;
        open.sort_by_key(|open| open.span.start);
        let not_checked = open.into_iter().map(|open| not_checked(open, source)).collect();
        Ok(Checked {
            artifact,
            not_checked,
        })
    }
}

impl From<Problem> for NotChecked {
    fn from(problem: Problem) -> Self {
        Self {
            path: problem.path,
            line: problem.line,
            column: problem.column,
            span: problem.span,
            message: problem.message,
        }
    }
}

fn not_checked(open: Problem, source: &Source<'_>) -> NotChecked {
    let (line, column) = source.position(open.span.start);
    NotChecked {
        path: open.path,
        line,
        column,
        span: open.span,
        message: open.message,
    }
}
