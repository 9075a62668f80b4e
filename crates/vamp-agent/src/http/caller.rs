//! Who may ask: a web page that lets a name of its own point to this machine may not.

use std::net::IpAddr;

/// Whether a request that arrived at this address of the agent may name this host.
///
/// At an address of the loopback only `localhost` and the loopback's own addresses may be called. At others nobody here can know by
/// which names they are called.
pub(super) fn may_call(host: Option<&str>, arrived_at: IpAddr) -> bool {
    let Some(host) = host else {
        return false;
    };
    if !arrived_at.to_canonical().is_loopback() {
        return !host.is_empty();
    }
    let name = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) if port.is_empty() || is_port(port) => address,
            _ => return false,
        },
        None => match host.split_once(':') {
            Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
            Some(_) => return false,
            None => host,
        },
    };
    let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(is_loopback)
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':')
        .is_some_and(|port| port.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn names_of_others_are_refused_at_the_loopback() {
        let own = [
            "localhost",
            "LOCALHOST:1990",
            "127.0.0.1:1990",
            "127.9.9.9",
            "[::1]:1990",
            "[::1]",
        ];
        let others = [
            "",
            "evil.example.org:1990",
            "localhost.evil.example.org",
            "10.0.0.5",
            "127.1",
            "localhost@evil.example.org",
            "localhost:1990@evil",
            "[::1]evil",
            "[::1",
        ];
        for arrived_at in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
            for host in own {
                assert!(may_call(Some(host), arrived_at), "{host}");
            }
            for host in others {
                assert!(!may_call(Some(host), arrived_at), "{host}");
            }
            assert!(!may_call(None, arrived_at));
        }
        let reached_by_others: IpAddr = Ipv4Addr::new(10, 0, 0, 5).into();
        assert!(may_call(Some("edge-1.example.org:1990"), reached_by_others));
        assert!(!may_call(None, reached_by_others));
    }
}
