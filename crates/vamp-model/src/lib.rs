#![doc = include_str!("../README.md")]

mod artifact;
pub mod lookup;
mod name;
mod port;
mod unit;

pub use artifact::{
    AnyArtifact, Balance, Blueprint, BlueprintGateway, Breed, Cluster, ClusterVariable, Condition,
    Deployable, Deployment, DeploymentCluster, DeploymentService, EnvironmentVariable, Gateway,
    GatewayService, Health, HealthCheck, Instance, Intention, Kind, Metadata, Phase, Protocol, Reference,
    Route, Scale, Service, Status, Target, VirtualHost,
};
pub use name::{GatewayName, InvalidName, Name, RoutePath, StrictName};
pub use port::{InvalidPort, Port, PortKind};
pub use unit::{InvalidUnit, Memory, Percentage, Quantity, Seconds};
