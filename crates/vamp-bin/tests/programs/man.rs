//! The manual pages.

use std::fs;
use std::process::Command;

use crate::support::{run, vamp};

#[test]
fn there_is_a_page_of_each_program_and_command_and_man_can_read_it() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("share/man/man1");
    let ran = run(vamp().arg("man").arg(&directory));
    assert_eq!((ran.status, ran.out), (0, format!("{}\n", directory.display())));

    let read = |page: &str| fs::read_to_string(directory.join(page)).unwrap();
    assert!(
        read("vamp.1").contains("vamp\\-serve(1)"),
        "the page of vamp leads to the others"
    );
    assert!(read("vamp-serve.1").contains("\\-\\-state\\-dir"));
    assert!(read("vga.1").contains("\\-\\-storeConnection"));
    assert!(read("vga-diff.1").contains(".SH OPTIONS"));

    // What help lists has a page.
    for program in ["vamp", "vga"] {
        let page = read(&format!("{program}.1"));
        let mentioned = page.lines().filter_map(|line| {
            let (name, _) = line.split_once("(1)")?;
            Some(format!("{}.1", name.replace("\\-", "-")))
        });
        let pages: Vec<String> = mentioned.collect();
        assert!(pages.len() > 4, "{program}: {pages:?}");
        for page in pages {
            assert!(directory.join(&page).is_file(), "{page} is missing");
        }
    }

    if vamp_testkit::skip::without("man") {
        return;
    }
    let shown = run(Command::new("man")
        .arg("-l")
        .arg(directory.join("vga.1"))
        .env("MANPAGER", "cat")
        .env("MANWIDTH", "80"));
    for line in [
        "  udp://HOST:PORT                       a datagram a line, as Logstash and syslog take them\n",
        "  vga diff A B                          what happens between two configurations\n",
    ] {
        assert!(shown.out.contains(line), "{}", shown.out);
    }
    for entry in fs::read_dir(&directory).unwrap() {
        let page = entry.unwrap().path();
        let shown = run(Command::new("man")
            .args(["--warnings", "-l"])
            .arg(&page)
            .env("MANPAGER", "cat")
            .env("MANWIDTH", "100"));
        assert_eq!((shown.status, &*shown.err), (0, ""), "{}", page.display());
        assert!(shown.out.contains("NAME"), "{}", page.display());
    }
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let ran = run(vamp().args(["man", "/proc/nowhere/man1"]));
    assert_eq!(ran.status, 1);
    assert!(
        ran.err.starts_with("error: cannot make /proc/nowhere/man1: "),
        "{}",
        ran.err
    );
}
