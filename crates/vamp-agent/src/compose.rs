use std::sync::Arc;

use crate::hash::sha256_hex;

/// Puts the base before a value.
#[derive(Debug)]
pub(crate) struct Composer {
    /// The base and the empty line that ends it.
    head: String,
}

/// A whole configuration and the value in it.
#[derive(Debug, Clone)]
pub(crate) struct Composed {
    /// SHA-256 of the value, as the hand-over names it.
    pub(crate) hash: String,
    /// Revision of the value.
    pub(crate) revision: u64,
    /// Byte at which the value begins.
    pub(crate) offset: usize,
    /// Length of the value in bytes; 0 for the base alone, and for a text of unknown origin.
    pub(crate) length: usize,
    /// The whole text.
    pub(crate) text: Arc<str>,
}

impl Composer {
    /// `base` ends with a line feed.
    pub(crate) fn new(base: &str) -> Self {
        Self {
            head: format!("{base}\n"),
        }
    }

    /// The configuration with the gateways' part `value`.
    pub(crate) fn whole(&self, value: &str) -> String {
        let mut text = String::with_capacity(self.head.len() + value.len() + 1);
        text.push_str(&self.head);
        text.push_str(value);
        // HAProxy refuses a last line without its end.
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }

    /// Lines that come before the first line of the value.
    pub(crate) fn lines_before_value(&self) -> usize {
        self.head.bytes().filter(|byte| *byte == b'\n').count()
    }

    /// The configuration with a value of the hand-over.
    pub(crate) fn compose(&self, value: &str, hash: &str, revision: u64) -> Composed {
        let text = self.whole(value);
        Composed {
            hash: hash.to_owned(),
            revision,
            offset: self.head.len(),
            length: value.len(),
            text: text.into(),
        }
    }

    /// The base alone, for the first start.
    pub(crate) fn base_alone(&self) -> Composed {
        self.compose("", &sha256_hex(b""), 0)
    }
}

impl Composed {
    /// Whether it carries a value of the hand-over, as opposed to the base alone.
    pub(crate) fn is_handed_over(&self) -> bool {
        self.length > 0
    }
}
