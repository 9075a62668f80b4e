//! What lies in `packaging/`, as it is used.

mod containers;
mod units;

use std::path::PathBuf;

/// A file of the packaging.
fn packaging(name: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packaging");
    root.join(name)
}
