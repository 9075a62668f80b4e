//! What cannot work is left out alone, and said.

mod support;

use support::{chained, conditional, external, gateway, generated, instance, refusal, route, with_base};
use vamp_haproxy::{GenerateOptions, generate, validate_socket_directory};
use vamp_model::Gateway;

/// The gateway of each omission, with what is said.
fn said(gateways: &[Gateway]) -> String {
    let generated = generated(gateways);
    generated
        .omissions
        .iter()
        .map(|omission| format!("{omission}\n"))
        .collect()
}

fn sound() -> Gateway {
    gateway("sound", "9000", [("x", route(100, [chained("x", 9100)]))])
}

#[test]
fn one_bad_gateway_does_not_stop_the_others() {
    let target = |url| gateway("unsound", "9001", [("[a]", route(100, [external(url)]))]);
    let hosted = |host| gateway("unsound", "9001", [("a", route(100, [instance("i", host, 80)]))]);
    let condition = |text| {
        gateway(
            "unsound",
            "9001",
            [("a", conditional(route(100, [chained("a", 80)]), text, 100))],
        )
    };
    let mut nameless = gateway("unsound", "9001", []);
    nameless.name = None;
    let cases = [
        nameless,
        gateway("unsound", "0", []),
        gateway("unsound", "9000", []),
        gateway("sound", "9001", []),
        gateway(
            "unsound",
            "9001/tcp",
            [("a", conditional(route(100, []), "< path_beg /a >", 100))],
        ),
        condition("< path_beg /a # all >"),
        condition("< path_beg \"/a >"),
        target("nowhere"),
        target("a:80\n  banana"),
        target("a b:80"),
        hosted("a b"),
        hosted("a\nbackend x"),
    ];
    let alone = generated(&[sound()]).config;
    let mut all = String::new();
    for bad in cases {
        let both = generated(&[sound(), bad.clone()]);
        assert_eq!(both.config, alone, "{:?}", both.omissions);
        assert!(both.omissions[0].what.is_gateway());
        all.push_str(&said(&[sound(), bad]));
    }
    // S02-088: nothing of a user's text breaks out of its line.
    // S02-033: a port is bound once, and the one who has it is named.
    // S02-120: a gateway without port is not part of the configuration.
    insta::assert_snapshot!(all);
}

#[test]
fn a_port_of_the_virtual_hosts_is_no_port_for_a_gateway() {
    let mut options = GenerateOptions::new(support::DIRECTORY);
    let web = gateway("web", "80", []);
    let omissions = generate(std::slice::from_ref(&web), &options).unwrap().omissions;
    assert_eq!(
        omissions[0].to_string(),
        "gateway 'web': its port 80 is that of the virtual hosts"
    );
    options.virtual_hosts = None;
    assert_eq!(generate(&[web], &options).unwrap().omissions, []);
}

#[test]
fn a_virtual_host_has_one_gateway_which_speaks_http() {
    let host = |mut gateway: Gateway, hosts: &[&str]| {
        gateway.virtual_hosts = hosts.iter().map(|host| host.parse().unwrap()).collect();
        gateway
    };
    let gateways = [
        host(gateway("a", "9001", []), &["shop.test", "Shop.test", "a.test"]),
        host(gateway("b", "9002", []), &["SHOP.test", "b.test"]),
        host(gateway("c", "9003/tcp", []), &["c.test"]),
    ];
    let generated = generated(&gateways);
    let text = generated.config.to_string();
    let hosts: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_once(" -i ").map(|(_, host)| host))
        .collect();
    assert_eq!(hosts, ["shop.test", "a.test", "b.test"]);
    // All three gateways are there, only hosts are missing.
    assert!(
        generated
            .omissions
            .iter()
            .all(|omission| !omission.what.is_gateway())
    );
    insta::assert_snapshot!(said(&gateways));
    if !vamp_testkit::skip::without("haproxy") {
        assert_eq!(refusal(&with_base(&generated.config)), None);
    }
}

#[test]
fn the_same_target_twice_is_one_server_and_an_instance_without_port_is_none() {
    let targets = [
        instance("a", "10.0.0.1", 80),
        instance("a", "10.0.0.1", 80),
        instance("b", "10.0.0.2", 0),
        instance("c", "", 81),
    ];
    let text = support::config(&[gateway("edge", "9000", [("x", route(100, targets))])]).to_string();
    let servers: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("  server ") && !line.contains("unix@"))
        .collect();
    assert_eq!(servers.len(), 2, "{servers:?}");
    assert!(
        servers[0].contains(" 10.0.0.1:80 ") && servers[1].contains(" 127.0.0.1:81 "),
        "{servers:?}"
    );
}

#[test]
fn sockets_have_to_fit_where_they_are() {
    let fits = format!("/{}", "d".repeat(48));
    validate_socket_directory(fits.as_ref()).unwrap();
    for (directory, reason) in [
        (format!("{fits}d"), "has 50 bytes"),
        ("run/vamp".to_owned(), "not absolute"),
        ("/run/a b".to_owned(), "white space"),
        (
            "/run/a\"b".to_owned(),
            "white space or a character that means something",
        ),
    ] {
        let error = generate(&[], &GenerateOptions::new(&directory))
            .unwrap_err()
            .to_string();
        // S02-011: a directory that would make a path too long is refused before anything is generated.
        assert!(error.contains(reason), "{error}");
    }
    if vamp_testkit::skip::without("haproxy") {
        return;
    }
    let mut options = GenerateOptions::new(&fits);
    options.virtual_hosts = None;
    let generated = generate(&[sound()], &options).unwrap();
    assert_eq!(
        refusal(&with_base(&generated.config)),
        None,
        "the longest directory is one that HAProxy takes"
    );
}
