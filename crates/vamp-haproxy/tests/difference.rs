//! What has to happen to get from one configuration to another.

mod support;

use support::{chained, config, gateway, instance, route};
use vamp_haproxy::diff::{ChangedFile, DiffOptions, Version, diff_with};
use vamp_haproxy::{Change, Document, diff};

fn told(change: Change) -> Vec<String> {
    match change {
        Change::Nothing => vec!["nothing".to_owned()],
        Change::Runtime(commands) => commands.iter().map(ToString::to_string).collect(),
        Change::Reload(reasons) => reasons.iter().map(|reason| format!("reload: {reason}")).collect(),
    }
}

fn changes(from: &str, to: &str) -> Vec<String> {
    told(diff(&Document::parse(from), &Document::parse(to)))
}

fn of_version(version: Version, from: &str, to: &str) -> Vec<String> {
    let options = DiffOptions::for_version(version);
    told(diff_with(&Document::parse(from), &Document::parse(to), &options))
}

#[test]
fn weights_of_a_gateway_are_two_commands_and_the_raised_one_comes_first() {
    let edge = |first, second| {
        let routes = [
            ("a", route(first, [chained("a", 9081)])),
            ("b", route(second, [chained("b", 9082)])),
        ];
        config(&[gateway("edge", "9080", routes)]).to_string()
    };
    let server = |route: &str| {
        let pool = "o_7ade24f9dc163b77a7fd41580f92566eac05cf92";
        format!("set server {pool}/{route} weight ")
    };
    let [a, b] = [
        "fcaf8cc48c21a32126b56955777ce7b2a9b4813f",
        "463dde20442becc4ad52a064aa5eba19d974077c",
    ]
    .map(server);
    assert_eq!(
        changes(&edge(100, 0), &edge(95, 5)),
        [format!("{b}5"), format!("{a}95")]
    );
    // No pool is without a weight in between.
    assert_eq!(
        changes(&edge(100, 0), &edge(0, 100)),
        [format!("{b}100"), format!("{a}0")]
    );
    assert_eq!(
        changes(&edge(0, 100), &edge(100, 0)),
        [format!("{a}100"), format!("{b}0")]
    );
}

#[test]
fn instances_of_a_route_come_go_and_move_without_a_reload() {
    let with = |targets: &[(&str, &str, u16)]| {
        let mut of_route = route(100, []);
        of_route.targets = targets
            .iter()
            .map(|(name, host, port)| instance(name, host, *port))
            .collect();
        let gateways = config(&[gateway("g", "9080", [("a", of_route)])]);
        support::with_base(&gateways)
    };
    let before = with(&[("one", "10.0.0.1", 80), ("two", "10.0.0.2", 80)]);
    let after = with(&[("three", "10.0.0.3", 80), ("two", "10.0.0.2", 81)]);
    let told = changes(&before, &after).join("\n");
    let name = |target: &str| vamp_model::lookup::target(&instance(target, "", 0));
    let route = vamp_model::lookup::route(Some(&"g".parse().unwrap()), &"a".parse().unwrap());
    let [one, two, three] = ["one", "two", "three"].map(|target| format!("{route}/{}", name(target)));
    assert_eq!(
        told,
        format!(
            "add server {three} 10.0.0.3:80 check downinter 500ms weight 100; enable health {three}; enable server {three}\n\
             set server {two} addr 10.0.0.2 port 81; set server {two} health up\n\
             set server {one} state maint; del server {one}"
        )
    );
}

