//! Elasticsearch, which Debian lacks: its own distribution, unpacked by Maven, once, into the user's cache directory.
//!
//! 2.4.6 is what Vamp of old wrote log lines to, and is under the Apache License.

use std::{fs, process::Command};

use super::cache::{broken, cache};
use super::requirement::find;
use crate::{failure::Failure, step};

const VERSION: &str = "elasticsearch-2.4.6";
const ARTIFACT: &str = "org.elasticsearch.distribution.zip:elasticsearch:2.4.6:zip";
const UNPACK: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack";

/// Unpacks Elasticsearch unless it is there. Where there is no Maven, that is said, and the tests that need Elasticsearch skip.
pub(crate) fn prepare() -> Result<(), Failure> {
    let cache = cache();
    let home = cache.join(VERSION);
    if home.join("lib").is_dir() {
        return Ok(());
    }
    let Some(maven) = find("mvn") else {
        println!("no Maven on this machine: Elasticsearch is not there, and the tests with it are skipped");
        return Ok(());
    };
    let place = cache.join(format!("{VERSION}.unpacking-{}", std::process::id()));
    fs::create_dir_all(&place).map_err(|error| broken(&place, &error))?;
    let mut command = Command::new(maven);
    // Maven takes the directory that it is called in for a project.
    command.current_dir(&place);
    command
        .args(["-B", "-q", UNPACK])
        .arg(format!("-Dartifact={ARTIFACT}"));
    command.arg(format!("-DoutputDirectory={}", place.display()));
    command.arg(format!("-Dproject.basedir={}", place.display()));
    let unpacked = step::run(
        &format!("unpack {VERSION} into {}", cache.display()),
        &mut command,
    );
    let moved =
        unpacked.and_then(|()| fs::rename(place.join(VERSION), &home).map_err(|error| broken(&home, &error)));
    let removed = fs::remove_dir_all(&place).map_err(|error| broken(&place, &error));
    moved.and(removed)
}
