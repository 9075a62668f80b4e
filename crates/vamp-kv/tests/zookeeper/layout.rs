//! Where values stand, for clients that are not ours.

use std::process::Command;

use vamp_kv::{Condition, KeyValueStore as _};
use vamp_testkit::{servers::ZooKeeper, skip};
use zookeeper::{Acls, CreateMode};

use crate::place::{connect, key, other_client};

#[tokio::test]
async fn every_value_stands_where_other_programs_look_for_it() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let store = connect(zookeeper.address());
    let raw = other_client(&zookeeper).await;
    let path = "/vamp/default/gateways/haproxy/2.4/configuration";
    let configuration = key(path);

    // As Vamp of old wrote it.
    let open = CreateMode::Persistent.with_acls(Acls::anyone_all());
    raw.mkdir("/vamp/default/gateways/haproxy/2.4", &open)
        .await
        .unwrap();
    raw.create(path, b"frontend old\n", &open).await.unwrap();
    let found = store.get(&configuration).await.unwrap().unwrap();
    assert_eq!(found.value, "frontend old\n");
    let listed = store.list(&key("/vamp")).await.unwrap();
    assert_eq!(listed.len(), 1, "what is above it is no entry");
    assert_eq!(listed[0], found);

    let written = store
        .put_if(
            &configuration,
            "frontend new\n".into(),
            Condition::Version(found.version),
            None,
        )
        .await;
    assert!(written.unwrap().is_some());
    // S02-093: the text is the data of the node at the key itself.
    assert_eq!(raw.get_data(path).await.unwrap().0, b"frontend new\n");
    assert!(store.delete(&configuration).await.unwrap());
    assert!(
        raw.check_stat(path).await.unwrap().is_none(),
        "the node is gone with its value"
    );
    assert!(raw.check_stat("/vamp/default/gateways").await.unwrap().is_some());
}

#[tokio::test]
async fn a_missing_node_and_one_without_data_are_both_absent() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let store = connect(zookeeper.address());
    // ZooKeeper's own client: it makes nodes whose data is null, which the library of ours cannot.
    let mut official = Command::new(skip::find("java").unwrap());
    official.args([
        "-cp",
        "/usr/share/java/zookeeper.jar",
        "org.apache.zookeeper.ZooKeeperMain",
    ]);
    official.args(["-server", &zookeeper.address().to_string(), "create", "/vamp"]);
    let said = tokio::task::spawn_blocking(move || official.output())
        .await
        .unwrap()
        .unwrap();
    let raw = other_client(&zookeeper).await;
    assert!(raw.check_stat("/vamp").await.unwrap().is_some(), "{said:?}");

    let (empty, missing) = (key("/vamp"), key("/vamp/missing"));
    // S06-075: a node with null data reads as absent, as a missing one does.
    assert!(store.get(&empty).await.unwrap().is_none());
    assert!(store.get(&missing).await.unwrap().is_none());
    assert!(store.list(&empty).await.unwrap().is_empty());
    assert!(!store.delete(&empty).await.unwrap());
    let written = store
        .put_if(&empty, "1".into(), Condition::Absent, None)
        .await
        .unwrap();
    assert!(written.is_some());
    assert_eq!(raw.get_data("/vamp").await.unwrap().0, b"1");
}

#[tokio::test]
async fn a_key_with_keys_below_it_is_deleted_by_taking_its_data_away() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let store = connect(zookeeper.address());
    let raw = other_client(&zookeeper).await;
    let upper = key("/vamp/upper");
    store
        .put(&key("/vamp/upper/lower"), "1".into(), None)
        .await
        .unwrap();
    for made in ["/vamp", "/vamp/upper", "/vamp/upper/lower"] {
        let (acl, stat) = raw.get_acl(made).await.unwrap();
        // S06-074: what is missing above a value is made so that it lasts, and is open to all.
        assert_eq!(
            (acl.as_slice(), stat.ephemeral_owner),
            (Acls::anyone_all().as_ref(), 0),
            "{made}"
        );
    }
    let version = store.put(&upper, "".into(), None).await.unwrap();
    assert_eq!(
        raw.get_data("/vamp/upper").await.unwrap().0,
        b"\0",
        "an empty value is not no value"
    );
    assert!(store.delete(&upper).await.unwrap());
    // S06-074: what cannot be taken away loses its data.
    assert!(raw.get_data("/vamp/upper").await.unwrap().0.is_empty());
    assert!(store.get(&upper).await.unwrap().is_none());
    let stale = store
        .put_if(&upper, "2".into(), Condition::Version(version), None)
        .await;
    assert_eq!(stale.unwrap(), None);
    assert!(
        store
            .put_if(&upper, "2".into(), Condition::Absent, None)
            .await
            .unwrap()
            .is_some()
    );
}
