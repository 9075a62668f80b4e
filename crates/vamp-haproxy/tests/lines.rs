//! Typed lines go into a configuration and come out of it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use support::{chained, conditional, external, gateway, generated, instance, route};
use vamp_haproxy::base::{BaseOptions, base};
use vamp_haproxy::config::{Directive, Label, Line, Mode, ProxyHeader, Section, Server};
use vamp_haproxy::{Config, Text, Word};
use vamp_model::{Gateway, Sticky};

fn word(text: &str) -> Word<'_> {
    Word::new(text).unwrap()
}

fn text(text: &str) -> Text<'_> {
    Text::new(text).unwrap()
}

fn gateways() -> Vec<Gateway> {
    let wanted = conditional(
        route(40, [instance("one", "10.0.0.1", 8080)]),
        "has cookie beta or host == b.test",
        30,
    );
    let mut shop = gateway(
        "shop",
        "9050",
        [("a", wanted), ("b", route(60, [chained("edge", 9060)]))],
    );
    shop.virtual_hosts = vec!["shop.test".parse().unwrap()];
    shop.sticky = Some(Sticky::Instance);
    let edge = gateway(
        "edge",
        "9060/tcp",
        [("[192.0.2.1:80]", route(100, [external("192.0.2.1:80")]))],
    );
    vec![shop, edge]
}

#[test]
fn what_is_read_from_a_configuration_is_the_configuration() {
    for config in [
        Config::new(),
        Config::of([Line::Blank]),
        base(&BaseOptions::default()),
        generated(&gateways()).config,
    ] {
        let read: Vec<String> = config.lines().map(|line| line.to_string()).collect();
        assert_eq!(read, config.as_str().lines().collect::<Vec<_>>());
        assert_eq!(config.lines().len(), read.len());
        assert_eq!(Config::of(config.lines()), config);
        assert_eq!(config.clone().into_text(), config.to_string());
    }
}

#[test]
fn every_line_of_gateways_has_a_type_of_its_own() {
    let generated = generated(&gateways());
    let others = generated.config.lines().filter_map(|line| match line {
        Line::Directive(Directive::Other { keyword, .. }) => Some(keyword.to_string()),
        _ => None,
    });
    let mut others: Vec<String> = others.collect();
    others.sort();
    others.dedup();
    // `option httpchk` has more than one word.
    assert_eq!(
        others,
        [
            "cookie",
            "http-reuse",
            "monitor",
            "monitor-uri",
            "option",
            "timeout"
        ]
    );
}

#[test]
fn lines_come_out_as_they_went_in() {
    let server = Server::new(word("s1"), word("unix@/run/s1.sock"));
    let lines = [
        Line::Blank,
        Line::heading(Label::None, text("HAProxy - a heading")),
        Line::heading(Label::Frontend, text("shop//shop:1")),
        Line::note(Label::Backend, text("other shop")),
        Line::note(Label::Server, text("")),
        Line::note(Label::Destination, text("intermediate  shop")),
        Section::Global.into(),
        Section::Defaults.into(),
        Section::Frontend(word("f")).into(),
        Section::Backend(word("b")).into(),
        Section::Listen(word("l")).into(),
        Directive::Mode(Mode::Http).into(),
        Directive::Mode(Mode::Tcp).into(),
        Directive::Bind {
            address: word("0.0.0.0:80"),
            accept_proxy: false,
        }
        .into(),
        Directive::Bind {
            address: word("unix@/run/a.sock"),
            accept_proxy: true,
        }
        .into(),
        Directive::Option(word("httplog")).into(),
        Directive::LogFormat(text("\"\"\"%ci  %cp\"\"\"")).into(),
        Directive::Acl {
            name: word("a1"),
            definition: text("path_beg  /a if"),
        }
        .into(),
        Directive::UseBackend {
            backend: word("b"),
            condition: None,
        }
        .into(),
        Directive::UseBackend {
            backend: word("b"),
            condition: Some(text("a1 !a2 if a3")),
        }
        .into(),
        Directive::DefaultBackend(word("b")).into(),
        Directive::Balance(text("hdr(x) use_domain_only")).into(),
        Directive::HttpRequest(text("set-path /a  if { x }")).into(),
        Directive::Server(server.clone()).into(),
        Directive::Server(Server {
            proxy_header: Some(ProxyHeader::V1),
            weight: Some(0),
            check: true,
            trailing_cookie: Some(word("c")),
            ..server.clone()
        })
        .into(),
        Directive::Server(Server {
            proxy_header: Some(ProxyHeader::V2),
            cookie: Some(word("cookie")),
            weight: Some(Server::MAX_WEIGHT),
            check: true,
            trailing_cookie: Some(word("check")),
            ..server
        })
        .into(),
        other("retries", Some("3")),
        other(".endif", None),
        // What says more than the type has room for, or says it differently, is no line of that type.
        other("bind", Some("0.0.0.0:443 ssl crt /etc/a.pem")),
        other("option", Some("httpchk GET /health")),
        other("mode", Some("health")),
        other("server", Some("s1 10.0.0.1:80 backup")),
        other("server", Some("s1 10.0.0.1:80 weight 007")),
        other("server", Some("s1  10.0.0.1:80")),
        other("server", Some("s1")),
        other("acl", Some("a1")),
        other("use_backend", Some("b unless a1")),
        other("default_backend", None),
    ];
    let config = Config::of(lines.clone());
    assert_eq!(config.lines().collect::<Vec<_>>(), lines);
}

fn other<'t>(keyword: &'t str, arguments: Option<&'t str>) -> Line<'t> {
    let keyword = word(keyword);
    let arguments = arguments.map(text);
    Directive::Other { keyword, arguments }.into()
}
