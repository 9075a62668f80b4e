//! The artifacts and what they are made of.

mod any;
mod argument;
mod as_blueprint;
mod balance;
mod blueprint;
mod breed;
mod deployment;
mod escalation;
mod external_address;
mod gateway;
mod health_check;
mod kind;
mod reference;
mod rewrite;
mod route;
mod scale;
mod schedule;
mod sla;
mod sticky;
mod stored_condition;
mod template;
mod virtual_host;
mod workflow;
mod workflow_status;

pub use any::AnyArtifact;
pub use argument::{Argument, InvalidArgument};
pub use balance::{Balance, InvalidBalance};
pub use blueprint::{Blueprint, BlueprintGateway, Cluster, ClusterVariable, InvalidClusterVariable, Service};
pub use breed::{Breed, Deployable, EnvironmentVariable};
pub use deployment::{
    Deployment, DeploymentCluster, DeploymentService, Health, Instance, Intention, Phase, Status,
};
pub use escalation::{Escalation, EscalationKind, Scaling};
pub use external_address::{ExternalAddress, InvalidExternalAddress};
pub use gateway::{Gateway, GatewayService};
pub use health_check::{HealthCheck, Protocol};
pub use kind::Kind;
pub use reference::Reference;
pub use rewrite::{InvalidRewrite, Rewrite};
pub use route::{Route, Target};
pub use scale::Scale;
pub use schedule::Schedule;
pub use sla::{Sla, SlaKind, SlaReference};
pub use sticky::{InvalidSticky, Sticky};
pub use stored_condition::StoredCondition;
pub use template::Template;
pub use virtual_host::{InvalidVirtualHost, VirtualHost};
pub use workflow::Workflow;
pub use workflow_status::{InvalidWorkflowStatus, RestartPhase, WorkflowStatus};

/// Free-form data of the user, kept as written.
pub type Metadata = serde_json::Map<String, serde_json::Value>;

/// Texts of container platforms by the platform's name, `marathon` or `docker`: of any shape, kept as written.
pub type Dialects = serde_json::Map<String, serde_json::Value>;
