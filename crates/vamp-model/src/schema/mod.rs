//! The language described in data: kinds, fields, types, defaults and short forms, for programs that explain it or write it.
//!
//! [`explain`] answers a path such as `blueprint.clusters.services.scale.cpu`. [`KINDS`] leads to everything there is.

mod block;
mod explain;
mod language;
mod markdown;
mod text;
mod types;

pub use block::{Block, Field, Form, Place, Presence};
pub use explain::{Explanation, UnknownName, blocks, explain};
pub use language::KINDS;
pub use types::{Key, Type};
