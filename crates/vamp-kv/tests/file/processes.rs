//! Several processes in one directory, some of which are killed.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use vamp_kv::file::{FileConfig, FileStore};
use vamp_kv::{Condition, Key, KeyValueStore as _};
use vamp_testkit::{extent, wait};

/// Names the directory to the process that counts; without it the test of that process does nothing.
const DIRECTORY: &str = "VAMP_KV_TEST_DIRECTORY";

/// So long that a file that is half written would be seen.
const LENGTH: usize = 50_000;

fn counter() -> Key {
    Key::parse("/vamp/counter").unwrap()
}

/// A value that shows whether it is whole: the number, again and again.
fn value_of(number: u64) -> Bytes {
    let word = format!("{number} ");
    word.repeat(LENGTH / word.len()).into()
}

/// The number, if the value is whole.
fn number_in(value: &[u8]) -> u64 {
    let text = std::str::from_utf8(value).unwrap();
    let number = text.split(' ').next().unwrap().parse().unwrap();
    assert_eq!(value, value_of(number), "a value is half written");
    number
}

/// Not a test of its own: what the other processes do. It counts up until it is killed, and says each number that it wrote.
#[tokio::test]
async fn counting() {
    let Some(directory) = std::env::var_os(DIRECTORY) else {
        return;
    };
    let store = FileStore::open(FileConfig::new(directory)).await.unwrap();
    loop {
        let found = store.get(&counter()).await.unwrap();
        let (number, condition) = match &found {
            Some(entry) => (number_in(&entry.value), Condition::Version(entry.version)),
            None => (0, Condition::Absent),
        };
        let written = store
            .put_if(&counter(), value_of(number + 1), condition, None)
            .await;
        if written.unwrap().is_some() {
            println!("wrote {}", number + 1);
        }
    }
}

/// A process that counts, and how often it said so.
struct Counting {
    process: Child,
    said: Arc<AtomicU64>,
    reader: Option<std::thread::JoinHandle<()>>,
}

impl Counting {
    fn start(directory: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "processes::counting",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(DIRECTORY, directory)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(AtomicU64::new(0));
        let (lines, count) = (BufReader::new(process.stdout.take().unwrap()), Arc::clone(&said));
        let reader = std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                count.fetch_add(u64::from(line.contains("wrote ")), Ordering::Relaxed);
            }
        });
        Self {
            process,
            said,
            reader: Some(reader),
        }
    }

    /// SIGKILL; says how often it wrote.
    fn kill(mut self) -> u64 {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.reader.take().unwrap().join().unwrap();
        self.said.load(Ordering::Relaxed)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_are_killed_lose_no_count_and_leave_no_torn_value() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::open(FileConfig::new(directory.path())).await.unwrap();
    let mut written = 0;
    let mut killed = 0;
    let mut other = Counting::start(directory.path());
    for round in 0..extent::pick(15_u64, 300) {
        let one = Counting::start(directory.path());
        // Killed at another moment each time: after so many more counts of its own.
        let enough = 1 + round % 7;
        let said = Arc::clone(&one.said);
        wait::until(Duration::from_secs(60), || {
            let reached = said.load(Ordering::Relaxed) >= enough;
            async move { reached }
        })
        .await
        .unwrap();
        written += std::mem::replace(&mut other, one).kill();
        killed += 1;
        // Whatever was being written, what is there is whole.
        number_in(&store.get(&counter()).await.unwrap().unwrap().value);
    }
    written += other.kill();
    killed += 1;

    let last = number_in(&store.get(&counter()).await.unwrap().unwrap().value);
    // What a process said is there; of what it was writing when it was killed, it could not say anything.
    assert!(
        (written..=written + killed).contains(&last),
        "{written} writes were said by {killed} processes, and the count is {last}"
    );
    // Nobody who was killed keeps the lock.
    store.put(&counter(), value_of(last + 1), None).await.unwrap();
}

#[tokio::test]
async fn a_directory_that_may_not_be_read_is_told_and_never_empty() {
    if rustix::process::geteuid().is_root() {
        // Root may read everything: another user has to ask.
        return reads_as_nobody().await;
    }
    let directory = tempfile::tempdir().unwrap();
    refused_without_rights(directory.path()).await;
}

/// The same test in a process of another user.
async fn reads_as_nobody() {
    const NOBODY: u32 = 65_534;
    use std::os::unix::process::CommandExt as _;
    if std::env::var_os(DIRECTORY).is_some() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    std::os::unix::fs::chown(directory.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    // The test program itself may lie where nobody may look.
    let program = directory.path().join("test");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let status = Command::new(&program)
        .args([
            "--exact",
            "processes::a_directory_that_may_not_be_read_is_told_and_never_empty",
        ])
        .env("TMPDIR", directory.path())
        .uid(NOBODY)
        .gid(NOBODY)
        .current_dir(directory.path())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "as nobody: {status}");
}

async fn refused_without_rights(directory: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let place = directory.join("store");
    let store = FileStore::open(FileConfig::new(&place)).await.unwrap();
    store.put(&counter(), value_of(1), None).await.unwrap();
    let rights = |mode| std::fs::set_permissions(&place, std::fs::Permissions::from_mode(mode)).unwrap();
    rights(0o000);
    assert!(
        store.get(&counter()).await.is_err(),
        "absent is not what a missing right means"
    );
    assert!(store.list(&Key::parse("/vamp").unwrap()).await.is_err());
    assert!(store.put(&counter(), value_of(2), None).await.is_err());
    rights(0o700);
    assert_eq!(number_in(&store.get(&counter()).await.unwrap().unwrap().value), 1);
    store.put(&counter(), value_of(2), None).await.unwrap();
}
