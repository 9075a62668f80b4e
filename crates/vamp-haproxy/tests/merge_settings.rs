//! `global` and `defaults` of the user's with ours.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use vamp_haproxy::Document;
use vamp_haproxy::document::{Branch, LineKind};
use vamp_haproxy::merge::{Merged, Need, Ours, OwnFile, merge};

const BASE: &str = "\
global
  log 127.0.0.1:514 len 8192 local0
  stats socket \"unix@/run/vamp/haproxy.sock\" level admin
  maxconn 1000
  .if version_atleast(2.6)
  fd-hard-limit 100000
  .endif
  ssl-default-bind-options ssl-min-ver TLSv1.2
  hard-stop-after 1800000ms
  mworker-max-reloads 200

defaults
  log global
  mode http
  option http-keep-alive
  option idle-close-on-response
  timeout client 50000ms
  default-server init-addr last,libc,none downinter 500ms
";

const GATEWAYS: &str = "frontend edge\n  bind 0.0.0.0:9050\n";

fn merged(own: &str) -> Result<Merged, String> {
    merged_with(BASE, own)
}

fn merged_with(base: &str, own: &str) -> Result<Merged, String> {
    let (base, gateways) = (Document::parse(base), Document::parse(GATEWAYS));
    merge(&Ours::new(&base, &gateways), &[OwnFile::new("own.cfg", own)]).map_err(|conflicts| {
        let sentences: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
        sentences.join("\n")
    })
}

/// The result, and below it what is told of it.
fn told(own: &str) -> String {
    let merged = merged(own).unwrap();
    let replaced = merged.replaced.iter().map(ToString::to_string);
    let only_own = merged.only_own.iter().map(ToString::to_string);
    let told: Vec<String> = replaced.chain(only_own).collect();
    format!("{}---\n{}", merged.document, told.join("\n"))
}

