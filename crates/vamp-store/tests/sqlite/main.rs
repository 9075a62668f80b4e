//! The SQLite store is held to the suite that every backend is held to, and to what only a file can do.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod suite;
