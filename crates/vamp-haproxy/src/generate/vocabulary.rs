//! What stands in the lines of every gateway, allocated once.

use vamp_model::PortKind;

use super::GenerateOptions;
use crate::base::{http_log_format, tcp_log_format, wrapped};
use crate::config::{Directive, Mode, ProxyHeader};
use crate::text::{Text, Word};

/// The path on which proxies between which traffic is shared out tell whether they can serve. It never reaches a service.
const HEALTH_PATH: &str = "/.vamp/proxy-health";

pub(super) struct Vocabulary {
    pub(super) roundrobin: Text<'static>,
    leastconn: Text<'static>,
    proxy_check: String,
    /// With which header connections between proxies begin.
    pub(super) hop_header: ProxyHeader,
    http: OfKind,
    tcp: OfKind,
    virtual_hosts_log_format: Text<'static>,
}

/// What differs between HTTP and TCP.
struct OfKind {
    mode: Mode,
    option: Word<'static>,
    log_format: Text<'static>,
}

impl Vocabulary {
    pub(super) fn new(options: &GenerateOptions) -> Self {
        let of_kind = |mode, option, log_format| OfKind {
            mode,
            option: Word::trusted(option),
            log_format: wrapped(log_format),
        };
        Self {
            roundrobin: Text::trusted("roundrobin"),
            leastconn: Text::trusted("leastconn"),
            proxy_check: ["httpchk GET ", HEALTH_PATH].concat(),
            hop_header: options.hop_header,
            http: of_kind(Mode::Http, "httplog", http_log_format()),
            virtual_hosts_log_format: match options.encrypted_virtual_hosts {
                Some(_) => wrapped(&http_log_format().replace("%ft", "%f")),
                None => wrapped(http_log_format()),
            },
            tcp: of_kind(Mode::Tcp, "tcplog", tcp_log_format()),
        }
    }

    fn of(&self, kind: PortKind) -> &OfKind {
        match kind {
            PortKind::Http => &self.http,
            PortKind::Tcp => &self.tcp,
        }
    }

    pub(super) fn mode(&self, kind: PortKind) -> Directive<'_> {
        Directive::Mode(self.of(kind).mode)
    }

    /// What is logged, and how.
    pub(super) fn log(&self, kind: PortKind) -> [Directive<'_>; 2] {
        let of_kind = self.of(kind);
        [
            Directive::Option(of_kind.option.by_ref()),
            Directive::LogFormat(of_kind.log_format.by_ref()),
        ]
    }

    /// As [`Vocabulary::log`], of a frontend that may have encrypted connections: its name is logged the same for all.
    pub(super) fn log_of_virtual_hosts(&self) -> [Directive<'_>; 2] {
        [
            Directive::Option(self.http.option.by_ref()),
            Directive::LogFormat(self.virtual_hosts_log_format.by_ref()),
        ]
    }

    /// How instances share traffic where nothing else is said.
    pub(super) fn default_balance(&self, kind: PortKind) -> &Text<'_> {
        match kind {
            PortKind::Http => &self.roundrobin,
            PortKind::Tcp => &self.leastconn,
        }
    }

    /// Asks the proxies of a backend whether they can serve.
    pub(super) fn proxy_check(&self) -> Directive<'_> {
        Directive::other("option", self.proxy_check.as_str())
    }
}

/// Answers to health checks: without a living server, the backend cannot serve. A worker that stops has none any more, but goes on
/// with the connections that it has, and must not send them away.
pub(super) fn monitor(backend: &Word<'_>) -> [Directive<'static>; 2] {
    let fails = ["fail if { nbsrv(", backend.as_str(), ") lt 1 } !{ stopping }"].concat();
    [
        Directive::other("monitor-uri", HEALTH_PATH),
        Directive::other("monitor", fails),
    ]
}

/// Connections within HAProxy are ended by the side that sends requests. If the other side ended them where nothing came for a while, it
/// could do so at the moment of the next request, which HAProxy then drops without an answer. They end with the connection of the client.
pub(super) fn kept() -> [Directive<'static>; 2] {
    ["client 1h", "http-keep-alive 1h"].map(|limit| Directive::other("timeout", limit))
}

/// For a backend whose servers are proxies of this process: a client's connections to them are its own, and end with it.
///
/// Over a hop that tells the client's address nobody else could use them, and HAProxy would keep them by default, half of them for 5 s, half of
/// the rest for 5 s more, and so on: as long, no worker that was told to stop could end. And a gateway that leads to another one reaches
/// a frontend that serves users, too, and ends what is idle by their limits: of connections that clients share, some are idle for long
/// while the clients are not, and are taken just as they end.
pub(super) fn unshared() -> Directive<'static> {
    Directive::other("http-reuse", "never")
}

/// A cookie of the backend's name leads a client to the same server again. Neither servers nor caches see it.
pub(super) fn cookie(backend: &Word<'_>) -> Directive<'static> {
    Directive::other("cookie", [backend.as_str(), " insert indirect nocache"].concat())
}

pub(super) fn forwardfor() -> Directive<'static> {
    Directive::Option(Word::trusted("forwardfor"))
}
