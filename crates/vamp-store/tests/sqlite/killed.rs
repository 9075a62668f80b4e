//! What was acknowledged is there, whenever the process that wrote it was killed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use vamp_store::{
    ArtifactStore as _, Batch, EventFilter, EventQuery, EventStore as _, Expect, NewEvent, Outcome, Write,
};

use super::open;

/// Tells the child where to write.
const DIRECTORY: &str = "VAMP_STORE_TEST_WRITES_TO";

/// How many write side by side.
const WRITERS: u64 = 4;

/// What the child does until it is killed: each writer makes one revision after the other of two artifacts, together with an
/// event, and says so once it is acknowledged.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the part of the child of the test below"]
async fn child() {
    let Some(directory) = std::env::var_os(DIRECTORY) else {
        return;
    };
    let store = open(Path::new(&directory)).unwrap();
    let writers = (0..WRITERS).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            let stored = store.get("left", &writer.to_string()).await.unwrap();
            let mut revision = stored.map_or(0, |stored| stored.revision);
            loop {
                let committed = store.commit(batch(writer, revision)).await.unwrap();
                revision += 1;
                assert_eq!(committed.outcomes, [Outcome::Written { revision }; 2]);
                writeln!(std::io::stdout(), "acknowledged {writer} {revision}").unwrap();
            }
        })
    });
    futures::future::join_all(writers).await;
}

fn batch(writer: u64, revision: u64) -> Batch {
    let name = writer.to_string();
    let expect = if revision == 0 {
        Expect::Absent
    } else {
        Expect::Revision(revision)
    };
    let content = (revision + 1).to_string();
    // Some are larger than a page of the file.
    let content = format!(
        "{content}{}",
        " ".repeat(if revision % 10 == 3 { 20_000 } else { 0 })
    );
    Batch {
        writes: ["left", "right"]
            .map(|kind| Write::put(kind, &*name, &*content).expecting(expect))
            .to_vec(),
        events: vec![NewEvent::new([format!("writer:{writer}")]).with_value(revision + 1)],
    }
}

/// Lets the child write to the directory until it has acknowledged so much, kills it, and gives the last revision that it
/// acknowledged to each writer.
fn write_until_killed(directory: &Path, acknowledged: usize) -> [u64; WRITERS as usize] {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::child", "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let last = [const { AtomicU64::new(0) }; WRITERS as usize];
    let mut count = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        // What it said before it died is in the pipe, and counts too; a torn last line does not.
        let line = line.unwrap_or_default();
        let mut words = line.split(' ').skip_while(|word| *word != "acknowledged").skip(1);
        let (Some(Ok(writer)), Some(Ok(revision))) = (
            words.next().map(str::parse::<usize>),
            words.next().map(str::parse::<u64>),
        ) else {
            continue;
        };
        last[writer].fetch_max(revision, Ordering::Relaxed);
        count += 1;
        if count == acknowledged {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(count >= acknowledged, "the child ended by itself after {count}");
    last.map(AtomicU64::into_inner)
}

#[tokio::test]
async fn everything_acknowledged_survives_the_kill_of_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let rounds = vamp_testkit::extent::pick(4, 60);
    for round in 0..rounds {
        let acknowledged = write_until_killed(directory.path(), 20 + 137 * round);
        // The lock of the killed process does not outlive it.
        let store = open(directory.path()).unwrap();
        for (writer, acknowledged) in acknowledged.into_iter().enumerate() {
            let name = writer.to_string();
            let left = store.get("left", &name).await.unwrap();
            let right = store.get("right", &name).await.unwrap();
            let revision = left.as_ref().map_or(0, |stored| stored.revision);
            // One more may have been written and not been acknowledged.
            assert!(
                revision == acknowledged || revision == acknowledged + 1,
                "writer {writer}: {acknowledged} acknowledged, {revision} there"
            );
            let content =
                |stored: Option<vamp_store::Stored>| stored.map(|stored| stored.content.trim().to_owned());
            let (left, right) = (content(left), content(right));
            assert_eq!(left, right, "half of a batch is there");
            assert_eq!(left, (revision > 0).then(|| revision.to_string()));
            let query = EventQuery {
                filter: EventFilter::tagged([format!("writer:{writer}")]),
                ..EventQuery::default()
            };
            let events = store.query(query).await.unwrap();
            assert_eq!(events.total, revision, "each revision has its event");
        }
    }
}
