use super::Directive;
use crate::text::{Text, Word};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line<'t> {
    /// Nothing.
    Blank,
    /// A comment.
    Comment(Comment<'t>),
    /// The first line of a section.
    Section(Section<'t>),
    /// A line of a section, two blanks before it.
    Directive(Directive<'t>),
}

/// `# label: text`, two blanks before it when it stands within a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment<'t> {
    /// Whether two blanks stand before it.
    pub indented: bool,
    /// What the text is the name of.
    pub label: Label,
    /// The text; that of a comment without label does not begin like one with.
    pub text: Text<'t>,
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
pub enum Section<'t> {
    /// `global`: settings of the process.
    Global,
    /// `defaults`: what holds for the proxies that follow.
    Defaults,
    /// `frontend NAME`: accepts connections.
    Frontend(Word<'t>),
    /// `backend NAME`: shares them out among servers.
    Backend(Word<'t>),
    /// `listen NAME`: both in one.
    Listen(Word<'t>),
}

impl<'t> Line<'t> {
    /// A comment within a section.
    #[must_use]
    pub fn note(label: Label, text: Text<'t>) -> Self {
        Self::Comment(Comment {
            indented: true,
            label,
            text,
        })
    }

    /// A comment before a section.
    #[must_use]
    pub fn heading(label: Label, text: Text<'t>) -> Self {
        Self::Comment(Comment {
            indented: false,
            label,
            text,
        })
    }
}

impl<'t> From<Section<'t>> for Line<'t> {
    fn from(section: Section<'t>) -> Self {
        Self::Section(section)
    }
}

impl<'t> From<Directive<'t>> for Line<'t> {
    fn from(directive: Directive<'t>) -> Self {
        Self::Directive(directive)
    }
}

impl Label {
    /// Those that stand before a name.
    pub(super) const ALL: [Self; 4] = [Self::Frontend, Self::Backend, Self::Server, Self::Destination];

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

impl<'t> Section<'t> {
    /// The name of a proxy's section.
    #[must_use]
    pub fn name(&self) -> Option<&Word<'t>> {
        match self {
            Self::Global | Self::Defaults => None,
            Self::Frontend(name) | Self::Backend(name) | Self::Listen(name) => Some(name),
        }
    }
}