#[test]
fn spelling_comments_and_order_mean_nothing() {
    let from = "\
global
  maxconn 100
defaults d
  mode http
  timeout client 5s
frontend f
  bind :80 name a ssl crt /x.pem
  acl a path /a
  default_backend b
backend b
  balance roundrobin
  server s 127.0.0.1:80 check inter 1s weight 1
backend c
";
    for (what, to) in [
        ("comments", from.replace('\n', " # remark\n\n  # more\n")),
        ("line ends", from.replace('\n', "\r\n")),
        ("indentation", from.replace("  ", "\t")),
        ("no last line feed", from.trim_end().to_owned()),
        (
            "quotes",
            from.replace("roundrobin", "'round'\"robin\"")
                .replace("path /a", "path '/a'"),
        ),
        ("units", from.replace("5s", "5000").replace("1s", "1000ms")),
        (
            "order of parameters",
            from.replace("check inter 1s weight 1", "weight 1 inter 1s check"),
        ),
        (
            "order of parameters",
            from.replace("name a ssl crt /x.pem", "ssl crt /x.pem name a"),
        ),
        (
            "addresses",
            from.replace("bind :80", "bind *:80")
                .replace("127.0.0.1:80", "ipv4@127.0.0.1:80"),
        ),
        (
            "what HAProxy means without a word",
            from.replace(" weight 1\n", "\n"),
        ),
        (
            "messages",
            from.replace("backend c", ".notice \"here\"\nbackend c"),
        ),
        ("the name of defaults", from.replace("defaults d", "defaults e")),
        (
            "defaults that nobody uses",
            from.replace("defaults d", "defaults x\n  mode tcp\ndefaults d"),
        ),
    ] {
        assert_eq!(changes(from, &to), ["nothing"], "{what}");
        assert_eq!(changes(&to, from), ["nothing"], "{what}");
    }
    let b = from.find("\nbackend b").unwrap_or_default() + 1;
    let c = from.find("\nbackend c").unwrap_or_default() + 1;
    let swapped = [&from[..b], &from[c..], &from[b..c]].concat();
    assert_eq!(changes(from, &swapped), ["nothing"], "order of sections");
    // Where a section stands decides which defaults hold for it.
    let other = from.replace("backend c", "defaults\n  mode tcp\nbackend c");
    assert_eq!(
        changes(from, &other),
        [
            "reload: line 5 of what runs: 'timeout client 5s' is gone",
            "reload: line 14: 'mode tcp' is in the place of 'mode http'",
        ]
    );
    let named = other.replace("backend c", "backend c from d");
    assert_eq!(changes(from, &named), ["nothing"]);
    // An order that HAProxy cares for.
    assert_eq!(
        changes(
            "backend b\n http-request deny\n http-request allow\n",
            "backend b\n http-request allow\n http-request deny\n"
        ),
        ["reload: line 2: 'http-request allow' stood elsewhere, in line 3"]
    );
}

#[test]
fn words_that_read_otherwise_are_told_apart() {
    let with = |word: &str| format!("backend b\n  http-request set-header x {word}\n");
    let words = [
        "a\\ b",
        "\"$A\"",
        "'$A'",
        "\"${A-b}\"",
        "\"${A-c}\"",
        "\"${A[*]}\"",
        "'\\xff'",
        "\"\\xff\"",
        "\"\\xfe\"",
        "''",
        "a",
    ];
    for from in words {
        for to in words {
            let is_nothing = changes(&with(from), &with(to)) == ["nothing"];
            assert_eq!(is_nothing, from == to, "{from} {to}");
        }
    }
    assert_eq!(changes(&with("\"$A\""), &with("\"${A}\"")), ["nothing"]);
}

#[test]
fn a_weight_is_changed_while_it_runs_only_where_haproxy_takes_it_at_any_time() {
    let with =
        |balance: &str, weight: &str| format!("backend b\n{balance}  server s 127.0.0.1:80 {weight} check\n");
    for algorithm in ["roundrobin", "leastconn", "random", "random(3)"] {
        let line = format!("  balance {algorithm}\n");
        assert_eq!(
            changes(&with(&line, "weight 1"), &with(&line, "weight 2")),
            ["set server b/s weight 2"]
        );
    }
    // Without a word it is roundrobin, and 1.
    assert_eq!(
        changes(&with("", ""), &with("", "weight 2")),
        ["set server b/s weight 2"]
    );
    assert_eq!(
        changes(&with("", "weight 2"), &with("", "")),
        ["set server b/s weight 1"]
    );
    for algorithm in ["static-rr", "source", "uri whole", "first"] {
        let line = format!("  balance {algorithm}\n");
        let name = algorithm.split(' ').next().unwrap_or_default();
        assert_eq!(
            changes(&with(&line, "weight 1"), &with(&line, "weight 2")),
            [format!(
                "reload: line 3: 'server s 127.0.0.1:80 weight 2 check': with 'balance {name}' a weight changes with a reload only"
            )]
        );
    }
    // The defaults say it.
    let defaults = "defaults\n  balance source\n";
    let from = format!("{defaults}{}", with("", "weight 1"));
    assert!(changes(&from, &from.replace("weight 1", "weight 2"))[0].contains("with 'balance source'"));
    let defaults = "defaults\n  default-server weight 7\n";
    let from = format!("{defaults}{}", with("", ""));
    assert_eq!(
        changes(&from, &from.replace(" check", " weight 7 check")),
        ["nothing"]
    );
    assert_eq!(
        changes(&from, &from.replace(" check", " weight 8 check")),
        ["set server b/s weight 8"]
    );
    // A weight of the environment is a number that nobody knows.
    let from = with("", "weight \"$W\"");
    assert!(changes(&from, &with("", "weight 1"))[0].ends_with("a weight is not a number from 0 to 256"));
}

