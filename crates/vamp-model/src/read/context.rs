//! What a reader carries along: the problems found so far.

use std::ops::Range;

use super::lookups::Lookups;
use super::place::{Place, shortened};
use crate::Metadata;
use crate::artifacts::Artifacts;
use crate::problem::{Problem, Problems, code};
use crate::tree::{Limits, Mark, Node, Plain, Scalar, Source, Value};

/// Collects problems in the order of validation: unknown keys come last.
#[derive(Debug)]
pub(super) struct Context<'a> {
    problems: Vec<Problem>,
    leftovers: Vec<Problem>,
    limit: usize,
    /// Mappings and lists that metadata may have inside one another.
    metadata_depth: usize,
    /// Where the text that is read is in memory, by which its parts are told from texts of their own.
    text: Range<usize>,
    omitted: usize,
    /// Absent where other artifacts are not asked for.
    pub(super) lookups: Option<Lookups<'a>>,
}

impl<'a> Context<'a> {
    pub(super) fn new(limits: &Limits, source: &Source<'_>) -> Self {
        Self {
            problems: Vec::new(),
            leftovers: Vec::new(),
            limit: limits.problems.max(1),
            // The rest is left for what stands around them when a short form is written out.
            metadata_depth: limits.effective_depth() - limits.effective_depth() / 5,
            text: addresses(source.text()),
            omitted: 0,
            lookups: None,
        }
    }

    /// The same context, which looks up the artifacts that a document refers to.
    pub(super) fn looking_up(self, artifacts: &'a dyn Artifacts) -> Self {
        let lookups = Some(Lookups::new(artifacts, self.limit));
        Self { lookups, ..self }
    }

    /// An empty context with the same limit and the same artifacts to ask for.
    pub(super) fn same_limits(&self) -> Self {
        Self {
            problems: Vec::new(),
            leftovers: Vec::new(),
            limit: self.limit,
            metadata_depth: self.metadata_depth,
            text: self.text.clone(),
            omitted: 0,
            lookups: self.lookups.as_ref().map(Lookups::afresh),
        }
    }

    /// Takes over everything that another context has found.
    pub(super) fn append(&mut self, other: Self) {
        self.problems.extend(other.problems);
        self.leftovers.extend(other.leftovers);
        self.omitted += other.omitted;
        if let (Some(lookups), Some(others)) = (&mut self.lookups, other.lookups) {
            lookups.append(others);
        }
    }

    /// How many problems have been met so far; for noticing that reading a part met one.
    pub(super) fn count(&self) -> usize {
        self.problems.len() + self.leftovers.len() + self.omitted
    }

    /// Whether no more problems are told.
    pub(super) fn is_full(&self) -> bool {
        self.problems.len() + self.leftovers.len() >= self.limit
    }

    /// Adds to the hints of the problems at a place where what is wrong comes from.
    pub(super) fn tell_origin(&mut self, place: Mark, origin: impl Fn() -> String) {
        let problems = self.problems.iter_mut().chain(&mut self.leftovers);
        for problem in problems.filter(|problem| problem.span == place.range()) {
            problem.hint = Some(match problem.hint.take() {
                Some(hint) => format!("{hint}; {}", origin()),
                None => origin(),
            });
        }
    }

    /// The value, or everything that was found; `source` is the text that was read.
    pub(super) fn finish<T>(
        mut self,
        value: Option<T>,
        place: &Place<'_>,
        source: &Source<'_>,
    ) -> Result<T, Problems> {
        self.problems.append(&mut self.leftovers);
        match (
            Problems::in_order_of_validation(self.problems, self.omitted, source),
            value,
        ) {
            (Some(problems), _) => Err(problems),
            (None, Some(value)) => Ok(value),
            // Whoever gives no value reports why; should one forget it, the text is still not taken.
            (None, None) => {
                let hint = expected_and_found(place, "an artifact");
                let problem = problem(place, code::UNEXPECTED_TYPE, &unexpected_type(place), Some(hint));
                Err(Problems::single(problem, source))
            }
        }
    }

