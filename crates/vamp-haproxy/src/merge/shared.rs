//! Which of the user's `defaults` hold for our gateways, too.
//!
//! A list of what is harmless, not of what does harm: HAProxy gets new keywords, and what shares traffic out, names cookies, reads headers or
//! logs requests has to be what the gateway says.

use crate::document::Line;
use crate::document::view::DefaultServer;

/// Whether a line of the user's unnamed `defaults` holds for the gateways.
pub(super) fn is_shared(line: Line<'_>) -> bool {
    let Some(keyword) = line.keyword() else {
        return false;
    };
    let first = line.arguments().next().map(|first| first.text());
    let first = first.as_deref().unwrap_or_default();
    match &*keyword.token.text() {
        "backlog"
        | "clitcpka-cnt"
        | "clitcpka-idle"
        | "clitcpka-intvl"
        | "errorfile"
        | "errorfiles"
        | "errorloc"
        | "errorloc302"
        | "errorloc303"
        | "fullconn"
        | "http-error"
        | "http-reuse"
        | "log"
        | "max-keep-alive-queue"
        | "maxconn"
        | "retries"
        | "retry-on"
        | "srvtcpka-cnt"
        | "srvtcpka-idle"
        | "srvtcpka-intvl"
        | "timeout" => true,
        "option" => is_shared_option(first),
        "default-server" => DefaultServer::of(line).is_some_and(|server| {
            let mut parameters = server.parameters();
            parameters.all(|parameter| is_shared_parameter(&parameter.name().text()))
        }),
        _ => false,
    }
}

fn is_shared_option(name: &str) -> bool {
    matches!(
        name,
        "abortonclose"
            | "accept-invalid-http-request"
            | "accept-invalid-http-response"
            | "clitcpka"
            | "contstats"
            | "disable-h2-upgrade"
            | "dontlognull"
            | "h1-case-adjust-bogus-client"
            | "h1-case-adjust-bogus-server"
            | "http-buffer-request"
            | "http-ignore-probes"
            | "http-keep-alive"
            | "http-no-delay"
            | "http-pretend-keepalive"
            | "http-server-close"
            | "httpclose"
            | "idle-close-on-response"
            | "independent-streams"
            | "log-health-checks"
            | "log-separate-errors"
            | "redispatch"
            | "socket-stats"
            | "splice-auto"
            | "splice-request"
            | "splice-response"
            | "srvtcpka"
            | "tcp-smart-accept"
            | "tcp-smart-connect"
            | "tcpka"
    )
}

fn is_shared_parameter(name: &str) -> bool {
    matches!(
        name,
        "downinter"
            | "fall"
            | "fastinter"
            | "init-addr"
            | "inter"
            | "pool-low-conn"
            | "pool-max-conn"
            | "pool-purge-delay"
            | "resolve-net"
            | "resolve-opts"
            | "resolve-prefer"
            | "resolvers"
            | "rise"
            | "tcp-ut"
    )
}
