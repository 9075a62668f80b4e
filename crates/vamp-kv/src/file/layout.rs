//! Where a key stands in the directory.

use std::path::{Component, Path, PathBuf};

use crate::Key;

/// The file with the value of a key, in the key's directory.
pub(super) const VALUE: &str = "value";

/// The longest name, in bytes, that a segment gets; longer ones go on in a directory below. File systems take 255.
const LONGEST: usize = 200;

/// The end of a name that goes on in the directory below; no other `%` stands before a `+`.
const GOES_ON: &str = "%+";

/// The directory of a key, relative to that of the store.
pub(super) fn directory(key: &Key) -> PathBuf {
    key.as_str().split('/').skip(1).flat_map(names).collect()
}

/// The key of a directory relative to that of the store; nothing for what cannot be one.
pub(super) fn key(directory: &Path) -> Option<Key> {
    let mut text = String::new();
    let mut goes_on = false;
    for component in directory.components() {
        let Component::Normal(name) = component else {
            return None;
        };
        let name = name.to_str()?;
        if !goes_on {
            text.push('/');
        }
        goes_on = name.ends_with(GOES_ON);
        decode(name.strip_suffix(GOES_ON).unwrap_or(name), &mut text)?;
    }
    let key: Key = text.parse().ok()?;
    // What is written in another way than ours would be a second place of the same key.
    (!goes_on && self::directory(&key) == directory).then_some(key)
}

fn names(segment: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    for (place, letter) in segment.char_indices() {
        let mut one = [0; 4];
        let written = match letter {
            '%' => "%25",
            '.' if place == 0 => "%2E",
            // A directory of this name would stand where the value does.
            'v' if segment == VALUE => "%76",
            _ => letter.encode_utf8(&mut one),
        };
        if let Some(name) = names.last_mut() {
            if name.len() + written.len() <= LONGEST {
                name.push_str(written);
                continue;
            }
            name.push_str(GOES_ON);
        }
        names.push(written.to_owned());
    }
    names
}

fn decode(name: &str, text: &mut String) -> Option<()> {
    let mut rest = name;
    while let Some((plain, escaped)) = rest.split_once('%') {
        text.push_str(plain);
        let code = u8::from_str_radix(escaped.get(..2)?, 16).ok()?;
        text.push(char::from(code));
        rest = escaped.get(2..)?;
    }
    text.push_str(rest);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_place_of_its_own_and_is_found_there() {
        let long = "ä%".repeat(300);
        let texts = [
            "/a",
            "/a/value",
            "/a/value/value",
            "/...",
            "/.vamp/x",
            "/a%25",
            "/a%+/b",
            "/ä b",
            &format!("/{long}/b"),
        ];
        let mut places = std::collections::HashSet::new();
        for text in texts {
            let expected: Key = text.parse().unwrap();
            let place = directory(&expected);
            assert!(place.components().all(|name| name.as_os_str().len() <= 255));
            assert_eq!(key(&place), Some(expected), "{}", place.display());
            assert!(places.insert(place));
        }
        assert_eq!(
            directory(&"/vamp/default/gateways".parse().unwrap()),
            Path::new("vamp/default/gateways")
        );
        assert_eq!(key(Path::new(".vamp/leases")), None);
        assert_eq!(
            key(Path::new("a%61")),
            None,
            "another way to write a name that needs none"
        );
    }
}
