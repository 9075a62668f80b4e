use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use crate::config::ProxyHeader;

/// The longest directory of sockets, in bytes: HAProxy takes 97 for a socket, of which `/`, `o_`, 40 digits and `.sock` need 48.
pub const LONGEST_SOCKET_DIRECTORY: usize = 97 - 48;

/// What can be chosen about the gateways' part of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GenerateOptions {
    /// Where the sockets between the proxies are: the runtime directory of the agents. Absolute, at most
    /// [`LONGEST_SOCKET_DIRECTORY`] bytes, without white space, quotes, backslashes and parentheses.
    pub socket_directory: PathBuf,
    /// The address that gateways listen on. Default: all IPv4 addresses.
    pub bind_address: IpAddr,
    /// Where virtual hosts are listened for; nowhere without an address. Default: port 80 of all IPv4 addresses.
    pub virtual_hosts: Option<SocketAddr>,
    /// Where virtual hosts are listened for with TLS, beside that or in its place. Default: nowhere.
    pub encrypted_virtual_hosts: Option<TlsBind>,
    /// The file with the map from virtual hosts to gateways, absolute, without white space and characters that mean something to HAProxy: hosts then
    /// change without a reload, and looking one up takes the same time whatever their number. What has to be in it is among the
    /// [files](super::Generated::files); it has to be there when HAProxy is loaded. Default: none, each host is a rule of the configuration.
    pub virtual_hosts_map: Option<PathBuf>,
    /// With which header of the PROXY protocol connections between the proxies of a gateway begin. Version 2 costs less to read.
    /// Default: version 1, which other programs that read the configuration know.
    pub hop_header: ProxyHeader,
    /// Whether each gateway of HTTP has an entrance: a backend with the [lookup name](vamp_model::lookup::gateway()) of the gateway, which
    /// leads into its frontend, conditions and all. Proxies that are not ours can say `use_backend` with this name; see
    /// [`merge`](crate::merge). Gateways with virtual hosts have theirs anyway. Default off.
    pub entrances: bool,
}

/// An address that takes encrypted connections: keywords `ssl`, `crt` and `ca-file` of `bind`, section 5.1 of HAProxy's configuration
/// manual.
///
/// Paths are absolute, without white space, quotes, backslashes and parentheses. HAProxy reads the files when it loads the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsBind {
    /// Where it listens.
    pub address: SocketAddr,
    /// A file with certificates and their key, or a directory of such files, of which the client's wish chooses one.
    pub certificates: PathBuf,
    /// Certificates of authorities, one of which every client has to be vouched for by. Default: clients need none.
    pub client_authorities: Option<PathBuf>,
}

/// Options that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot be in {}: {reason}", path.display())]
pub struct InvalidOptions {
    what: &'static str,
    path: PathBuf,
    reason: String,
}

impl TlsBind {
    /// An address with certificates.
    #[must_use]
    pub fn new(address: SocketAddr, certificates: impl Into<PathBuf>) -> Self {
        Self {
            address,
            certificates: certificates.into(),
            client_authorities: None,
        }
    }

    /// What stands after `bind`.
    pub(super) fn arguments(&self) -> String {
        let mut arguments = format!("{} ssl crt {}", self.address, self.certificates.display());
        if let Some(authorities) = &self.client_authorities {
            arguments.push_str(&format!(" ca-file {} verify required", authorities.display()));
        }
        arguments.push_str(" alpn h2,http/1.1");
        arguments
    }

    fn validate(&self) -> Result<(), InvalidOptions> {
        validate_path("certificates", &self.certificates)?;
        self.client_authorities
            .iter()
            .try_for_each(|path| validate_path("certificates of authorities", path))
    }
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
            encrypted_virtual_hosts: None,
            virtual_hosts_map: None,
            hop_header: ProxyHeader::V1,
            entrances: false,
        }
    }

    pub(super) fn validate(&self) -> Result<(), InvalidOptions> {
        validate_socket_directory(&self.socket_directory)?;
        if let Some(map) = &self.virtual_hosts_map {
            validate_path("the map of virtual hosts", map)?;
        }
        self.encrypted_virtual_hosts
            .iter()
            .try_for_each(TlsBind::validate)
    }

    /// The addresses at which virtual hosts are listened for, open and encrypted.
    pub fn addresses_of_virtual_hosts(&self) -> impl Iterator<Item = SocketAddr> {
        let encrypted = self.encrypted_virtual_hosts.as_ref().map(|bind| bind.address);
        self.virtual_hosts.into_iter().chain(encrypted)
    }

    pub(super) fn map_of_virtual_hosts(&self) -> Option<std::path::Display<'_>> {
        self.virtual_hosts_map.as_ref().map(|path| path.display())
    }

    /// Whether virtual hosts are listened for at all.
    pub(super) fn has_virtual_hosts(&self) -> bool {
        self.addresses_of_virtual_hosts().next().is_some()
    }

    pub(super) fn directory(&self) -> &str {
        self.socket_directory
            .to_str()
            .unwrap_or_default()
            .trim_end_matches('/')
    }

    /// Whether a gateway cannot have a port because the virtual hosts do.
    pub(super) fn is_of_virtual_hosts(&self, port: u16) -> bool {
        self.addresses_of_virtual_hosts().any(|address| {
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
    let length = directory.as_os_str().len();
    if length > LONGEST_SOCKET_DIRECTORY {
        let reason = format!(
            "the path has {length} bytes and the sockets of gateways leave room for {LONGEST_SOCKET_DIRECTORY}, because HAProxy accepts \
             socket paths of at most 97 bytes; choose a shorter directory"
        );
        return Err(InvalidOptions {
            what: SOCKETS,
            path: directory.to_path_buf(),
            reason,
        });
    }
    validate_path(SOCKETS, directory)
}

const SOCKETS: &str = "sockets";

/// Whether a path can stand in a configuration as it is.
fn validate_path(what: &'static str, path: &Path) -> Result<(), InvalidOptions> {
    let invalid = |reason: &str| {
        Err(InvalidOptions {
            what,
            path: path.to_path_buf(),
            reason: reason.to_owned(),
        })
    };
    if !path.is_absolute() {
        return invalid("the path is not absolute");
    }
    // Parentheses: the map of virtual hosts stands within some.
    let means_something = |c| matches!(c, '"' | '\'' | '\\' | '#' | '$' | ',' | '(' | ')');
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !means_something(c);
    match path.to_str() {
        Some(text) if text.chars().all(plain) => Ok(()),
        _ => invalid("the path has white space or a character that means something to HAProxy"),
    }
}
