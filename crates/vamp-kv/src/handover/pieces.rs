//! How a text becomes pieces and again a text.

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// The level of compression: fast, since it lies on the way of every change.
const LEVEL: i32 = 1;

/// The most that a piece holds. Stores take values from 512 KiB on: what does not get smaller by compression fits too.
pub(super) const PIECE: usize = 256 * 1024;

/// So much is worked on before other tasks of the thread have their turn.
const TURN: usize = 1024 * 1024;

/// A piece as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// SHA-256 of what is stored, in hexadecimal.
    pub(super) name: String,
    /// What is stored.
    pub(super) stored: Bytes,
}

/// Compresses a text into pieces that a store takes whose values are at most `max_value` bytes.
pub(super) async fn cut(text: &str, max_value: Option<usize>) -> std::io::Result<Vec<Piece>> {
    // What does not get smaller gets larger by a few bytes in a thousand: half of the limit is on the safe side.
    let size = max_value.map_or(PIECE, |limit| PIECE.min(limit / 2)).max(1);
    let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
    let mut pieces = Vec::with_capacity(text.len().div_ceil(size));
    for piece in text.as_bytes().chunks(size) {
        let stored = Bytes::from(compressor.compress(piece)?);
        pieces.push(Piece {
            name: hash(&stored),
            stored,
        });
        tokio::task::yield_now().await;
    }
    Ok(pieces)
}

/// One piece, uncompressed; never more than a piece can hold.
pub(super) fn unpack(stored: &[u8]) -> std::io::Result<Vec<u8>> {
    zstd::bulk::decompress(stored, PIECE)
}

/// SHA-256 of a text of any length, in hexadecimal.
pub(super) async fn hash_text(text: &[u8]) -> String {
    let mut sha256 = Sha256::new();
    for chunk in text.chunks(TURN) {
        sha256.update(chunk);
        tokio::task::yield_now().await;
    }
    hexadecimal(&sha256.finalize())
}

/// SHA-256 of a piece, in hexadecimal.
pub(super) fn hash(stored: &[u8]) -> String {
    hexadecimal(&Sha256::digest(stored))
}

fn hexadecimal(digest: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in digest {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text that compression does not make smaller by much.
    fn noise(length: usize) -> String {
        let mut state = 1_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(u8::try_from(b' ' as u64 + (state >> 33) % 95).unwrap())
        };
        (0..length).map(|_| next()).collect()
    }

    #[tokio::test]
    async fn a_text_of_any_size_survives_being_cut() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7] {
            let text = noise(length);
            let pieces = cut(&text, Some(512 * 1024)).await.unwrap();
            let whole: Vec<u8> = pieces
                .iter()
                .flat_map(|piece| unpack(&piece.stored).unwrap())
                .collect();
            assert_eq!(whole, text.as_bytes(), "{length}");
            assert!(
                pieces
                    .iter()
                    .all(|piece| piece.name == hash(&piece.stored) && piece.stored.len() < 512 * 1024)
            );
        }
    }

    #[tokio::test]
    async fn pieces_fit_into_a_store_with_small_values() {
        let pieces = cut(&noise(10_000), Some(1000)).await.unwrap();
        assert!(pieces.len() >= 20 && pieces.iter().all(|piece| piece.stored.len() <= 1000));
    }

    #[tokio::test]
    async fn the_hash_is_the_one_that_every_tool_prints() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash_text(b"abc").await, expected);
        assert_eq!(hash(b"abc"), expected);
    }
}