#[test]
fn one_command_does_all_that_changes_of_a_server() {
    let from = "backend b\n  server s 127.0.0.1:80 weight 5\n  server t [::1]:80 disabled\n";
    let to = "backend b\n  server s 127.0.0.2:81 weight 7 disabled\n  server t ::2:80\n";
    assert_eq!(
        changes(from, to),
        [
            "set server b/t addr ::2 port 80; set server b/t state ready",
            "set server b/s addr 127.0.0.2 port 81; set server b/s weight 7; set server b/s state maint",
        ]
    );
}

#[test]
fn servers_come_and_go_where_haproxy_can() {
    let with = |rest: &str| {
        format!(
            "defaults\n  default-server init-addr none inter 3s\nbackend b\n  server s 127.0.0.1:80\n{rest}"
        )
    };
    let added = |line: &str| changes(&with(""), &with(&format!("  {line}\n")));
    assert_eq!(
        added("server n 10.0.0.1:80 check weight 3 cookie n"),
        ["add server b/n 10.0.0.1:80 check inter 3s weight 3; enable health b/n; enable server b/n"],
        "what default-server says is said to HAProxy, which would not look there"
    );
    assert_eq!(
        added("server n unix@/run/n.sock disabled"),
        ["add server b/n unix@/run/n.sock inter 3s"]
    );
    assert_eq!(
        added("server n 10.0.0.1:80 check no-check agent-check agent-port 1"),
        ["add server b/n 10.0.0.1:80 agent-check agent-port 1 inter 3s; enable agent b/n; enable server b/n"]
    );
    assert_eq!(
        changes(&with("  server n 10.0.0.1:80\n"), &with("")),
        ["set server b/n state maint; del server b/n"]
    );
    for (line, because) in [
        (
            "server n host.test:80",
            "its address is no number, and HAProxy resolves no name of a server that is added",
        ),
        (
            "server n 10.0.0.1:80 track b/s",
            "'track' is refused for a server that is added",
        ),
        (
            "server n 10.0.0.1:80 no-such-word",
            "'no-such-word' is refused for a server that is added",
        ),
        (
            "server n 10.0.0.1:80 agent-check agent-send \"a b\"",
            "the value of 'agent-send' cannot be put into a command",
        ),
    ] {
        assert_eq!(added(line), [format!("reload: line 5: '{line}': {because}")]);
    }
    let sets_cookies = |rest: &str| with(&format!("  cookie c insert\n{rest}"));
    assert_eq!(
        changes(
            &sets_cookies(""),
            &sets_cookies("  server n 10.0.0.1:80 cookie n\n")
        ),
        [
            "reload: line 6: 'server n 10.0.0.1:80 cookie n': a server that is added has no cookie, and the backend sets cookies"
        ]
    );
    let first = |rest: &str| with(&format!("  balance first\n{rest}"));
    assert_eq!(
        changes(&first("  server n 10.0.0.1:80\n"), &first("")),
        [
            "reload: line 6 of what runs: 'server n 10.0.0.1:80': with 'balance first' servers come and go with a reload only"
        ]
    );
    assert_eq!(
        of_version(Version::new(2, 4), &with(""), &with("  server n 10.0.0.1:80\n")),
        [
            "reload: line 5: 'server n 10.0.0.1:80': servers come and go with a reload only before HAProxy 2.5, and 2.4 runs"
        ]
    );
}

