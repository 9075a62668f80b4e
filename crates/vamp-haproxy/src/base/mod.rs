//! The part of a configuration that comes before the gateways: `global`, `defaults` and the statistics page.
//!
//! For HAProxy 2.4 and newer. What the process needs for its own place — process id file, master socket — is given on its command
//! line and not here.

mod log_format;
mod options;

pub use log_format::{http_log_format, tcp_log_format};
pub use options::{
    BaseOptions, Credentials, InvalidCredentials, LogTarget, Statistics, Timeouts, TlsDefaults, TlsVersion,
};

use std::path::Path;
use std::time::Duration;

use crate::Config;
use crate::config::{Directive, Line, Mode, Section};
use crate::text::{Text, Word, quoted};

/// HAProxy cuts log lines at 1024 bytes unless it is told otherwise; a long request line must not break its JSON.
const LONGEST_LOG_LINE: u32 = 8192;

/// Open files are enough for some 16,000 clients: one and the two ends of each hop.
const MOST_OPEN_FILES: &str = "100000";

/// The base of a configuration.
///
/// ```
/// use vamp_haproxy::base::{BaseOptions, base};
///
/// let text = base(&BaseOptions::default()).to_string();
/// assert!(text.contains("option idle-close-on-response"));
/// ```
#[must_use]
pub fn base(options: &BaseOptions) -> Config {
    let mut config = Config::new();
    global(&mut config, options);
    config.push(Line::Blank);
    defaults(&mut config, options);
    if let Some(statistics) = &options.statistics {
        config.push(Line::Blank);
        listen_statistics(&mut config, statistics);
    }
    config
}

fn global(config: &mut Config, options: &BaseOptions) {
    config.push(Section::Global);
    if let Some(log) = &options.log {
        config.push(Directive::other(
            "log",
            format!("{log} len {LONGEST_LOG_LINE} local0"),
        ));
    }
    if let Some(socket) = &options.stats_socket {
        let socket = quoted(&format!("unix@{}", socket.display()));
        let arguments = format!("socket {socket} mode 600 level admin expose-fd listeners");
        config.push(Directive::other("stats", arguments));
    }
    match options.max_connections {
        Some(connections) => {
            config.push(Directive::other("maxconn", connections.to_string()));
            // A machine with a low limit of open files serves as many connections as that allows.
            config.push(Directive::other("no", "strict-limits"));
        }
        None => {
            // Container engines set limits of a billion, and HAProxy would reserve memory for each. Older ones do not know the keyword.
            config.push(Directive::other(".if", "version_atleast(2.6)"));
            config.push(Directive::other("fd-hard-limit", MOST_OPEN_FILES));
            config.push(Directive::flag(".endif"));
        }
    }
    if let Some(file) = &options.http_client_authorities {
        http_client_authorities(config, file);
    }
    if let Some(defaults) = &options.tls {
        tls(config, defaults);
    }
    config.push(Directive::other("spread-checks", "5"));
    config.push(Directive::other(
        "hard-stop-after",
        milliseconds(options.hard_stop_after),
    ));
    config.push(Directive::other(
        "mworker-max-reloads",
        options.max_reloads.to_string(),
    ));
}

fn http_client_authorities(config: &mut Config, file: &Path) {
    let conditions = ["version_atleast(2.6)", "feature(OPENSSL)"];
    for condition in conditions {
        config.push(Directive::other(".if", condition));
    }
    let file = quoted(&file.display().to_string());
    config.push(Directive::other("httpclient.ssl.ca-file", file));
    for _ in conditions {
        config.push(Directive::flag(".endif"));
    }
}

fn tls(config: &mut Config, defaults: &TlsDefaults) {
    let oldest = match defaults.oldest_version {
        TlsVersion::V1_2 => "ssl-min-ver TLSv1.2",
        TlsVersion::V1_3 => "ssl-min-ver TLSv1.3",
    };
    config.push(Directive::other("ssl-default-bind-options", oldest));
    if let Some(ciphers) = &defaults.ciphers {
        config.push(Directive::other("ssl-default-bind-ciphers", ciphers.as_str()));
    }
    if let Some(suites) = &defaults.cipher_suites {
        config.push(Directive::other("ssl-default-bind-ciphersuites", suites.as_str()));
    }
}

fn defaults(config: &mut Config, options: &BaseOptions) {
    config.push(Section::Defaults);
    config.push(Directive::other("log", "global"));
    config.push(Directive::Mode(Mode::Http));
    for option in [
        "dontlognull",
        "redispatch",
        "clitcpka",
        "srvtcpka",
        "http-keep-alive",
    ] {
        config.push(Directive::Option(Word::trusted(option)));
    }
    if options.idle_close_on_response {
        config.push(Directive::Option(Word::trusted("idle-close-on-response")));
    }
    config.push(Directive::other("retries", "3"));
    for (what, duration) in [
        ("http-request", options.timeouts.http_request),
        ("connect", options.timeouts.connect),
        ("client", options.timeouts.client),
        ("server", options.timeouts.server),
        ("check", options.timeouts.check),
    ] {
        config.push(Directive::other(
            "timeout",
            format!("{what} {}", milliseconds(duration)),
        ));
    }
    // A name that does not resolve must not stop all gateways: its server starts disabled. What is dead is asked more often, so that
    // traffic returns within a second: to an instance, and to a route that has got its first living one.
    config.push(Directive::other(
        "default-server",
        "init-addr last,libc,none downinter 500ms",
    ));
}

fn listen_statistics(config: &mut Config, statistics: &Statistics) {
    config.push(Section::Listen(Word::trusted("stats")));
    config.push(Directive::Bind {
        address: Word::trusted(statistics.address.to_string()),
        accept_proxy: false,
    });
    config.push(Directive::Mode(Mode::Http));
    // Outside the credentials: it says no more than that HAProxy lives.
    config.push(Directive::other("monitor-uri", "/health"));
    config.push(Directive::other("stats", "enable"));
    config.push(Directive::other("stats", "uri /"));
    config.push(Directive::other("stats", "refresh 5s"));
    if let Some(credentials) = &statistics.credentials {
        config.push(Directive::other("stats", "realm \"Haproxy Stats\""));
        config.push(Directive::other(
            "stats",
            format!("auth {}", quoted(&credentials.to_string())),
        ));
    }
}

/// HAProxy refuses durations of zero in some places, and means milliseconds where no unit is given.
fn milliseconds(duration: Duration) -> String {
    format!("{}ms", duration.as_millis().max(1))
}

/// The words after `log-format`, the way the original wraps them: between two empty quoted strings.
pub(crate) fn wrapped(format: &str) -> Text<'static> {
    Text::trusted(format!("\"\"{}\"\"", quoted(format)))
}