    /// Whether one more problem is reported; where it is not, it is counted.
    pub(super) fn has_room(&mut self) -> bool {
        let room = self.problems.len() + self.leftovers.len() < self.limit;
        self.omitted += usize::from(!room);
        room
    }

    pub(super) fn report(&mut self, place: &Place<'_>, code: &'static str, message: impl Into<String>) {
        if self.has_room() {
            self.problems.push(problem(place, code, &message.into(), None));
        }
    }

    pub(super) fn report_with_hint(
        &mut self,
        place: &Place<'_>,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        if self.has_room() {
            self.problems
                .push(problem(place, code, &message.into(), hint.into()));
        }
    }

    /// Reports what is wrong with a part of a scalar's text, and points at it where the text stands in the document as it is.
    pub(super) fn report_inside(
        &mut self,
        place: &Place<'_>,
        part: &str,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        if !self.has_room() {
            return;
        }
        let mut problem = problem(place, code, &message.into(), hint.into());
        let part = addresses(part);
        if self.text.start <= part.start && part.end <= self.text.end {
            problem.span = part.start - self.text.start..part.end - self.text.start;
        }
        self.problems.push(problem);
    }

    pub(super) fn leftover(&mut self, place: &Place<'_>, hint: Option<String>) {
        if self.has_room() {
            let message = format!("Unexpected in DSL: {}", place.reduced());
            self.leftovers
                .push(problem(place, code::UNEXPECTED_ELEMENT, &message, hint));
        }
    }

    /// Whether a problem is known that says why what stands at the place of another one is wrong.
    pub(super) fn reports_at(&self, other: &Problem) -> bool {
        let mut known = self.problems.iter().chain(&self.leftovers);
        known.any(|problem| match problem.code {
            code::UNRESOLVED_BREED_DEPENDENCY => other.path.starts_with(&problem.path),
            _ => other.path == problem.path,
        })
    }

    /// Reports a problem behind all that have been met and will be met, but for those reported so already.
    pub(super) fn report_last(&mut self, problem: Problem) {
        if self.has_room() {
            self.leftovers.push(problem);
        }
    }

    pub(super) fn wrong_type(&mut self, place: &Place<'_>, expected: &str) {
        let hint = expected_and_found(place, expected);
        self.wrong_type_with_hint(place, hint);
    }

    pub(super) fn wrong_type_with_hint(&mut self, place: &Place<'_>, hint: String) {
        self.report_with_hint(place, code::UNEXPECTED_TYPE, unexpected_type(place), hint);
    }

    /// Something else stands where a mapping leads on to a value.
    pub(super) fn no_mapping(&mut self, place: &Place<'_>) {
        let message = format!("Can't find a nested element for path '{}'.", place.last_key());
        let hint = format!("a mapping is expected, not {}", place.describe());
        self.report_with_hint(place, code::UNEXPECTED_INNER_ELEMENT, message, hint);
    }

    pub(super) fn missing(&mut self, parent: &Place<'_>, path: &str) {
        let message = format!("Can't find any value for path: /{path}");
        self.report(parent, code::MISSING_PATH_VALUE, message);
    }

    pub(super) fn missing_with_hint(&mut self, parent: &Place<'_>, path: &str, hint: String) {
        let message = format!("Can't find any value for path: /{path}");
        self.report_with_hint(parent, code::MISSING_PATH_VALUE, message, hint);
    }

    /// A scalar that is there, or a report.
    pub(super) fn scalar<'t>(&mut self, place: &Place<'t>, expected: &str) -> Option<&'t Scalar<'t>> {
        match &place.node.value {
            Value::Scalar(scalar) if !scalar.is_null() => Some(scalar),
            _ => {
                self.wrong_type(place, expected);
                None
            }
        }
    }

    pub(super) fn text<'t>(&mut self, place: &Place<'t>) -> Option<&'t str> {
        self.scalar(place, "text").map(|scalar| scalar.source.as_str())
    }

    pub(super) fn integer(&mut self, place: &Place<'_>) -> Option<i32> {
        let number = match &place.node.value {
            Value::Scalar(Scalar {
                plain: Plain::Int(number),
                ..
            }) => i32::try_from(*number).ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(place, "a whole number of at most 32 bits");
        }
        number
    }

    /// A finite number: a float, or a whole number of at most 32 bits.
    pub(super) fn float(&mut self, place: &Place<'_>) -> Option<f64> {
        let number = match &place.node.value {
            Value::Scalar(Scalar {
                plain: Plain::Int(number),
                ..
            }) => i32::try_from(*number).ok().map(f64::from),
            Value::Scalar(Scalar {
                plain: Plain::Float(number),
                ..
            }) => Some(*number).filter(|number| number.is_finite()),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(place, "a number");
        }
        number
    }

    pub(super) fn boolean(&mut self, place: &Place<'_>) -> Option<bool> {
        if let Value::Scalar(Scalar {
            plain: Plain::Bool(value),
            ..
        }) = &place.node.value
        {
            return Some(*value);
        }
        self.wrong_type(place, "true or false");
        None
    }

    /// A value read from its text.
    pub(super) fn parsed<T: std::str::FromStr>(&mut self, place: &Place<'_>, expected: &str) -> Option<T> {
        let scalar = self.scalar(place, expected)?;
        let parsed = scalar.source.parse().ok();
        if parsed.is_none() {
            self.wrong_type(place, expected);
        }
        parsed
    }

    pub(super) fn metadata(&mut self, place: Option<Place<'_>>) -> Metadata {
        let Some(place) = place else {
            return Metadata::new();
        };
        let Some(mapping) = place.mapping() else {
            let hint = expected_and_found(&place, "a mapping");
            self.report_with_hint(&place, code::UNSUPPORTED_METADATA, "Unsupported metadata", hint);
            return Metadata::new();
        };
        if self.is_too_deep(&place, "Metadata have") {
            return Metadata::new();
        }
        crate::tree::mapping_to_json(mapping)
    }

    /// A value of any shape, such as the text of a container platform; `what` begins the report that it is too deep.
    pub(super) fn free_form(&mut self, place: &Place<'_>, what: &str) -> Option<serde_json::Value> {
        (!self.is_too_deep(place, what)).then(|| place.node.to_json())
    }

    /// Whether a value of any shape is nested more deeply than what is written back could be read; a report, if so.
    pub(super) fn is_too_deep(&mut self, place: &Place<'_>, what: &str) -> bool {
        let most = self.metadata_depth;
        let too_deep = is_deeper(place.node, most);
        if too_deep {
            let message = format!("{what} more than {most} mappings and lists inside one another.");
            self.report(place, code::LIMIT, message);
        }
        too_deep
    }
}

