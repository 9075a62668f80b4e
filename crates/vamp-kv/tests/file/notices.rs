//! A kernel that gives no more notices.

use std::path::PathBuf;
use std::process::Command;

use vamp_kv::KeyValueStore as _;
use vamp_kv::conformance::Watcher;
use vamp_testkit::skip;

use super::{SOON, key, open};

/// Says to the process that has few notices that it is that one; without it the test of that process does nothing.
const FEW: &str = "VAMP_KV_TEST_FEW_NOTICES";

/// Not a test of its own: what the process with few notices does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watching() {
    if std::env::var_os(FEW).is_none() {
        return;
    }
    tracing_subscriber::fmt().with_ansi(false).init();
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).await;
    let (old, new) = (key("/vamp/old"), key("/vamp/a/b/c/new"));
    store.put(&old, "1".into(), None).await.unwrap();
    for _ in 0..2 {
        let mut watcher = Watcher::listed(&store, &key("/vamp"), SOON).await.unwrap();
        store.put(&new, "1".into(), None).await.unwrap();
        watcher.until_value(&new, Some("1"), SOON).await.unwrap();
        store.put(&old, "2".into(), None).await.unwrap();
        watcher.until_value(&old, Some("2"), SOON).await.unwrap();
        store.delete(&new).await.unwrap();
        watcher.until_value(&new, None, SOON).await.unwrap();
        let lease = store
            .grant_lease(std::time::Duration::from_secs(1))
            .await
            .unwrap();
        store.put(&new, "leased".into(), Some(lease)).await.unwrap();
        watcher.until_value(&new, None, SOON).await.unwrap();
    }
}

#[tokio::test]
async fn where_the_kernel_gives_no_more_notices_a_watch_looks_by_itself_and_says_so_once() {
    if skip::without("unshare") {
        return;
    }
    // The limits of this user stay as they are: the process has users of its own.
    let unshare = |script: &str| {
        let mut command = Command::new(skip::find("unshare").unwrap());
        command.args(["-Ur", "sh", "-c", script]);
        command
    };
    let limits = "/proc/sys/user/max_inotify_";
    let can = unshare(&format!("echo 3 > {limits}watches")).output().unwrap();
    if !can.status.success() {
        skip::because("no users of its own can be had for a process here");
        return;
    }
    let program: PathBuf = std::env::current_exe().unwrap();
    for few in ["echo 3 > {}watches", "echo 0 > {}instances"] {
        let script = format!("{} && exec \"$@\"", few.replace("{}", limits));
        let output = unshare(&script)
            .arg("sh")
            .arg(&program)
            .args(["--exact", "notices::watching", "--nocapture", "--test-threads=1"])
            .env(FEW, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let failed = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{few}: {said}{failed}");
        assert_eq!(said.matches("no more notices").count(), 1, "{few}: {said}");
    }
}
