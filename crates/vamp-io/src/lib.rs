#![doc = include_str!("../README.md")]

pub mod atomic_file;
pub mod backoff;
pub mod clock;
pub mod file_lock;
#[cfg(feature = "http")]
pub mod http;
pub mod process;
pub mod program;
pub mod retry;
pub mod shutdown;
