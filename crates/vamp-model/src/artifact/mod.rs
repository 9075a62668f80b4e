//! The artifacts and what they are made of.

mod any;
mod as_blueprint;
mod balance;
mod blueprint;
mod breed;
mod condition;
mod deployment;
mod external_address;
mod gateway;
mod health_check;
mod kind;
mod reference;
mod scale;
mod virtual_host;

pub use any::AnyArtifact;
pub use balance::{Balance, InvalidBalance};
pub use blueprint::{Blueprint, BlueprintGateway, Cluster, ClusterVariable, InvalidClusterVariable, Service};
pub use breed::{Breed, Deployable, EnvironmentVariable};
pub use condition::{Condition, InvalidCondition};
pub use deployment::{
    Deployment, DeploymentCluster, DeploymentService, Health, Instance, Intention, Phase, Status,
};
pub use external_address::{ExternalAddress, InvalidExternalAddress};
pub use gateway::{Gateway, GatewayService, Route, Target};
pub use health_check::{HealthCheck, Protocol};
pub use kind::Kind;
pub use reference::Reference;
pub use scale::Scale;
pub use virtual_host::{InvalidVirtualHost, VirtualHost};

/// Free-form data of the user, kept as written.
pub type Metadata = serde_json::Map<String, serde_json::Value>;
