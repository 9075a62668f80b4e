#![doc = include_str!("../README.md")]

pub mod acl;
pub mod answers;
pub mod base;
pub mod check;
pub mod config;
pub mod counters;
pub mod diff;
pub mod document;
mod generate;
mod hosts;
mod locate;
pub mod log;
pub mod merge;
pub mod metrics;
mod raw;
#[cfg(feature = "runtime")]
pub mod runtime;
mod text;

pub use config::Config;
pub use diff::{Change, diff};
pub use document::Document;
pub use generate::{
    GenerateOptions, Generated, GeneratedFile, InvalidOptions, LONGEST_SOCKET_DIRECTORY, Omission, Omitted,
    TlsBind, UnusableRewrite, Warned, Warning, generate, validate_socket_directory,
};
pub use hosts::hosts;
pub use locate::{Origin, locate};
pub use raw::InvalidRaw;
pub use text::{InvalidText, Text, Word};
