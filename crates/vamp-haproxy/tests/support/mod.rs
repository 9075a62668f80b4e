//! Gateways as users and the engine make them.

#![allow(dead_code, reason = "each test program takes what it needs")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

pub(crate) mod certificate;
pub(crate) mod configurations;
pub(crate) mod log_lines;
pub(crate) mod scene;

use std::process::Command;

use vamp_haproxy::base::{BaseOptions, base};
use vamp_haproxy::{Config, GenerateOptions, Generated, generate};
use vamp_model::{Condition, Gateway, Percentage, Port, Route, Target};

/// The socket directory of the original, which the examples of the documentation show.
pub(crate) const DIRECTORY: &str = "/usr/local/vamp";

pub(crate) fn gateway<const N: usize>(name: &str, port: &str, routes: [(&str, Route); N]) -> Gateway {
    let mut gateway = Gateway::new(name.parse().unwrap());
    gateway.port = Some(port.parse::<Port>().unwrap());
    gateway.routes = routes
        .into_iter()
        .map(|(path, route)| (path.parse().unwrap(), route.into()))
        .collect();
    gateway
}

pub(crate) fn route<const N: usize>(weight: u8, targets: [Target; N]) -> Route {
    Route {
        weight: Percentage::new(weight),
        targets: targets.into(),
        ..Route::default()
    }
}

pub(crate) fn conditional(route: Route, condition: &str, strength: u8) -> Route {
    Route {
        condition: Some(condition.parse::<Condition>().unwrap().into()),
        condition_strength: Percentage::new(strength),
        ..route
    }
}

pub(crate) fn instance(name: &str, host: &str, port: u16) -> Target {
    Target::Internal {
        name: name.to_owned(),
        host: Some(host.to_owned()),
        port,
    }
}

pub(crate) fn chained(name: &str, port: u16) -> Target {
    Target::Internal {
        name: name.to_owned(),
        host: None,
        port,
    }
}

pub(crate) fn external(url: &str) -> Target {
    Target::External { url: url.to_owned() }
}

pub(crate) fn generated(gateways: &[Gateway]) -> Generated {
    generate(gateways, &GenerateOptions::new(DIRECTORY)).unwrap()
}

/// The configuration of gateways of which nothing is left out.
pub(crate) fn config(gateways: &[Gateway]) -> Config {
    let generated = generated(gateways);
    assert_eq!(generated.omissions, []);
    generated.config
}

/// What `haproxy -c` says: nothing when it accepts the text without a fatal word, else its output.
pub(crate) fn refusal(text: &str) -> Option<String> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("haproxy.cfg");
    std::fs::write(&file, text).unwrap();
    let program = vamp_testkit::skip::find("haproxy").unwrap();
    let output = Command::new(program)
        .arg("-c")
        .arg("-f")
        .arg(&file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (!output.status.success()).then_some(said)
}

/// A whole configuration with the base that suits most.
pub(crate) fn with_base(gateways: &Config) -> String {
    format!("{}\n{gateways}", base(&BaseOptions::default()))
}

/// The text with short stand-ins for the two log formats.
pub(crate) fn readable(config: &Config) -> String {
    let line = |line: &str| match line.strip_prefix("  log-format ") {
        Some(format) if format.contains("Tq") => "  log-format <HTTP>\n".to_owned(),
        Some(_) => "  log-format <TCP>\n".to_owned(),
        None => format!("{line}\n"),
    };
    config.to_string().lines().map(line).collect()
}
