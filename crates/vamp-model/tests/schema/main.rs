//! The description of the language says what readers read and writers write.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod explain;
mod maximal;
mod pages;
mod readers;
mod writers;
