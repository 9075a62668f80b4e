//! Texts that users name: files, and standard input.

use std::io::Read as _;
use std::path::Path;

use vamp_model::{Format, Problem};

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
            let mut text = String::new();
            let read = std::io::stdin()
                .lock()
                .take(LARGEST + 1)
                .read_to_string(&mut text);
            read.map_err(|source| Error::file(Exit::Usage, "read", Path::new("standard input"), source))?;
            return Self::new("standard input", text, None);
        }
        let path = Path::new(name);
        let unreadable = |source| Error::file(Exit::Usage, "read", path, source);
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let mut text = String::new();
        file.take(LARGEST + 1)
            .read_to_string(&mut text)
            .map_err(unreadable)?;
        let json = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        Self::new(name, text, json.then_some(Format::Json))
    }

    /// A text; what starts like JSON and is JSON is read as JSON.
    pub(crate) fn new(name: &str, text: String, format: Option<Format>) -> Result<Self> {
        if text.len() as u64 > LARGEST {
            return Err(Error::usage(format!(
                "cannot read {name}: it has more than {LARGEST} bytes"
            )));
        }
        let format = format.unwrap_or_else(|| {
            let may_be_json = text.trim_start().starts_with(['{', '[']);
            if may_be_json && serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok() {
                Format::Json
            } else {
                Format::Yaml
            }
        });
        Ok(Self {
            name: name.to_owned(),
            text,
            format,
        })
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