#[test]
fn the_order_of_servers_counts_where_it_decides() {
    let with = |balance: &str, [first, second]: [&str; 2]| {
        format!(
            "backend b\n  balance {balance}\n  server {first} 127.0.0.1:80\n  server {second} 127.0.0.1:80\n"
        )
    };
    assert_eq!(
        changes(&with("leastconn", ["a", "b"]), &with("leastconn", ["b", "a"])),
        ["nothing"]
    );
    assert_eq!(
        changes(&with("source", ["a", "b"]), &with("source", ["b", "a"])),
        ["reload: line 4: 'server a 127.0.0.1:80' stood elsewhere, in line 3"]
    );
}

#[test]
fn everything_else_is_a_reload_and_each_reason_names_its_line() {
    let from = "backend b\n  mode http\n  balance roundrobin\n  server s 127.0.0.1:80 weight 1\n";
    for (to, reason) in [
        (format!("{from}backend c\n"), "line 5: 'backend c' is new"),
        (String::new(), "line 1 of what runs: 'backend b' is gone"),
        (
            from.replace("mode http", "mode tcp"),
            "line 2: 'mode tcp' is in the place of 'mode http'",
        ),
        (
            from.replace("  mode http\n", ""),
            "line 2 of what runs: 'mode http' is gone",
        ),
        (
            from.replace("127.0.0.1:80", "a.test:80"),
            "line 4: 'server s a.test:80 weight 1': addresses change without a reload only where both are numbers",
        ),
        (
            from.replace("weight 1", "weight 1 check"),
            "line 4: 'server s 127.0.0.1:80 weight 1 check': 'check' changes with a reload only",
        ),
        (from.replace("backend b", "listen b"), "line 1: 'listen b' is new"),
    ] {
        let told = changes(from, &to);
        assert_eq!(told[0], format!("reload: {reason}"));
    }
    let both = from
        .replace("mode http", "mode tcp")
        .replace("roundrobin", "leastconn");
    assert_eq!(
        changes(from, &format!("{both}userlist u\n")).len(),
        3,
        "all reasons are told"
    );
}

#[test]
fn what_depends_on_conditions_or_on_its_place_is_compared_line_by_line() {
    let within = "global\n  .if defined(A)\n  maxconn 5\n  .endif\nbackend b\n  server s 127.0.0.1:80 weight 1\nbackend c\n";
    // A conditional block within a section concerns that section.
    assert_eq!(
        changes(within, &within.replace("weight 1", "weight 2")),
        ["set server b/s weight 2"]
    );
    assert_eq!(
        changes(within, &within.replace("maxconn 5", "maxconn 6")),
        ["reload: line 3: 'maxconn 6' is in the place of 'maxconn 5'"]
    );
    let server = within
        .replace("  server s", "  .if defined(B)\n  server s")
        .replace("weight 1", "weight 1\n  .endif");
    assert!(changes(&server, &server.replace("weight 1", "weight 2"))[0].starts_with("reload: line 7: "));
    // Sections within a block, and values of the environment that change on the way: other sections change as ever, as long as all are there.
    let in_block = within
        .replace("backend b", ".if defined(B)\nbackend b")
        .replace("weight 1", "weight 1\n.endif");
    assert!(changes(&in_block, &in_block.replace("weight 1", "weight 2"))[0].starts_with("reload: line 7: "));
    for ordered in [
        in_block.replace("backend c", "backend c\n  server t 127.0.0.1:80 weight 3"),
        within
            .replace("global", "global\n  setenv W 5")
            .replace("weight 1", "weight 3"),
    ] {
        assert_eq!(changes(&ordered, &ordered), ["nothing"]);
        assert_eq!(changes(&ordered, &format!("# remark\n{ordered}")), ["nothing"]);
        let weight = changes(&ordered, &ordered.replace("weight 3", "weight 4"));
        assert!(
            weight[0].ends_with(" weight 4") && weight[0].starts_with("set server "),
            "{weight:?}"
        );
        let at = ordered.find("backend c").unwrap_or_default();
        let swapped = [&ordered[at..], &ordered[..at]].concat();
        assert!(changes(&ordered, &swapped)[0].starts_with("reload: "));
    }
    // A line that says its own number.
    let numbered = within.replace(
        "backend c",
        "backend c\n  http-response set-header line \"${.LINE}\"",
    );
    assert_eq!(
        changes(&numbered, &format!("# remark\n{numbered}")),
        ["reload: line 9: 'http-response set-header line \"${.LINE}\"' stood elsewhere, in line 8"]
    );
    assert_eq!(changes(&format!("# .LINE\n{within}"), within), ["nothing"]);
}

