//! Deployments: how a blueprint is merged into one, and services are cut out of it.

mod attachment;
mod environment;
mod gateways;
mod merge;
mod slice;
mod specification;
pub(crate) mod unsupported;
mod validate;

pub(crate) use attachment::{Attachment, Referred, absent, attach, references, service_place};
pub(crate) use environment::shown_variables;
pub(crate) use gateways::{external_gateways, internal_gateways, needed_gateways};
pub(crate) use merge::{MergeOptions, drop_orphaned_variables, merge};
pub(crate) use slice::{cut_of, cut_of_all, slice};
pub(crate) use specification::specification;
pub(crate) use validate::{validate_attachment, validate_deployment};
