//! Which lines say the same setting.

use crate::document::Line;

/// The setting that a line of `global` says, so that it takes the place of ours. None for lines that add something.
///
/// Of some keywords HAProxy takes the last line, of others (`maxconn`) the first: so only one may be left.
pub(super) fn of_global(line: Line<'_>) -> Option<String> {
    let keyword = line.keyword()?.token.text();
    match &*keyword {
        // Each line says something of its own, or adds to the others.
        "log"
        | "cpu-map"
        | "h1-case-adjust"
        | "lua-load"
        | "lua-load-per-thread"
        | "lua-prepend-path"
        | "presetenv"
        | "resetenv"
        | "set-var"
        | "set-var-fmt"
        | "setenv"
        | "ssl-default-bind-options"
        | "ssl-default-server-options"
        | "ssl-engine"
        | "ssl-provider"
        | "thread-group"
        | "unix-bind"
        | "unsetenv" => None,
        "stats" => match line.arguments().next() {
            Some(first) if !first.is("socket") => Some(format!("stats {}", first.text())),
            _ => None,
        },
        // HAProxy has one place for the two.
        "gid" => Some("group".to_owned()),
        "tune.ssl.capture-cipherlist-size" => Some("tune.ssl.capture-buffer-size".to_owned()),
        _ => Some(keyword.into_owned()),
    }
}

/// Whether HAProxy takes one line of a setting of `global`, and complains of a second. Of the others it takes the last.
pub(super) fn is_taken_once(setting: &str) -> bool {
    matches!(
        setting,
        "ca-base"
            | "cluster-secret"
            | "crt-base"
            | "fd-hard-limit"
            | "group"
            // From 3.0 on.
            | "key-base"
            | "log-send-hostname"
            | "maxconn"
            | "maxconnrate"
            | "maxpipes"
            | "maxsessrate"
            | "maxsslrate"
            | "server-state-base"
            | "server-state-file"
            | "spread-checks"
            | "tune.maxaccept"
            | "tune.maxpollevents"
            | "tune.rcvbuf.client"
            | "tune.rcvbuf.server"
            | "tune.runqueue-depth"
            | "tune.sndbuf.client"
            | "tune.sndbuf.server"
            | "tune.ssl.capture-buffer-size"
            | "ulimit-n"
    )
}

/// The setting that a line of `defaults` says.
pub(super) fn of_defaults(line: Line<'_>) -> Option<String> {
    let keyword = line.keyword()?.token.text();
    let first = line.arguments().next().map(|first| first.text());
    let first = first.as_deref().unwrap_or_default();
    match &*keyword {
        // What is said adds up, parameter by parameter or rule by rule.
        "acl"
        | "default-server"
        | "http-after-response"
        | "http-check"
        | "http-error"
        | "http-request"
        | "http-response"
        | "tcp-check"
        | "tcp-request"
        | "tcp-response" => None,
        "log" => (first == "global").then(|| "log global".to_owned()),
        "option" => Some(format!("option {}", option(first))),
        "errorfile" | "errorloc" | "errorloc302" | "errorloc303" => Some(format!("errorfile {first}")),
        "compression" | "email-alert" | "external-check" | "rate-limit" | "stats" | "timeout" => {
            Some(format!("{keyword} {first}"))
        }
        _ => Some(keyword.into_owned()),
    }
}

/// Options of which HAProxy has one at a time are one setting.
fn option(name: &str) -> &str {
    match name {
        "httpclose" | "http-server-close" | "http-tunnel" | "forceclose" => "http-keep-alive",
        "httpslog" | "tcplog" => "httplog",
        "external-check" | "ldap-check" | "mysql-check" | "pgsql-check" | "redis-check" | "smtpchk"
        | "spop-check" | "ssl-hello-chk" | "tcp-check" => "httpchk",
        other => other,
    }
}
