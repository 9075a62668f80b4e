//! Histories: what several writers and watchers of one store did and saw while its server was killed and frozen, and whether a store
//! that keeps its word can have given it.
//!
//! [`check_store`] plays a [`Plan`], which is one seed, and checks what was recorded. A history that breaks a rule is kept as a file
//! of one JSON object a line, so that it can be read, cut down and [checked](History::check) again:
//!
//! ```
//! use vamp_kv::conformance::history::History;
//!
//! let text = r#"
//! {"plan": {"store": "etcd", "seed": 7}}
//! {"call": {"by": "writer 1", "key": "a", "began": 1, "ended": 5, "action": {"put": {"value": 1, "version": 11}}}}
//! {"call": {"by": "reader", "key": "a", "began": 6, "ended": 9, "action": {"get": {"found": null}}}}
//! "#;
//! let wrong = text.parse::<History>()?.check().unwrap_err();
//! assert_eq!(wrong.key, "a");
//! assert!(wrong.to_string().contains("reader (6 to 9 µs): read nothing"), "{wrong}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The rules
//! Each key is looked at by itself. Its history is right when all calls that ended, and all that was told by watches, can be put into
//! one order in which
//! - each call takes effect between its beginning and its end; one of unknown outcome takes effect at any time after it began, or never;
//! - each compare-and-set that happened found the version that it named, and each that was refused did not;
//! - each read finds what was written last;
//! - what one watch tells comes in that order too: it may be late and leave out what was overwritten, but it never tells an older
//!   value after a newer one, nor anything from before it was opened;
//!
//! and when each watch that was open at the end has told what a read finds then, or what a call of unknown outcome has written after
//! that read. Linearizability with these watches in it, so to speak:
//! libraries that check linearizability order what clients see by the time they saw it, which watches, being late, do not keep to.

mod check;
mod file;
mod play;
mod record;
mod recorder;
mod reserve;
mod search;
mod writer;

pub use check::Wrong;
pub use file::Unreadable;
pub use play::{Plan, check_store};
pub use record::{Action, Call, Expected, Fault, History, Line, Seen, Told};