#[test]
fn what_global_says_counts_for_the_sections_behind_it() {
    let (global, frontend) = (
        "global\n  ssl-default-bind-options ssl-max-ver TLSv1.2\n",
        "frontend f\n  bind :443 ssl crt /x.pem\n",
    );
    let (before, after) = ([global, frontend].concat(), [frontend, global].concat());
    for (from, to) in [(&before, &after), (&after, &before)] {
        assert!(
            changes(from, to)[0].contains(" stood elsewhere"),
            "{:?}",
            changes(from, to)
        );
    }
    assert_eq!(changes(&after, &after), ["nothing"]);
    let backend = "backend b\n  server s 127.0.0.1:80 weight 1\n";
    let late = [frontend, global, backend].concat();
    assert_eq!(
        changes(&late, &late.replace("weight 1", "weight 2")),
        ["set server b/s weight 2"]
    );
}

#[test]
fn parameters_that_have_to_do_with_each_other_keep_their_order() {
    let bind = |parameters: &str| format!("frontend f\n  bind :443 ssl {parameters}\n");
    let server = |parameters: &str| format!("backend b\n  server s 127.0.0.1:80 {parameters}\n");
    for (from, to) in [
        (bind("crt a.pem crt-list l"), bind("crt-list l crt a.pem")),
        (bind("crt a.pem crt b.pem"), bind("crt b.pem crt a.pem")),
        (
            bind("force-tlsv12 ssl-max-ver TLSv1.3"),
            bind("ssl-max-ver TLSv1.3 force-tlsv12"),
        ),
        (
            server("force-tlsv12 ssl-max-ver TLSv1.3"),
            server("ssl-max-ver TLSv1.3 force-tlsv12"),
        ),
        (
            server("send-proxy-v2-ssl no-send-proxy-v2"),
            server("no-send-proxy-v2 send-proxy-v2-ssl"),
        ),
        (
            server("proxy-v2-options crc32c proxy-v2-options unique-id"),
            server("proxy-v2-options unique-id"),
        ),
    ] {
        assert!(changes(&from, &to)[0].starts_with("reload: "), "{from} {to}");
        assert_eq!(changes(&from, &from), ["nothing"]);
    }
    // The last of two counts.
    assert_eq!(
        changes(&server("inter 1s inter 2s"), &server("inter 2s")),
        ["nothing"]
    );
    assert_eq!(
        changes(&server("maxconn 1 rise 2"), &server("maxconn 2 rise 3")),
        [
            "reload: line 2: 'server s 127.0.0.1:80 maxconn 2 rise 3': 'maxconn', 'rise' change with a reload only"
        ]
    );
}

#[test]
fn the_first_backup_is_who_serves() {
    let with = |servers: &str| format!("backend b\n  server m 127.0.0.1:1\n{servers}");
    let (s, t) = (
        "  server s 127.0.0.1:2 backup\n",
        "  server t 127.0.0.1:3 backup\n",
    );
    assert_eq!(
        changes(&with(&[s, t].concat()), &with(&[t, s].concat())),
        ["reload: line 4: 'server s 127.0.0.1:2 backup' stood elsewhere, in line 3"]
    );
    assert_eq!(
        changes(&with(s), &with(&[t, s].concat())),
        ["reload: line 3: 'server t 127.0.0.1:3 backup': a backup that is added comes after the others"]
    );
    assert_eq!(
        changes(&with(s), &with(&[s, t].concat())),
        ["add server b/t 127.0.0.1:3 backup; enable server b/t"]
    );
    let all = |servers: &[&str]| with(&[&["  option allbackups\n"], servers].concat().concat());
    assert_eq!(changes(&all(&[s, t]), &all(&[t, s])), ["nothing"]);
}

