//! TLS, with certificates on both sides.

use tempfile::TempDir;
use vamp_kv::conformance::Watcher;
use vamp_kv::conformance::outages::BACK_WITHIN;
use vamp_kv::consul::{ConsulConfig, ConsulStore};
use vamp_kv::{ErrorKind, KeyValueStore as _, TlsConfig};
use vamp_testkit::certificates::Authority;
use vamp_testkit::servers::{Consul, ConsulOptions};
use vamp_testkit::skip;

use crate::place::key;

fn authority() -> (TempDir, Authority) {
    let directory = tempfile::tempdir().unwrap();
    let authority = Authority::new(directory.path(), "tests").unwrap();
    (directory, authority)
}

/// A Consul that speaks with those only who come with a certificate of the authority.
async fn start(authority: &Authority) -> Consul {
    let server = authority.issue_server("127.0.0.1").unwrap();
    let settings = format!(
        "tls {{ https {{ ca_file = {:?} cert_file = {:?} key_file = {:?} verify_incoming = true }} }}",
        authority.certificate(),
        server.certificate,
        server.key
    );
    let options = ConsulOptions {
        settings,
        https: true,
        ..ConsulOptions::default()
    };
    Consul::start_with(options).await.unwrap()
}

async fn connect(consul: &Consul, tls: TlsConfig) -> ConsulStore {
    let mut config = ConsulConfig::new([format!("https://{}", consul.https_address())]);
    config.tls = tls;
    ConsulStore::connect(config).await.unwrap()
}

fn trusting(authority: &Authority) -> TlsConfig {
    let mut tls = TlsConfig::default();
    tls.ca_file = Some(authority.certificate().to_owned());
    tls
}

fn as_client(authority: &Authority, mut tls: TlsConfig) -> TlsConfig {
    let client = authority.issue_client("vamp").unwrap();
    tls.certificate_file = Some(client.certificate);
    tls.key_file = Some(client.key);
    tls
}

#[tokio::test]
async fn a_server_and_a_client_that_trust_each_other_speak() {
    if skip::without("consul") {
        return;
    }
    let (_files, authority) = authority();
    let consul = start(&authority).await;
    let store = connect(&consul, as_client(&authority, trusting(&authority))).await;
    let key = key("/vamp/key");
    let mut watcher = Watcher::listed(&store, &key, BACK_WITHIN).await.unwrap();
    store.put(&key, "1".into(), None).await.unwrap();
    watcher.until_value(&key, Some("1"), BACK_WITHIN).await.unwrap();
    assert_eq!(store.get(&key).await.unwrap().unwrap().value, "1");
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_is_not_trusted_nor_by_one_that_does_not_trust() {
    if skip::without("consul") {
        return;
    }
    let ((_files, authority), (_others, stranger)) = (authority(), authority());
    let consul = start(&authority).await;
    let cases = [
        (
            "the server is not known",
            as_client(&authority, trusting(&stranger)),
        ),
        (
            "the system does not know it",
            as_client(&authority, TlsConfig::default()),
        ),
        ("the client has no certificate", trusting(&authority)),
        (
            "the client is not known",
            as_client(&stranger, trusting(&authority)),
        ),
    ];
    let key = key("/vamp/key");
    for (what, tls) in cases {
        let error = connect(&consul, tls).await.get(&key).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{what}: {error}");
        // In the words of ours about theirs, or of theirs about ours.
        let said = error.to_string().to_lowercase();
        assert!(
            said.contains("certificate") || said.contains("unknownca"),
            "{what}: {error}"
        );
    }
}

#[tokio::test]
async fn a_file_that_is_no_certificate_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut config = ConsulConfig::new(["https://127.0.0.1:8501"]);
    config.tls.ca_file = Some(file.path().to_owned());
    let error = ConsulStore::connect(config).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
}
