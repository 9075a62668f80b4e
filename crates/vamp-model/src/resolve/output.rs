use super::ResolveError;
use crate::{ValuePart, ValueReference, ValueTemplate};

/// How many bytes one resolved value may have where the caller sets no other limit: 1 MiB.
pub const LONGEST_VALUE: usize = 1 << 20;

/// A text that grows up to a limit: a few references can ask for very much text.
#[derive(Debug)]
pub(super) struct Output {
    text: String,
    most: usize,
}

impl Output {
    pub(super) const fn new(most: usize) -> Self {
        Self {
            text: String::new(),
            most,
        }
    }

    pub(super) fn push(&mut self, text: &str) -> Result<(), ResolveError> {
        if text.len() > self.most - self.text.len() {
            return Err(ResolveError::TooLong { most: self.most });
        }
        self.text.push_str(text);
        Ok(())
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// The value with every reference replaced, each on its own.
pub(super) fn fill_in(
    template: &ValueTemplate,
    most: usize,
    mut value_of: impl FnMut(&ValueReference) -> Result<String, ResolveError>,
) -> Result<String, ResolveError> {
    let mut output = Output::new(most);
    for part in template.parts() {
        match part {
            ValuePart::Text(text) => output.push(text)?,
            ValuePart::Reference(reference) => output.push(&value_of(reference)?)?,
        }
    }
    Ok(output.into_text())
}
