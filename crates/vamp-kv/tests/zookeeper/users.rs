//! Users, their rights, and a root of one's own.

use vamp_kv::conformance::Watcher;
use vamp_kv::conformance::outages::BACK_WITHIN;
use vamp_kv::zookeeper::{ZooKeeperConfig, ZooKeeperStore};
use vamp_kv::{Condition, ErrorKind, KeyValueStore as _};
use vamp_testkit::servers::ZooKeeper;

use crate::place::{config, connect, key, other_client};

fn user(zookeeper: &ZooKeeper, user: &str, password: &str) -> ZooKeeperConfig {
    let mut config = config(zookeeper.address());
    config.user = Some(user.to_owned());
    config.password = Some(password.to_owned());
    config
}

#[tokio::test]
async fn what_a_user_makes_belongs_to_that_user() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let own = ZooKeeperStore::connect(user(&zookeeper, "vamp", "secret")).unwrap();
    let (place, mine) = (key("/vamp"), key("/vamp/mine"));
    let version = own.put(&mine, "1".into(), None).await.unwrap();
    assert_eq!(own.get(&mine).await.unwrap().unwrap().value, "1");

    let wrong_password = ZooKeeperStore::connect(user(&zookeeper, "vamp", "guess")).unwrap();
    let other_user = ZooKeeperStore::connect(user(&zookeeper, "other", "secret")).unwrap();
    let nobody = connect(zookeeper.address());
    for stranger in [wrong_password, other_user, nobody] {
        let denied = [
            stranger.get(&mine).await.map(drop),
            stranger.list(&place).await.map(drop),
            stranger.put(&mine, "2".into(), None).await.map(drop),
            stranger
                .put_if(&mine, "2".into(), Condition::Version(version), None)
                .await
                .map(drop),
            stranger.put(&key("/vamp/new"), "2".into(), None).await.map(drop),
            stranger.delete(&mine).await.map(drop),
        ];
        for (n, answer) in denied.into_iter().enumerate() {
            let error = answer.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Denied, "{n}: {error}");
            assert!(!error.to_string().contains("secret"));
        }
        // Where nobody has taken a place yet, everybody is free to; creations are counted together.
        let elsewhere = key("/elsewhere").join(&format!("{:p}", &stranger)).unwrap();
        assert!(stranger.get(&elsewhere).await.unwrap().is_none());
    }
    assert_eq!(own.get(&mine).await.unwrap().unwrap().value, "1");
    let second = ZooKeeperStore::connect(user(&zookeeper, "other", "secret")).unwrap();
    second.put(&key("/theirs/x"), "1".into(), None).await.unwrap();
    own.put(&key("/vamp/later"), "1".into(), None).await.unwrap();
}

#[tokio::test]
async fn others_may_read_what_a_user_makes_when_the_settings_say_so() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let mut config = user(&zookeeper, "vamp", "secret");
    config.others_may_read = true;
    let own = ZooKeeperStore::connect(config).unwrap();
    let open = key("/vamp/open");
    own.put(&open, "1".into(), None).await.unwrap();
    let nobody = connect(zookeeper.address());
    assert_eq!(nobody.get(&open).await.unwrap().unwrap().value, "1");
    assert_eq!(nobody.list(&key("/vamp")).await.unwrap().len(), 1);
    let written = nobody.put(&open, "2".into(), None).await.unwrap_err();
    assert_eq!(written.kind(), ErrorKind::Denied, "{written}");
}

#[tokio::test]
async fn below_a_chroot_keys_are_the_same_and_nodes_are_elsewhere() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let mut chrooted = config(zookeeper.address());
    chrooted.chroot = Some("/apps/first/".to_owned());
    let store = ZooKeeperStore::connect(chrooted).unwrap();
    let whole = connect(zookeeper.address());
    let x = key("/vamp/x");
    let mut watcher = Watcher::listed(&store, &key("/vamp"), BACK_WITHIN).await.unwrap();
    store.put(&x, "1".into(), None).await.unwrap();
    watcher.until_value(&x, Some("1"), BACK_WITHIN).await.unwrap();

    let raw = other_client(&zookeeper).await;
    assert_eq!(raw.get_data("/apps/first/vamp/x").await.unwrap().0, b"1");
    assert!(whole.get(&x).await.unwrap().is_none());
    assert_eq!(
        whole
            .get(&key("/apps/first/vamp/x"))
            .await
            .unwrap()
            .unwrap()
            .value,
        "1"
    );
    let listed = store.list(&key("/vamp")).await.unwrap();
    assert_eq!(listed.iter().map(|entry| &entry.key).collect::<Vec<_>>(), [&x]);
}