#[test]
fn addresses_are_numbers_or_not() {
    let server = |address: &str| format!("backend b\n  server s {address}\n");
    let change = |from: &str, to: &str| changes(&server(from), &server(to)).join("\n");
    assert_eq!(
        change("127.0.0.1:80", "[::1]:81"),
        "set server b/s addr ::1 port 81"
    );
    for other in [
        "127.0.0.1:+81",
        "127.0.0.1:-1",
        "127.0.0.1:0",
        "127.0.0.1",
        ":81",
        "[fe80::1%1]:80",
        "\"$A\":80",
        "a.test:80",
    ] {
        let told = change("127.0.0.1:80", other);
        assert!(
            told.ends_with("addresses change without a reload only where both are numbers"),
            "{other}: {told}"
        );
    }
}

#[test]
fn what_a_running_haproxy_would_do_otherwise_is_left_to_a_reload() {
    let with = |lines: &str, servers: &str| format!("backend b\n{lines}  server s 127.0.0.1:80\n{servers}");
    let added = |lines: &str, server: &str| {
        changes(&with(lines, ""), &with(lines, &format!("  {server}\n"))).join("\n")
    };
    for (lines, server, because) in [
        (
            "  option external-check\n",
            "server n 10.0.0.1:80 check",
            "HAProxy cannot check a server that is added with a program",
        ),
        (
            "",
            "server n 10.0.0.1:80 check ssl verify none",
            "checks of a server that is added would be made in plain text",
        ),
        (
            "",
            "server n 10.0.0.1:80 check send-proxy",
            "checks of a server that is added would be made in plain text",
        ),
        (
            "  option transparent\n",
            "server n 10.0.0.1:80",
            "HAProxy has no use for servers here, and adds none",
        ),
        (
            "  disabled\n",
            "server n 10.0.0.1:80",
            "HAProxy has no use for servers here, and adds none",
        ),
        (
            "",
            "server n 10.0.0.1:80 ca-file /x.pem",
            "'ca-file' is refused for a server that is added",
        ),
        (
            "",
            "server n 10.0.0.1:80 agent-check agent-send a;b",
            "the value of 'agent-send' cannot be put into a command",
        ),
    ] {
        let told = added(lines, server);
        assert!(told.starts_with("reload: ") && told.ends_with(because), "{told}");
    }
    assert!(added("", "server n 10.0.0.1:80 check ssl verify none check-ssl").starts_with("add server"));
    assert!(added("  no option external-check\n", "server n 10.0.0.1:80 check").starts_with("add server"));
    let many: String = (0..70)
        .map(|number| format!(" resolve-net 10.{number}.0.0/16 source 127.0.0.{number}"))
        .collect();
    assert!(added("", &format!("server n 10.0.0.1:80{many}")).ends_with("a command has at most 64 words"));
    assert_eq!(
        added(
            "  default-server check inter 2s\n",
            "server n 10.0.0.1:80 no-check resolvers r resolve-prefer ipv4"
        ),
        "add server b/n 10.0.0.1:80 inter 2s; enable server b/n"
    );

    let changed = |from: &str, to: &str| {
        let with = |line: &str| {
            if line.is_empty() {
                String::new()
            } else {
                format!("  {line}\n")
            }
        };
        changes(
            &format!("backend b\n{}", with(from)),
            &format!("backend b\n{}", with(to)),
        )
        .join("\n")
    };
    let agent = "server s 127.0.0.1:80 agent-check agent-port 1";
    let cuts = "server s 127.0.0.1:80 on-marked-down shutdown-sessions";
    for (from, to, because) in [
        (
            &*format!("{agent} weight 1"),
            &*format!("{agent} weight 2"),
            "its agent says its weight and its state",
        ),
        (agent, "", "its agent says its weight and its state"),
        (
            agent,
            &format!("{agent} disabled"),
            "its agent says its weight and its state",
        ),
        (
            cuts,
            "",
            "'on-marked-down shutdown-sessions' would cut its requests short",
        ),
        (
            cuts,
            &format!("{cuts} disabled"),
            "'on-marked-down shutdown-sessions' would cut its requests short",
        ),
        (
            "server s 127.0.0.1:80 weight 2",
            "server s 127.0.0.1:80 weight 300",
            "a weight is not a number from 0 to 256",
        ),
    ] {
        let told = changed(from, to);
        assert!(told.starts_with("reload: ") && told.ends_with(because), "{told}");
    }
    // Lines that name a server that goes.
    let text = "backend b\n  use-server s if TRUE\n  server s 127.0.0.1:80\n  server t 127.0.0.1:80\nbackend c\n  server u 127.0.0.1:81 track b/t\n";
    assert_eq!(
        changes(text, &text.replace("  server s 127.0.0.1:80\n", "")),
        ["reload: line 3 of what runs: 'server s 127.0.0.1:80': 'use-server' names it"]
    );
    assert_eq!(
        changes(text, &text.replace("  server t 127.0.0.1:80\n", "")),
        ["reload: line 5: 'server u 127.0.0.1:81 track b/t': it follows a server that goes"]
    );
}

