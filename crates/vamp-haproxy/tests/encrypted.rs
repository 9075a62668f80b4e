//! Virtual hosts over TLS.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use support::certificate::certificate;
use support::scene::{Scene, Service, request};
use support::{gateway, generated, route};
use vamp_haproxy::base::{BaseOptions, TlsDefaults, TlsVersion, base};
use vamp_haproxy::{GenerateOptions, TlsBind, Word, generate};
use vamp_model::Gateway;
use vamp_testkit::{ports, skip};

/// The answer to a request over TLS.
fn ask(address: SocketAddr, version: &str) -> String {
    let mut client = Command::new("openssl")
        .args(["s_client", "-quiet", version, "-connect", &address.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = client.stdin.take().unwrap();
    // A client that was refused has gone.
    let _ = input.write_all(b"GET /x HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n");
    let answer = client.wait_with_output().unwrap();
    String::from_utf8_lossy(&answer.stdout).into_owned()
}

fn shop(port: &str) -> Gateway {
    let mut shop = gateway("shop", port, []);
    shop.virtual_hosts = vec!["shop.test".parse().unwrap()];
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn virtual_hosts_are_reached_over_tls_and_services_know_it() {
    if skip::without("haproxy") || skip::without("openssl") {
        return;
    }
    let leases = ports::lease_many(2).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let bind = TlsBind::new(leases[1].address(), certificate(directory.path(), "shop.test"));
    let service = Service::start("one").await;
    let mut shop = shop(&leases[0].number().to_string());
    shop.routes
        .insert("a".parse().unwrap(), route(100, [service.target()]).into());
    let scene = Scene::start_as(&[shop], |base, options| {
        options.encrypted_virtual_hosts = Some(bind);
        let mut tls = TlsDefaults::default();
        tls.oldest_version = TlsVersion::V1_3;
        base.tls = Some(tls);
    })
    .await;

    let encrypted = leases[1].address();
    let answer = tokio::task::spawn_blocking(move || ask(encrypted, "-tls1_3"))
        .await
        .unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("\r\n\r\none\n"),
        "{answer}"
    );
    let seen = answer.to_ascii_lowercase();
    assert!(seen.contains("x-forwarded-proto: https\r\n"), "{answer}");
    assert!(
        seen.contains(&format!("x-forwarded-port: {}\r\n", encrypted.port())),
        "{answer}"
    );
    let older = tokio::task::spawn_blocking(move || ask(encrypted, "-tls1_2"))
        .await
        .unwrap();
    assert_eq!(older, "", "an older version of the protocol is refused");

    // The open address is there, too, and says so, whatever the client says.
    let open = request(
        scene.virtual_hosts(),
        "/x",
        "shop.test",
        "X-Forwarded-Proto: https\r\n",
    )
    .await;
    assert!(
        open.to_ascii_lowercase().contains("x-forwarded-proto: http\r\n"),
        "{open}"
    );
    assert_eq!(open.to_ascii_lowercase().matches("x-forwarded-proto").count(), 1);
}

#[test]
fn an_encrypted_frontend_logs_its_name_without_a_mark() {
    let mut options = GenerateOptions::new(support::DIRECTORY);
    options.virtual_hosts = None;
    let port = "0.0.0.0:443".parse().unwrap();
    let mut bind = TlsBind::new(port, "/etc/vamp/certificates");
    bind.client_authorities = Some("/etc/vamp/clients.pem".into());
    options.encrypted_virtual_hosts = Some(bind);
    let text = generate(&[shop("9000")], &options).unwrap().config.to_string();
    let frontend = text
        .split("\nfrontend ")
        .find(|section| section.starts_with("virtual_hosts\n"))
        .unwrap();
    let binds: Vec<&str> = frontend
        .lines()
        .filter(|line| line.starts_with("  bind "))
        .collect();
    assert_eq!(
        binds,
        [
            "  bind 0.0.0.0:443 ssl crt /etc/vamp/certificates ca-file /etc/vamp/clients.pem verify required alpn h2,http/1.1"
        ]
    );
    // S02-175: `%ft` would put a `~` behind the name where the connection is encrypted.
    assert!(frontend.contains(r#"\"ft\":\"%f\""#), "{frontend}");
    // Where nothing is encrypted, the two are the same.
    assert!(
        generated(&[shop("9000")])
            .config
            .to_string()
            .contains(r#"\"ft\":\"%ft\""#)
    );
    let web = gateway("web", "443", []);
    assert_eq!(
        generate(&[web], &options).unwrap().omissions[0].to_string(),
        "gateway 'web': its port 443 is that of the virtual hosts"
    );
}

#[test]
fn paths_and_ciphers_stand_in_the_configuration_as_they_are() {
    let mut options = GenerateOptions::new(support::DIRECTORY);
    for path in ["certificates", "/a b", "/a\nb", "/a#b", "/a(b", "/a)b"] {
        options.encrypted_virtual_hosts = Some(TlsBind::new("0.0.0.0:443".parse().unwrap(), path));
        let refused = generate(&[], &options).unwrap_err().to_string();
        assert!(refused.starts_with("certificates cannot be in "), "{refused}");
    }
    let mut options = GenerateOptions::new(support::DIRECTORY);
    for path in ["hosts.map", "/a b.map", "/a,b.map", "/hosts(1.map", "/hosts).map"] {
        options.virtual_hosts_map = Some(path.into());
        let refused = generate(&[shop("9000")], &options).unwrap_err().to_string();
        assert!(
            refused.starts_with("the map of virtual hosts cannot be in "),
            "{refused}"
        );
    }
    let mut tls = TlsDefaults::default();
    tls.ciphers = Some(Word::new("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256").unwrap());
    tls.cipher_suites = Some(Word::new("TLS_AES_128_GCM_SHA256").unwrap());
    let mut options = BaseOptions::default();
    options.tls = Some(tls);
    let text = base(&options).to_string();
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("  ssl-")).collect();
    assert_eq!(
        lines,
        [
            "  ssl-default-bind-options ssl-min-ver TLSv1.2",
            "  ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
            "  ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256",
        ]
    );
    if !skip::without("haproxy") {
        // S02-143: the base is accepted as it is.
        assert_eq!(support::refusal(&text), None);
    }
}
