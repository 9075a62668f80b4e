//! Where the programs of this workspace are.

use std::path::{Path, PathBuf};

use crate::Error;

/// The environment variable with the directory of the built programs; `cargo xtask test` sets it.
pub const BIN_DIR: &str = "VAMP_BIN_DIR";

/// The path of a program of this workspace: `vamp`, `vga`, `sample-service`, `demo`.
///
/// Looked for in the directory that [`BIN_DIR`] names; else beside the running program and one directory up, which is where cargo
/// puts programs relative to the tests that it builds.
///
/// # Errors
/// [`Error::NotBuilt`] with every path that was tried.
pub fn find(program: &str) -> Result<PathBuf, Error> {
    let searched: Vec<PathBuf> = match std::env::var_os(BIN_DIR) {
        Some(directory) => vec![PathBuf::from(directory).join(program)],
        None => beside_this_program()
            .into_iter()
            .map(|directory| directory.join(program))
            .collect(),
    };
    let found = searched.iter().find(|path| path.is_file()).cloned();
    found.ok_or(Error::NotBuilt {
        program: program.to_owned(),
        searched,
    })
}

fn beside_this_program() -> Vec<PathBuf> {
    let this = std::env::current_exe().unwrap_or_default();
    this.ancestors().skip(1).take(2).map(Path::to_path_buf).collect()
}
