//! The agent, driven through the store: many changes, bad ones, and ends of every process at the worst moment.

mod changes;
mod crashes;
mod kills;
mod refusals;
pub(crate) mod rig;
mod websockets;
