//! The `vamp` program: see the crate documentation.

fn main() {}
