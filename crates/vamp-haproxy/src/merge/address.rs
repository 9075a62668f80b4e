//! Where something listens: section 11 of HAProxy's configuration manual, `bind` of section 4.2.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;
use std::path::{Component, Path, PathBuf};

/// What one address of a `bind` line takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Endpoint {
    Ip {
        is_datagram: bool,
        host: Host,
        ports: RangeInclusive<u16>,
    },
    Path(PathBuf),
    /// A name in the kernel's own space of sockets.
    Abstract(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// All of IPv4.
    Any4,
    /// All of IPv6, and of IPv4 as well, unless it is `v6only`.
    Any6,
    Address(IpAddr),
    /// What it resolves to, only its machine knows.
    Name(String),
}

impl Endpoint {
    /// One address; none for what listens nowhere that can be told: file descriptors, unknown forms.
    pub(super) fn of(text: &str, is_datagram: bool) -> Option<Self> {
        let (prefix, rest) = text.split_once('@').unwrap_or(("", text));
        let (is_datagram, is_v6) = match prefix {
            "" if rest.starts_with('/') => return Some(Self::Path(normal(rest.as_ref()))),
            "unix" | "uxst" | "uxdg" => return Some(Self::Path(normal(rest.as_ref()))),
            "abns" | "abnsz" => return Some(Self::Abstract(rest.to_owned())),
            "" => (is_datagram, false),
            "ipv4" | "tcp" | "tcp4" | "stream+ipv4" | "mptcp" | "mptcp4" => (is_datagram, false),
            "ipv6" | "tcp6" | "mptcp6" | "stream+ipv6" => (is_datagram, true),
            "udp" | "udp4" | "quic4" | "dgram+ipv4" => (true, false),
            "udp6" | "quic6" | "dgram+ipv6" => (true, true),
            _ => return None,
        };
        let (host, ports) = rest.rsplit_once(':')?;
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        Some(Self::Ip {
            is_datagram,
            host: Host::of(host, is_v6),
            ports: port(first)?..=port(last)?,
        })
    }

    /// The path of a socket, if it is one.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            _ => None,
        }
    }

    /// Whether it is a port of all addresses of the machine.
    pub(super) fn is_of_any_host(&self) -> bool {
        matches!(
            self,
            Self::Ip {
                host: Host::Any4 | Host::Any6,
                ..
            }
        )
    }

    /// Whether two that listen there get in each other's way.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Ip {
                    is_datagram,
                    host,
                    ports,
                },
                Self::Ip {
                    is_datagram: other_is_datagram,
                    host: other_host,
                    ports: other_ports,
                },
            ) => {
                is_datagram == other_is_datagram
                    && ports.start() <= other_ports.end()
                    && other_ports.start() <= ports.end()
                    && host.overlaps(other_host)
            }
            (Self::Path(path), Self::Path(other)) => path == other,
            (Self::Abstract(name), Self::Abstract(other)) => name == other,
            _ => false,
        }
    }
}

impl Host {
    fn of(text: &str, is_v6: bool) -> Self {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        let bare = bare.unwrap_or(text);
        // An IPv4 address in the form of IPv6 (`::ffff:127.0.0.1`) is that address.
        match bare.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V4(Ipv4Addr::UNSPECIFIED)) => Self::Any4,
            Ok(IpAddr::V6(Ipv6Addr::UNSPECIFIED)) => Self::Any6,
            Ok(address) => Self::Address(address),
            Err(_) if matches!(bare, "" | "*") => {
                if is_v6 {
                    Self::Any6
                } else {
                    Self::Any4
                }
            }
            Err(_) => Self::Name(bare.to_ascii_lowercase()),
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any6, _) | (_, Self::Any6) => true,
            (Self::Any4, Self::Address(address)) | (Self::Address(address), Self::Any4) => address.is_ipv4(),
            (Self::Any4, _) | (_, Self::Any4) => true,
            _ => self == other,
        }
    }
}

/// A port: nothing but digits. `+80` is an offset, which servers alone may have.
fn port(text: &str) -> Option<u16> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// A path in its shortest spelling, as far as the text tells: links are not followed.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match (component, normal.components().next_back()) {
            (Component::CurDir, _) | (Component::ParentDir, Some(Component::RootDir)) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => drop(normal.pop()),
            _ => normal.push(component),
        }
    }
    normal
}
