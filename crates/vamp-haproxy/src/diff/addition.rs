//! What `add server` is told: the management manual.

use super::entry::{Entry, is_of_resolution};

/// HAProxy reads so many words of a command, and forgets the others.
const MOST_WORDS: usize = 64;

/// `add`, `server`, the names and the address.
const WORDS_BEFORE: usize = 4;

/// What `add server` does with a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Treatment {
    /// It is taken.
    Given,
    /// It says nothing for a server that is added, or what holds anyway: it is left out.
    LeftOut,
    /// It is refused.
    Refused,
}

/// The parameters with which a server can be added, or what is in the way. Its address is a number or a socket.
pub(super) fn parameters(new: &Entry<'_>) -> Result<Vec<String>, String> {
    // HAProxy decides how checks are made when it reads a line of its configuration, and not for this command.
    let sends_header = [
        "send-proxy",
        "send-proxy-v2",
        "send-proxy-v2-ssl",
        "send-proxy-v2-ssl-cn",
    ]
    .iter()
    .any(|name| new.has(name));
    let has_plain_checks =
        (new.has("ssl") && !new.has("check-ssl")) || (sends_header && !new.has("check-send-proxy"));
    if new.has("check") && has_plain_checks {
        return Err("checks of a server that is added would be made in plain text".to_owned());
    }
    let mut words = Vec::new();
    for setting in new.effective() {
        match treatment(&setting.name) {
            Treatment::LeftOut => continue,
            Treatment::Given => {}
            Treatment::Refused => {
                return Err(format!(
                    "'{}' is refused for a server that is added",
                    setting.name
                ));
            }
        }
        let is_special = |value: &str| value.contains(['"', '\'', '\\', '$', ';']);
        if setting.value().is_some_and(is_special) {
            return Err(format!(
                "the value of '{}' cannot be put into a command",
                setting.name
            ));
        }
        words.push(setting.name.clone().into_owned());
        words.extend(setting.value().map(str::to_owned));
    }
    if WORDS_BEFORE + words.len() > MOST_WORDS {
        return Err(format!("a command has at most {MOST_WORDS} words"));
    }
    Ok(words)
}

/// What `add server` does with a parameter of HAProxy 2.5 and newer.
fn treatment(parameter: &str) -> Treatment {
    match parameter {
        // `enabled` is what it is told to be, `disabled` how it begins. Without `cookie` in the backend a server's cookie leads nowhere, and
        // with it this is not asked. What is turned off is off.
        "enabled"
        | "disabled"
        | "cookie"
        | "no-check"
        | "no-ssl"
        | "no-agent-check"
        | "no-check-ssl"
        | "no-check-send-proxy"
        | "no-backup" => Treatment::LeftOut,
        name if is_of_resolution(name) => Treatment::LeftOut,
        name if GIVEN.contains(&name) => Treatment::Given,
        _ => Treatment::Refused,
    }
}

/// What HAProxy 2.6 takes. Without `track`, because the server that is followed may have come later itself; without `ca-file` and
/// `crl-file`, which are taken only when something else has loaded them.
const GIVEN: [&str; 72] = [
    "addr",
    "agent-addr",
    "agent-check",
    "agent-inter",
    "agent-port",
    "agent-send",
    "allow-0rtt",
    "alpn",
    "backup",
    "check",
    "check-alpn",
    "check-proto",
    "check-send-proxy",
    "check-sni",
    "check-ssl",
    "check-via-socks4",
    "ciphers",
    "ciphersuites",
    "crt",
    "downinter",
    "error-limit",
    "fall",
    "fastinter",
    "force-sslv3",
    "force-tlsv10",
    "force-tlsv11",
    "force-tlsv12",
    "force-tlsv13",
    "id",
    "inter",
    "maxconn",
    "maxqueue",
    "minconn",
    "no-send-proxy",
    "no-send-proxy-v2",
    "no-ssl-reuse",
    "no-sslv3",
    "no-tfo",
    "no-tls-tickets",
    "no-tlsv10",
    "no-tlsv11",
    "no-tlsv12",
    "no-tlsv13",
    "npn",
    "observe",
    "on-error",
    "on-marked-down",
    "on-marked-up",
    "pool-low-conn",
    "pool-max-conn",
    "pool-purge-delay",
    "port",
    "proto",
    "proxy-v2-options",
    "rise",
    "send-proxy",
    "send-proxy-v2",
    "send-proxy-v2-ssl",
    "send-proxy-v2-ssl-cn",
    "slowstart",
    "sni",
    "source",
    "ssl",
    "ssl-max-ver",
    "ssl-min-ver",
    "tfo",
    "tls-tickets",
    "usesrc",
    "verify",
    "verifyhost",
    "weight",
    "ws",
];
