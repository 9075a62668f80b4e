//! Texts that users name: files, and standard input.

use std::io::Read as _;
use std::path::Path;

use vamp_model::{Format, Limits, ParsedText, Problem, Problems};

use crate::display::Complaint;
use crate::{Error, Exit, Result};

/// The most that is read from a file or standard input, in bytes: more than any server takes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A text that the user named.
#[derive(Debug)]
pub(crate) struct Input {
    /// As the user named it.
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) format: Format,
}

impl Input {
    /// Reads a file, or standard input for `-`.
    pub(crate) fn read(name: &str) -> Result<Self> {
        if name == "-" {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes);
            read.map_err(|source| Error::file(Exit::Usage, "read", Path::new("standard input"), source))?;
            return Self::new("standard input", text("standard input", bytes)?, None);
        }
        let path = Path::new(name);
        let unreadable = |source| Error::file(Exit::Usage, "read", path, source);
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(LARGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        let json = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        Self::new(name, text(name, bytes)?, json.then_some(Format::Json))
    }

    /// A text; without a format, it is JSON where it can be read as that.
    pub(crate) fn new(name: &str, text: String, format: Option<Format>) -> Result<Self> {
        if text.len() as u64 > LARGEST {
            return Err(too_large(name));
        }
        Ok(Self {
            name: name.to_owned(),
            text,
            format: format.unwrap_or(Format::Auto),
        })
    }

    /// The text, parsed.
    ///
    /// # Errors
    /// It is neither YAML nor JSON, or exceeds a limit.
    pub(crate) fn parsed(&self) -> Result<ParsedText<'_>, Problems> {
        ParsedText::parse(&self.text, self.format, &Limits::default())
    }

    /// What is wrong with the text, with the lines that it is about.
    pub(crate) fn complaints<'p>(&self, problems: impl IntoIterator<Item = &'p Problem>) -> Vec<Complaint> {
        let complaint = |problem: &Problem| {
            let text = self.text.get(problem.span.clone()).unwrap_or_default();
            let complaint = Complaint {
                line: problem.line,
                column: problem.column,
                width: text.lines().next().map_or(0, |first| first.chars().count()),
                message: problem.message.clone(),
                hint: problem.hint.clone(),
                ..Complaint::default()
            };
            complaint.within(&self.name, &self.text)
        };
        problems.into_iter().map(complaint).collect()
    }
}

/// The bytes as text; what is none is told with its place.
fn text(name: &str, bytes: Vec<u8>) -> Result<String> {
    if bytes.len() as u64 > LARGEST {
        return Err(too_large(name));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let message = format!("cannot read {name}: it is no UTF-8 text, from line {line} on");
        Error::new(Exit::Invalid, message)
    })
}

fn too_large(name: &str) -> Error {
    Error::usage(format!("cannot read {name}: it has more than {LARGEST} bytes"))
}
