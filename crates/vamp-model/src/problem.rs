//! What is wrong with a text: every problem of it, with its place.

#[cfg(feature = "miette")]
mod report;

use std::fmt;
use std::ops::Range;

use serde_core::Serialize;
use serde_core::ser::{SerializeMap, Serializer};

#[cfg(feature = "miette")]
pub use report::Report;

use crate::tree::Source;

/// The stable names of problems, as programs see them.
pub mod code {
    macro_rules! codes {
        ($($name:ident = $text:literal, $doc:literal;)*) => {
            $(#[doc = $doc] pub const $name: &str = $text;)*
        };
    }

    codes! {
        YAML_PARSING = "YamlParsingError", "The text is neither YAML nor JSON.";
        LIMIT = "LimitExceeded", "The text asks for more than a limit of the reader allows.";
        MISSING_PATH_VALUE = "MissingPathValueError", "A required value is absent.";
        UNEXPECTED_TYPE = "UnexpectedTypeError", "A value has the wrong type or unit.";
        UNEXPECTED_INNER_ELEMENT = "UnexpectedInnerElementError", "A mapping is wanted where something else stands.";
        EITHER_REFERENCE_OR_ANONYMOUS = "EitherReferenceOrAnonymous", "A name stands where only a reference or a nameless definition may.";
        NOT_ANONYMOUS = "NotAnonymousError", "A gateway inside a blueprint has a name.";
        UNEXPECTED_ELEMENT = "UnexpectedElement", "A key that nobody knows.";
        ILLEGAL_NAME = "IllegalName", "A name with characters that no name may have.";
        ILLEGAL_STRICT_NAME = "IllegalStrictName", "A port's name with characters that it may not have.";
        INCONSISTENT_ARTIFACT_KIND = "InconsistentArtifactKind", "The `kind` is not the expected one.";
        UNSUPPORTED_METADATA = "UnsupportedMetadata", "Metadata are a mapping.";
        PARSER = "ParserError", "A value with a broken `$` reference.";
        UNEXPECTED_ARTIFACT = "UnexpectedArtifact", "A kind that does not exist.";
        MALFORMED_TRAIT = "MalformedTraitError", "A port or variable is no scalar.";
        MISSING_PORT_VALUE = "MissingPortValueError", "A breed's port has no value.";
        UNRESOLVED_DEPENDENCY = "UnresolvedDependencyError", "No service is what a breed needs.";
        UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE = "UnresolvedDependencyInTraitValueError", "A value refers to something that no dependency has, or a service sets a variable that its breed does not declare.";
        MISSING_CONSTANT_VALUE = "MissingConstantValueError", "A breed's constant has no value.";
        RECURSIVE_DEPENDENCIES = "RecursiveDependenciesError", "Breeds that need one another.";
        INVALID_ARGUMENT = "InvalidArgumentError", "An argument is no pair of a key and a text.";
        INVALID_ARGUMENT_VALUE = "InvalidArgumentValueError", "`privileged` is neither `true` nor `false`.";
        UNRESOLVED_PORT_REFERENCE = "UnresolvedPortReferenceError", "A health check names an unknown port.";
        NEGATIVE_FAILURES_NUMBER = "NegativeFailuresNumberError", "A health check allows fewer than no failures.";
        UNSUPPORTED_GATEWAY_NAME = "UnsupportedGatewayNameError", "A gateway's name has a form that none may have.";
        UNSUPPORTED_ROUTE_PATH = "UnsupportedRoutePathError", "A route's path has no or more than four segments.";
        INVALID_GATEWAY_PORT = "InvalidGatewayPortError", "A port number below 0 or above 65535.";
        ILLEGAL_GATEWAY_STICKY_VALUE = "IllegalGatewayStickyValue", "`sticky` is none of `route`, `instance`, `none`.";
        ILLEGAL_GATEWAY_VIRTUAL_HOSTS = "IllegalGatewayVirtualHosts", "A virtual host is no host name.";
        STICKY_PORT_TYPE = "StickyPortTypeError", "Sticky sessions at a TCP port.";
        CONDITION_PORT_TYPE = "ConditionPortTypeError", "A condition at a TCP port.";
        GATEWAY_ROUTE_WEIGHT = "GatewayRouteWeightError", "Weights that add up neither to 0 % nor to 100 %.";
        INVALID_SELECTOR = "InvalidSelectorError", "A selector that is none.";
        ROUTE_SELECTOR_ONLY_ROUTE = "RouteSelectorOnlyRouteError", "A selector at a route whose path has several segments.";
        ROUTE_SELECTOR_EXTERNAL_TARGET = "RouteSelectorExternalTargetError", "A selector at a route to an address outside.";
        UNSUPPORTED_PATH_REWRITE = "UnsupportedPathRewriteError", "A rewrite that is not of the form `PATH if CONDITION`.";
        DUPLICATE_ROUTE = "DuplicateRouteError", "Two spellings of the same route path in one gateway.";
        INVALID_CONDITION = "InvalidCondition", "A condition that could break out of its line in a configuration.";
        INVALID_BALANCE = "InvalidBalance", "A balance algorithm that could break out of its line in a configuration.";
        NO_SERVICE = "NoServiceError", "A blueprint without any service.";
        NON_UNIQUE_BLUEPRINT_BREED_REFERENCE = "NonUniqueBlueprintBreedReferenceError", "Two services with the same breed.";
        UNRESOLVED_BREED_DEPENDENCY = "UnresolvedBreedDependencyError", "A breed needs one that is not in the blueprint.";
        UNRESOLVED_SERVICE_ROUTE = "UnresolvedServiceRouteError", "A route of a cluster's gateway names no breed of the cluster.";
        ROUTE_WEIGHT = "RouteWeightError", "Weights of a cluster's gateway beyond 100 %.";
        ILLEGAL_ANONYMOUS_ROUTING_PORT_MAPPING = "IllegalAnonymousRoutingPortMappingError", "A gateway names no port where there are several.";
        UNRESOLVED_SCALE_ESCALATION_TARGET_CLUSTER = "UnresolvedScaleEscalationTargetCluster", "An escalation scales a cluster that does not exist.";
        UNRESOLVED_VARIABLE_VALUE = "UnresolvedVariableValueError", "A variable has no value at any level.";
        UNRESOLVED_GATEWAY_PORT = "UnresolvedGatewayPortError", "A gateway's route leads to no cluster and port of the blueprint.";
        UNRESOLVED_ENVIRONMENT_VARIABLE = "UnresolvedEnvironmentVariableError", "A blueprint's variable belongs to no cluster or breed.";
        MISSING_ENVIRONMENT_VARIABLE = "MissingEnvironmentVariableError", "A service's variable has no value.";
        DUPLICATE_GATEWAY_PORT = "DuplicateGatewayPortError", "Two gateways with the same port number.";
        UNDEFINED_STATE_INTENTION = "UndefinedStateIntentionError", "An unknown intention of a deployed service.";
        UNDEFINED_STATE_STEP = "UndefinedStateStepError", "An unknown phase of a deployed service.";
        UNDEFINED_WORKFLOW_SCHEDULE = "UndefinedWorkflowScheduleError", "A schedule that is neither `daemon` nor of events or time.";
        ILLEGAL_WORKFLOW_SCHEDULE_PERIOD = "IllegalWorkflowSchedulePeriod", "A period that ISO 8601 does not know.";
        ILLEGAL_WORKFLOW_STATUS = "IllegalWorkflowStatus", "A status that no workflow has.";
        ARTIFACT_NOT_FOUND = "ArtifactNotFound", "An artifact that is referred to does not exist.";
        NO_TAG_EVENT = "NoTagEventError", "An event without any tag.";
        EVENT_TYPE = "EventTypeError", "An event's type with characters that it may not have.";
        EVENT_TIMESTAMP = "EventTimestampError", "An event's timestamp is no date and time with offset.";
        EVENT_QUERY_TIME = "EventQueryTimeError", "A range of time with two bounds on one side.";
        UNSUPPORTED_AGGREGATOR = "UnsupportedAggregatorError", "An aggregator that does not exist.";
        EMPTY_IMPORT = "EmptyImportError", "An import without a name.";
        IMPORT_DEFINITION = "ImportDefinitionError", "An import that names no artifact.";
        IMPORT_REFERENCE = "ImportReferenceError", "An import of an artifact that does not exist.";
        NOT_CHECKED = "NotChecked", "Something that needs other artifacts, and nobody could be asked for them.";
        UNSUPPORTED_PROTOCOL = "UnsupportedProtocolError", "A port of a Compose file is neither TCP nor HTTP.";
        NOT_SUPPORTED = "NotSupported", "A part of the language that this version does not read yet.";
    }
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The sort of problem, one of [`code`].
    pub code: &'static str,
    /// The value concerned, such as `clusters.cart.services[0].scale.cpu`, in the notation of [`ValuePath`](crate::ValuePath); empty
    /// for the document itself. Very long keys are cut.
    pub path: String,
    /// The line where [`span`](Self::span) starts, from 1.
    pub line: usize,
    /// The column in characters where [`span`](Self::span) starts, from 1.
    pub column: usize,
    /// The bytes of the text that the problem is about: a scalar with its quotes, a key where a value takes several lines or nobody
    /// knows the key, the key or the bracket of a mapping that lacks something. Without length where the text breaks or ends too early.
    pub span: Range<usize>,
    /// What is wrong, in words.
    pub message: String,
    /// What would help, if known.
    pub hint: Option<String>,
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("line", &self.line)?;
        map.serialize_entry("column", &self.column)?;
        map.serialize_entry("message", &self.message)?;
        if let Some(hint) = &self.hint {
            map.serialize_entry("hint", hint)?;
        }
        map.end()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

/// Everything that is wrong with a text: at least one problem, in the order of their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    by_place: Vec<Problem>,
    first: usize,
    omitted: usize,
}

impl Problems {
    /// The problems in the order in which they were found, which is that of validation; `None` when there are none. Lines and columns
    /// are filled in from their spans.
    pub(crate) fn in_order_of_validation(
        problems: Vec<Problem>,
        omitted: usize,
        source: &Source<'_>,
    ) -> Option<Self> {
        let first_start = problems.first()?.span.start;
        // Of those that start where the first one does it stays the first: the order of equals is kept.
        let first = problems
            .iter()
            .filter(|problem| problem.span.start < first_start)
            .count();
        let mut by_place = problems;
        by_place.sort_by_key(|problem| problem.span.start);
        for problem in &mut by_place {
            (problem.line, problem.column) = source.position(problem.span.start);
        }
        Some(Self {
            by_place,
            first,
            omitted,
        })
    }

