//! Whether HAProxy will get the ports that a configuration asks for.
//!
//! A reload that cannot bind a port pauses every listener of the running worker while it tries, for about two seconds, and then
//! fails. So each port that the running configuration does not have is tried here before HAProxy is asked.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::net::SocketAddr;

use tokio::net::TcpSocket;

/// A port that HAProxy will not get.
#[derive(Debug)]
pub(crate) struct Taken {
    /// The line of the configuration that asks for it, from 1.
    pub(crate) line: usize,
    pub(crate) address: SocketAddr,
    reason: io::Error,
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason.kind() {
            io::ErrorKind::AddrInUse => {
                write!(f, "cannot bind {}: another program listens there", self.address)
            }
            _ => write!(f, "cannot bind {}: {}", self.address, self.reason),
        }
    }
}

/// The ports of `wanted` that HAProxy will not get. Those that one of the texts in `running` has are its own already. What this process may
/// not bind a HAProxy that `has_own_rights` may.
pub(crate) fn taken(wanted: &str, running: &[&str], has_own_rights: bool) -> Vec<Taken> {
    let own: BTreeSet<u16> = running
        .iter()
        .flat_map(|text| bound(text))
        .map(|(_, address)| address.port())
        .collect();
    let new = bound(wanted).filter(|(_, address)| !own.contains(&address.port()));
    new.filter_map(|(line, address)| {
        let reason = bind(address).err()?;
        // Anything else, such as too many open files, says nothing about the port.
        let tells = match reason.kind() {
            io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable => true,
            io::ErrorKind::PermissionDenied => !has_own_rights,
            _ => false,
        };
        tells.then_some(Taken {
            line,
            address,
            reason,
        })
    })
    .collect()
}

/// Binds and does not listen: whoever listens there is noticed, and a HAProxy that binds in this moment is not disturbed.
fn bind(address: SocketAddr) -> io::Result<()> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)
}

/// The addresses of the `bind` lines of a text, with the number of each line. Sockets that are files, names and ranges of ports
/// are left out.
fn bound(text: &str) -> impl Iterator<Item = (usize, SocketAddr)> {
    text.lines().enumerate().flat_map(|(position, line)| {
        let mut words = line.split_ascii_whitespace();
        let addresses = match words.next() {
            Some("bind") => words.next().unwrap_or_default(),
            _ => "",
        };
        let foreign = words.any(|word| word == "transparent");
        let addresses = addresses.split(',').filter(move |_| !foreign);
        addresses.filter_map(move |address| Some((position + 1, socket_address(address)?)))
    })
}

/// Reads `127.0.0.1:80`, `[::1]:80`, `*:80`, `:80`.
fn socket_address(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix('*').unwrap_or(text).strip_prefix(':') {
        Some(port) => Some(SocketAddr::from(([0, 0, 0, 0], port.parse().ok()?))),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn lines_taken(wanted: &str, running: &[&str]) -> Vec<usize> {
        taken(wanted, running, false)
            .iter()
            .map(|taken| taken.line)
            .collect()
    }

    #[test]
    fn a_port_that_another_program_has_is_found_with_its_line() {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = other.local_addr().unwrap();
        let text = format!("frontend a\n  bind unix@/run/a.sock accept-proxy\n  bind {address} # here\n");
        let found = taken(&text, &[], false);
        assert_eq!(
            found[0].to_string(),
            format!("cannot bind {address}: another program listens there")
        );
        assert_eq!(lines_taken(&text, &[]), [3]);
        assert_eq!(lines_taken(&format!("bind *:{}", address.port()), &[]), [1]);
        drop(other);
        assert!(lines_taken(&text, &[]).is_empty(), "the port is free");
    }

    #[test]
    fn a_port_that_runs_already_is_haproxys_own() {
        let own = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = own.local_addr().unwrap();
        let text = format!("frontend a\n\tbind {address}\n");
        let running = format!("frontend b\n bind 0.0.0.0:{}\n", address.port());
        assert!(lines_taken(&text, &[&running]).is_empty());
    }

    #[test]
    fn what_is_no_address_of_this_kind_is_left_to_haproxy() {
        for other in [
            "bind /run/x.sock",
            "bind abns@x",
            "bind host:80",
            "bind :9000-9010",
            "bind",
            "# bind :1",
            "unbind :1",
        ] {
            assert_eq!(bound(other).count(), 0, "{other}");
        }
        let two: Vec<u16> = bound("bind 10.0.0.1:81,[::1]:82")
            .map(|(_, address)| address.port())
            .collect();
        assert_eq!(two, [81, 82]);
        assert_eq!(bound("bind 10.0.0.1:81 transparent").count(), 0);
    }
}
