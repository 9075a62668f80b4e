//! A text that is parsed once, whatever is asked of it.

use super::context::Context;
use super::import::with_imports;
use super::place::Place;
use super::{
    Checked, Document, Outline, any, check, document, event_request, locate, nothing, outline, parse,
    removal, request, the_only,
};
use crate::import::Imports;
use crate::problem::Problems;
use crate::tree::{Format, Limits, Node, Source};
use crate::{AnyArtifact, ArtifactMap, Artifacts, DeploymentRequest, EventQuery, Kind, Removal};

/// A text with artifacts, parsed: what it says can be read again and again, as it takes to find out what it imports.
///
/// Artifacts that a text imports may be far away. Whoever does not know them yet answers
/// [`Imported::Unknown`](crate::import::Imported::Unknown), takes down what was asked for, gets it, and reads once more:
///
/// ```
/// use std::cell::RefCell;
/// use std::collections::HashMap;
///
/// use serde_json::json;
/// use vamp_model::import::Imported;
/// use vamp_model::{Format, Kind, Limits, ParsedText, to_json};
///
/// let text = "{import: scales/small, name: large, cpu: 8}";
/// let parsed = ParsedText::parse(text, Format::Auto, &Limits::default())?;
///
/// let mut known: HashMap<String, Imported> = HashMap::new();
/// let large = loop {
///     let wanted = RefCell::default();
///     let read = parsed.read_any(Kind::Scale, &|_: Kind, name: &str| {
///         known.get(name).cloned().unwrap_or_else(|| {
///             wanted.replace(Some(name.to_owned()));
///             Imported::Unknown
///         })
///     });
///     match wanted.take() {
///         Some(name) => known.insert(name, Imported::Found(json!({"cpu": 1, "memory": "2GB"}))),
///         None => break read?,
///     };
/// };
/// assert!(to_json(&large).contains(r#""cpu":8.0,"memory":"2000.00MB""#));
/// # Ok::<(), vamp_model::Problems>(())
/// ```
#[derive(Debug, Clone)]
pub struct ParsedText<'t> {
    text: &'t str,
    nodes: Vec<Node<'t>>,
    limits: Limits,
}

impl<'t> ParsedText<'t> {
    /// Parses a text. One without any value is none that can be parsed in JSON; here it is a text without documents.
    ///
    /// # Errors
    /// The text is neither YAML nor JSON, or exceeds a limit.
    pub fn parse(text: &'t str, format: Format, limits: &Limits) -> Result<Self, Problems> {
        let nodes = if text.trim().is_empty() {
            Vec::new()
        } else {
            parse(&Source::new(text), format, limits)?
        };
        Ok(Self {
            text,
            nodes,
            limits: limits.clone(),
        })
    }

    /// Reads as [`read_any_importing`](crate::import::read_any_importing) does.
    ///
    /// # Errors
    /// As [`read_any_importing`](crate::import::read_any_importing).
    pub fn read_any(&self, kind: Kind, imports: &dyn Imports) -> Result<AnyArtifact, Problems> {
        self.only(|context, place| {
            with_imports(context, place, &self.limits, imports, |context, place| {
                any::one(context, place, kind)
            })
        })
    }

    /// Reads as [`read_any_list_importing`](crate::import::read_any_list_importing) does.
    ///
    /// # Errors
    /// As [`read_any_list_importing`](crate::import::read_any_list_importing).
    pub fn read_any_list(&self, kind: Kind, imports: &dyn Imports) -> Result<Vec<AnyArtifact>, Problems> {
        let artifacts = self.each(|context, place, _| {
            with_imports(context, place, &self.limits, imports, |context, place| {
                any::one(context, place, kind)
            })
        })?;
        if artifacts.is_empty() {
            return Err(nothing(&Source::new(self.text)));
        }
        Ok(artifacts)
    }

    /// Reads as [`read_any_list_with`](crate::read_any_list_with) does.
    ///
    /// # Errors
    /// As [`read_any_list_with`](crate::read_any_list_with).
    pub fn read_all(&self, kind: Kind) -> Result<Vec<AnyArtifact>, Problems> {
        let source = Source::new(self.text);
        any::list(kind, &self.nodes, &self.limits, None, &source).map(|checked| checked.artifact)
    }

