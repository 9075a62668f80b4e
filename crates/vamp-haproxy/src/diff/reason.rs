use std::fmt;

use crate::document::Line;

/// Why a reload is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reason {
    /// What it is.
    pub kind: ReasonKind,
    /// The line of the configuration that runs, when there is one.
    pub running: Option<Place>,
    /// The line of the one that is wanted, when there is one.
    pub wanted: Option<Place>,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// Its number, from 1.
    pub line: usize,
    /// Its text, without the white space around it.
    pub text: String,
}

/// What a [`Reason`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReasonKind {
    /// A line is new.
    Added,
    /// A line is gone.
    Removed,
    /// A line stands in the place of another.
    Replaced,
    /// A line stands elsewhere among the others of its section.
    Moved,
    /// A server would change without a reload, but something is in the way.
    Server {
        /// What is in the way, as the end of a sentence.
        because: String,
    },
    /// A file has changed, and HAProxy reads it anew only when it is loaded.
    File {
        /// The file.
        path: String,
        /// What the matter is, as the end of a sentence.
        because: &'static str,
    },
}

impl Place {
    pub(super) fn of(line: Line<'_>) -> Self {
        Self {
            line: line.number(),
            text: line.text().trim().to_owned(),
        }
    }
}

impl Reason {
    pub(super) fn added(line: Line<'_>) -> Self {
        Self::new(ReasonKind::Added, None, Some(line))
    }

    pub(super) fn removed(line: Line<'_>) -> Self {
        Self::new(ReasonKind::Removed, Some(line), None)
    }

    pub(super) fn new(kind: ReasonKind, running: Option<Line<'_>>, wanted: Option<Line<'_>>) -> Self {
        Self {
            kind,
            running: running.map(Place::of),
            wanted: wanted.map(Place::of),
        }
    }

    /// Where reasons stand in their order.
    pub(super) fn position(&self) -> usize {
        let place = self.wanted.as_ref().or(self.running.as_ref());
        place.map_or(0, |place| place.line)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.wanted.as_ref().or(self.running.as_ref()) {
            let of = if self.wanted.is_some() {
                ""
            } else {
                " of what runs"
            };
            write!(f, "line {}{of}: ", place.line)?;
        }
        let text = |place: &Option<Place>| {
            place
                .as_ref()
                .map_or_else(String::new, |place| place.text.clone())
        };
        let (running, wanted) = (text(&self.running), text(&self.wanted));
        match &self.kind {
            ReasonKind::Added => write!(f, "'{wanted}' is new"),
            ReasonKind::Removed => write!(f, "'{running}' is gone"),
            ReasonKind::Replaced => write!(f, "'{wanted}' is in the place of '{running}'"),
            ReasonKind::Moved => {
                let line = self.running.as_ref().map_or(0, |place| place.line);
                write!(f, "'{wanted}' stood elsewhere, in line {line}")
            }
            ReasonKind::Server { because } => {
                let line = if self.wanted.is_some() { &wanted } else { &running };
                write!(f, "'{line}': {because}")
            }
            ReasonKind::File { path, because } => write!(f, "{path} has changed, and {because}"),
        }
    }
}
