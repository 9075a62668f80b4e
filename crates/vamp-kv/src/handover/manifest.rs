//! The manifest: which pieces make the text, and what came before it.

use serde::{Deserialize, Serialize};

use super::Publication;
use crate::{Error, ErrorKind, Key, Result};

/// The version of the manifest's form that this program writes and reads.
const FORMAT: u32 = 1;

/// The encoding of the pieces.
const ENCODING: &str = "zstd";

/// How many texts before the present one are remembered by their hash.
const ANCESTORS: usize = 32;

/// What a text is put together from again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// From which state of the server's store the text was made.
    pub(super) revision: u64,
    /// SHA-256 of the text, in hexadecimal.
    pub(super) sha256: String,
    /// Length of the text in bytes.
    pub(super) length: usize,
    /// The fencing number of the server that wrote it, when several compete.
    pub(super) fencing: Option<u64>,
    /// Names of the pieces, in order: SHA-256 of what is stored.
    pub(super) parts: Vec<String>,
    /// How the pieces are encoded: `zstd`.
    pub(super) encoding: String,
    /// The hash of the text from which a much smaller one is meant. It stays while later texts follow, for readers that were
    /// away when the small one came.
    pub(super) shrink_meant_from: Option<String>,
    /// Hashes of the texts before this one, newest first.
    #[serde(default)]
    pub(super) before: Vec<String>,
    /// How many of these lead here by steps each of which was meant, or took less than half away: what came of an accident does not.
    #[serde(default)]
    pub(super) reach: usize,
}

/// The one field that every form of the manifest has.
#[derive(Deserialize)]
struct AnyFormat {
    format: u32,
}

impl Manifest {
    pub(super) fn read(key: &Key, value: &[u8]) -> Result<Self> {
        let wrong = || Error::new(ErrorKind::Protocol, "read manifest", key);
        let any: AnyFormat = serde_json::from_slice(value).map_err(|error| wrong().because(error))?;
        if any.format != FORMAT {
            return Err(wrong().because(format!("its format is {}, known is {FORMAT}", any.format)));
        }
        let manifest: Self = serde_json::from_slice(value).map_err(|error| wrong().because(error))?;
        if manifest.encoding != ENCODING {
            return Err(wrong().because(format!("unknown encoding '{}'", manifest.encoding)));
        }
        Ok(manifest)
    }

    /// The manifest of a publication that follows `standing`. For the text that stands already it is the same manifest, except
    /// for what has to be mended in it.
    pub(super) fn following(
        standing: Option<&Self>,
        publication: &Publication<'_>,
        sha256: &str,
        parts: Vec<String>,
    ) -> Self {
        match standing {
            Some(standing) if standing.sha256 == sha256 => Self {
                parts,
                shrink_meant_from: standing.meant_again(publication.shrink_meant),
                reach: standing.reach.max(usize::from(publication.shrink_meant)),
                ..standing.clone()
            },
            _ => Self {
                format: FORMAT,
                revision: publication.revision,
                sha256: sha256.to_owned(),
                length: publication.text.len(),
                fencing: publication.fencing.as_ref().map(|fencing| fencing.number),
                parts,
                encoding: ENCODING.to_owned(),
                shrink_meant_from: standing
                    .filter(|before| publication.shrink_meant || before.allows(publication.text.len()))
                    .and_then(|before| before.meant_next(sha256, publication.shrink_meant)),
                before: standing.map(Self::lineage).unwrap_or_default(),
                reach: standing
                    .filter(|before| publication.shrink_meant || before.allows(publication.text.len()))
                    .map_or(0, |before| (before.reach + 1).min(ANCESTORS)),
            },
        }
    }

    /// Whether publishing the text with this hash again has nothing to add to the manifest.
    pub(super) fn says(&self, sha256: &str, shrink_meant: bool) -> bool {
        self.sha256 == sha256 && self.shrink_meant_from == self.meant_again(shrink_meant)
    }

    /// The mark after the same text was published again: a shrink that was not meant before can become so.
    fn meant_again(&self, shrink_meant: bool) -> Option<String> {
        let newly = self.before.first().filter(|_| shrink_meant);
        newly.or(self.shrink_meant_from.as_ref()).cloned()
    }

    /// The mark of the text that follows this one.
    fn meant_next(&self, sha256: &str, shrink_meant: bool) -> Option<String> {
        if shrink_meant {
            return Some(self.sha256.clone());
        }
        let remembered = |from: &&String| self.before[..self.before.len().min(ANCESTORS - 1)].contains(from);
        // A reader of the large text that is published again would take the next accident for what was meant once.
        let other = |from: &&String| from.as_str() != sha256;
        self.shrink_meant_from
            .as_ref()
            .filter(remembered)
            .filter(other)
            .cloned()
    }

