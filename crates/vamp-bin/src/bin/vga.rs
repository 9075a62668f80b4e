//! The `vga` program: see the crate documentation.

fn main() {}
