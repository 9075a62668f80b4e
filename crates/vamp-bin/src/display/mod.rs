//! What people see.

pub(crate) mod artifacts;
mod similar;
mod snippet;
pub(crate) mod table;

pub(crate) use similar::similar;
pub(crate) use snippet::Complaint;