    /// Whether a text of so many bytes may follow without being meant. Readers count what is in it, and may hold it back all the same.
    const fn allows(&self, length: usize) -> bool {
        length >= self.length / 2
    }

    /// The hashes before the text that follows this one.
    fn lineage(&self) -> Vec<String> {
        std::iter::once(&self.sha256)
            .chain(&self.before)
            .take(ANCESTORS)
            .cloned()
            .collect()
    }

    /// The mark, and the texts that lead to it: a reader that has one of them has missed the text from which the shrink is meant, and is
    /// concerned all the same. A text that came again later is not among them, nor one from before an accident.
    pub(super) fn all_shrink_meant_from(&self) -> Vec<String> {
        let Some(mark) = &self.shrink_meant_from else {
            return Vec::new();
        };
        let age = |hash: &String| self.before.iter().position(|before| before == hash);
        let older = age(mark).and_then(|age| self.before.get(age + 1..self.reach));
        let older = older.unwrap_or_default();
        let not_again = |hash: &&String| age(hash) > age(mark) && **hash != self.sha256;
        std::iter::once(mark)
            .chain(older.iter().filter(not_again))
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publish(standing: Option<&Manifest>, text: &str, shrink_meant: bool) -> Manifest {
        let publication = Publication {
            text,
            revision: 1,
            fencing: None,
            shrink_meant,
        };
        Manifest::following(standing, &publication, text, vec![])
    }

    fn history(texts: &[(&str, bool)]) -> Manifest {
        let mut manifest: Option<Manifest> = None;
        for (text, shrink_meant) in texts {
            manifest = Some(publish(manifest.as_ref(), text, *shrink_meant));
        }
        manifest.unwrap()
    }

    #[test]
    fn a_meant_shrink_is_meant_for_whoever_has_not_seen_it_yet() {
        let manifest = history(&[
            ("oldest", false),
            ("large", false),
            ("small", true),
            ("small 2", false),
        ]);
        assert_eq!(manifest.all_shrink_meant_from(), ["large", "oldest"]);
    }

    #[test]
    fn a_text_that_came_again_after_the_shrink_is_not_one_that_was_missed() {
        let manifest = history(&[
            ("again", false),
            ("large", false),
            ("small", true),
            ("again", false),
            ("tiny", false),
        ]);
        assert_eq!(manifest.all_shrink_meant_from(), ["large"]);
    }

    #[test]
    fn what_is_meant_after_an_accident_is_not_meant_for_whoever_held_that_back() {
        let (large, accident) = ("l".repeat(1000), "a".repeat(100));
        let manifest = history(&[(&large, false), (&accident, false), ("meant", true)]);
        assert_eq!(manifest.all_shrink_meant_from(), [&*accident]);
        // Nor is it over with the next one.
        let next = publish(Some(&manifest), "next", false);
        assert_eq!(next.all_shrink_meant_from(), [&*accident]);
        // What was meant says nothing about an accident that follows.
        let manifest = history(&[(&large, false), (&accident, true), ("tiny", false)]);
        assert_eq!(manifest.all_shrink_meant_from(), [""; 0]);
    }

    #[test]
    fn the_large_text_again_takes_the_mark_away() {
        let manifest = history(&[
            ("large", false),
            ("small", true),
            ("large", false),
            ("tiny", false),
        ]);
        assert_eq!(manifest.shrink_meant_from, None);
    }

    #[test]
    fn a_shrink_becomes_meant_when_the_same_text_says_so_and_only_once() {
        let accident = history(&[("large", false), ("small", false)]);
        assert!(accident.says("small", false) && !accident.says("small", true));
        let meant = publish(Some(&accident), "small", true);
        assert_eq!(meant.shrink_meant_from.as_deref(), Some("large"));
        assert!(meant.says("small", true) && meant.says("small", false));
        assert_eq!(publish(Some(&meant), "small", true), meant);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut manifest = history(&[("large", false), ("small", true)]);
        for n in 0..100 {
            manifest = publish(Some(&manifest), &n.to_string(), false);
            let from = manifest.shrink_meant_from.as_ref();
            assert!(from.is_none_or(|from| manifest.before.contains(from)));
        }
        assert_eq!(
            (manifest.before.len(), manifest.shrink_meant_from),
            (ANCESTORS, None)
        );
    }

    #[test]
    fn a_form_from_the_future_is_named() {
        let error = Manifest::read(&Key::parse("m").unwrap(), br#"{"format": 2, "pieces": {}}"#).unwrap_err();
        assert!(
            error.to_string().contains("its format is 2, known is 1"),
            "{error}"
        );
    }
}
