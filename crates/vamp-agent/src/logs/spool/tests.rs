//! A spool on a real disk.

use std::fs::OpenOptions;
use std::io::Write as _;

use vamp_testkit::disk::SmallDisk;

use super::*;

fn part(first: u64, count: u64) -> Part {
    let mut data = Vec::new();
    let mut ends = Vec::new();
    for number in first..first + count {
        data.extend_from_slice(format!("line {number:06} {}", "x".repeat(100)).as_bytes());
        ends.push(u32::try_from(data.len()).unwrap());
    }
    Part::whole(Arc::new(Chunk::new(7, first, data, ends)))
}

fn numbers(parts: &[Part]) -> Vec<u64> {
    let of = |part: &Part| {
        (part.start..part.end)
            .map(|at| part.chunk.first + at as u64)
            .collect::<Vec<_>>()
    };
    parts.iter().flat_map(of).collect()
}

fn drained(spool: &mut Spool) -> Vec<u64> {
    let mut all = Vec::new();
    while !spool.is_empty() {
        all.extend(numbers(&spool.take(10, 1 << 20).unwrap()));
        spool.commit().unwrap();
    }
    all
}

#[test]
fn lines_come_back_in_order_also_after_another_start_and_half_a_record() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Spool::open(directory.path().to_owned(), 1 << 20).unwrap();
    let mut spool = open();
    for first in (0..1000).step_by(20) {
        spool.append(vec![part(first, 20)]).unwrap();
    }
    assert_eq!(spool.lines(), 1000);
    let taken = spool.take(10, 1 << 20).unwrap();
    assert_eq!(numbers(&taken), (0..10).collect::<Vec<_>>());
    spool.put_back(taken);
    spool.sync().unwrap();
    drop(spool);

    let last = files::numbers(directory.path()).unwrap().pop().unwrap();
    let last = files::path(directory.path(), last);
    let mut file = OpenOptions::new().append(true).open(last).unwrap();
    file.write_all(&record::written(&part(5000, 3))[..40]).unwrap();
    let mut spool = open();
    assert_eq!(spool.lines(), 1000);
    spool.append(vec![part(1000, 5)]).unwrap();
    assert_eq!(drained(&mut spool), (0..1005).collect::<Vec<_>>());
    drop(spool);
    assert!(open().is_empty());
}

#[test]
fn the_oldest_file_goes_when_the_bound_is_reached() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(directory.path().to_owned(), 1 << 20).unwrap();
    for first in (0..20_000).step_by(20) {
        spool.append(vec![part(first, 20)]).unwrap();
        assert!(spool.bytes() <= 1 << 20);
    }
    let dropped = spool.take_lost();
    assert!(dropped > 0);
    assert_eq!(spool.lines() + dropped, 20_000);
    assert_eq!(drained(&mut spool), (dropped..20_000).collect::<Vec<_>>());
}

#[test]
fn what_is_delivered_does_not_come_again() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Spool::open(directory.path().to_owned(), 1 << 20).unwrap();
    let mut spool = open();
    spool.append(vec![part(0, 10)]).unwrap();
    assert_eq!(drained(&mut spool), (0..10).collect::<Vec<_>>());
    spool.append(vec![part(10, 10)]).unwrap();
    drop(spool);
    assert_eq!(drained(&mut open()), (10..20).collect::<Vec<_>>());
}

#[test]
fn lines_in_hand_are_on_the_disk_whole_or_not_at_all() {
    if SmallDisk::is_missing() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let disk = SmallDisk::in_place_of(directory.path(), 1).unwrap();
    let open = || Spool::open(directory.path().to_owned(), 16 << 20).unwrap();
    let mut spool = open();
    let parts: Vec<Part> = (0..20_000).step_by(1000).map(|first| part(first, 1000)).collect();
    let error = spool.append_taken(&parts).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert_eq!((spool.lines(), spool.bytes()), (0, 0));
    // They are still in hand, and what the spool takes now is younger.
    spool.append(vec![part(20_000, 10)]).unwrap();
    assert_eq!(drained(&mut spool), (20_000..20_010).collect::<Vec<_>>());
    drop(spool);
    assert!(open().is_empty());
    drop(disk);
}

#[test]
fn lines_in_hand_come_before_those_that_are_added_and_are_not_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Spool::open(directory.path().to_owned(), 1 << 20).unwrap();
    let mut spool = open();
    // More than a file.
    let parts: Vec<Part> = (0..3000).step_by(500).map(|first| part(first, 500)).collect();
    spool.append_taken(&parts).unwrap();
    spool.append(vec![part(3000, 10)]).unwrap();
    assert_eq!(
        numbers(&spool.take(5, 1 << 20).unwrap()),
        (3000..3005).collect::<Vec<_>>()
    );
    // A crash here loses none of either.
    drop(spool);
    assert_eq!(drained(&mut open()), (0..3010).collect::<Vec<_>>());
}