#[test]
fn what_the_user_says_in_global_takes_the_place_of_ours_or_is_added() {
    insta::assert_snapshot!(told("\
# top
global # of mine
  maxconn 500 # fewer
  fd-hard-limit 4000
  # one more
  log 10.0.0.9:514 local1 notice
  stats socket /run/other.sock
  ssl-default-bind-options no-tls-tickets
  tune.bufsize 32768

# a backend
backend a
"), @r#"
    global
      log 127.0.0.1:514 len 8192 local0
      stats socket "unix@/run/vamp/haproxy.sock" level admin
      ssl-default-bind-options ssl-min-ver TLSv1.2
      hard-stop-after 1800000ms
      mworker-max-reloads 200
      maxconn 500 # fewer
      fd-hard-limit 4000
      # one more
      log 10.0.0.9:514 local1 notice
      stats socket /run/other.sock
      ssl-default-bind-options no-tls-tickets
      tune.bufsize 32768

    defaults
      log global
      mode http
      option http-keep-alive
      option idle-close-on-response
      timeout client 50000ms
      default-server init-addr last,libc,none downinter 500ms

    frontend edge
      bind 0.0.0.0:9050

    # top

    # a backend
    backend a
    ---
    own.cfg:3: 'maxconn' replaces the base (line 4)
    own.cfg:4: 'fd-hard-limit' replaces the base (line 6)
    "#);
}

#[test]
fn what_the_user_says_in_defaults_holds_for_gateways_where_it_is_harmless() {
    insta::assert_snapshot!(told("\
frontend first

defaults
  # of mine
  mode tcp
  timeout client 10s
  timeout tunnel 1h
  option httpclose
  option forwardfor
  errorfile 503 /etc/503.http
  default-server inter 5s downinter 1s
  default-server ssl verify none
  cookie X insert
  log 10.0.0.9:514 local1

defaults named
  timeout client 1s

frontend second
"), @r#"
    global
      log 127.0.0.1:514 len 8192 local0
      stats socket "unix@/run/vamp/haproxy.sock" level admin
      maxconn 1000
      .if version_atleast(2.6)
      fd-hard-limit 100000
      .endif
      ssl-default-bind-options ssl-min-ver TLSv1.2
      hard-stop-after 1800000ms
      mworker-max-reloads 200

    defaults
      log global
      mode http
      option idle-close-on-response
      default-server init-addr last,libc,none downinter 500ms
      timeout client 10s
      timeout tunnel 1h
      option httpclose
      errorfile 503 /etc/503.http
      default-server inter 5s downinter 1s
      log 10.0.0.9:514 local1

    frontend edge
      bind 0.0.0.0:9050

    frontend first

    defaults
      log global
      option idle-close-on-response
      default-server init-addr last,libc,none downinter 500ms
      # of mine
      mode tcp
      timeout client 10s
      timeout tunnel 1h
      option httpclose
      option forwardfor
      errorfile 503 /etc/503.http
      default-server inter 5s downinter 1s
      default-server ssl verify none
      cookie X insert
      log 10.0.0.9:514 local1

    defaults named
      timeout client 1s

    frontend second
    ---
    own.cfg:8: 'option http-keep-alive' replaces the base (line 15)
    own.cfg:6: 'timeout client' replaces the base (line 17)
    own.cfg:5: 'mode tcp' holds for proxies of your own, and not for gateways
    own.cfg:9: 'option forwardfor' holds for proxies of your own, and not for gateways
    own.cfg:12: 'default-server ssl verify none' holds for proxies of your own, and not for gateways
    own.cfg:13: 'cookie X insert' holds for proxies of your own, and not for gateways
    "#);
}

#[test]
fn a_conditional_block_is_completed_by_ours() {
    insta::assert_snapshot!(told("\
global
  .if defined(A)
    maxconn 1
    .if defined(B)
      fd-hard-limit 5
    .endif
  .elif defined(C)
    nbthread 3
  .endif
  .if !defined(A)
    nbthread 4
  .endif
"), @r#"
    global
      log 127.0.0.1:514 len 8192 local0
      stats socket "unix@/run/vamp/haproxy.sock" level admin
      ssl-default-bind-options ssl-min-ver TLSv1.2
      hard-stop-after 1800000ms
      mworker-max-reloads 200
      .if defined(A)
        maxconn 1
        .if defined(B)
          fd-hard-limit 5
    .else
      .if version_atleast(2.6)
      fd-hard-limit 100000
      .endif
        .endif
      .elif defined(C)
        nbthread 3
      maxconn 1000
      .if version_atleast(2.6)
      fd-hard-limit 100000
      .endif
    .else
      maxconn 1000
      .if version_atleast(2.6)
      fd-hard-limit 100000
      .endif
      .endif
      .if !defined(A)
        nbthread 4
      .endif

    defaults
      log global
      mode http
      option http-keep-alive
      option idle-close-on-response
      timeout client 50000ms
      default-server init-addr last,libc,none downinter 500ms

    frontend edge
      bind 0.0.0.0:9050
    ---
    own.cfg:3: 'maxconn' replaces the base (line 4) where its condition holds
    own.cfg:5: 'fd-hard-limit' replaces the base (line 6) where its condition holds
    "#);
    // All cases are the user's.
    insta::assert_snapshot!(told("\
defaults
  .if defined(A)
    timeout client 1s
  .else
    timeout client 2s
  .endif
"), @r#"
    global
      log 127.0.0.1:514 len 8192 local0
      stats socket "unix@/run/vamp/haproxy.sock" level admin
      maxconn 1000
      .if version_atleast(2.6)
      fd-hard-limit 100000
      .endif
      ssl-default-bind-options ssl-min-ver TLSv1.2
      hard-stop-after 1800000ms
      mworker-max-reloads 200

    defaults
      log global
      mode http
      option http-keep-alive
      option idle-close-on-response
      default-server init-addr last,libc,none downinter 500ms
      .if defined(A)
        timeout client 1s
      .else
        timeout client 2s
      .endif

    frontend edge
      bind 0.0.0.0:9050

    defaults
      log global
      mode http
      option http-keep-alive
      option idle-close-on-response
      default-server init-addr last,libc,none downinter 500ms
      .if defined(A)
        timeout client 1s
      .else
        timeout client 2s
      .endif
    ---
    own.cfg:3: 'timeout client' replaces the base (line 17) where its condition holds
    "#);
}

#[test]
fn what_is_said_in_all_cases_leaves_nothing_of_ours() {
    let whole = told("defaults\n  .if defined(A)\n  timeout client 1s\n  .endif\n  timeout client 2s\n");
    assert!(
        !whole.contains("client 50000ms")
            && whole.contains("  timeout client 1s\n  .endif\n  timeout client 2s\n"),
        "{whole}"
    );
}

#[test]
fn blocks_that_nobody_can_complete_are_told() {
    for (own, sentence) in [
        (
            "global\n  .if defined(A)\n  maxconn 1\n  .endif\n  .if defined(B)\n  maxconn 2\n  .endif\n",
            "own.cfg:6: 'maxconn' depends on a condition here and on another in own.cfg:3; say it in one conditional block",
        ),
        (
            ".if defined(A)\nglobal\n  nbthread 1\n.endif\n",
            "own.cfg:2: the conditional block of own.cfg:1 begins or ends outside of this 'global'; put the whole block into the section",
        ),
        (
            "defaults\n  .if defined(A)\n  retries 1\nbackend a\n  .endif\n",
            "own.cfg:1: the conditional block of own.cfg:2 begins or ends outside of this 'defaults'; put the whole block into the section",
        ),
        (
            "defaults\n  retries 1\nbackend a\ndefaults\n  retries 2\n",
            "own.cfg:4: there is a 'defaults' without a name in own.cfg:1; give this one a name, and say 'from' with it in the proxies that \
             it is for",
        ),
    ] {
        assert_eq!(merged(own).unwrap_err(), sentence);
    }
    // A block that begins behind `global` and says nothing of it belongs to what follows.
    let whole = told("global\n  nbthread 1\n\n.if defined(A)\nbackend a\n.endif\n");
    assert!(
        whole.contains("\n\n.if defined(A)\nbackend a\n.endif\n---"),
        "{whole}"
    );
}

#[test]
fn what_the_agent_needs_is_refused_with_the_reason() {
    use Need::{
        CommandLine, CommandSockets, Environment, Foreground, GatewaySockets, IdleClose, Log, LogOnce,
        Messages, OldWorkers, UnixBind, Warnings,
    };
    let ours = |line: usize| format!(" in the place of the base (line {line})");
    for (section, line, setting, place, need) in [
        ("global", "daemon", "daemon", String::new(), Foreground),
        (
            "global",
            "master-worker no-exit-on-failure",
            "master-worker no-exit-on-failure",
            String::new(),
            CommandLine,
        ),
        ("global", "nbproc 2", "nbproc 2", String::new(), CommandLine),
        (
            "global",
            "pidfile /run/h.pid",
            "pidfile /run/h.pid",
            String::new(),
            CommandLine,
        ),
        (
            "global",
            "hard-stop-after 5h",
            "hard-stop-after 5h",
            ours(9),
            OldWorkers,
        ),
        (
            "global",
            "mworker-max-reloads 5",
            "mworker-max-reloads 5",
            ours(10),
            OldWorkers,
        ),
        ("global", "grace 5m", "grace 5m", String::new(), OldWorkers),
        (
            "global",
            "close-spread-time infinite",
            "close-spread-time infinite",
            String::new(),
            OldWorkers,
        ),
        (
            "global",
            "chroot /var/lib/haproxy",
            "chroot /var/lib/haproxy",
            String::new(),
            GatewaySockets,
        ),
        (
            "global",
            "user haproxy",
            "user haproxy",
            String::new(),
            GatewaySockets,
        ),
        ("global", "uid 99", "uid 99", String::new(), GatewaySockets),
        (
            "global",
            "unix-bind mode 600 prefix /x",
            "unix-bind mode",
            String::new(),
            UnixBind,
        ),
        (
            "global",
            "unix-bind user haproxy",
            "unix-bind user",
            String::new(),
            UnixBind,
        ),
        (
            "global",
            "stats maxconn 1",
            "stats maxconn",
            String::new(),
            CommandSockets,
        ),
        (
            "global",
            "stats timeout 1ms",
            "stats timeout",
            String::new(),
            CommandSockets,
        ),
        (
            "global",
            "resetenv PATH",
            "resetenv PATH",
            String::new(),
            Environment,
        ),
        (
            "global",
            "setenv HAPROXY_PROCESSES x",
            "setenv HAPROXY_PROCESSES",
            String::new(),
            Environment,
        ),
        (
            "global",
            "unsetenv A HAPROXY_PROCESSES",
            "unsetenv A",
            String::new(),
            Environment,
        ),
        ("global", "quiet", "quiet", String::new(), Messages),
        ("global", "zero-warning", "zero-warning", String::new(), Warnings),
        ("global", "no log", "no log", String::new(), Log),
        (
            "global",
            "log 127.0.0.1:514 daemon",
            "log 127.0.0.1:514",
            ours(2),
            LogOnce,
        ),
        (
            "global",
            "log udp@127.0.0.1:514 daemon",
            "log udp@127.0.0.1:514",
            ours(2),
            LogOnce,
        ),
        (
            "global",
            "log 127.0.0.1 daemon",
            "log 127.0.0.1",
            ours(2),
            LogOnce,
        ),
        (
            "defaults",
            "log 127.0.0.1:514 local3",
            "log 127.0.0.1:514",
            ours(2),
            LogOnce,
        ),
        ("defaults", "no log", "no log", String::new(), Log),
        (
            "defaults",
            "no option idle-close-on-response",
            "no option idle-close-on-response",
            ours(16),
            IdleClose,
        ),
        (
            "defaults",
            "default option idle-close-on-response",
            "default option idle-close-on-response",
            ours(16),
            IdleClose,
        ),
    ] {
        let expected = format!("own.cfg:3: '{setting}' is refused{place}: {need}");
        assert_eq!(merged(&format!("\n{section}\n  {line}\n")).unwrap_err(), expected);
        // Whatever its condition.
        let conditional = merged(&format!("{section}\n .if defined(X)\n  {line}\n .endif\n"));
        assert_eq!(conditional.unwrap_err(), expected);
    }
    insta::assert_snapshot!(merged("global\n  hard-stop-after 5h\n").unwrap_err(), @"own.cfg:2: 'hard-stop-after 5h' is refused in the place of the base (line 9): the agent bounds how long and how many old workers live after reloads; remove the line, and choose the limits in the base");
}

#[test]
fn what_does_no_harm_is_taken() {
    for line in [
        "close-spread-time 10s",
        "group haproxy",
        "setenv COLOR red",
        "unsetenv COLOR",
        "log 10.0.0.9:514 local0",
        "log /dev/log local0",
        "stats socket /run/mine.sock expose-fd listeners",
        "nbthread 2",
    ] {
        assert!(merged(&format!("global\n  {line}\n")).is_ok(), "{line}");
    }
    // Proxies of the user's own are his affair.
    let own = "defaults mine\n  no option idle-close-on-response\n  no log\nfrontend a\n  no option idle-close-on-response\n";
    assert!(merged(own).is_ok());
}

#[test]
fn a_setting_of_global_that_haproxy_takes_once_is_told_with_both_places() {
    let one = "global\n  maxconn 1\n  gid 5\n\nglobal\n  maxconn 2\n  nbthread 1\n";
    let two = "global\n  .if defined(A)\n  maxconn 3\n  .endif\n  group haproxy\n  nbthread 2\n";
    let (base, gateways) = (Document::parse(BASE), Document::parse(GATEWAYS));
    let own = [OwnFile::new("one.cfg", one), OwnFile::new("two.cfg", two)];
    let conflicts = merge(&Ours::new(&base, &gateways), &own).unwrap_err();
    let sentences: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(sentences.join("\n"), @"
    one.cfg:6: 'maxconn' is said in one.cfg:2, and HAProxy takes it once; remove one of the two, or say them in different branches of one conditional block
    two.cfg:3: 'maxconn' is said in one.cfg:2, and HAProxy takes it once; remove one of the two, or say them in different branches of one conditional block
    two.cfg:5: 'group' is said in one.cfg:3, and HAProxy takes it once; remove one of the two, or say them in different branches of one conditional block
    ");
    for own in [
        // Never both.
        "global\n .if defined(A)\n  ulimit-n 9000\n  maxconn 1\n .elif defined(B)\n  ulimit-n 9001\n .else\n  maxconn 3\n  ulimit-n 9002\n .endif\n",
        // HAProxy takes the last, or all.
        "global\n  nbthread 1\n  nbthread 2\n  log 10.0.0.8:514 local0\n  log 10.0.0.9:514 local0\n",
    ] {
        assert!(merged(own).is_ok(), "{own}");
    }
}

#[test]
fn a_base_without_the_sections_gets_them() {
    let (base, gateways) = (Document::parse("# mine"), Document::parse(GATEWAYS));
    let own = OwnFile::new("own.cfg", "global\n  nbthread 1\ndefaults\n  timeout client 1s");
    let merged = merge(&Ours::new(&base, &gateways), &[own]).unwrap();
    let expected = format!(
        "global\n  nbthread 1\n# mine\ndefaults\n  timeout client 1s\n\n{GATEWAYS}\ndefaults\n  timeout client 1s\n"
    );
    assert_eq!(merged.document.to_string(), expected);
}

/// The lines with a keyword that HAProxy reads where these variables are defined.
fn read_with(text: &str, defined: &[&str]) -> Vec<String> {
    let document = Document::parse(text);
    // Of each open block, whether this branch is read, and whether one was.
    let mut open: Vec<(bool, bool)> = Vec::new();
    let mut read = Vec::new();
    for line in document.lines() {
        let condition = line
            .text()
            .trim()
            .split_once(' ')
            .map_or("", |(_, condition)| condition);
        let holds = condition.starts_with("version_atleast")
            || defined.iter().any(|name| condition == format!("defined({name})"));
        let all_read = open.iter().all(|(is_read, _)| *is_read);
        match (line.kind(), open.last_mut()) {
            (LineKind::Condition(Branch::If), _) => open.push((holds, holds)),
            (LineKind::Condition(Branch::EndIf), _) => drop(open.pop()),
            (LineKind::Condition(branch), Some((is_read, was_read))) => {
                *is_read = !*was_read && (branch == Branch::Else || holds);
                *was_read |= *is_read;
            }
            (LineKind::Keyword, _) if all_read => {
                read.push(line.text().trim().to_owned());
            }
            _ => {}
        }
    }
    read
}

/// Lines of a section, with blocks within blocks.
fn body() -> impl Strategy<Value = String> {
    let line = select(vec![
        "tune.bufsize 1\n",
        "tune.maxrewrite 2\n",
        "nbthread 3\n",
        "# c\n",
        "\n",
    ]);
    line.prop_map(str::to_owned).prop_recursive(4, 24, 4, |inner| {
        let variable = || select(vec!["A", "B", "C"]);
        let body = || vec(inner.clone(), 0..4).prop_map(|lines| lines.concat());
        (
            variable(),
            body(),
            proptest::option::of((variable(), body())),
            proptest::option::of(body()),
        )
            .prop_map(|(variable, first, second, last)| {
                let second = second.map_or_else(String::new, |(variable, body)| {
                    format!(".elif defined({variable})\n{body}")
                });
                let last = last.map_or_else(String::new, |body| format!(".else\n{body}"));
                format!(".if defined({variable})\n{first}{second}{last}.endif\n")
            })
    })
}

proptest! {
    #[test]
    fn in_each_case_the_settings_of_the_user_hold_and_else_ours(bodies in vec(body(), 1..4)) {
        let own = bodies.concat();
        // Settings that HAProxy takes twice.
        let base = BASE.replace("maxconn", "tune.bufsize").replace("fd-hard-limit", "tune.maxrewrite");
        // What two blocks say is refused.
        if let Ok(merged) = merged_with(&base, &format!("global\n{own}")) {
            let whole = merged.document.to_string();
            for defined in [&[][..], &["A"], &["B"], &["C"], &["A", "B"], &["A", "C"], &["B", "C"], &["A", "B", "C"]] {
                let of = |text: &str, keyword: &str| -> Vec<String> {
                    let lines = read_with(text, defined);
                    lines.into_iter().filter(|line| line.split(' ').next() == Some(keyword)).collect()
                };
                for keyword in ["tune.bufsize", "tune.maxrewrite", "nbthread", "hard-stop-after"] {
                    let wanted = Some(of(&own, keyword)).filter(|own| !own.is_empty());
                    let wanted = wanted.unwrap_or_else(|| of(&base, keyword));
                    prop_assert_eq!(of(&whole, keyword), wanted, "{} with {:?} of\n{}", keyword, defined, &whole);
                }
            }
        }
    }
}
