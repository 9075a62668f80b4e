//! The artifacts and what they are made of.

mod any;
mod blueprint;
mod breed;
mod deployment;
mod gateway;
mod health_check;
mod kind;
mod reference;
mod scale;

pub use any::AnyArtifact;
pub use blueprint::{Blueprint, BlueprintGateway, Cluster, ClusterVariable, Service};
pub use breed::{Breed, Deployable, EnvironmentVariable};
pub use deployment::{
    Deployment, DeploymentCluster, DeploymentService, Health, Instance, Intention, Phase, Status,
};
pub use gateway::{Balance, Condition, Gateway, GatewayService, Route, Target, VirtualHost};
pub use health_check::{HealthCheck, Protocol};
pub use kind::Kind;
pub use reference::Reference;
pub use scale::Scale;

/// Free-form data of the user, kept as written.
pub type Metadata = serde_json::Map<String, serde_json::Value>;
