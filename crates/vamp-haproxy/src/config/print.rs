use std::fmt::{self, Display, Formatter, Write as _};

use super::{Config, Directive, Line, Mode, Parameter, Section, Server};

impl Display for Config {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some((last, lines)) = self.lines.split_last() else {
            return Ok(());
        };
        for line in lines {
            line.fmt(f)?;
            f.write_char('\n')?;
        }
        last.fmt(f)?;
        if self.unterminated {
            Ok(())
        } else {
            f.write_char('\n')
        }
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => Ok(()),
            Self::Comment { indented, text } => {
                f.write_str(if *indented { "  # " } else { "# " })?;
                f.write_str(text.as_str())
            }
            Self::Section(section) => section.fmt(f),
            Self::Directive(directive) => {
                f.write_str("  ")?;
                directive.fmt(f)
            }
            Self::Verbatim(text) => f.write_str(text.as_str()),
        }
    }
}

impl Display for Section {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (keyword, name) = match self {
            Self::Global => return f.write_str("global"),
            Self::Defaults => return f.write_str("defaults"),
            Self::Frontend(name) => ("frontend ", name),
            Self::Backend(name) => ("backend ", name),
            Self::Listen(name) => ("listen ", name),
        };
        f.write_str(keyword)?;
        f.write_str(name.as_str())
    }
}

impl Display for Directive {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mode(mode) => write_words(f, &["mode", mode.as_str()]),
            Self::Bind {
                address,
                accept_proxy,
            } => {
                write_words(f, &["bind", address.as_str()])?;
                if *accept_proxy {
                    f.write_str(" accept-proxy")
                } else {
                    Ok(())
                }
            }
            Self::Option(name) => write_words(f, &["option", name.as_str()]),
            Self::LogFormat(format) => write_words(f, &["log-format", format.as_str()]),
            Self::Acl { name, definition } => write_words(f, &["acl", name.as_str(), definition.as_str()]),
            Self::UseBackend { backend, condition } => {
                write_words(f, &["use_backend", backend.as_str()])?;
                match condition {
                    Some(condition) => write_words(f, &[" if", condition.as_str()]),
                    None => Ok(()),
                }
            }
            Self::DefaultBackend(backend) => write_words(f, &["default_backend", backend.as_str()]),
            Self::Balance(algorithm) => write_words(f, &["balance", algorithm.as_str()]),
            Self::HttpRequest(rule) => write_words(f, &["http-request", rule.as_str()]),
            Self::Server(server) => server.fmt(f),
            Self::Other { keyword, arguments } => {
                f.write_str(keyword.as_str())?;
                match arguments {
                    Some(arguments) => write_words(f, &["", arguments.as_str()]),
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

impl Display for Server {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_words(f, &["server", self.name.as_str(), self.address.as_str()])?;
        for parameter in &self.parameters {
            f.write_char(' ')?;
            parameter.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Parameter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::SendProxy => f.write_str("send-proxy"),
            Self::SendProxyV2 => f.write_str("send-proxy-v2"),
            Self::Cookie(value) => write_words(f, &["cookie", value.as_str()]),
            Self::Weight(weight) => write!(f, "weight {weight}"),
            Self::Check => f.write_str("check"),
            Self::Other(word) => f.write_str(word.as_str()),
        }
    }
}

/// Writes words with one blank between them. Much faster than the formatting macros, of which a line would need several.
fn write_words(f: &mut Formatter<'_>, words: &[&str]) -> fmt::Result {
    for (position, word) in words.iter().enumerate() {
        if position > 0 {
            f.write_char(' ')?;
        }
        f.write_str(word)?;
    }
    Ok(())
}
