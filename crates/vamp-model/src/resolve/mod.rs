//! Filling in what values refer to.
//!
//! A value is looked at once: what is filled in is not searched for further references. Whatever is not known becomes
//! empty text, except where a reader would rather be told: a setting that is not configured, a dependency that nothing
//! fulfils, values that refer to each other in a circle.
//!
//! | values of | are resolved by |
//! |---|---|
//! | deployments and clusters: variables, dialects | [`DeploymentResolver`] |
//! | services: variables, dialects | [`ServiceResolver`] |
//! | workflows | [`WorkflowResolver`] |
//! | settings such as `/vamp/${namespace}` | [`NamespaceResolver`] |
//! | several texts that refer to each other by name | [`resolve_all`] |
//!
//! Nothing here reads a configuration or an environment: the caller hands in what is known, a deployment as a
//! [`DeploymentScope`], the world outside as a [`GlobalResolver`].

mod all;
mod dependency;
mod deployment;
mod dialect;
mod error;
mod global;
mod namespace;
mod output;
mod service;
mod variable;
mod workflow;

pub use all::{ReferenceCycle, resolve_all};
pub use dependency::{clusters_of_dependencies, is_fulfilled_by};
pub use deployment::{DeploymentResolver, DeploymentScope};
pub use dialect::resolve_texts;
pub use error::ResolveError;
pub use global::{GlobalResolver, InOrder, IndexNames, PlugIn, ServerValues, UnknownPlugIn};
pub use namespace::{NamespaceForm, NamespaceResolver};
pub use output::LONGEST_VALUE;
pub use service::{ServiceResolver, ServiceValues};
pub use variable::{EffectiveVariable, VariableLevel, are_resolved, check_values, effective_variables};
pub use workflow::{WorkflowResolver, workflow_variables};
