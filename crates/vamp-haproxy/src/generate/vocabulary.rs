//! What stands in the lines of every gateway, allocated once.

use vamp_model::PortKind;

use super::GenerateOptions;
use crate::base::{http_log_format, tcp_log_format, wrapped};
use crate::config::{Directive, Mode, ProxyHeader};
use crate::text::{Text, Word};

/// The path on which proxies between which traffic is shared out tell whether they can serve. It never reaches a service.
const HEALTH_PATH: &str = "/.vamp/proxy-health";

pub(super) struct Vocabulary {
    pub(super) roundrobin: Text,
    leastconn: Text,
    forwardfor: Word,
    monitor_uri: Directive,
    monitor: Word,
    proxy_check: Directive,
    cookie: Word,
    /// With which header connections between proxies begin.
    pub(super) hop_header: ProxyHeader,
    http: OfKind,
    tcp: OfKind,
    virtual_hosts_log_format: Text,
}

/// What differs between HTTP and TCP.
struct OfKind {
    mode: Mode,
    option: Word,
    log_format: Text,
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
            forwardfor: Word::trusted("forwardfor"),
            monitor_uri: Directive::other("monitor-uri", HEALTH_PATH),
            monitor: Word::trusted("monitor"),
            proxy_check: Directive::other("option", &["httpchk GET ", HEALTH_PATH].concat()),
            cookie: Word::trusted("cookie"),
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

    /// As [`Vocabulary::log`], of a frontend that may have encrypted connections: its name is logged the same for all.
    pub(super) fn log_of_virtual_hosts(&self) -> [Directive; 2] {
        [
            Directive::Option(self.http.option.clone()),
            Directive::LogFormat(self.virtual_hosts_log_format.clone()),
        ]
    }

    /// How instances share traffic where nothing else is said.
    pub(super) fn default_balance(&self, kind: PortKind) -> &Text {
        match kind {
            PortKind::Http => &self.roundrobin,
            PortKind::Tcp => &self.leastconn,
        }
    }

    /// Answers to health checks: without a living server, the backend cannot serve. A worker that stops has none any more, but goes on
    /// with the connections that it has, and must not send them away.
    pub(super) fn monitor(&self, backend: &Word) -> [Directive; 2] {
        let fails = ["fail if { nbsrv(", backend.as_str(), ") lt 1 } !{ stopping }"].concat();
        let fails = Directive::Other {
            keyword: self.monitor.clone(),
            arguments: Some(Text::trusted(&fails)),
        };
        [self.monitor_uri.clone(), fails]
    }

    /// Asks the proxies of a backend whether they can serve.
    pub(super) fn proxy_check(&self) -> Directive {
        self.proxy_check.clone()
    }

    /// A cookie of the backend's name leads a client to the same server again. Neither servers nor caches see it.
    pub(super) fn cookie(&self, backend: &Word) -> Directive {
        let arguments = [backend.as_str(), " insert indirect nocache"].concat();
        Directive::Other {
            keyword: self.cookie.clone(),
            arguments: Some(Text::trusted(&arguments)),
        }
    }

    pub(super) fn forwardfor(&self) -> Directive {
        Directive::Option(self.forwardfor.clone())
    }
}
