#![doc = include_str!("../README.md")]

#[cfg(feature = "arbitrary")]
pub mod arbitrary;
mod artifact;
mod artifacts;
pub mod boolean;
pub mod condition;
pub mod compose {
    //! Files of Docker Compose as blueprints.

    pub use crate::read::compose::{Import, import, import_with};
}
mod diff;
mod event;
pub mod gateway;
pub mod import;
mod json_fields;
pub mod lookup;
mod name;
mod path;
mod port;
mod problem;
mod read;
mod references;
pub mod resolve;
pub mod schema;
pub mod selector;
mod template;
mod text_form;
mod tree;
mod unit;
mod write;

pub use artifact::{
    AnyArtifact, Argument, Balance, Blueprint, BlueprintGateway, Breed, Cluster, ClusterVariable, Deployable,
    Deployment, DeploymentCluster, DeploymentService, Dialects, EnvironmentVariable, Escalation,
    EscalationKind, ExternalAddress, Gateway, GatewayService, Health, HealthCheck, Instance, Intention,
    InvalidArgument, InvalidBalance, InvalidClusterVariable, InvalidExternalAddress, InvalidRewrite,
    InvalidSticky, InvalidVirtualHost, InvalidWorkflowStatus, Kind, Metadata, Phase, Protocol, Reference,
    RestartPhase, Rewrite, Route, Scale, Scaling, Schedule, Service, Sla, SlaKind, SlaReference, Status,
    Sticky, StoredCondition, Target, Template, VirtualHost, Workflow, WorkflowStatus,
};
pub use artifacts::{ArtifactMap, Artifacts, Found, LayeredArtifacts, NoArtifacts};
pub use condition::{Condition, InvalidCondition};
pub use diff::{Change, Difference, Misfit, apply, diff, diff_values};
pub use event::{
    Aggregation, Aggregator, Event, EventQuery, EventType, InvalidAggregation, InvalidEventType,
    InvalidTimeExpression, TimeExpression, TimeRange, expand_tags,
};
pub use name::{GatewayName, InvalidName, Name, RoutePath, StrictName};
pub use path::{InvalidValuePath, PathSegment, ValuePath};
pub use port::{InvalidPort, Port, PortKind};
#[cfg(feature = "miette")]
pub use problem::Report;
pub use problem::{Problem, Problems, code};
pub use read::{
    Checked, Content, DeploymentRequest, Document, FromText, NotChecked, Outline, ParsedText, Readable,
    Removal, check, check_any_list, check_documents, declared, locate, outline, outline_with, read, read_any,
    read_any_list_with, read_any_stored_with, read_any_with, read_deployment_request,
    read_deployment_request_with, read_documents, read_documents_with, read_event_request,
    read_event_request_with, read_list, read_list_with, read_stored, read_stored_list, read_stored_with,
    read_value, read_value_with, read_with,
};
pub use references::{
    Referring, UnresolvedReference, UnresolvedReferences, expand_references, only_references,
};
pub use selector::{InvalidSelector, Selector};
pub use template::{
    GlobalReference, GlobalScheme, InvalidReference, InvalidTemplate, ReferencePath, ReferenceWord,
    TemplateFault, TraitGroup, TraitReference, ValuePart, ValueReference, ValueTemplate,
};
pub use tree::{Format, Limits};
pub use unit::{
    DayPart, InvalidUnit, Memory, OffsetDateTime, Percentage, Period, Quantity, Seconds, TimePart,
};
pub use write::{Stored, to_json, to_storage_json, to_yaml, to_yaml_documents};
