//! What to do with the instances of one service: plain decisions, the same for every platform that leaves them to the driver.

mod plan;
mod setbacks;

pub(crate) use plan::{Held, plan};
pub(crate) use setbacks::{Seen, Setbacks};
