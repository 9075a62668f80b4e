use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The longest directory of sockets, in bytes: HAProxy takes 97 for a socket, of which `/`, `o_`, 40 digits and `.sock` need 48.
pub const LONGEST_SOCKET_DIRECTORY: usize = 97 - 48;

/// What can be chosen about the gateways' part of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GenerateOptions {
    /// Where the sockets between the proxies are: the runtime directory of the agents. Absolute, at most
    /// [`LONGEST_SOCKET_DIRECTORY`] bytes, without white space, quotes and backslashes.
    pub socket_directory: PathBuf,
    /// The address that gateways listen on. Default: all IPv4 addresses.
    pub bind_address: IpAddr,
    /// Where virtual hosts are listened for; nowhere without an address. Default: port 80 of all IPv4 addresses.
    pub virtual_hosts: Option<SocketAddr>,
}

/// Options that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("sockets cannot be in {}: {reason}", directory.display())]
pub struct InvalidOptions {
    directory: PathBuf,
    reason: String,
}

impl GenerateOptions {
    /// All defaults, with sockets in this directory.
    #[must_use]
    pub fn new(socket_directory: impl Into<PathBuf>) -> Self {
        let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        Self {
            socket_directory: socket_directory.into(),
            bind_address: any,
            virtual_hosts: Some(SocketAddr::new(any, 80)),
        }
    }

    pub(super) fn validate(&self) -> Result<(), InvalidOptions> {
        validate_socket_directory(&self.socket_directory)
    }

    pub(super) fn directory(&self) -> &str {
        self.socket_directory
            .to_str()
            .unwrap_or_default()
            .trim_end_matches('/')
    }

    /// Whether a gateway cannot have a port because the virtual hosts do.
    pub(super) fn is_of_virtual_hosts(&self, port: u16) -> bool {
        self.virtual_hosts.is_some_and(|address| {
            let same_address = address.ip() == self.bind_address
                || address.ip().is_unspecified()
                || self.bind_address.is_unspecified();
            address.port() == port && same_address
        })
    }

    /// Where a gateway reaches another one.
    pub(super) fn local_address(&self) -> IpAddr {
        if self.bind_address.is_unspecified() {
            IpAddr::V4(Ipv4Addr::LOCALHOST)
        } else {
            self.bind_address
        }
    }
}

/// Whether the sockets of gateways can be in a directory.
///
/// # Errors
/// The path is not absolute, too long, or has characters that mean something to HAProxy.
pub fn validate_socket_directory(directory: &Path) -> Result<(), InvalidOptions> {
    let invalid = |reason: String| {
        Err(InvalidOptions {
            directory: directory.to_path_buf(),
            reason,
        })
    };
    let length = directory.as_os_str().len();
    if length > LONGEST_SOCKET_DIRECTORY {
        return invalid(format!(
            "the path has {length} bytes and the sockets of gateways leave room for {LONGEST_SOCKET_DIRECTORY}, because HAProxy accepts \
             socket paths of at most 97 bytes; choose a shorter directory"
        ));
    }
    if !directory.is_absolute() {
        return invalid("the path is not absolute".to_owned());
    }
    let plain =
        |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '\'' | '\\' | '#' | '$' | ',');
    match directory.to_str() {
        Some(text) if text.chars().all(plain) => Ok(()),
        _ => invalid("the path has white space or a character that means something to HAProxy".to_owned()),
    }
}
