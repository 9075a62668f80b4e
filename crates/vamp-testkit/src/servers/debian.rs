//! A Debian with HAProxy, as the root directory of containers.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use super::place;
use crate::{Error, built::cache, skip};

/// The archive of the root directory of a minimal Debian, of the release that this machine has, with HAProxy and the
/// certificates of the public authorities. Made by `debootstrap` from the machine's own package source, which takes a minute,
/// and kept in the cache directory of the user (`$XDG_CACHE_HOME/vamp`).
///
/// # Errors
/// [`Error::NotInstalled`] without `debootstrap` (see [`skip::without`]), [`Error::Server`] with what it said when it failed.
pub fn debian_with_haproxy() -> Result<PathBuf, Error> {
    let release = release()?;
    let directory = cache().join("vamp");
    fs::create_dir_all(&directory).map_err(Error::io("create", &directory))?;
    let archive = directory.join(format!("debian-{release}-haproxy.tar"));
    // Whoever comes second waits for the first.
    let path = directory.join("debian.lock");
    let lock = File::create(&path).map_err(Error::io("create", &path))?;
    lock.lock().map_err(Error::io("lock", &path))?;
    if !archive.is_file() {
        make(&release, &archive)?;
    }
    Ok(archive)
}

fn make(release: &str, archive: &Path) -> Result<(), Error> {
    let directory = place("vamp-debian-")?;
    let root = directory.path().join("root");
    let mut bootstrap = Command::new(skip::find("debootstrap")?);
    bootstrap
        .args(["--variant=minbase", "--include=haproxy,ca-certificates", release])
        .arg(&root);
    bootstrap.args(mirror());
    run("debootstrap", &mut bootstrap)?;
    let unfinished = archive.with_extension("part");
    let mut tar = Command::new("tar");
    tar.arg("-C").arg(&root).args([
        "--exclude=./var/cache/apt/*",
        "--exclude=./var/lib/apt/lists/*",
        "--exclude=./dev/*",
        "--exclude=./proc/*",
        "--exclude=./sys/*",
    ]);
    run("tar", tar.arg("-cf").arg(&unfinished).arg("."))?;
    fs::rename(&unfinished, archive).map_err(Error::io("rename", unfinished))
}

fn run(name: &'static str, command: &mut Command) -> Result<(), Error> {
    let output = command.output().map_err(Error::io("start", name))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    Err(Error::Server {
        server: name,
        what: format!("ended with {}", output.status),
        log: said,
    })
}

/// The code name of the release: `bookworm`.
fn release() -> Result<String, Error> {
    let path = "/etc/os-release";
    let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    name.map(|name| name.trim_matches('"').to_owned())
        .ok_or_else(|| Error::io("find the release in", path)(std::io::ErrorKind::NotFound.into()))
}

/// Where this machine has its packages from; nothing where apt does not say, and debootstrap takes its own default.
fn mirror() -> Option<String> {
    let sources = Command::new("apt-get")
        .args(["indextargets", "--format", "$(SITE)", "Created-By: Packages"])
        .output()
        .ok()?;
    let sources = String::from_utf8(sources.stdout).ok()?;
    sources
        .lines()
        .find(|site| !site.contains("security"))
        .map(str::to_owned)
}