#[test]
fn who_comes_back_comes_before_others_get_less() {
    let with =
        |s: &str, t: &str| format!("backend b\n  server s 127.0.0.1:80 {s}\n  server t 127.0.0.1:81 {t}\n");
    assert_eq!(
        changes(
            &with("weight 5", "weight 10 disabled"),
            &with("weight 0", "weight 5")
        ),
        [
            "set server b/t weight 5; set server b/t state ready",
            "set server b/s weight 0"
        ]
    );
}

#[test]
fn defaults_that_depend_on_conditions_are_not_taken_for_granted() {
    let defaults = "defaults\n  .if defined(NOPE)\n  default-server weight 5\n  .endif\n";
    let with = |server: &str| format!("{defaults}backend b\n  server s 127.0.0.1:80{server}\n");
    assert!(changes(&with(""), &with(" weight 5"))[0].starts_with("reload: line 6: "));
}

#[test]
fn a_section_is_read_as_haproxy_reads_it() {
    // Indented, and with more than one blank.
    let text = |weight: u16| {
        format!("backend a\n  balance source\n  backend  b # mine\n  server s 127.0.0.1:80 weight {weight}\n")
    };
    assert_eq!(changes(&text(1), &text(2)), ["set server b/s weight 2"]);
    // Two of one name: HAProxy refuses them.
    let twins = "backend b\n  server s 127.0.0.1:80\n  server s 127.0.0.2:80\n";
    assert!(changes(twins, &twins.replace(":80", ":81"))[0].starts_with("reload: "));
}

type File<'f> = (&'f str, Option<&'f str>, Option<&'f str>);

