//! Sections: what they are called, and their place in a document.

use super::{Document, Line, Lines, Token};

/// The kind of a section: its first keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SectionKind {
    /// `global`: settings of the process.
    Global,
    /// `defaults`: what holds for the proxies that follow, or for those that name it with `from`.
    Defaults,
    /// `frontend`: accepts connections.
    Frontend,
    /// `backend`: shares them out among servers.
    Backend,
    /// `listen`: both in one.
    Listen,
    /// `userlist`: users and groups.
    Userlist,
    /// `peers`: other HAProxys to share stick tables with.
    Peers,
    /// `resolvers`: name servers.
    Resolvers,
    /// `mailers`: mail servers for alerts.
    Mailers,
    /// `cache`: a cache of answers.
    Cache,
    /// `program`: a program that the master process runs.
    Program,
    /// `ring`: a buffer for logs and traces.
    Ring,
    /// `http-errors`: a group of error pages.
    HttpErrors,
    /// `log-forward`: receives and forwards logs.
    LogForward,
    /// `log-profile`: forms of log lines (3.1 and newer).
    LogProfile,
    /// `fcgi-app`: a FastCGI application.
    FcgiApp,
    /// `crt-store`: certificates (3.0 and newer).
    CrtStore,
    /// `traces`: settings of traces (3.1 and newer).
    Traces,
    /// `acme`: where certificates are got from (3.2 and newer).
    Acme,
    /// `namespace_list`: network namespaces.
    NamespaceList,
}

impl SectionKind {
    /// The keyword.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Defaults => "defaults",
            Self::Frontend => "frontend",
            Self::Backend => "backend",
            Self::Listen => "listen",
            Self::Userlist => "userlist",
            Self::Peers => "peers",
            Self::Resolvers => "resolvers",
            Self::Mailers => "mailers",
            Self::Cache => "cache",
            Self::Program => "program",
            Self::Ring => "ring",
            Self::HttpErrors => "http-errors",
            Self::LogForward => "log-forward",
            Self::LogProfile => "log-profile",
            Self::FcgiApp => "fcgi-app",
            Self::CrtStore => "crt-store",
            Self::Traces => "traces",
            Self::Acme => "acme",
            Self::NamespaceList => "namespace_list",
        }
    }

    /// The kind that a keyword begins, if it begins one. Section 2.1 of the configuration manual: such a keyword has this meaning
    /// wherever it stands.
    #[must_use]
    pub fn of(keyword: &str) -> Option<Self> {
        Some(match keyword {
            "global" => Self::Global,
            "defaults" => Self::Defaults,
            "frontend" => Self::Frontend,
            "backend" => Self::Backend,
            "listen" => Self::Listen,
            "userlist" => Self::Userlist,
            "peers" => Self::Peers,
            "resolvers" => Self::Resolvers,
            "mailers" => Self::Mailers,
            "cache" => Self::Cache,
            "program" => Self::Program,
            "ring" => Self::Ring,
            "http-errors" => Self::HttpErrors,
            "log-forward" => Self::LogForward,
            "log-profile" => Self::LogProfile,
            "fcgi-app" => Self::FcgiApp,
            "crt-store" => Self::CrtStore,
            "traces" => Self::Traces,
            "acme" => Self::Acme,
            "namespace_list" => Self::NamespaceList,
            _ => return None,
        })
    }

    /// Whether HAProxy refuses such a section without a name.
    #[must_use]
    pub const fn needs_name(self) -> bool {
        !matches!(
            self,
            Self::Global | Self::Defaults | Self::CrtStore | Self::Traces | Self::NamespaceList
        )
    }

    /// Whether such a section may have a name.
    #[must_use]
    pub const fn takes_name(self) -> bool {
        !matches!(self, Self::Global | Self::Traces | Self::NamespaceList)
    }
}

/// Where a section begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Start {
    /// The index of its first line.
    pub(super) line: u32,
    pub(super) kind: SectionKind,
}

/// A section of a document.
#[derive(Debug, Clone, Copy)]
pub struct Section<'d> {
    document: &'d Document,
    index: usize,
    start: Start,
}

impl<'d> Section<'d> {
    pub(super) fn of(document: &'d Document, index: usize) -> Option<Self> {
        let start = *document.starts().get(index)?;
        Some(Self {
            document,
            index,
            start,
        })
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> SectionKind {
        self.start.kind
    }

    /// Its first line.
    #[must_use]
    pub fn header(&self) -> Line<'d> {
        self.document.line_at(self.start.line as usize)
    }

    /// Its name, when it has one.
    #[must_use]
    pub fn name(&self) -> Option<Token<'d>> {
        self.header().arguments().next()
    }

    /// Whether it has this name.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.name().is_some_and(|token| token.is(name))
    }

    /// The `defaults` section that it names with `from`.
    #[must_use]
    pub fn from(&self) -> Option<Token<'d>> {
        let mut after_name = self.header().arguments().skip(1);
        after_name.next().filter(|word| word.is("from"))?;
        after_name.next()
    }

    /// The lines after its first, up to the next section or the end: comments and conditional blocks, too.
    #[must_use]
    pub fn lines(&self) -> Lines<'d> {
        Lines::between(self.document, self.start.line as usize + 1, self.end())
    }

    /// Whether the two are written alike, comments and blank lines included: then they read alike.
    pub(crate) fn is_written_like(&self, other: &Section<'_>) -> bool {
        match (self.written(), other.written()) {
            (Some(this), Some(other)) => this == other,
            _ => {
                self.header().text() == other.header().text()
                    && self
                        .lines()
                        .map(|line| line.text())
                        .eq(other.lines().map(|line| line.text()))
            }
        }
    }

    /// Its text from its first line to the next section, where nothing was edited.
    fn written(&self) -> Option<&'d str> {
        self.document.between(self.start.line as usize..self.end())
    }

    /// The index of the line after its last.
    fn end(&self) -> usize {
        self.document
            .starts()
            .get(self.index + 1)
            .map_or(self.document.line_count(), |next| next.line as usize)
    }
}
