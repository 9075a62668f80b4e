#![doc = include_str!("../README.md")]

pub mod base;
pub mod check;
pub mod config;
mod diff;
mod generate;
mod locate;
#[cfg(feature = "runtime")]
pub mod runtime;
mod text;

pub use config::Config;
pub use diff::{Change, Command, Reason, diff, diff_texts};
pub use generate::{
    GenerateOptions, Generated, InvalidOptions, InvalidRaw, LONGEST_SOCKET_DIRECTORY, Omission, Omitted,
    generate, validate_socket_directory,
};
pub use locate::{Origin, locate};
pub use text::{InvalidText, Text, Word};
