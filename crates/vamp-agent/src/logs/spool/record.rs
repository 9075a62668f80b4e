//! One record: lines that were received in one go.
//!
//! Little endian: bytes of the rest (4), checksum of the rest (8), then when the lines were received (8), number of the first (8), how many
//! (4), the end of each (4 each), their bytes.

use std::io::{self, Read};

use crate::logs::chunk::{Chunk, Part};

/// Longer ones are not written.
const LONGEST: usize = 64 * 1024 * 1024;

/// Bytes before the rest.
const HEAD: usize = 12;

/// The bytes of some lines.
pub(super) fn written(part: &Part) -> Vec<u8> {
    let mut rest = Vec::new();
    let lines = part.start..part.end;
    let first = part.chunk.first + part.start as u64;
    rest.extend_from_slice(&part.chunk.received.to_le_bytes());
    rest.extend_from_slice(&first.to_le_bytes());
    rest.extend_from_slice(&number(part.lines()).to_le_bytes());
    let mut end = 0;
    for index in lines.clone() {
        end += part.chunk.line(index).len();
        rest.extend_from_slice(&number(end).to_le_bytes());
    }
    for index in lines {
        rest.extend_from_slice(part.chunk.line(index));
    }
    let mut bytes = Vec::with_capacity(HEAD + rest.len());
    bytes.extend_from_slice(&number(rest.len()).to_le_bytes());
    bytes.extend_from_slice(&checksum(&rest).to_le_bytes());
    bytes.extend_from_slice(&rest);
    bytes
}

/// The next record and its length; `None` at the end, and where no whole record follows.
pub(super) fn read(from: &mut impl Read) -> io::Result<Option<(Chunk, u64)>> {
    let mut head = [0; HEAD];
    if !filled(from, &mut head)? {
        return Ok(None);
    }
    let mut head = head.as_slice();
    let length = u32::from_le_bytes(taken(&mut head)) as usize;
    let sum = u64::from_le_bytes(taken(&mut head));
    if length > LONGEST {
        return Ok(None);
    }
    let mut rest = vec![0; length];
    if !filled(from, &mut rest)? || checksum(&rest) != sum {
        return Ok(None);
    }
    let mut rest = rest.as_slice();
    let received = i64::from_le_bytes(taken(&mut rest));
    let first = u64::from_le_bytes(taken(&mut rest));
    let lines = u32::from_le_bytes(taken(&mut rest));
    let ends: Vec<u32> = (0..lines).map(|_| u32::from_le_bytes(taken(&mut rest))).collect();
    Ok(Some((
        Chunk::new(received, first, rest, ends),
        (HEAD + length) as u64,
    )))
}

/// Chunks are some hundred kilobytes.
fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// The next bytes; zeros where a record that somebody forged is too short.
fn taken<const N: usize>(from: &mut &[u8]) -> [u8; N] {
    match from.split_first_chunk() {
        Some((bytes, rest)) => {
            *from = rest;
            *bytes
        }
        None => [0; N],
    }
}

fn filled(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// FNV-1a, 64 bits: finds what a crash has left half written.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
