//! What is needed beside Rust, why, and how to see that it is there.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::Command,
};

use super::Purpose;
use crate::step;

/// Something that has to be on the machine. Looked for as what it is, a program or a file, not as a package: it may have come
/// another way.
#[derive(Debug)]
pub(crate) struct Requirement {
    /// The Debian package that has it.
    pub(crate) package: &'static str,
    what: &'static str,
    why: &'static str,
    pub(crate) purpose: Purpose,
    sign: Sign,
    /// The services that come with the package, and that nobody here wants to run.
    pub(crate) services: &'static [&'static str],
}

/// How it shows that a requirement is met.
#[derive(Debug)]
enum Sign {
    Program(&'static str),
    /// HAProxy of this version (major, minor) or a newer one.
    Haproxy(u32, u32),
    /// A file at this path.
    File(&'static str),
    /// A file in one of the directories where compilers look for includes.
    Include(&'static str),
}

/// In the order in which they are named.
pub(crate) const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        package: "haproxy",
        what: "HAProxy 2.4 or newer",
        why: "the proxy behind every gateway",
        purpose: Purpose::Up,
        sign: Sign::Haproxy(2, 4),
        services: &["haproxy"],
    },
    Requirement {
        package: "gcc",
        what: "a C compiler (cc)",
        why: "builds the bundled SQLite and zstd, and ring's cryptography",
        purpose: Purpose::Up,
        sign: Sign::Program("cc"),
        services: &[],
    },
    Requirement {
        package: "libc6-dev",
        what: "the headers of the C library",
        why: "for the C compiler and the linker",
        purpose: Purpose::Up,
        sign: Sign::Include("stdlib.h"),
        services: &[],
    },
    Requirement {
        package: "protobuf-compiler",
        what: "protoc",
        why: "generates the etcd client",
        purpose: Purpose::Up,
        sign: Sign::Program("protoc"),
        services: &[],
    },
    Requirement {
        package: "libprotobuf-dev",
        what: "Google's protobuf include files",
        why: "imported by etcd's protocol",
        purpose: Purpose::Up,
        sign: Sign::Include("google/protobuf/descriptor.proto"),
        services: &[],
    },
    Requirement {
        package: "etcd-server",
        what: "etcd",
        why: "the key-value store of the tests with several processes",
        purpose: Purpose::Tests,
        sign: Sign::Program("etcd"),
        services: &["etcd"],
    },
    Requirement {
        package: "docker.io",
        what: "the Docker engine",
        why: "builds and runs the container images in tests",
        purpose: Purpose::Tests,
        sign: Sign::Program("dockerd"),
        services: &["docker", "docker.socket", "containerd"],
    },
    Requirement {
        package: "debootstrap",
        what: "debootstrap",
        why: "makes the Debian that the images of the tests stand on",
        purpose: Purpose::Tests,
        sign: Sign::Program("debootstrap"),
        services: &[],
    },
    Requirement {
        package: "iproute2",
        what: "ip",
        why: "makes the networks that lose packets in tests",
        purpose: Purpose::Tests,
        sign: Sign::Program("ip"),
        services: &[],
    },
    Requirement {
        package: "systemd",
        what: "systemd-analyze",
        why: "checks the units of the two services",
        purpose: Purpose::Tests,
        sign: Sign::Program("systemd-analyze"),
        services: &[],
    },
    Requirement {
        package: "man-db",
        what: "man",
        why: "reads the manual pages in a test",
        purpose: Purpose::Tests,
        sign: Sign::Program("man"),
        services: &[],
    },
    Requirement {
        package: "rsyslog",
        what: "rsyslogd",
        why: "takes log lines in the place of Logstash, and is measured beside the agent's log path",
        purpose: Purpose::Tests,
        sign: Sign::Program("rsyslogd"),
        services: &["rsyslog"],
    },
    Requirement {
        package: "default-jre-headless",
        what: "a Java runtime",
        why: "runs ZooKeeper and Elasticsearch",
        purpose: Purpose::Tests,
        sign: Sign::Program("java"),
        services: &[],
    },
    Requirement {
        // The package `zookeeper` has only scripts around it, and wants a Java runtime with windows.
        package: "libzookeeper-java",
        what: "ZooKeeper",
        why: "a key-value store of the tests with several processes",
        purpose: Purpose::Tests,
        sign: Sign::File("/usr/share/java/zookeeper.jar"),
        services: &[],
    },
    Requirement {
        package: "openssl",
        what: "openssl",
        why: "makes certificates and keys for the tests of encrypted connections, and is their client",
        purpose: Purpose::Tests,
        sign: Sign::Program("openssl"),
        services: &[],
    },
    Requirement {
        package: "curl",
        what: "curl",
        why: "used by the commands of the documentation, which a test runs",
        purpose: Purpose::Tests,
        sign: Sign::Program("curl"),
        services: &[],
    },
];

impl Requirement {
    pub(crate) fn is_met(&self) -> bool {
        match self.sign {
            Sign::Program(name) => find(name).is_some(),
            Sign::Haproxy(major, minor) => haproxy_version().is_some_and(|version| version >= (major, minor)),
            Sign::File(path) => Path::new(path).is_file(),
            Sign::Include(file) => include_directories()
                .iter()
                .any(|directory| directory.join(file).is_file()),
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} (Debian package: {})",
            self.what, self.why, self.package
        )
    }
}

/// In `PATH`, or among the administrators' programs, which users' `PATH` lacks on Debian.
pub(super) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from))
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
}

fn haproxy_version() -> Option<(u32, u32)> {
    version_in(&step::output(Command::new(find("haproxy")?).arg("-v"))?)
}

/// `HAProxy version 2.6.12-1+deb12u1 2023/12/16 - …`; before 2.4 it was `HA-Proxy version …`.
fn version_in(text: &str) -> Option<(u32, u32)> {
    let version = text.lines().next()?.split_once(" version ")?.1;
    let mut numbers = version.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Where compilers look: the system's, the administrator's, the one beside `protoc`, and what the environment names.
fn include_directories() -> Vec<PathBuf> {
    let beside_protoc = find("protoc").and_then(|protoc| protoc.canonicalize().ok());
    let beside_protoc = beside_protoc
        .as_deref()
        .and_then(Path::parent)
        .and_then(Path::parent);
    let mut directories = vec![PathBuf::from("/usr/include"), PathBuf::from("/usr/local/include")];
    directories.extend(beside_protoc.map(|directory| directory.join("include")));
    directories.extend(std::env::var_os("PROTOC_INCLUDE").map(PathBuf::from));
    directories
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_in_the_old_and_the_new_spelling() {
        let new = "HAProxy version 2.6.12-1+deb12u4 2025/10/03 - https://haproxy.org/\nStatus: …";
        assert_eq!(version_in(new), Some((2, 6)));
        assert_eq!(version_in("HA-Proxy version 2.2.9-2 2021/02/06"), Some((2, 2)));
        assert_eq!(version_in("HAProxy version 3.1-dev4 2024/07/24"), Some((3, 1)));
        assert_eq!(version_in("something else"), None);
    }

    #[test]
    fn each_requirement_says_what_why_and_where_from() {
        let text = REQUIREMENTS[0].to_string();
        assert_eq!(
            text,
            "HAProxy 2.4 or newer: the proxy behind every gateway (Debian package: haproxy)"
        );
    }
}