#[test]
fn a_full_disk_that_cannot_note_what_is_delivered_does_so_later() {
    if SmallDisk::is_missing() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let disk = SmallDisk::in_place_of(directory.path(), 1).unwrap();
    let open = || Spool::open(directory.path().to_owned(), 1 << 20).unwrap();
    let mut spool = open();
    spool.append(vec![part(0, 2000)]).unwrap();
    assert_eq!(numbers(&spool.take(2000, 1 << 20).unwrap()).len(), 2000);
    disk.fill().unwrap();
    spool.commit().unwrap_err();
    assert!(spool.bytes() > 0, "the file is there and counts");
    disk.free().unwrap();
    spool.commit().unwrap();
    drop(spool);
    assert!(open().is_empty());
    drop(disk);
}

#[test]
fn lines_that_have_to_be_delivered_again_come_first_also_after_a_crash() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Spool::open(directory.path().to_owned(), 1 << 20).unwrap();
    let mut spool = open();
    spool.append(vec![part(10, 20)]).unwrap();
    assert_eq!(
        numbers(&spool.take(5, 1 << 20).unwrap()),
        (10..15).collect::<Vec<_>>()
    );
    spool.put_first(vec![part(5, 10)]).unwrap();
    assert_eq!(spool.lines(), 25);
    drop(spool);
    let mut spool = open();
    assert_eq!(drained(&mut spool), (5..30).collect::<Vec<_>>());
    drop(spool);
    assert!(open().is_empty());
}

#[test]
fn what_has_no_file_at_the_end_is_counted() {
    if SmallDisk::is_missing() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let disk = SmallDisk::in_place_of(directory.path(), 1).unwrap();
    let mut spool = Spool::open(directory.path().to_owned(), 1 << 20).unwrap();
    disk.fill().unwrap();
    spool.put_first(vec![part(0, 100)]).unwrap_err();
    assert_eq!((spool.lines(), spool.take_lost()), (100, 0));
    spool.close().unwrap_err();
    assert_eq!((spool.lines(), spool.take_lost()), (0, 100));
    drop(disk);
}

#[test]
fn a_file_that_cannot_be_read_is_waited_for_or_given_up_with_its_lines_counted() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(directory.path().to_owned(), 1 << 20).unwrap();
    for first in (0..8000).step_by(2000) {
        spool.append(vec![part(first, 2000)]).unwrap();
    }
    let path = files::path(directory.path(), 1);
    let aside = directory.path().join("aside");
    fs::rename(&path, &aside).unwrap();
    spool.take(10, 1 << 20).unwrap_err();
    assert_eq!((spool.lines(), spool.take_lost()), (8000, 0));
    fs::rename(&aside, &path).unwrap();
    let taken = spool.take(10, 1 << 20).unwrap();
    assert_eq!(numbers(&taken), (0..10).collect::<Vec<_>>());
    spool.put_back(taken);

    let mut spool = {
        drop(spool);
        fs::rename(&path, &aside).unwrap();
        Spool::open(directory.path().to_owned(), 1 << 20).unwrap()
    };
    let second = files::path(directory.path(), 2);
    fs::remove_file(&second).unwrap();
    spool.take(10, 1 << 20).unwrap_err();
    assert_eq!(spool.give_up_oldest(), Some(second));
    let (lost, rest) = (spool.take_lost(), spool.lines());
    assert_eq!((lost, rest), (2000, 4000));
    assert_eq!(drained(&mut spool), (8000 - rest..8000).collect::<Vec<_>>());
}

#[test]
fn lines_behind_a_damaged_file_come_and_the_others_are_counted() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(directory.path().to_owned(), 1 << 20).unwrap();
    for first in (0..4000).step_by(1000) {
        spool.append(vec![part(first, 1000)]).unwrap();
    }
    fs::write(files::path(directory.path(), 1), [b'x'; 100]).unwrap();
    let rest = drained(&mut spool);
    let lost = spool.take_lost();
    assert!(lost > 0 && lost < 4000);
    assert_eq!(rest, (lost..4000).collect::<Vec<_>>());
}

#[test]
fn one_agent_has_a_spool() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Spool::open(directory.path().to_owned(), 1 << 20);
    let first = open().unwrap();
    let refused = open().unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ResourceBusy);
    drop(first);
    open().unwrap();
}
