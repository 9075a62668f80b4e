//! The HAProxy beside the agent: its program, process, sockets and words.

pub(crate) mod binary;
pub(crate) mod checker;
pub(crate) mod lone_check;
pub(crate) mod master;
pub(crate) mod output;
pub(crate) mod ports;
pub(crate) mod process;
pub(crate) mod reload;
