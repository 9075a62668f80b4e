//! Reading: the typed lines of a text that was written from typed lines.

use std::iter::FusedIterator;
use std::str::SplitTerminator;

use super::{Comment, Directive, Label, Line, Mode, ProxyHeader, Section, Server};
use crate::text::{Text, Word, is_word};

/// The lines of a [`Config`](super::Config).
///
/// They borrow from it. Each prints as it stands there; what was written as [`Directive::Other`] and has a type of its own comes back as
/// that type.
#[derive(Debug, Clone)]
pub struct Lines<'t> {
    texts: SplitTerminator<'t, char>,
    left: usize,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str, count: usize) -> Self {
        Self {
            texts: text.split_terminator('\n'),
            left: count,
        }
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = Line<'t>;

    fn next(&mut self) -> Option<Line<'t>> {
        let text = self.texts.next()?;
        self.left = self.left.saturating_sub(1);
        Some(Line::read(text))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Lines<'_> {}

impl FusedIterator for Lines<'_> {}

impl<'t> Line<'t> {
    fn read(text: &'t str) -> Self {
        if text.is_empty() {
            Self::Blank
        } else if let Some(comment) = text.strip_prefix("  # ") {
            Self::Comment(Comment::read(true, comment))
        } else if let Some(comment) = text.strip_prefix("# ") {
            Self::Comment(Comment::read(false, comment))
        } else if let Some(directive) = text.strip_prefix("  ") {
            Self::Directive(Directive::read(directive))
        } else {
            Section::read(text).map_or_else(|| Self::Directive(Directive::read(text)), Self::Section)
        }
    }
}

impl<'t> Comment<'t> {
    fn read(indented: bool, text: &'t str) -> Self {
        let labelled = Label::ALL.iter().find_map(|label| {
            let name = text.strip_prefix(label.as_str())?;
            Some((*label, name))
        });
        let (label, text) = labelled.unwrap_or((Label::None, text));
        Self {
            indented,
            label,
            text: Text::trusted(text),
        }
    }
}

impl<'t> Section<'t> {
    fn read(text: &'t str) -> Option<Self> {
        Some(match text.split_once(' ') {
            None if text == "global" => Self::Global,
            None if text == "defaults" => Self::Defaults,
            Some(("frontend", name)) => Self::Frontend(word(name)?),
            Some(("backend", name)) => Self::Backend(word(name)?),
            Some(("listen", name)) => Self::Listen(word(name)?),
            _ => return None,
        })
    }
}

impl<'t> Directive<'t> {
    fn read(text: &'t str) -> Self {
        let (keyword, arguments) = match text.split_once(' ') {
            Some((keyword, arguments)) => (keyword, Some(arguments)),
            None => (text, None),
        };
        arguments
            .and_then(|arguments| Self::known(keyword, arguments))
            .unwrap_or_else(|| Self::Other {
                keyword: Word::trusted(keyword),
                arguments: arguments.map(Text::trusted),
            })
    }

    /// A directive with a type of its own, if it says nothing that the type has no place for.
    fn known(keyword: &str, arguments: &'t str) -> Option<Self> {
        Some(match keyword {
            "mode" => Self::Mode(match arguments {
                "http" => Mode::Http,
                "tcp" => Mode::Tcp,
                _ => return None,
            }),
            "bind" => {
                let address = arguments.strip_suffix(" accept-proxy");
                Self::Bind {
                    address: word(address.unwrap_or(arguments))?,
                    accept_proxy: address.is_some(),
                }
            }
            "option" => Self::Option(word(arguments)?),
            "log-format" => Self::LogFormat(Text::trusted(arguments)),
            "acl" => {
                let (name, definition) = arguments.split_once(' ')?;
                Self::Acl {
                    name: word(name)?,
                    definition: Text::trusted(definition),
                }
            }
            "use_backend" => {
                let (backend, condition) = match arguments.split_once(" if ") {
                    Some((backend, condition)) => (backend, Some(Text::trusted(condition))),
                    None => (arguments, None),
                };
                Self::UseBackend {
                    backend: word(backend)?,
                    condition,
                }
            }
            "default_backend" => Self::DefaultBackend(word(arguments)?),
            "balance" => Self::Balance(Text::trusted(arguments)),
            "http-request" => Self::HttpRequest(Text::trusted(arguments)),
            "server" => Self::Server(Server::read(arguments)?),
            _ => return None,
        })
    }
}

impl<'t> Server<'t> {
    fn read(arguments: &'t str) -> Option<Self> {
        let mut words = arguments.split(' ').peekable();
        let mut server = Self::new(word(words.next()?)?, word(words.next()?)?);
        let header = |text: &&str| {
            [ProxyHeader::V1, ProxyHeader::V2]
                .into_iter()
                .find(|header| header.as_str() == *text)
        };
        server.proxy_header = words.peek().and_then(header);
        if server.proxy_header.is_some() {
            words.next();
        }
        if words.next_if_eq(&"cookie").is_some() {
            server.cookie = Some(word(words.next()?)?);
        }
        if words.next_if_eq(&"weight").is_some() {
            let written = words.next()?;
            let weight: u16 = written.parse().ok()?;
            if weight.to_string() != written {
                return None;
            }
            server.weight = Some(weight);
        }
        server.check = words.next_if_eq(&"check").is_some();
        if words.next_if_eq(&"cookie").is_some() {
            server.trailing_cookie = Some(word(words.next()?)?);
        }
        words.next().is_none().then_some(server)
    }
}

fn word(text: &str) -> Option<Word<'_>> {
    is_word(text).then(|| Word::trusted(text))
}
