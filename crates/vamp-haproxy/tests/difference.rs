//! Which changes need a reload.

mod support;

use support::{chained, config, gateway, route};
use vamp_haproxy::{Change, Config, diff};

fn changes(from: &str, to: &str) -> String {
    match diff(&Config::parse(from), &Config::parse(to)) {
        Change::Nothing => "nothing".to_owned(),
        Change::Runtime(commands) => commands.iter().map(|command| format!("{command}\n")).collect(),
        Change::Reload(reason) => format!("reload: {reason}"),
    }
}

#[test]
fn weights_of_a_gateway_are_two_commands() {
    let edge = |first, second| {
        config(&[gateway(
            "edge",
            "9080",
            [
                ("a", route(first, [chained("a", 9081)])),
                ("b", route(second, [chained("b", 9082)])),
            ],
        )])
    };
    insta::assert_snapshot!(changes(&edge(100, 0).to_string(), &edge(95, 5).to_string()), @r"
    set server o_7ade24f9dc163b77a7fd41580f92566eac05cf92/463dde20442becc4ad52a064aa5eba19d974077c weight 5
    set server o_7ade24f9dc163b77a7fd41580f92566eac05cf92/fcaf8cc48c21a32126b56955777ce7b2a9b4813f weight 95
    ");
}

#[test]
fn weights_are_raised_before_any_is_lowered_so_that_no_backend_is_without_one_in_between() {
    let edge = |first, second| {
        let routes = [
            ("a", route(first, [chained("a", 9081)])),
            ("b", route(second, [chained("b", 9082)])),
        ];
        config(&[gateway("edge", "9080", routes)]).to_string()
    };
    for (from, to) in [((100, 0), (0, 100)), ((0, 100), (100, 0))] {
        let commands = changes(&edge(from.0, from.1), &edge(to.0, to.1));
        let weights: Vec<&str> = commands
            .lines()
            .filter_map(|line| line.rsplit(' ').next())
            .collect();
        assert_eq!(weights, ["100", "0"], "{commands}");
    }
}

#[test]
fn comments_and_blank_lines_mean_nothing() {
    let from = "# one\nbackend b\n  balance roundrobin\n  server s :80 weight 1\n";
    let to = "backend b\n\n  # two\n  balance roundrobin\n#three\n  server s :80 weight 1";
    assert_eq!(changes(from, to), "nothing");
}

#[test]
fn a_weight_is_changed_while_it_runs_only_where_haproxy_takes_it_at_any_time() {
    let with = |algorithm: &str, rest: &str, weight: u16| {
        format!("backend b\n{algorithm}  server s 127.0.0.1:80 weight {weight} check{rest}\n")
    };
    for algorithm in ["roundrobin", "leastconn", "random", "random(3)"] {
        let line = format!("  balance {algorithm}\n");
        assert_eq!(
            changes(&with(&line, "", 1), &with(&line, "", 2)),
            "set server b/s weight 2\n"
        );
    }
    for algorithm in [
        "  balance static-rr\n",
        "  balance source\n",
        "  balance uri whole\n",
        "",
        "\tbalance roundrobin\n",
    ] {
        let change = changes(&with(algorithm, "", 1), &with(algorithm, "", 2));
        assert!(change.starts_with("reload: "), "{algorithm:?}: {change}");
    }
    // A word that is not understood may mean anything.
    let line = "  balance roundrobin\n";
    assert!(
        changes(&with(line, " slowstart 10s", 1), &with(line, " slowstart 10s", 2)).starts_with("reload: ")
    );
    // The algorithm itself changes with the weight.
    assert!(changes(&with(line, "", 1), &with("  balance leastconn\n", "", 2)).starts_with("reload: "));
}

#[test]
fn a_section_in_another_form_is_not_taken_for_the_one_before() {
    let text = |weight: u16| {
        format!(
            "backend a\n  balance roundrobin\n  backend b # mine\n  server s 127.0.0.1:80 weight {weight}\n"
        )
    };
    assert!(changes(&text(1), &text(2)).starts_with("reload: "));
    let text = |weight: u16| {
        format!("backend a\n  balance roundrobin\nbackend  b\n  server s 127.0.0.1:80 weight {weight}\n")
    };
    assert!(changes(&text(1), &text(2)).starts_with("reload: "));
}

#[test]
fn everything_else_is_a_reload_and_the_reason_names_the_line() {
    let from = "backend b\n  mode http\n  balance roundrobin\n  server s 127.0.0.1:80 weight 1\n";
    for (to, reason) in [
        (
            "backend b\n  mode http\n  balance roundrobin\n",
            "removed: server s 127.0.0.1:80 weight 1",
        ),
        (&format!("{from}backend c\n"), "added: backend c"),
        (
            &from.replace("mode http", "mode tcp"),
            "mode tcp in place of mode http",
        ),
        (
            &from.replace(":80", ":81"),
            "server s 127.0.0.1:81 weight 1 in place of server s 127.0.0.1:80 weight 1",
        ),
        (
            &from.replace("weight 1", "weight 1 check"),
            "server s 127.0.0.1:80 weight 1 check in place of server s 127.0.0.1:80 weight 1",
        ),
    ] {
        assert_eq!(changes(from, to), format!("reload: {reason}"));
    }
}
