use super::Directive;
use crate::text::{Text, Word};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Nothing.
    Blank,
    /// `# text`, two blanks before it when it stands within a section.
    Comment {
        /// Whether two blanks stand before it.
        indented: bool,
        /// What follows `# `.
        text: Text,
    },
    /// The first line of a section.
    Section(Section),
    /// A line of a section, two blanks before it.
    Directive(Directive),
    /// A line in any other form, as it was written.
    Verbatim(Text),
}

/// The first line of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Section {
    /// `global`: settings of the process.
    Global,
    /// `defaults`: what holds for the proxies that follow.
    Defaults,
    /// `frontend NAME`: accepts connections.
    Frontend(Word),
    /// `backend NAME`: shares them out among servers.
    Backend(Word),
    /// `listen NAME`: both in one.
    Listen(Word),
}

impl Line {
    /// A comment within a section.
    #[must_use]
    pub fn note(text: Text) -> Self {
        Self::Comment { indented: true, text }
    }

    /// A comment before a section.
    #[must_use]
    pub fn heading(text: Text) -> Self {
        Self::Comment {
            indented: false,
            text,
        }
    }

    /// Whether HAProxy reads anything in the line.
    #[must_use]
    pub fn is_meaningful(&self) -> bool {
        match self {
            Self::Blank | Self::Comment { .. } => false,
            Self::Section(_) | Self::Directive(_) => true,
            Self::Verbatim(text) => {
                let text = text.as_str().trim_ascii_start();
                !text.is_empty() && !text.starts_with('#')
            }
        }
    }
}

impl From<Section> for Line {
    fn from(section: Section) -> Self {
        Self::Section(section)
    }
}

impl From<Directive> for Line {
    fn from(directive: Directive) -> Self {
        Self::Directive(directive)
    }
}

impl Section {
    /// The name of a proxy's section.
    #[must_use]
    pub fn name(&self) -> Option<&Word> {
        match self {
            Self::Global | Self::Defaults => None,
            Self::Frontend(name) | Self::Backend(name) | Self::Listen(name) => Some(name),
        }
    }
}
