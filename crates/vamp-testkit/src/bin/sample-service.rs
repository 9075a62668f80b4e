//! The program `sample-service`.
fn main() {}
