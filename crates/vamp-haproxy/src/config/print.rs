//! Printing: everything is written behind the end of a text, which cannot fail and calls nobody for a single word.

use std::fmt::{self, Display, Formatter};

use super::{Comment, Directive, Line, Mode, ProxyHeader, Section, Server};
macro_rules! displays_what_it_writes {
    ($($type:ident),*) => {
        $(impl Display for $type<'_> {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                let mut text = String::new();
                self.write(&mut text);
                f.write_str(&text)
            }
        })*
    };
}

displays_what_it_writes!(Line, Comment, Section, Directive, Server);

impl Line<'_> {
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::Blank => {}
            Self::Comment(comment) => comment.write(out),
            Self::Section(section) => section.write(out),
            Self::Directive(directive) => {
                out.push_str("  ");
                directive.write(out);
            }
        }
    }
}

impl Comment<'_> {
    fn write(&self, out: &mut String) {
        out.push_str(if self.indented { "  # " } else { "# " });
        out.push_str(self.label.as_str());
        out.push_str(self.text.as_str());
    }
}

impl Section<'_> {
    fn write(&self, out: &mut String) {
        match self {
            Self::Global => out.push_str("global"),
            Self::Defaults => out.push_str("defaults"),
            Self::Frontend(name) => write_all(out, ["frontend ", name.as_str()]),
            Self::Backend(name) => write_all(out, ["backend ", name.as_str()]),
            Self::Listen(name) => write_all(out, ["listen ", name.as_str()]),
        }
    }
}

impl Directive<'_> {
    fn write(&self, out: &mut String) {
        match self {
            Self::Mode(mode) => write_all(out, ["mode ", mode.as_str()]),
            Self::Bind {
                address,
                accept_proxy,
            } => {
                let flag = if *accept_proxy { " accept-proxy" } else { "" };
                write_all(out, ["bind ", address.as_str(), flag]);
            }
            Self::Option(name) => write_all(out, ["option ", name.as_str()]),
            Self::LogFormat(format) => write_all(out, ["log-format ", format.as_str()]),
            Self::Acl { name, definition } => {
                write_all(out, ["acl ", name.as_str(), " ", definition.as_str()]);
            }
            Self::UseBackend { backend, condition } => {
                write_all(out, ["use_backend ", backend.as_str()]);
                if let Some(condition) = condition {
                    write_all(out, [" if ", condition.as_str()]);
                }
            }
            Self::DefaultBackend(backend) => write_all(out, ["default_backend ", backend.as_str()]),
            Self::Balance(algorithm) => write_all(out, ["balance ", algorithm.as_str()]),
            Self::HttpRequest(rule) => write_all(out, ["http-request ", rule.as_str()]),
            Self::Server(server) => server.write(out),
            Self::Other { keyword, arguments } => {
                out.push_str(keyword.as_str());
                if let Some(arguments) = arguments {
                    write_all(out, [" ", arguments.as_str()]);
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

impl Server<'_> {
    fn write(&self, out: &mut String) {
        write_all(out, ["server ", self.name.as_str(), " ", self.address.as_str()]);
        if let Some(header) = self.proxy_header {
            write_all(out, [" ", header.as_str()]);
        }
        if let Some(value) = &self.cookie {
            write_all(out, [" cookie ", value.as_str()]);
        }
        if let Some(weight) = self.weight {
            // Formatting with the standard library takes as long as the rest of the line.
            write_all(out, [" weight ", itoa::Buffer::new().format(weight)]);
        }
        if self.check {
            out.push_str(" check");
        }
        if let Some(value) = &self.trailing_cookie {
            write_all(out, [" cookie ", value.as_str()]);
        }
    }
}

fn write_all<const N: usize>(out: &mut String, pieces: [&str; N]) {
    for piece in pieces {
        out.push_str(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Word;

    #[test]
    fn every_number_is_written_as_the_standard_library_writes_it() {
        let mut server = Server::new(Word::trusted("s"), Word::trusted("10.0.0.1:80"));
        for number in 0..=u16::MAX {
            server.weight = Some(number);
            assert_eq!(
                server.to_string(),
                format!("server s 10.0.0.1:80 weight {number}")
            );
        }
    }
}
