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
}
