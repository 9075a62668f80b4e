//! What is the same in the settings of all stores: nobody's password is in an address, and no limit is zero.

use std::time::Duration;

type Checked = std::result::Result<(), String>;

/// An address as people may see it: what stands before the last `@` may be a password.
#[cfg(any(feature = "etcd", feature = "consul", feature = "zookeeper"))]
pub(crate) fn shown(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((_, host)) => format!("***@{host}"),
        None => address.to_owned(),
    }
}

/// As [`shown`], all of them.
#[cfg(any(feature = "etcd", feature = "consul", feature = "zookeeper"))]
pub(crate) fn all_shown(addresses: &[String]) -> Vec<String> {
    addresses.iter().map(|address| shown(address)).collect()
}

/// Refuses addresses with a user in them; `instead` says where a user is given.
#[cfg(any(feature = "etcd", feature = "consul", feature = "zookeeper"))]
pub(crate) fn without_users(addresses: &[String], instead: &str) -> Checked {
    match addresses.iter().find(|address| address.contains('@')) {
        Some(address) => Err(format!("'{}' has a user in it; {instead}", shown(address))),
        None => Ok(()),
    }
}

/// Refuses what is no `host:port`, `http://host:port` or `https://host:port`; the port may be missing.
#[cfg(any(feature = "etcd", feature = "consul"))]
pub(crate) fn web_addresses(addresses: &[String]) -> Checked {
    for address in addresses {
        let host = match address.split_once("://") {
            Some(("http" | "https", rest)) => rest.strip_suffix('/').unwrap_or(rest),
            Some(_) => {
                return Err(format!(
                    "'{address}' is no address: `host:port` is expected, behind http://, https:// or nothing"
                ));
            }
            None => address,
        };
        host_and_port(host).map_err(|reason| format!("'{address}' is no address: {reason}"))?;
    }
    Ok(())
}

/// Refuses what is neither a host nor a host with a port.
#[cfg(any(feature = "etcd", feature = "consul", feature = "zookeeper"))]
pub(crate) fn host_and_port(server: &str) -> std::result::Result<(), &'static str> {
    if server.contains(|c: char| c == '/' || c == ',' || c.is_whitespace()) {
        return Err("`host:port` is expected");
    }
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) if !server.ends_with(']') => (host, Some(port)),
        _ => (server, None),
    };
    if host.is_empty() || (host.contains(':') && !host.starts_with('[')) {
        return Err("`host:port` is expected, an IPv6 address in brackets");
    }
    match port.map(str::parse::<u16>) {
        None | Some(Ok(1..)) => Ok(()),
        Some(_) => Err("the port is no number from 1 to 65535"),
    }
}

/// Refuses times of zero, which nothing can hold.
pub(crate) fn not_zero(times: &[(&str, Duration)]) -> Checked {
    match times.iter().find(|(_, time)| time.is_zero()) {
        Some((name, _)) => Err(format!("the setting '{name}' is zero")),
        None => Ok(()),
    }
}

#[cfg(all(test, any(feature = "etcd", feature = "consul", feature = "zookeeper")))]
mod tests {
    use super::*;

    #[test]
    fn nothing_before_the_host_is_shown() {
        assert_eq!(shown("http://root:x@etcd:2379"), "***@etcd:2379");
        assert_eq!(shown("root:a://b@c@etcd"), "***@etcd");
        assert_eq!(shown("http://etcd:2379"), "http://etcd:2379");
    }

    #[cfg(any(feature = "etcd", feature = "consul"))]
    #[test]
    fn addresses_that_cannot_work_are_refused() {
        let checked = |address: &str| web_addresses(&[address.to_owned()]);
        for good in [
            "a",
            "a:1",
            "http://a:65535",
            "https://[::1]:2379/",
            "10.0.0.1:2379",
        ] {
            assert_eq!(checked(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("etcd://127.0.0.1:2379", "behind http://, https:// or nothing"),
            ("a:99999", "the port is no number from 1 to 65535"),
            ("http://a:0", "the port is no number from 1 to 65535"),
            ("a:23x", "the port is no number from 1 to 65535"),
            ("http://", "`host:port` is expected"),
            ("http://a:1/x", "`host:port` is expected"),
            ("::1", "an IPv6 address in brackets"),
        ] {
            let told = checked(bad).unwrap_err();
            assert!(
                told.starts_with(&format!("'{bad}' is no address: ")) && told.contains(why),
                "{told}"
            );
        }
    }
}
