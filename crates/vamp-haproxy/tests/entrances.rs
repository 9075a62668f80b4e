//! Backends over which proxies that are not ours reach a gateway.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use support::{gateway, instance, readable, route};
use vamp_haproxy::{GenerateOptions, generate};
use vamp_model::Gateway;

fn gateways() -> [Gateway; 3] {
    let one =
        |name: &str, port: &str| gateway(name, port, [("a", route(100, [instance("a", "10.0.0.1", 80)]))]);
    let mut hosted = one("hosted", "9002/http");
    hosted.virtual_hosts = ["hosted.test".parse().unwrap()].into();
    [one("plain", "9001/http"), hosted, one("raw", "9003/tcp")]
}

fn text(entrances: bool, has_virtual_hosts: bool) -> String {
    let mut options = GenerateOptions::new(support::DIRECTORY);
    options.entrances = entrances;
    if !has_virtual_hosts {
        options.virtual_hosts = None;
    }
    readable(&generate(&gateways(), &options).unwrap().config)
}

#[test]
fn every_gateway_of_http_has_an_entrance_where_that_is_wanted() {
    let lookups = gateways().map(|gateway| gateway.lookup_name());
    for has_virtual_hosts in [false, true] {
        for (entrances, expected) in [
            (false, [false, has_virtual_hosts, false]),
            (true, [true, true, false]),
        ] {
            let text = text(entrances, has_virtual_hosts);
            for (lookup, expected) in lookups.iter().zip(expected) {
                let socket = format!("unix@{}/v_{lookup}.sock", support::DIRECTORY);
                let backends = text.matches(&format!("\nbackend {lookup}\n")).count();
                assert_eq!(backends, usize::from(expected), "{text}");
                let binds = text.matches(&format!("\n  bind {socket} accept-proxy\n")).count();
                assert_eq!(binds, usize::from(expected), "{text}");
                let servers = text
                    .matches(&format!("\n  server {lookup} {socket} send-proxy-v2\n"))
                    .count();
                assert_eq!(servers, usize::from(expected), "{text}");
            }
            assert_eq!(text.contains("\nfrontend virtual_hosts\n"), has_virtual_hosts);
        }
    }
}

#[test]
fn an_entrance_is_accepted_by_haproxy() {
    if vamp_testkit::skip::without("haproxy") {
        return;
    }
    for has_virtual_hosts in [false, true] {
        let mut options = GenerateOptions::new(support::DIRECTORY);
        options.entrances = true;
        options.virtual_hosts = options.virtual_hosts.filter(|_| has_virtual_hosts);
        let config = generate(&gateways(), &options).unwrap().config;
        assert_eq!(support::refusal(&support::with_base(&config)), None);
    }
}
