//! Of several members one is asked as long as it answers.

use std::time::Duration;

use vamp_kv::etcd::{EtcdConfig, EtcdStore};
use vamp_kv::{ErrorKind, KeyValueStore as _};
use vamp_testkit::{servers::Etcd, skip};

use super::support::key;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_fail_together_leave_a_frozen_member_once() {
    if skip::without("etcd") {
        return;
    }
    let (frozen, well) = (Etcd::start().await.unwrap(), Etcd::start().await.unwrap());
    let mut config = EtcdConfig::new([frozen.endpoint(), well.endpoint()]);
    config.call_timeout = Duration::from_millis(500);
    let store = EtcdStore::connect(config).await.unwrap();
    let key = key("/vamp/members");
    store.get(&key).await.unwrap();

    frozen.freeze().unwrap();
    let (first, second) = tokio::join!(store.get(&key), store.get(&key));
    for failed in [first, second] {
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::Unavailable);
    }
    // Each of the two has left the frozen member; had the second left the one after it, this would ask the frozen one again.
    let next = store.get(&key).await;
    frozen.thaw().unwrap();
    assert_eq!(next.unwrap(), None);
}
