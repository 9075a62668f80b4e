//! Who may ask: TLS, certificates of clients, users.

use std::time::Duration;

use etcd_client::{Client, ConnectOptions, Permission, PermissionType};
use tempfile::TempDir;
use vamp_kv::conformance::{Claims, run_all};
use vamp_kv::etcd::{EtcdConfig, EtcdStore};
use vamp_kv::{ErrorKind, KeyValueStore as _};
use vamp_testkit::certificates::Authority;
use vamp_testkit::servers::{Etcd, EtcdOptions, EtcdTls};
use vamp_testkit::{skip, wait};

use crate::support::key;

/// An etcd that asks its clients for a certificate, and the authority that gives them.
struct Encrypted {
    etcd: Etcd,
    authority: Authority,
    _directory: TempDir,
}

impl Encrypted {
    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let authority = Authority::new(directory.path(), "authority").unwrap();
        let server = authority.issue_server("127.0.0.1").unwrap();
        let mut options = EtcdOptions::default();
        options.tls = Some(EtcdTls {
            certificate: server.certificate,
            key: server.key,
            clients: authority.certificate().to_owned(),
        });
        Self {
            etcd: Etcd::start_with(options).await.unwrap(),
            authority,
            _directory: directory,
        }
    }

    /// Everything that a client needs.
    fn config(&self) -> EtcdConfig {
        let client = self.authority.issue_client("vamp").unwrap();
        let mut config = EtcdConfig::new([self.etcd.endpoint()]);
        config.tls.ca_file = Some(self.authority.certificate().to_owned());
        config.tls.certificate_file = Some(client.certificate);
        config.tls.key_file = Some(client.key);
        config
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls_with_a_certificate_everything_is_as_without() {
    if skip::without("etcd") {
        return;
    }
    let encrypted = Encrypted::start().await;
    let store = EtcdStore::connect(encrypted.config()).await.unwrap();
    let claims = Claims::of("etcd").unwrap();
    run_all(&store, &key("/conformance"), claims)
        .await
        .unwrap_or_else(|violations| panic!("{violations}"));
}

#[tokio::test]
async fn a_server_of_an_unknown_authority_and_a_client_without_certificate_are_refused_with_the_reason() {
    if skip::without("etcd") {
        return;
    }
    let encrypted = Encrypted::start().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let other = Authority::new(elsewhere.path(), "another authority").unwrap();

    let mut stranger = encrypted.config();
    stranger.tls.ca_file = Some(other.certificate().to_owned());
    let store = EtcdStore::connect(stranger).await.unwrap();
    let error = store.get(&key("/a")).await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Unavailable,
        "nothing is known of the key"
    );
    assert!(error.to_string().contains("invalid peer certificate"), "{error}");

    let mut nobody = encrypted.config();
    (nobody.tls.certificate_file, nobody.tls.key_file) = (None, None);
    let store = EtcdStore::connect(nobody).await.unwrap();
    let error = store.get(&key("/a")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

#[tokio::test]
async fn settings_that_do_not_go_together_are_refused_before_anything_is_asked() {
    let mut mixed = EtcdConfig::new(["https://127.0.0.1:1", "http://127.0.0.1:2"]);
    let mut without_address = EtcdConfig::new(["127.0.0.1:1"]);
    without_address.tls.ca_file = Some("/etc/ssl/ca.pem".into());
    let mut alone = EtcdConfig::default();
    alone.user = Some("ann".to_owned());
    for (config, reason) in [
        (mixed.clone(), "all addresses begin with https://, or none does"),
        (without_address, "no address begins with https://"),
        (alone, "the password of the user is missing"),
    ] {
        let error = EtcdStore::connect(config).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(reason), "{error}");
    }
    mixed.endpoints.pop();
    mixed.tls.ca_file = Some("/nowhere/ca.pem".into());
    let error = EtcdStore::connect(mixed).await.unwrap_err().to_string();
    assert!(error.contains("/nowhere/ca.pem"), "{error}");
}

/// An etcd that knows root and ann, whose role may write below `/vamp` only.
async fn with_users(flags: &[&str]) -> Etcd {
    let mut options = EtcdOptions::default();
    options.flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
    let etcd = Etcd::start_with(options).await.unwrap();
    let mut admin = Client::connect([etcd.endpoint()], None).await.unwrap();
    admin.role_add("vamp").await.unwrap();
    let below = Permission::new(PermissionType::Readwrite, "/vamp/").with_prefix();
    admin.role_grant_permission("vamp", below).await.unwrap();
    for (user, role) in [("root", "root"), ("ann", "vamp")] {
        admin.user_add(user, "se:cr@et", None).await.unwrap();
        if role == "root" {
            admin.role_add("root").await.unwrap();
        }
        admin.user_grant_role(user, role).await.unwrap();
    }
    admin.auth_enable().await.unwrap();
    etcd
}

fn as_user(etcd: &Etcd, user: &str, password: &str) -> EtcdConfig {
    let mut config = EtcdConfig::new([etcd.endpoint()]);
    config.user = Some(user.to_owned());
    config.password = Some(password.to_owned());
    config
}

#[tokio::test]
async fn a_user_may_do_what_the_role_says_and_is_denied_all_else() {
    if skip::without("etcd") {
        return;
    }
    let etcd = with_users(&[]).await;
    let store = EtcdStore::connect(as_user(&etcd, "ann", "se:cr@et"))
        .await
        .unwrap();
    let own = key("/vamp/default/x");
    store.put(&own, "1".into(), None).await.unwrap();
    assert_eq!(store.get(&own).await.unwrap().unwrap().value, "1");
    let error = store.put(&key("/other"), "1".into(), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error}");

    let wrong = EtcdStore::connect(as_user(&etcd, "ann", "guessed"))
        .await
        .unwrap();
    let error = wrong.get(&own).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
    assert!(!error.to_string().contains("guessed"), "{error}");

    let nobody = EtcdStore::connect(EtcdConfig::new([etcd.endpoint()]))
        .await
        .unwrap();
    assert_eq!(nobody.get(&own).await.unwrap_err().kind(), ErrorKind::Denied);
}

#[tokio::test]
async fn a_token_that_ends_and_a_server_that_forgets_it_are_not_noticed() {
    if skip::without("etcd") {
        return;
    }
    // Tokens live for one second; and none of them over a restart.
    let mut etcd = with_users(&["--auth-token-ttl=1"]).await;
    let store = EtcdStore::connect(as_user(&etcd, "ann", "se:cr@et"))
        .await
        .unwrap();
    let place = key("/vamp/x");
    store.put(&place, "1".into(), None).await.unwrap();

    let ended = || async { etcd.log_tail().contains("deleted a simple token") };
    wait::until(Duration::from_secs(30), ended).await.unwrap();
    assert_eq!(store.get(&place).await.unwrap().unwrap().value, "1");

    etcd.kill().unwrap();
    etcd.start_again().await.unwrap();
    let answered = wait::until_some(Duration::from_secs(30), || async {
        match store.get(&place).await {
            Err(error) if error.kind() == ErrorKind::Unavailable => None,
            answer => Some(answer),
        }
    });
    assert_eq!(answered.await.unwrap().unwrap().unwrap().value, "1");
}

#[tokio::test]
async fn signed_tokens_of_before_a_change_of_rights_are_renewed() {
    if skip::without("etcd") || skip::without("openssl") {
        return;
    }
    let keys = tempfile::tempdir().unwrap();
    let (private, public) = (keys.path().join("key.pem"), keys.path().join("public.pem"));
    let openssl = |arguments: &[&str]| {
        let mut command = std::process::Command::new(skip::find("openssl").unwrap());
        assert!(command.args(arguments).output().unwrap().status.success());
    };
    let (private, public) = (private.to_str().unwrap(), public.to_str().unwrap());
    openssl(&["genrsa", "-out", private, "2048"]);
    openssl(&["rsa", "-in", private, "-pubout", "-out", public]);
    let token = format!("--auth-token=jwt,pub-key={public},priv-key={private},sign-method=RS256,ttl=1h");
    let etcd = with_users(&[&token]).await;
    let store = EtcdStore::connect(as_user(&etcd, "ann", "se:cr@et"))
        .await
        .unwrap();
    let place = key("/vamp/x");
    store.put(&place, "1".into(), None).await.unwrap();

    // The token names the state of the rights that it was given under.
    let root = ConnectOptions::new().with_user("root", "se:cr@et");
    let mut admin = Client::connect([etcd.endpoint()], Some(root)).await.unwrap();
    admin.role_add("another").await.unwrap();
    assert_eq!(store.get(&place).await.unwrap().unwrap().value, "1");
}

#[tokio::test]
async fn a_user_given_to_a_server_that_knows_none_is_a_mistake_in_the_settings() {
    if skip::without("etcd") {
        return;
    }
    let etcd = Etcd::start().await.unwrap();
    let store = EtcdStore::connect(as_user(&etcd, "ann", "x")).await.unwrap();
    let error = store.get(&key("/a")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
}

#[tokio::test]
async fn one_living_member_of_three_addresses_is_enough() {
    if skip::without("etcd") {
        return;
    }
    let etcd = Etcd::start().await.unwrap();
    let dead = [
        vamp_testkit::ports::lease().unwrap(),
        vamp_testkit::ports::lease().unwrap(),
    ];
    let endpoints = [
        dead[0].address().to_string(),
        etcd.endpoint(),
        dead[1].address().to_string(),
    ];
    // Wherever the living one stands: those before it cannot be reached.
    let store = EtcdStore::connect(EtcdConfig::new(endpoints)).await.unwrap();
    for n in 0..20 {
        store.put(&key("/a"), n.to_string().into(), None).await.unwrap();
    }
    assert_eq!(store.get(&key("/a")).await.unwrap().unwrap().value, "19");
}
