//! The manifest, and how a text becomes pieces and again a text.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Error, ErrorKind, Key, Result};

/// The version of the manifest's form that this program writes and reads.
pub(super) const FORMAT: u32 = 1;

/// The level of compression: fast, since it lies on the way of every change.
const LEVEL: i32 = 1;

/// Pieces are cut so that one of them stays below this size even when it does not get smaller by compression.
const PIECE: usize = 256 * 1024;

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
    /// The hash of the text from which a much smaller one is meant.
    pub(super) shrink_meant_from: Option<String>,
}

impl Manifest {
    pub(super) fn read(key: &Key, value: &[u8]) -> Result<Self> {
        let wrong = || Error::new(ErrorKind::Protocol, "read manifest", key);
        let manifest: Self = serde_json::from_slice(value).map_err(|error| wrong().because(error))?;
        if manifest.format != FORMAT {
            return Err(wrong().because(format!("its format is {}, known is {FORMAT}", manifest.format)));
        }
        if manifest.encoding != "zstd" {
            return Err(wrong().because(format!("unknown encoding '{}'", manifest.encoding)));
        }
        Ok(manifest)
    }
}

/// SHA-256 in hexadecimal.
pub(super) fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The text in compressed pieces, each with the hash of what is stored.
pub(super) fn cut(text: &str) -> std::io::Result<Vec<(String, Bytes)>> {
    text.as_bytes()
        .chunks(PIECE)
        .map(|piece| {
            let stored = zstd::bulk::compress(piece, LEVEL)?;
            Ok((hash(&stored), Bytes::from(stored)))
        })
        .collect()
}

/// One piece, uncompressed; never more than a piece can hold.
pub(super) fn unpack(stored: &[u8]) -> std::io::Result<Vec<u8>> {
    zstd::bulk::decompress(stored, PIECE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_any_size_survives_being_cut() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7] {
            let text: String = (0..length).map(|i| char::from(b'a' + u8::try_from(i * 7 % 26).unwrap())).collect();
            let pieces = cut(&text).unwrap();
            let whole: Vec<u8> = pieces.iter().flat_map(|(_, stored)| unpack(stored).unwrap()).collect();
            assert_eq!(whole, text.as_bytes(), "{length}");
            assert!(pieces.iter().all(|(name, stored)| *name == hash(stored) && stored.len() < 512 * 1024));
        }
    }
}
