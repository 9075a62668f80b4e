use super::Directive;
use crate::text::{Text, Word};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Nothing.
    Blank,
    /// A comment.
    Comment(Comment),
    /// The first line of a section.
    Section(Section),
    /// A line of a section, two blanks before it.
    Directive(Directive),
}

/// `# label: text`, two blanks before it when it stands within a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Whether two blanks stand before it.
    pub indented: bool,
    /// What the text is the name of.
    pub label: Label,
    /// The text; that of a comment without label does not begin like one with.
    pub text: Text,
}

/// What the text of a comment is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// It is no name.
    None,
    /// `frontend: `
    Frontend,
    /// `backend: `
    Backend,
    /// `server: `
    Server,
    /// `destination: `
    Destination,
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
    pub fn note(label: Label, text: Text) -> Self {
        Self::Comment(Comment {
            indented: true,
            label,
            text,
        })
    }

    /// A comment before a section.
    #[must_use]
    pub fn heading(label: Label, text: Text) -> Self {
        Self::Comment(Comment {
            indented: false,
            label,
            text,
        })
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

impl Label {
    /// What stands between `# ` and the text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Frontend => "frontend: ",
            Self::Backend => "backend: ",
            Self::Server => "server: ",
            Self::Destination => "destination: ",
        }
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