fn with_files(text: &str, files: &[File<'_>]) -> Vec<String> {
    let mut options = DiffOptions::default();
    options.files = files
        .iter()
        .map(|(path, running, wanted)| ChangedFile {
            path,
            running: *running,
            wanted: *wanted,
        })
        .collect();
    let document = Document::parse(text);
    told(diff_with(&document, &document, &options))
}

const WITH_FILES: &str = "\
frontend f
  bind :443 ssl crt /etc/tls/site.pem crt /etc/tls/all/
  acl inside src -f /etc/nets.lst
  http-request deny if { path -f /etc/both }
  use_backend %[req.hdr(host),lower,map_str(/etc/hosts.map,b)]
  http-request set-path %[path,map(/etc/both)]
  errorfile 503 /etc/503.http
  http-request return file \"$HOME/page\"
";

#[test]
fn entries_of_files_change_without_a_reload_and_all_at_once() {
    let map = |running: &str, wanted: &str| {
        with_files(WITH_FILES, &[("/etc/hosts.map", Some(running), Some(wanted))])
    };
    assert_eq!(map("a.test b\n", "# remark\n\n a.test\t b \r\n"), ["nothing"]);
    assert_eq!(
        map("a.test b\n", "a.test b\nb.test c d\n"),
        ["add map /etc/hosts.map b.test c\\ d"]
    );
    assert_eq!(
        map("a.test b\nb.test c\n", "a.test x\nb.test c\n"),
        ["set map /etc/hosts.map a.test x"]
    );
    assert_eq!(
        map("a.test b\nb.test c\n", "b.test c\n"),
        ["del map /etc/hosts.map a.test"]
    );
    for (what, running, wanted) in [
        ("two at once", "a 1\nb 2\n", "a 2\nb 3\n"),
        ("another order", "a 1\nb 2\n", "b 2\na 1\n"),
        ("a key that is there twice", "a 1\na 2\n", "a 1\n"),
        ("one that is not the last", "a 1\n", "b 1\na 1\n"),
    ] {
        let count = wanted.lines().count();
        let expected = format!(
            "prepare map /etc/hosts.map; add map @version /etc/hosts.map ({count} entries); commit map @version /etc/hosts.map"
        );
        assert_eq!(map(running, wanted), [expected], "{what}");
    }
    let nets = [(
        "/etc/nets.lst",
        Some("10.0.0.0/8\n"),
        Some("10.0.0.0/8\n1.2.3.4 \n"),
    )];
    assert_eq!(
        with_files(WITH_FILES, &nets),
        ["add acl /etc/nets.lst 1.2.3.4\\ "]
    );
}

#[test]
fn certificates_are_replaced_and_their_keys_not_told() {
    for path in ["/etc/tls/site.pem", "/etc/tls/all/one.pem"] {
        let told = with_files(WITH_FILES, &[(path, Some("old"), Some("SECRET"))]);
        assert_eq!(
            told,
            [format!("set ssl cert {path} (6 bytes); commit ssl cert {path}")]
        );
    }
}

#[test]
fn files_that_are_read_once_are_a_reload() {
    for (path, running, wanted, reason) in [
        (
            "/etc/503.http",
            Some("a"),
            Some("b"),
            "line 7: /etc/503.http has changed, and is read only when HAProxy is loaded",
        ),
        (
            "/etc/both",
            Some("a"),
            Some("b"),
            "line 6: /etc/both has changed, and is read only when HAProxy is loaded",
        ),
        (
            "/etc/nets.lst",
            None,
            Some("b"),
            "line 3: /etc/nets.lst has changed, and files come and go with a reload only",
        ),
        (
            "/root/page",
            Some("a"),
            Some("b"),
            "line 8: /root/page has changed, and may be meant here: it depends on the environment",
        ),
        (
            "/etc/hosts.map",
            Some("a"),
            Some("\u{7} b"),
            "line 5: /etc/hosts.map has changed, and an entry has control characters or more than 8 KiB",
        ),
    ] {
        assert_eq!(
            with_files(WITH_FILES, &[(path, running, wanted)]),
            [format!("reload: {reason}")]
        );
    }
    // What is read with a certificate.
    for path in [
        "/etc/tls/site.pem.ocsp",
        "/etc/tls/site.key",
        "/etc/tls/all/one.pem.sctl",
    ] {
        let told = with_files(WITH_FILES, &[(path, Some("a"), Some("b"))]);
        assert_eq!(
            told,
            [format!(
                "reload: line 2: {path} has changed, and is read only when HAProxy is loaded"
            )]
        );
    }
    // Paths that are a part of another, and two maps in one line.
    assert_eq!(
        with_files(
            WITH_FILES,
            &[
                ("/etc/hosts", Some("a"), Some("b")),
                ("/etc/tls/a", Some("a"), Some("b"))
            ]
        ),
        ["nothing"]
    );
    let twice = "frontend f\n  http-request set-path %[path,map(/m)]%[query,map(/m,x)]\n";
    assert_eq!(
        with_files(twice, &[("/m", Some("a b"), Some("a c"))]),
        ["set map /m a c"]
    );
    // One that nobody names, and one that has not changed.
    assert_eq!(
        with_files(
            WITH_FILES,
            &[
                ("/etc/other", Some("a"), Some("b")),
                ("/etc/503.http", Some("a"), Some("a"))
            ]
        ),
        ["nothing"]
    );
    let list = "frontend f\n  bind :443 ssl crt-list /etc/list\n";
    assert_eq!(
        with_files(list, &[("/etc/tls/a.pem", Some("a"), Some("b"))]),
        [
            "reload: line 2: /etc/tls/a.pem has changed, and may be one of the certificates that are meant here"
        ]
    );
}

#[test]
fn versions_are_read_from_what_haproxy_says() {
    for (text, version) in [
        ("2.6.12-1+deb12u1", (2, 6)),
        ("3.0-dev1", (3, 0)),
        ("2.10", (2, 10)),
    ] {
        assert_eq!(text.parse(), Ok(Version::new(version.0, version.1)), "{text}");
    }
    for text in ["", "2", "two.six", "2.", ".6"] {
        assert!(text.parse::<Version>().is_err(), "{text}");
    }
}
