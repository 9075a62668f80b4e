#![doc = include_str!("../README.md")]

mod client;
mod display;
mod error;
mod exit;
mod haproxy;
mod input;
mod log_path;
mod logging;
mod man;
mod memory;
mod offline;
#[cfg(test)]
mod packaging;
mod programs;
mod serve;
mod settings;
mod vga;

pub use error::{Error, Result};
pub use exit::Exit;
pub use memory::give_memory_back;
pub use programs::{vamp, vga};
pub use settings::Origin;
