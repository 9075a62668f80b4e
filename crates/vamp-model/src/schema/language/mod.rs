//! The kinds of the language and their parts.

mod blueprint;
mod breed;
mod common;
mod deployment;
mod event;
mod gateway;
mod health_check;
mod route;
mod scale;
mod sla;
mod template;
mod workflow;

use super::Block;

/// Everything that is written in a document of its own.
pub const KINDS: &[&Block] = &[
    &breed::BREED,
    &scale::SCALE,
    &sla::SLA,
    &sla::ESCALATION,
    &route::CONDITION,
    &route::REWRITE,
    &route::ROUTE,
    &gateway::GATEWAY,
    &blueprint::BLUEPRINT,
    &deployment::DEPLOYMENT,
    &workflow::WORKFLOW,
    &template::TEMPLATE,
    &event::EVENT,
    &event::EVENT_QUERY,
];
