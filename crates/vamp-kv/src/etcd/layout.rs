//! Where a key stands in etcd.

use crate::Key;

const SUFFIX: &str = "/value";

/// The physical key of a key.
pub(super) fn physical(key: &Key) -> Vec<u8> {
    format!("{key}{SUFFIX}").into_bytes()
}

/// The physical prefix of everything at and below a key.
pub(super) fn prefix(key: &Key) -> Vec<u8> {
    format!("{key}/").into_bytes()
}

/// The key that stands at a physical key; nothing for what somebody else put there.
pub(super) fn logical(at: &[u8]) -> Option<Key> {
    let key: Key = std::str::from_utf8(at).ok()?.strip_suffix(SUFFIX)?.parse().ok()?;
    // Slashes at both ends do not count in a key; with more or fewer of them it is a place that no key has.
    (physical(&key) == at).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_and_a_key_below_it_both_have_a_place() {
        for text in [
            "/vamp/default/gateways",
            "/vamp/default/gateways/haproxy/2.4/configuration",
            "/a/value",
        ] {
            let key: Key = text.parse().unwrap();
            assert_eq!(logical(&physical(&key)), Some(key));
        }
        for foreign in [
            "/vamp/foreign",
            "/vamp/x//value",
            "//vamp/x/value",
            "vamp/x/value",
        ] {
            assert_eq!(logical(foreign.as_bytes()), None, "{foreign}");
        }
    }
}
