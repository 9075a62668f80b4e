//! The directory, its lock and its format.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use vamp_store::sqlite::FILE_NAME;
use vamp_store::{ArtifactStore as _, ErrorKind, STATE_FORMAT, StateDirectory, Write};

use super::open;

#[test]
fn one_process_has_it_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep/state");
    let first = StateDirectory::open(&path).unwrap();
    let clone = first.clone();
    drop(first);
    let error = StateDirectory::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InUse);
    let holder = format!("process {} holds the lock", std::process::id());
    assert!(error.to_string().ends_with(&holder), "{error}");
    assert!(error.is_temporary());
    drop(clone);
    StateDirectory::open(&path).unwrap();
}

#[tokio::test]
async fn an_open_store_keeps_it_locked_and_a_closed_one_leaves_its_file() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    assert_eq!(open(directory.path()).unwrap_err().kind(), ErrorKind::InUse);
    store
        .commit(Write::put("breeds", "a", "{}").into())
        .await
        .unwrap();
    drop(store);
    let mut names: Vec<_> = fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["format", "id", "lock", FILE_NAME]);
    let again = open(directory.path()).unwrap();
    assert!(again.get("breeds", "a").await.unwrap().is_some());
}

#[test]
fn nobody_else_can_read_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let _store = open(&path).unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.clone()), 0o700);
    for file in fs::read_dir(&path).unwrap() {
        assert_eq!(mode(file.unwrap().path()), 0o600);
    }
}

#[test]
fn a_directory_of_a_newer_release_or_an_unknown_one_is_refused() {
    let newer = STATE_FORMAT + 1;
    let cases = [
        (
            format!("vamp state directory, format {newer}\n"),
            ErrorKind::NewerFormat {
                found: newer,
                known: STATE_FORMAT,
            },
        ),
        ("vamp state directory, format 0\n".to_owned(), ErrorKind::Corrupt),
        ("something else\n".to_owned(), ErrorKind::Corrupt),
        (String::new(), ErrorKind::Corrupt),
    ];
    for (format, kind) in cases {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("format");
        fs::write(&file, &format).unwrap();
        let error = StateDirectory::open(directory.path()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), format);
    }
}

#[test]
fn each_has_an_id_that_stays() {
    let open = |path: &std::path::Path| StateDirectory::open(path).map(|state| state.id().to_owned());
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let id = open(one.path()).unwrap();
    assert_eq!(open(one.path()).unwrap(), id);
    assert_ne!(open(other.path()).unwrap(), id);
    let file = one.path().join("id");
    fs::write(&file, "me\n").unwrap();
    let error = open(one.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
}

#[test]
fn what_is_no_directory_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = StateDirectory::open(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
}
