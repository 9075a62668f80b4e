//! What every backend is held to, for backends written elsewhere too.
//!
//! [`run_all`] plays each case below a key of its own, within a time limit, and tells all that failed by name; [`names`] lists them.
//! [`outages::run_all`] does so while the server behind the store is killed, frozen and started again; whoever calls it hands in a
//! [`Server`](outages::Server) that can do that. With the environment variable [`CASE`] only the case of that name is played.
//!
//! [`Claims`] say what a store has to be able to do, and what it is known not to. Those of the stores here are [`STORES`]. A store
//! that is written elsewhere brings its own:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use vamp_kv::conformance::{Claim, Claims, run_all};
//! use vamp_kv::memory::MemoryStore;
//!
//! let claims = Claims {
//!     durable: Claim::Gap("values end with the process"),
//!     ..Claims::everything("mine")
//! };
//! run_all(&MemoryStore::new(), &"/conformance".parse()?, claims).await?;
//! # Ok(()) }
//! ```

/// Returns a failure of the case unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($said:tt)+) => {
        if !$condition {
            return Err($crate::conformance::Failure::new(format!($($said)+)));
        }
    };
}

mod asked;
mod basics;
mod bindings;
mod cases;
mod changes;
mod claims;
mod conditions;
mod guards;
pub mod history;
mod keys;
mod leases;
mod limits;
mod listings;
pub mod outages;
mod rounds;
mod run;
mod together;
mod values;
mod watches;
mod watching;

pub use cases::names;
pub use claims::{Claim, Claims, STORES, table};
pub use run::{CASE, run_all};
pub use watching::{Told, Watcher};

/// Why a backend failed a case.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    /// A failure in these words.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl From<crate::Error> for Failure {
    fn from(error: crate::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<crate::InvalidKey> for Failure {
    fn from(error: crate::InvalidKey) -> Self {
        Self(error.to_string())
    }
}

/// What a case returns.
pub type Outcome = Result<(), Failure>;

/// The cases that a backend failed, with the reasons.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(|(case, failure)| format!("{case}: {failure}")).collect::<Vec<_>>().join("\n"))]
pub struct Violations(pub Vec<(&'static str, Failure)>);
