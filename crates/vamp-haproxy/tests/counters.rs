//! What a running HAProxy counts.

#![expect(clippy::panic, reason = "a test fails by panicking, its helpers too")]

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use vamp_haproxy::counters::{Difference, Info, RowKind, Snapshot, Statistics, Status};

/// Columns in another order than HAProxy's, with one that nobody knows yet.
const ANSWER: &str = "# pxname,svname,future,type,status,scur,stot,weight,act,bck,check_status,check_code,check_duration,hrsp_2xx,hrsp_5xx,qtime,addr,bin,-,h2_x,\n\
    shop,FRONTEND,f1,0,OPEN,3,500,,,,,,,480,20,,,1000,-,7,\n\
    shop,one,,2,UP 1/3,1,200,100,1,0,* L7OK,200,4,190,10,12,127.0.0.1:8080,400,-,,\n\
    shop,two,\"a, \"\"b\"\"\",2,MAINT (via a/b),0,0,0,0,1,L4CON,,,,,,\"[::1]:8080\",0,-,,\n\
    shop,three,,2,no check,0,,,,,,,,,,,unix,,-,,\n\
    shop,BACKEND,,1,UP,1,200,100,1,1,,,,190,10,12,,400,-,,\n\n";

fn statistics(answer: &str) -> Statistics {
    Statistics::read(answer).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn rows_are_read_by_the_names_of_their_columns() {
    let statistics = statistics(ANSWER);
    assert_eq!(statistics.rows().len(), 5);
    let frontend = statistics.get("shop", "FRONTEND").unwrap();
    assert_eq!(
        (frontend.kind, frontend.status),
        (RowKind::Frontend, Status::Open)
    );
    assert_eq!(
        (
            frontend.current_sessions,
            frontend.counts.sessions,
            frontend.weight
        ),
        (Some(3), Some(500), None)
    );
    assert_eq!(
        (frontend.counts.responses_2xx, frontend.counts.responses_5xx),
        (Some(480), Some(20))
    );
    assert_eq!(frontend.counts.bytes_out, None, "a column that is not there");

    let one = statistics.get("shop", "one").unwrap();
    assert_eq!(
        (one.kind, one.status, one.is_healthy()),
        (RowKind::Server, Status::Up, true)
    );
    assert_eq!(
        (one.weight, one.active, one.backup),
        (Some(100), Some(1), Some(0))
    );
    assert_eq!(
        (one.check_status.as_deref(), one.check_code),
        (Some("L7OK"), Some(200))
    );
    assert_eq!(
        (one.check_duration, one.queue_time),
        (Some(Duration::from_millis(4)), Some(Duration::from_millis(12)))
    );
    assert_eq!(one.address.as_deref(), Some("127.0.0.1:8080"));

    let two = statistics.get("shop", "two").unwrap();
    assert_eq!(
        (two.status, two.is_healthy(), two.check_code),
        (Status::Maintenance, false, None)
    );
    assert_eq!(two.get("future").as_deref(), Some("a, \"b\""));
    assert_eq!(two.get("status").as_deref(), Some("MAINT (via a/b)"));
    assert_eq!(
        (
            frontend.get("h2_x").as_deref(),
            two.get("h2_x"),
            two.get("nothing")
        ),
        (Some("7"), None, None)
    );

    assert!(statistics.get("shop", "three").unwrap().is_healthy());
    assert!(statistics.get("shop", "BACKEND").unwrap().is_healthy());
    assert_eq!(statistics.columns()[..3], ["pxname", "svname", "future"]);
}

#[test]
fn states_are_those_of_the_manual() {
    for (text, expected, takes) in [
        ("OPEN", Status::Open, true),
        ("FULL", Status::Full, false),
        ("STOP", Status::Stopped, false),
        ("UP", Status::Up, true),
        ("UP 2/3", Status::Up, true),
        ("no check", Status::Unchecked, true),
        ("DOWN", Status::Down, false),
        ("DOWN 1/2", Status::Down, false),
        ("DOWN (agent)", Status::Down, false),
        ("NOLB", Status::NoLoadBalancing, false),
        ("DRAIN", Status::Drain, false),
        ("MAINT", Status::Maintenance, false),
        ("MAINT (resolution)", Status::Maintenance, false),
        ("MAINT(via)", Status::Maintenance, false),
        ("new words", Status::Other, false),
        ("", Status::Other, false),
    ] {
        let answer = format!("# pxname,svname,type,status\na,b,2,{text}\n");
        let status = statistics(&answer).rows()[0].status;
        assert_eq!((status, status.takes_traffic()), (expected, takes), "{text}");
    }
    let no_server = statistics("# pxname,svname,status,act\na,BACKEND,UP,0\n");
    assert!(!no_server.rows()[0].is_healthy());
    assert_eq!(
        no_server.rows()[0].kind,
        RowKind::Backend,
        "by its name where there is no type"
    );
}

#[test]
fn what_is_no_statistics_is_an_error_with_its_line() {
    for (answer, expected) in [
        ("", "line 1: no header such as '# pxname,svname,…'"),
        (
            "Permission denied\n",
            "line 1: no header such as '# pxname,svname,…'",
        ),
        ("# a,b\n", "line 1: the header has no pxname and svname"),
        ("# pxname,svname\na,b\n,c\n", "line 3: a row without names"),
    ] {
        assert_eq!(Statistics::read(answer).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_process_tells_about_itself() {
    let answer = "Name: HAProxy\nVersion: 2.6.12-1+deb12u4\nNbthread: 2\nPid: 11377\nUptime: 0d 0h00m10s\nUptime_sec: 10\n\
        Maxconn: 1000\nCurrConns: 1\nCumConns: 25\nCumReq: 20\nIdle_pct: 100\nnode: a: b\nStopping: 0\nUnstoppable Jobs: 1\n\n";
    let info = Info::read(answer).unwrap();
    assert_eq!(
        (info.version.as_str(), info.pid, info.uptime),
        ("2.6.12-1+deb12u4", 11377, Duration::from_secs(10))
    );
    assert_eq!(
        (info.max_connections, info.current_connections, info.connections),
        (Some(1000), Some(1), Some(25))
    );
    assert_eq!(
        (info.idle_percent, info.stopping, info.dropped_logs),
        (Some(100), false, None)
    );
    assert_eq!(
        (
            info.get("node"),
            info.get("Unstoppable Jobs"),
            info.get("nothing")
        ),
        (Some("a: b"), Some("1"), None)
    );
    assert_eq!(info.values().count(), 14);
    assert!(
        Info::read(&answer.replace("Stopping: 0", "Stopping: 1"))
            .unwrap()
            .stopping
    );
    let missing = Info::read(&answer.replace("Pid: 11377", "Pid: x")).unwrap_err();
    assert_eq!(missing.to_string(), "the answer to 'show info' has no Pid");
}

/// Rows of one count, sessions, and of bytes.
fn snapshot(second: u64, rows: &[(&str, u64, u64)]) -> Snapshot {
    let mut answer = "# pxname,svname,type,stot,bin\n".to_owned();
    for (name, sessions, bytes) in rows {
        answer += &format!("shop,{name},2,{sessions},{bytes}\n");
    }
    Snapshot::new(Duration::from_secs(second), statistics(&answer))
}

fn counted(difference: &Difference) -> Vec<(&str, Option<u64>, Option<u64>)> {
    difference
        .counts()
        .map(|(_, name, counts)| (name, counts.sessions, counts.bytes_in))
        .collect()
}

#[test]
fn counts_are_those_since_the_snapshot_before() {
    let before = snapshot(100, &[("one", 10, 1000), ("two", 5, 50), ("gone", 9, 9)]);
    let after = snapshot(110, &[("one", 30, 1500), ("two", 5, 50), ("new", 4, 40)]);
    let difference = Difference::between(&before, &after);
    assert_eq!(
        counted(&difference),
        [
            ("new", Some(4), Some(40)),
            ("one", Some(20), Some(500)),
            ("two", Some(0), Some(0))
        ]
    );
    assert_eq!(difference.elapsed(), Duration::from_secs(10));
    assert_eq!(
        difference.rate(difference.get("shop", "one").unwrap().sessions),
        Some(2.0)
    );
    assert_eq!(
        difference.rate(difference.get("shop", "one").unwrap().requests),
        None,
        "no such count"
    );
    assert_eq!(difference.get("shop", "gone"), None);
    assert_eq!(
        Difference::between(&before, &before).rate(Some(1)),
        None,
        "no time"
    );
}

#[test]
fn after_a_reload_everything_was_counted_since() {
    // The new process has sent more bytes already than the old one, but has fewer sessions.
    let before = snapshot(100, &[("one", 10, 1000)]);
    let after = snapshot(110, &[("one", 3, 1200)]);
    assert_eq!(
        counted(&Difference::between(&before, &after)),
        [("one", Some(3), Some(1200))]
    );
    // It has more of both: only its process id tells.
    let after = snapshot(110, &[("one", 30, 1200)]);
    assert_eq!(
        counted(&Difference::between(&before, &after)),
        [("one", Some(20), Some(200))]
    );
    let (before, after) = (before.of_process(1), after.of_process(2));
    assert_eq!(
        counted(&Difference::between(&before, &after)),
        [("one", Some(30), Some(1200))]
    );
}

proptest! {
    #[test]
    fn differences_are_merged_in_any_order(
        samples in vec((0_u64..1000, vec((select(vec!["one", "two", "three"]), 0_u64..100, 0_u64..100), 0..4)), 4),
    ) {
        let snapshots: Vec<Snapshot> = samples.iter().map(|(second, rows)| snapshot(*second, rows)).collect();
        let parts: Vec<Difference> = snapshots.windows(2).map(|pair| Difference::between(&pair[0], &pair[1])).collect();
        let merged = |one: &Difference, other: &Difference| {
            let mut one = one.clone();
            one.merge(other);
            one
        };
        let whole = merged(&merged(&parts[0], &parts[1]), &parts[2]);
        prop_assert_eq!(&merged(&parts[0], &merged(&parts[1], &parts[2])), &whole);
        prop_assert_eq!(&merged(&merged(&parts[2], &parts[0]), &parts[1]), &whole);
        prop_assert_eq!(&merged(&Difference::default(), &whole), &whole);
    }

    #[test]
    fn steps_without_a_reload_add_up_to_the_whole_way(steps in vec((1_u64..10, 0_u64..100, 0_u64..100), 1..6)) {
        let mut now = (0, 0, 0);
        let mut snapshots = vec![snapshot(0, &[("one", 0, 0)])];
        for (seconds, sessions, bytes) in steps {
            now = (now.0 + seconds, now.1 + sessions, now.2 + bytes);
            snapshots.push(snapshot(now.0, &[("one", now.1, now.2)]));
        }
        let mut sum = Difference::default();
        snapshots.windows(2).for_each(|pair| sum.merge(&Difference::between(&pair[0], &pair[1])));
        prop_assert_eq!(sum, Difference::between(&snapshots[0], snapshots.last().unwrap()));
    }

    #[test]
    fn any_text_is_an_answer_or_an_error(text in "\\PC{0,80}", rows in vec("[a\",\n ]{0,12}", 0..6)) {
        let _ = Statistics::read(&text);
        let _ = Statistics::read(&format!("# pxname,svname,{text}\n{}", rows.join("\n")));
        let _ = Info::read(&text);
        let _ = vamp_haproxy::answers::servers_state(&format!("1\n# {text}\n{}", rows.join("\n")));
        let _ = vamp_haproxy::answers::Processes::read(&text);
        let _ = vamp_haproxy::answers::map_entries(&text);
        let _ = vamp_haproxy::answers::map_files(&text);
    }
}
