//! Where a key stands in ZooKeeper, and how its value does.

use bytes::Bytes;
use zookeeper::Stat;

use crate::{Entry, Key, Version};

/// The node that every creation writes.
const CREATIONS: &str = ".vamp-creations";

/// Below which node everything stands: nothing, or a path.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    root: String,
}

impl Layout {
    pub(super) const fn below(root: String) -> Self {
        Self { root }
    }

    /// The path of a key.
    pub(super) fn path(&self, key: &Key) -> String {
        format!("{}{key}", self.root)
    }

    /// The key at a path; nothing for what no key can name.
    pub(super) fn key(&self, path: &str) -> Option<Key> {
        let key: Key = path.strip_prefix(&self.root)?.parse().ok()?;
        // Reading a key leaves out slashes at its ends; none must have been there.
        (path.len() == self.root.len() + key.as_str().len()).then_some(key)
    }

    /// The path of the node that every creation writes.
    pub(super) fn creations(&self) -> String {
        format!("{}/{CREATIONS}", self.root)
    }

    /// The entry at a path; nothing where there is no value.
    pub(super) fn entry(&self, path: &str, data: Vec<u8>, stat: &Stat) -> Option<Entry> {
        Some(Entry {
            value: decode(data)?,
            key: self.key(path)?,
            version: version(stat),
        })
    }
}

/// The version of what a node holds.
pub(super) fn version(stat: &Stat) -> Version {
    Version::from_number(stat.mzxid.cast_unsigned())
}

/// Whether a node of this state holds a value.
pub(super) const fn has_value(stat: &Stat) -> bool {
    stat.data_length > 0
}

/// A value as the data of a node. No data means no value, so a value of NUL bytes only, such as the empty one, gets one more.
pub(super) fn encode(value: &Bytes) -> Bytes {
    if value.iter().all(|byte| *byte == 0) {
        vec![0; value.len() + 1].into()
    } else {
        value.clone()
    }
}

/// The value that the data of a node is; nothing where there is none.
pub(super) fn decode(mut data: Vec<u8>) -> Option<Bytes> {
    if data.iter().all(|byte| *byte == 0) {
        data.pop()?;
    }
    Some(data.into())
}

/// The path of the node above, if that is not the root of all.
pub(super) fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/')
        .map(|(parent, _)| parent)
        .filter(|parent| !parent.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_comes_back_and_no_value_is_none() {
        for value in [&b""[..], b"\0", b"\0\0", b"\0x", b"x\0", b"x"] {
            let value = Bytes::copy_from_slice(value);
            let data = encode(&value);
            assert!(!data.is_empty());
            assert_eq!(decode(data.to_vec()), Some(value));
        }
        assert_eq!(decode(Vec::new()), None);
        assert_eq!(
            encode(&Bytes::from("x\0")),
            "x\0",
            "what is not all NUL stands as it is"
        );
    }

    #[test]
    fn a_key_has_a_path_below_the_root() {
        for (root, path) in [("", "/vamp/x"), ("/apps", "/apps/vamp/x")] {
            let layout = Layout::below(root.to_owned());
            let key: Key = "/vamp/x".parse().unwrap();
            assert_eq!(layout.path(&key), path);
            assert_eq!(layout.key(path), Some(key));
        }
        let layout = Layout::below("/apps".to_owned());
        assert_eq!(layout.key("/apps"), None);
        assert_eq!(layout.key("/appsx/y"), None);
        assert_eq!(layout.creations(), "/apps/.vamp-creations");
        assert_eq!(parent("/a/b"), Some("/a"));
        assert_eq!(parent("/a"), None);
    }
}
