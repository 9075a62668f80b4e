//! What is the same for every store, written once: each is a store around another one.
//!
//! Their order matters. From the outside in, as programs use them: [`Namespaced`], [`Retrying`], [`Timeout`], [`Measured`],
//! [`Traced`], the store; so each single try has a limit of its own and is counted.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use std::time::Duration;
//! use vamp_io::retry::Retry;
//! use vamp_kv::memory::MemoryStore;
//! use vamp_kv::wrap::{Measured, Operation, Outcome, Retrying, Timeout};
//! use vamp_kv::{Key, KeyValueStore as _};
//!
//! let measured = Measured::new(Arc::new(MemoryStore::new()));
//! let measures = measured.measures();
//! let limited = Timeout::new(Arc::new(measured), Duration::from_secs(5));
//! let store = Retrying::new(Arc::new(limited), Retry::within(Duration::from_secs(30)));
//! store.put(&Key::parse("/vamp/key")?, "1".into(), None).await?;
//! assert_eq!(measures.calls(Operation::Put, Outcome::Done).count, 1);
//! # Ok(()) }
//! ```

#[macro_use]
mod around;
#[cfg(feature = "conformance")]
mod faulty;
mod measured;
mod namespaced;
mod retrying;
mod timeout;
mod traced;

pub use around::Operation;
#[cfg(feature = "conformance")]
pub use faulty::{Fault, Faults, Faulty};
pub use measured::{BOUNDS, Calls, Measured, Measures, Outcome, Watches};
pub use namespaced::Namespaced;
pub use retrying::Retrying;
pub use timeout::Timeout;
pub use traced::Traced;
