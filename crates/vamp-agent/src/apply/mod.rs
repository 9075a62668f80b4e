//! From a value to what runs: belief, decision, and the applier that carries it out.

pub(crate) mod applier;
pub(crate) mod burst;
pub(crate) mod guard;
pub(crate) mod plan;
mod steps;
