//! Printing: everything is written to any [`Write`], so that strings grow without a call through a table for each word.

use std::fmt::{self, Display, Formatter, Write};

use super::{Comment, Config, Directive, Line, Mode, ProxyHeader, Section, Server};

/// A configuration is handed on in pieces of about this size.
const PIECE: usize = 64 * 1024;

impl Display for Config {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut piece = String::with_capacity(PIECE.min(self.lines.len() * 64) + 1024);
        for line in &self.lines {
            line.write(&mut piece)?;
            piece.push('\n');
            if piece.len() >= PIECE {
                f.write_str(&piece)?;
                piece.clear();
            }
        }
        f.write_str(&piece)
    }
}

macro_rules! displays_what_it_writes {
    ($($type:ty),*) => {
        $(impl Display for $type {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                self.write(f)
            }
        })*
    };
}

displays_what_it_writes!(Line, Comment, Section, Directive, Server);

impl Line {
    fn write(&self, out: &mut impl Write) -> fmt::Result {
        match self {
            Self::Blank => Ok(()),
            Self::Comment(comment) => comment.write(out),
            Self::Section(section) => section.write(out),
            Self::Directive(directive) => {
                out.write_str("  ")?;
                directive.write(out)
            }
        }
    }
}

impl Comment {
    fn write(&self, out: &mut impl Write) -> fmt::Result {
        out.write_str(if self.indented { "  # " } else { "# " })?;
        out.write_str(self.label.as_str())?;
        out.write_str(self.text.as_str())
    }
}

impl Section {
    fn write(&self, out: &mut impl Write) -> fmt::Result {
        let (keyword, name) = match self {
            Self::Global => return out.write_str("global"),
            Self::Defaults => return out.write_str("defaults"),
            Self::Frontend(name) => ("frontend ", name),
            Self::Backend(name) => ("backend ", name),
            Self::Listen(name) => ("listen ", name),
        };
        out.write_str(keyword)?;
        out.write_str(name.as_str())
    }
}

impl Directive {
    fn write(&self, out: &mut impl Write) -> fmt::Result {
        match self {
            Self::Mode(mode) => write_words(out, ["mode", mode.as_str()]),
            Self::Bind {
                address,
                accept_proxy,
            } => {
                write_words(out, ["bind", address.as_str()])?;
                out.write_str(if *accept_proxy { " accept-proxy" } else { "" })
            }
            Self::Option(name) => write_words(out, ["option", name.as_str()]),
            Self::LogFormat(format) => write_words(out, ["log-format", format.as_str()]),
            Self::Acl { name, definition } => write_words(out, ["acl", name.as_str(), definition.as_str()]),
            Self::UseBackend { backend, condition } => {
                write_words(out, ["use_backend", backend.as_str()])?;
                match condition {
                    Some(condition) => write_words(out, [" if", condition.as_str()]),
                    None => Ok(()),
                }
            }
            Self::DefaultBackend(backend) => write_words(out, ["default_backend", backend.as_str()]),
            Self::Balance(algorithm) => write_words(out, ["balance", algorithm.as_str()]),
            Self::HttpRequest(rule) => write_words(out, ["http-request", rule.as_str()]),
            Self::Server(server) => server.write(out),
            Self::Other { keyword, arguments } => {
                out.write_str(keyword.as_str())?;
                match arguments {
                    Some(arguments) => write_words(out, ["", arguments.as_str()]),
                    None => Ok(()),
                }
            }
        }
    }
}

impl Mode {
    /// The word in a configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
        }
    }
}

impl ProxyHeader {
    /// The word in a configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "send-proxy",
            Self::V2 => "send-proxy-v2",
        }
    }
}

impl Server {
    fn write(&self, out: &mut impl Write) -> fmt::Result {
        write_words(out, ["server", self.name.as_str(), self.address.as_str()])?;
        if let Some(header) = self.proxy_header {
            write_words(out, ["", header.as_str()])?;
        }
        if let Some(value) = &self.cookie {
            write_words(out, [" cookie", value.as_str()])?;
        }
        if let Some(weight) = self.weight {
            write!(out, " weight {weight}")?;
        }
        if self.check {
            out.write_str(" check")?;
        }
        match &self.trailing_cookie {
            Some(value) => write_words(out, [" cookie", value.as_str()]),
            None => Ok(()),
        }
    }
}

/// Writes words with one blank between them.
fn write_words<const N: usize>(out: &mut impl Write, words: [&str; N]) -> fmt::Result {
    for (position, word) in words.into_iter().enumerate() {
        if position > 0 {
            out.write_char(' ')?;
        }
        out.write_str(word)?;
    }
    Ok(())
}
