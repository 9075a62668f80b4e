//! Where a key stands in Consul.

use crate::Key;

/// The key as Consul knows it: without the leading slash.
pub(super) fn physical(key: &Key) -> &str {
    key.as_str().trim_start_matches('/')
}

/// The key that stands there; nothing for what is no key of ours, such as the folders that Consul's own pages make.
pub(super) fn logical(text: &str) -> Option<Key> {
    let key: Key = text.parse().ok()?;
    (physical(&key) == text).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_no_leading_slash_and_a_folder_is_no_key() {
        let key: Key = "/vamp/default/gateways".parse().unwrap();
        assert_eq!(physical(&key), "vamp/default/gateways");
        assert_eq!(logical("vamp/default/gateways"), Some(key));
        for foreign in ["vamp/default/", "/vamp/default", "vamp//default", ""] {
            assert_eq!(logical(foreign), None, "{foreign:?}");
        }
    }
}