/// Where a text is in memory.
fn addresses(text: &str) -> Range<usize> {
    let start = text.as_ptr().addr();
    start..start + text.len()
}

/// Whether more than `most` mappings and lists stand inside one another.
fn is_deeper(node: &Node<'_>, most: usize) -> bool {
    match (&node.value, most) {
        (Value::Scalar(_), _) => false,
        (_, 0) => true,
        (Value::Sequence(nodes), _) => nodes.iter().any(|node| is_deeper(node, most - 1)),
        (Value::Mapping(mapping), _) => mapping.iter().any(|(_, entry)| is_deeper(&entry.node, most - 1)),
    }
}

fn unexpected_type(place: &Place<'_>) -> String {
    format!("Unexpected type for path '{}'.", place.last_key())
}

pub(super) fn expected_and_found(place: &Place<'_>, expected: &str) -> String {
    format!("expected {expected}, found {}", place.describe())
}

/// How long a message is, in bytes: names that it shows may have any length.
const LONGEST_MESSAGE: usize = 8_000;

pub(super) fn problem(place: &Place<'_>, code: &'static str, message: &str, hint: Option<String>) -> Problem {
    Problem {
        code,
        path: place.path(),
        // Known where the text is.
        line: 0,
        column: 0,
        span: place.mark.range(),
        message: shortened(message, LONGEST_MESSAGE).into_owned(),
        hint,
    }
}
