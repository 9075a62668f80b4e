//! Benchmarks of all crates: see the files beside `src`.
