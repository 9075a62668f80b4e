//! Who of several may write: one leads at a time, and whoever led before can change nothing any more.
//!
//! Each candidate has a session, a key below the place of the election that is bound to a lease. The record of the leader stands at the
//! place itself, without a lease: who leads, under which session, and in which term. When the session of the leader is gone, the next
//! candidate writes itself into the record, on the condition that nobody else has meanwhile, with the next term.
//!
//! - A leader writes with [`Leader::guard`]: the version of the record, and its value, which names the session. A write of a leader that
//!   was replaced is refused by the store, whatever it believed when it sent it.
//! - [`Leader::term`] is the fencing number for what is outside of the store. It only grows, whatever clocks say. Where the record is lost
//!   with the store, it is greater than those that the candidate has seen or [was told of](Election::knows_of).
//! - A leader that cannot reach the store knows by its own clock that it leads no longer, before another can: its time counts
//!   from when it asked to be kept, the store's from when it heard that.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use std::time::Duration;
//! use vamp_kv::leadership::Election;
//! use vamp_kv::memory::MemoryStore;
//! use vamp_kv::{Condition, KeyValueStore as _};
//!
//! let store = Arc::new(MemoryStore::new());
//! let election = Election::new(store.clone(), "/vamp/default/leader".parse()?, "server-1", Duration::from_secs(15))?;
//! let leader = election.campaign().await?;
//! assert_eq!(leader.term(), 1);
//! let key = "/vamp/default/x".parse()?;
//! let written = store.put_if(&key, "1".into(), Condition::Absent, Some(leader.guard())).await?;
//! assert!(written.is_some());
//! leader.resign().await?;
//! # Ok(()) }
//! ```

mod election;
mod leader;
mod session;

pub use election::{Election, Record};
pub use leader::{Fencing, Leader};
