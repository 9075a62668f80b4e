use super::{Change, diff};
use crate::Config;
use crate::config::is_section;

/// So many bytes are compared at once.
const STRIDE: usize = 256;

/// What [`diff`] says of two texts that are [read](Config::parse), where only the sections between those that they begin and end with
/// alike are read: among many gateways, a change of one costs little more than comparing the bytes.
///
/// Where a reload is needed, the [`Reason`](super::Reason) is that of these sections.
#[must_use]
pub fn diff_texts(old: &str, new: &str) -> Change {
    let start = alike_before(old, new);
    let (old, new) = (from(old, start), from(new, start));
    let end = alike_after(old, new);
    let (old, new) = (without_last(old, end), without_last(new, end));
    diff(&Config::parse(old), &Config::parse(new))
}

/// Bytes of the sections that two texts begin with alike; the last that may still differ is not among them.
fn alike_before(old: &str, new: &str) -> usize {
    let alike = common_start(old.as_bytes(), new.as_bytes());
    let last_line_feed = alike.iter().rposition(|byte| *byte == b'\n');
    let mut start = last_line_feed.map_or(0, |at| at + 1);
    let whole_lines = old.get(..start).unwrap_or_default();
    for line in whole_lines.split_inclusive('\n').rev() {
        start -= line.len();
        if is_section(line.trim_end_matches('\n')) {
            break;
        }
    }
    start
}

/// Bytes of the sections that two texts end with alike.
fn alike_after(old: &str, new: &str) -> usize {
    let alike = common_end(old.as_bytes(), new.as_bytes());
    // What comes before the first line feed is the end of a line that may differ.
    let Some(first_line_feed) = alike.iter().position(|byte| *byte == b'\n') else {
        return 0;
    };
    let mut left = alike.len() - first_line_feed - 1;
    for line in from(old, old.len() - left).split_inclusive('\n') {
        if is_section(line.trim_end_matches('\n')) {
            break;
        }
        left -= line.len();
    }
    left
}

fn common_start<'t>(old: &'t [u8], new: &[u8]) -> &'t [u8] {
    let strides = old.chunks(STRIDE).zip(new.chunks(STRIDE));
    let far = strides.take_while(|(old, new)| old == new).count() * STRIDE;
    let rests = old.iter().skip(far).zip(new.iter().skip(far));
    let rest = rests.take_while(|(old, new)| old == new).count();
    old.get(..far + rest).unwrap_or(old)
}

fn common_end<'t>(old: &'t [u8], new: &[u8]) -> &'t [u8] {
    let strides = old.rchunks(STRIDE).zip(new.rchunks(STRIDE));
    let far = strides.take_while(|(old, new)| old == new).count() * STRIDE;
    let rests = old.iter().rev().skip(far).zip(new.iter().rev().skip(far));
    let rest = rests.take_while(|(old, new)| old == new).count();
    let start = old.len().saturating_sub(far + rest);
    old.get(start..).unwrap_or(old)
}

fn from(text: &str, start: usize) -> &str {
    text.get(start..).unwrap_or_default()
}

fn without_last(text: &str, count: usize) -> &str {
    text.get(..text.len().saturating_sub(count)).unwrap_or_default()
}
