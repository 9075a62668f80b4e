//! What a running HAProxy counts: the answers to `show stat` and `show info`, and what happened between two of them.
//!
//! ```
//! use std::time::Duration;
//! use vamp_haproxy::counters::{Difference, Snapshot, Statistics};
//!
//! let answer = |sessions: u64| format!("# pxname,svname,scur,stot,status,type,\nshop,BACKEND,0,{sessions},UP,1,\n");
//! let before = Snapshot::new(Duration::from_secs(100), Statistics::read(&answer(500))?);
//! // A reload: the new process counts from zero.
//! let after = Snapshot::new(Duration::from_secs(110), Statistics::read(&answer(30))?);
//! let difference = Difference::between(&before, &after);
//! assert_eq!(difference.get("shop", "BACKEND").unwrap().sessions, Some(30));
//! assert_eq!(difference.rate(Some(30)), Some(3.0));
//! # Ok::<(), vamp_haproxy::counters::InvalidStatistics>(())
//! ```

mod counts;
mod csv;
mod difference;
mod info;
mod row;
mod statistics;
mod status;

pub use counts::Counts;
pub use difference::{Difference, Snapshot};
pub use info::{Info, InvalidInfo};
pub use row::{Row, RowKind};
pub use statistics::{InvalidStatistics, Statistics};
pub use status::Status;