    /// Reads as [`read_documents_importing`](crate::import::read_documents_importing) does.
    ///
    /// # Errors
    /// As [`read_documents_importing`](crate::import::read_documents_importing).
    pub fn read_documents(&self, imports: &dyn Imports) -> Result<Vec<Document>, Problems> {
        self.each(|context, place, source| {
            let about = document::about(context, place, source)?;
            with_imports(context, place, &self.limits, imports, |context, place| {
                about.read(context, place)
            })
        })
    }

    /// Reads as [`read_deployment_request_importing`](crate::import::read_deployment_request_importing) does.
    ///
    /// # Errors
    /// As [`read_deployment_request_importing`](crate::import::read_deployment_request_importing).
    pub fn read_deployment_request(&self, imports: &dyn Imports) -> Result<DeploymentRequest, Problems> {
        self.only(|context, place| with_imports(context, place, &self.limits, imports, request::read))
    }

    /// Reads as [`read_event_request`](crate::read_event_request) does.
    ///
    /// # Errors
    /// As [`read_event_request`](crate::read_event_request).
    pub fn read_event_request(&self) -> Result<EventQuery, Problems> {
        self.only(event_request::read)
    }

    /// What the documents say shall be removed. Each has a `kind` and a `name`. What a deployment says besides is read, with what
    /// it imports; of other kinds it is not looked at.
    ///
    /// # Errors
    /// A document without `kind` or `name`; what is wrong with a deployment.
    pub fn read_removals(&self, imports: &dyn Imports) -> Result<Vec<Removal>, Problems> {
        self.each(|context, place, _| removal::read(context, place, &self.limits, imports))
    }

    /// The artifacts that the text declares, as [`declared`](crate::declared) tells.
    #[must_use]
    pub fn declared(&self) -> ArtifactMap {
        check::declared_by(&self.nodes, &self.limits, &Source::new(self.text))
    }

    /// Reads and checks as [`check_documents`](crate::check_documents) does.
    ///
    /// # Errors
    /// As [`check_documents`](crate::check_documents).
    pub fn check_documents(&self, artifacts: &dyn Artifacts) -> Result<Checked<Vec<Document>>, Problems> {
        check::documents(&self.nodes, &self.limits, artifacts, &Source::new(self.text))
    }

    /// Reads and checks as [`check_any_list`](crate::check_any_list) does.
    ///
    /// # Errors
    /// As [`check_any_list`](crate::check_any_list).
    pub fn check_any_list(
        &self,
        kind: Kind,
        artifacts: &dyn Artifacts,
    ) -> Result<Checked<Vec<AnyArtifact>>, Problems> {
        let source = Source::new(self.text);
        any::list(kind, &self.nodes, &self.limits, Some(artifacts), &source)
    }

    /// As [`outline`](crate::outline()) does.
    ///
    /// # Errors
    /// A document without `kind` or `name`.
    pub fn outline(&self) -> Result<Vec<Outline>, Problems> {
        self.each(outline::one)
    }

    /// As [`locate`](crate::locate) does.
    #[must_use]
    pub fn locate(&self, document: usize, paths: &[&str]) -> Vec<Option<(usize, usize)>> {
        locate::in_nodes(&Source::new(self.text), &self.nodes, document, paths)
    }

    /// Reads the only document.
    fn only<T>(&self, read: impl FnOnce(&mut Context, &Place<'_>) -> Option<T>) -> Result<T, Problems> {
        let source = Source::new(self.text);
        let place = Place::root(the_only(&self.nodes, &source)?);
        let mut context = Context::new(&self.limits, &source);
        let found = read(&mut context, &place);
        context.finish(found, &place, &source)
    }

    /// Reads each document.
    fn each<T>(
        &self,
        read: impl Fn(&mut Context, &Place<'_>, &Source<'_>) -> Option<T>,
    ) -> Result<Vec<T>, Problems> {
        let source = Source::new(self.text);
        let read = |context: &mut Context, place: &Place<'_>| read(context, place, &source);
        Ok(document::each(&self.nodes, &self.limits, None, &source, read)?.artifact)
    }
}