    /// A single problem, with line and column filled in from its span.
    pub(crate) fn single(mut problem: Problem, source: &Source<'_>) -> Self {
        (problem.line, problem.column) = source.position(problem.span.start);
        Self {
            by_place: vec![problem],
            first: 0,
            omitted: 0,
        }
    }

    /// The problem that validation meets first; where only one can be told, it is this one.
    #[must_use]
    pub fn first(&self) -> &Problem {
        &self.by_place[self.first]
    }

    /// Where [`first`](Self::first) is among the problems in the order of their places.
    #[must_use]
    pub const fn first_position(&self) -> usize {
        self.first
    }

    /// The problems again, the first one of validation in front.
    pub(crate) fn into_order_of_validation(mut self) -> Vec<Problem> {
        let first = self.by_place.remove(self.first);
        self.by_place.insert(0, first);
        self.by_place
    }

    /// The problems in the order of their places.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.by_place.iter()
    }

    /// How many problems there are, without those left out.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.by_place.len()
    }

    /// How many more there were than the limit of the reader allows to report.
    #[must_use]
    pub const fn omitted(&self) -> usize {
        self.omitted
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self {
            by_place: vec![problem],
            first: 0,
            omitted: 0,
        }
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.by_place.into_iter()
    }
}

impl<'p> IntoIterator for &'p Problems {
    type Item = &'p Problem;
    type IntoIter = std::slice::Iter<'p, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Serialize for Problems {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.by_place.serialize(serializer)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, problem) in self.by_place.iter().enumerate() {
            let separator = if position == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        match self.omitted {
            0 => Ok(()),
            omitted => write!(f, "\n… and {omitted} more"),
        }
    }
}

impl std::error::Error for Problems {}
