//! Files that are not opened, and are left as they are.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rusqlite::Connection;
use vamp_store::sqlite::{FILE_NAME, FORMAT};
use vamp_store::{ArtifactStore as _, ErrorKind, Write};

use super::open;

/// Makes a store with some content in a directory, and closes it.
async fn filled(directory: &Path) {
    let store = open(directory).unwrap();
    for n in 0..100 {
        let write = Write::put("breeds", n.to_string(), "x".repeat(3000));
        store.commit(write.into()).await.unwrap();
    }
}

/// Every file but the lock, which says who tried last.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .filter(|(name, _)| name != "lock")
        .collect()
}

/// Opening is refused so, and nothing was changed by it.
fn assert_refused(directory: &Path, kind: ErrorKind, says: &str) {
    let before = files(directory);
    let error = open(directory).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(says), "'{says}' is not in: {error}");
    assert!(
        error.to_string().contains(FILE_NAME),
        "it does not say which file: {error}"
    );
    assert!(!error.is_temporary());
    assert!(before == files(directory), "a file was changed");
}

#[tokio::test]
async fn a_file_of_a_newer_release_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path()).await;
    let newer = FORMAT + 1;
    {
        let connection = Connection::open(directory.path().join(FILE_NAME)).unwrap();
        connection.pragma_update(None, "user_version", newer).unwrap();
    }
    let kind = ErrorKind::NewerFormat {
        found: newer,
        known: FORMAT,
    };
    let says =
        format!("it has format {newer}, this release knows formats up to {FORMAT}; it was left as it is");
    assert_refused(directory.path(), kind, &says);
}

/// The new format is in the log only: the newer release was killed before it had moved it into the file.
#[tokio::test]
async fn a_newer_format_that_is_in_the_log_only_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path()).await;
    let copy = tempfile::tempdir().unwrap();
    {
        let connection = Connection::open(directory.path().join(FILE_NAME)).unwrap();
        connection.pragma_update(None, "user_version", 7).unwrap();
        for file in ["format", FILE_NAME, &format!("{FILE_NAME}-wal")] {
            fs::copy(directory.path().join(file), copy.path().join(file)).unwrap();
        }
    }
    let kind = ErrorKind::NewerFormat {
        found: 7,
        known: FORMAT,
    };
    let log = copy.path().join(format!("{FILE_NAME}-wal"));
    let before = fs::read(&log).unwrap();
    let error = open(copy.path()).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(
        before == fs::read(&log).unwrap(),
        "the log was moved into the file"
    );
}

#[tokio::test]
async fn a_damaged_or_foreign_file_is_refused() {
    type Damage = fn(&Path);
    let cases: [(&str, &str, Damage); 6] = [
        ("another sort of file", "it is no SQLite database", |file| {
            fs::write(file, "breeds: []\n".repeat(100)).unwrap();
        }),
        ("a short file", "it is cut short", |file| {
            fs::write(file, "SQLite").unwrap();
        }),
        ("the first half", "it is cut short", |file| {
            let content = fs::read(file).unwrap();
            fs::write(file, &content[..content.len() / 2]).unwrap();
        }),
        ("zeroes at the beginning", "it is no SQLite database", |file| {
            let mut content = fs::read(file).unwrap();
            content[..512].fill(0);
            fs::write(file, content).unwrap();
        }),
        ("the database of another program", "another program", |file| {
            fs::remove_file(file).unwrap();
            let connection = Connection::open(file).unwrap();
            connection.execute_batch("CREATE TABLE theirs (a)").unwrap();
        }),
        (
            "the log without its file",
            "it is empty or gone, and its log is not",
            |file| {
                fs::rename(file, format!("{}-wal", file.display())).unwrap();
            },
        ),
    ];
    for (what, says, damage) in cases {
        let directory = tempfile::tempdir().unwrap();
        filled(directory.path()).await;
        damage(&directory.path().join(FILE_NAME));
        println!("{what}");
        assert_refused(directory.path(), ErrorKind::Corrupt, says);
    }
}

/// What is damaged within is found when it is read; it is never an answer.
#[tokio::test]
async fn damage_within_is_an_error_and_no_answer() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path()).await;
    let file = directory.path().join(FILE_NAME);
    let mut content = fs::read(&file).unwrap();
    let tables = 20 * 4096;
    content[tables..].fill(0xff);
    fs::write(&file, content).unwrap();
    let Ok(store) = open(directory.path()) else { return };
    let mut damaged = 0;
    for n in 0..100 {
        match store.get("breeds", &n.to_string()).await {
            Ok(stored) => assert!(
                stored.is_some_and(|stored| stored.content.len() == 3000),
                "{n} is another"
            ),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
                damaged += 1;
            }
        }
    }
    assert!(damaged > 0, "nothing was damaged");
    assert_eq!(store.list("breeds").await.unwrap_err().kind(), ErrorKind::Corrupt);
}
