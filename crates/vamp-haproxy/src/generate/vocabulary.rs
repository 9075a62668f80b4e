//! What stands in the lines of every gateway, allocated once.

use vamp_model::PortKind;

use crate::base::{http_log_format, tcp_log_format, wrapped};
use crate::config::{Directive, Mode};
use crate::text::{Text, Word};

pub(super) struct Vocabulary {
    pub(super) roundrobin: Text,
    leastconn: Text,
    forwardfor: Word,
    http: OfKind,
    tcp: OfKind,
}

/// What differs between HTTP and TCP.
struct OfKind {
    mode: Mode,
    option: Word,
    log_format: Text,
}

impl Vocabulary {
    pub(super) fn new() -> Self {
        let of_kind = |mode, option, log_format| OfKind {
            mode,
            option: Word::trusted(option),
            log_format: wrapped(log_format),
        };
        Self {
            roundrobin: Text::trusted("roundrobin"),
            leastconn: Text::trusted("leastconn"),
            forwardfor: Word::trusted("forwardfor"),
            http: of_kind(Mode::Http, "httplog", http_log_format()),
            tcp: of_kind(Mode::Tcp, "tcplog", tcp_log_format()),
        }
    }

    fn of(&self, kind: PortKind) -> &OfKind {
        match kind {
            PortKind::Http => &self.http,
            PortKind::Tcp => &self.tcp,
        }
    }

    pub(super) fn mode(&self, kind: PortKind) -> Directive {
        Directive::Mode(self.of(kind).mode)
    }

    /// What is logged, and how.
    pub(super) fn log(&self, kind: PortKind) -> [Directive; 2] {
        let of_kind = self.of(kind);
        [
            Directive::Option(of_kind.option.clone()),
            Directive::LogFormat(of_kind.log_format.clone()),
        ]
    }

    /// How instances share traffic where nothing else is said.
    pub(super) fn default_balance(&self, kind: PortKind) -> &Text {
        match kind {
            PortKind::Http => &self.roundrobin,
            PortKind::Tcp => &self.leastconn,
        }
    }

    pub(super) fn forwardfor(&self) -> Directive {
        Directive::Option(self.forwardfor.clone())
    }
}
