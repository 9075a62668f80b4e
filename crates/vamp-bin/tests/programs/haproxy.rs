//! The commands that deal with HAProxy's configuration.

use std::fs;
use std::process::Command;

use insta::assert_snapshot;
use vamp_testkit::skip;

use crate::support::{run, run_with, vga};

const GATEWAYS: &str = "\
- name: edge
  port: 9050
  sticky: route
  routes:
    old: {weight: 95%, targets: [{name: old-1, host: 10.0.0.1, port: 31001}]}
    new:
      weight: 5%
      condition: user-agent is firefox
      targets: [{name: new-1, host: 10.0.0.2, port: 31002}]
- name: broken
  port: 9051
  routes: {a: {condition: '< path_beg \"/a >'}}
";

fn with(arguments: &[&str]) -> Command {
    let mut command = vga();
    command.args(arguments);
    command
}

#[test]
fn gateways_are_rendered_and_one_that_cannot_work_is_left_out_and_told() {
    let ran = run_with(&mut with(&["render", "-"]), GATEWAYS);
    assert_eq!(ran.status, 5);
    assert_snapshot!(ran.err, @r#"
    error: something was left out
    standard input: gateway 'broken', route 'a': its condition cannot stand in a configuration: a quote is not closed
    "#);
    assert!(
        ran.out
            .starts_with("# HAProxy - Frontends & Backends managed by Vamp\n"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("  bind 0.0.0.0:9050\n") && !ran.out.contains("9051"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains(" 10.0.0.1:31001 cookie "),
        "targets are part of the input: {}",
        ran.out
    );

    let elsewhere = [
        "render",
        "-",
        "--bind",
        "127.0.0.1",
        "--socket-dir",
        "/run/vamp",
        "--virtual-hosts",
        "off",
    ];
    let ran = run_with(&mut with(&elsewhere), GATEWAYS);
    assert!(ran.out.contains("  bind 127.0.0.1:9050\n"), "{}", ran.out);
    assert!(ran.out.contains(" unix@/run/vamp/o_"), "{}", ran.out);
}

#[test]
fn routes_that_lead_nowhere_are_told() {
    let gateways = "\
- {name: edge, port: 9050/http, routes: {shop/web: {}, b: {targets: [{name: b-1, host: 10.0.0.2, port: 31002}]}}}
- {name: db, port: 9051/tcp, routes: {'[10.0.0.3:5432]': {}}}
";
    let ran = run_with(&mut with(&["render", "-"]), gateways);
    assert_eq!(ran.status, 0, "{}", ran.shown());
    assert_snapshot!(ran.err, @r"
    warning: route 'shop/web' of gateway 'edge' has no targets: requests to it are answered with 503
    warning: route '[10.0.0.3:5432]' of gateway 'db' has no targets: connections to it are closed
    ");
}

#[test]
fn a_whole_configuration_is_accepted_by_haproxy() {
    let sound = GATEWAYS.split("- name: broken").next().unwrap();
    let ran = run_with(&mut with(&["render", "--base", "-"]), sound);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    if skip::without("haproxy") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("haproxy.cfg");
    fs::write(&file, &ran.out).unwrap();
    let mut check = Command::new("haproxy");
    let checked = run(check.arg("-c").arg("-f").arg(&file));
    assert_eq!(checked.status, 0, "{}", checked.shown());
}

#[test]
fn a_configuration_of_the_user_stands_beside_the_gateways() {
    let directory = tempfile::tempdir().unwrap();
    let own = directory.path().join("own.cfg");
    let sound = GATEWAYS.split("- name: broken").next().unwrap();
    let render = |text: &str| {
        fs::write(&own, text).unwrap();
        run_with(
            &mut with(&["render", "-", "--entrances", "--own", own.to_str().unwrap()]),
            sound,
        )
    };
    let gateway = vamp_model::lookup::gateway("edge");
    let merged = render(&format!(
        "global\n  maxconn 7\n\nfrontend own # mine\n  bind 127.0.0.1:8\n  use_backend {gateway} if {{ path_beg /shop }}\n"
    ));
    assert_eq!(merged.status, 0, "{}", merged.shown());
    assert!(merged.out.starts_with("global\n"), "{}", merged.shown());
    assert!(
        merged.out.contains("\nfrontend own # mine\n  bind 127.0.0.1:8\n"),
        "{}",
        merged.shown()
    );
    if !skip::without("haproxy") {
        let file = directory.path().join("merged.cfg");
        fs::write(&file, &merged.out).unwrap();
        let checked = run(&mut with(&["check", file.to_str().unwrap()]));
        assert_eq!(checked.status, 0, "{}", checked.shown());
    }
    let refused = render("global\n  daemon\nfrontend own\n  bind :9050\n");
    assert_eq!((refused.status, refused.out.as_str()), (5, ""));
    for said in [
        "own.cfg:2: 'daemon' is refused: ",
        "own.cfg:4: :9050 is listened on in the gateways",
    ] {
        assert!(refused.err.contains(said), "{}", refused.shown());
    }
}

#[test]
fn what_is_no_gateway_and_options_that_cannot_work_are_told() {
    let problem = "- name: edge\n  port: 9050\n  routes: {a: {weigth: 5%}}\n";
    assert_snapshot!(run_with(&mut with(&["render", "-"]), problem).shown(), @r#"
    status 5
    --- out
    --- err
    error: standard input holds no gateways that can be read
    standard input:3:16: Unexpected in DSL: {"routes":{"a":{"weigth":"5%"}}}
      3 |   routes: {a: {weigth: 5%}}
        |                ^^^^^^
      hint: did you mean `weight`?
    "#);
    assert_snapshot!(run_with(&mut with(&["render", "--socket-dir", "sockets", "-"]), GATEWAYS).shown(), @r"
    status 2
    --- out
    --- err
    error: sockets cannot be in sockets: the path is not absolute
    ");
}

#[test]
fn a_condition_is_shown_as_it_was_read_and_as_haproxy_gets_it() {
    let of = |text: &str| run(&mut with(&["condition", text])).shown();
    assert_snapshot!(of("User-Agent = Safari and misses cookie beta"), @r"
    status 0
    --- out
    user-agent == Safari and not has cookie beta
    acl d5f16211db6f5105 req.fhdr(User-Agent) -m sub 'Safari'
    acl 2d9aa9e2c5ea6536 req.fhdr(User-Agent) -m sub 'Version'
    acl 7bd9ae9a7455db31 req.cook_cnt(beta) eq 0
    use_backend if d5f16211db6f5105 2d9aa9e2c5ea6536 7bd9ae9a7455db31
    --- err
    ");
    assert_snapshot!(of("<a> or not <a>"), @r"
    status 0
    --- out
    < a > or not < a >
    use_backend always
    --- err
    ");
    assert_snapshot!(of("hdr_sub(user-agent) Android"), @r"
    status 0
    --- out
    < hdr_sub(user-agent) Android >
    acl 29c278b48a0ff033 hdr_sub(user-agent) Android
    use_backend if 29c278b48a0ff033
    --- err
    warning: this is outside the language of conditions and taken as one ACL expression: character 1: expected `not`, a test such as `host == example.org` or `(`
    ");
    for (text, reason) in [
        ("user-agent = firefox and", "it is not finished: character 25: "),
        (
            "user-agent =",
            "it is not finished: character 13: expected a value",
        ),
        ("(host == a", "it is not finished: character 11: "),
        ("host firefox", "character 5: expected `==`"),
    ] {
        let ran = run(&mut with(&["condition", text]));
        assert_eq!((ran.status, ran.out.as_str()), (5, ""), "{}", ran.shown());
        let told = format!("error: '{text}' cannot be used: {reason}");
        assert!(ran.err.starts_with(&told), "{}", ran.shown());
    }
    assert_snapshot!(of("has cookie a,b"), @r"
    status 5
    --- out
    --- err
    error: 'has cookie a,b' cannot be used: 'a,b' cannot be the name of a cookie or header: it contains a comma, a quote or a backslash
    ");

    let report = run(&mut with(&[
        "condition",
        "-o",
        "json",
        "has cookie a or has cookie b",
    ]))
    .json();
    assert_eq!(report["alternatives"].as_array().unwrap().len(), 2);
    let holds = report["condition"].as_str().unwrap();
    assert_eq!(holds.split(" or ").count(), 2, "{report}");
    assert_eq!(
        (report["result"].as_str(), report["warning"].is_null()),
        (Some("ok"), true)
    );
}

const BROKEN: &str = "\
global
\tmaxconn 5
backend shop
  server a 10.0.0.1:80 check cookie 'a
  nonsense
";

#[test]
fn what_is_wrong_with_a_configuration_is_told_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("haproxy.cfg");
    fs::write(&path, BROKEN).unwrap();
    let in_directory = |arguments: &[&str]| {
        let mut command = with(arguments);
        command.current_dir(directory.path());
        run(&mut command)
    };
    assert_snapshot!(in_directory(&["check", "--no-haproxy", "haproxy.cfg"]).shown(), @r"
    status 5
    --- out
    --- err
    error: HAProxy would not load the configuration
    haproxy.cfg:4:37: this quote is not closed
      4 |   server a 10.0.0.1:80 check cookie 'a
        |                                     ^
      hint: expected the same quote once more before the end of the line
    ");
    let printed = in_directory(&["check", "--print", "haproxy.cfg"]);
    assert_eq!((printed.status, printed.out.as_str()), (0, BROKEN));
    let elsewhere = in_directory(&["check", "--haproxy", "/nowhere/haproxy", "haproxy.cfg"]);
    assert!(
        elsewhere.err.contains("/nowhere/haproxy is not here"),
        "{}",
        elsewhere.shown()
    );
    if skip::without("haproxy") {
        return;
    }
    fs::write(&path, BROKEN.replace("'a", "a")).unwrap();
    let asked = in_directory(&["check", "haproxy.cfg"]);
    assert_eq!(asked.status, 5, "{}", asked.shown());
    assert!(
        asked.err.contains("[haproxy.cfg:5] : unknown keyword 'nonsense'")
            && !asked.err.contains("/dev/stdin"),
        "{}",
        asked.shown()
    );
    fs::write(
        &path,
        "defaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\n",
    )
    .unwrap();
    let sound = in_directory(&["check", "haproxy.cfg"]);
    assert_eq!(
        (sound.status, sound.out.as_str()),
        (0, "haproxy.cfg: no problems\n"),
        "{}",
        sound.shown()
    );
}

#[test]
fn configurations_get_one_layout() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("haproxy.cfg");
    let text = "global\n\tmaxconn   5 # all\nbackend shop\n server a 10.0.0.1:80\n";
    let expected = "global\n  maxconn 5 # all\n\nbackend shop\n  server a 10.0.0.1:80\n";
    assert_eq!(run_with(&mut with(&["fmt", "-"]), text).out, expected);
    fs::write(&path, text).unwrap();
    let name = path.to_str().unwrap();
    let check = || run(&mut with(&["fmt", "--check", name]));
    assert_eq!((check().status, check().out), (1, format!("{name}\n")));
    assert_eq!(run(&mut with(&["fmt", "--write", name])).status, 0);
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    assert_eq!((check().status, check().out.as_str()), (0, ""));
    assert_eq!(run_with(&mut with(&["fmt", "--write", "-"]), text).status, 2);
}

#[test]
fn what_happens_between_two_configurations_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, gateways: &str| {
        let ran = run_with(&mut with(&["render", "-"]), gateways);
        let path = directory.path().join(name);
        fs::write(&path, ran.out).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let sound = GATEWAYS.split("- name: broken").next().unwrap();
    let running = file("running.cfg", sound);
    let shifted = file("shifted.cfg", &sound.replace("95%", "90%").replace(" 5%", " 10%"));
    let moved = file("moved.cfg", &sound.replace("9050", "9060"));

    let diff = |wanted: &str| run(&mut with(&["diff", &running, wanted]));
    assert_eq!(
        (diff(&running).status, diff(&running).out.as_str()),
        (0, "nothing\n")
    );
    let commands = diff(&shifted);
    assert_eq!(commands.status, 1);
    assert!(
        commands.out.lines().all(|line| line.starts_with("set server o_")),
        "{}",
        commands.shown()
    );
    let reload = diff(&moved);
    assert_eq!(
        (reload.status, reload.out.as_str()),
        (
            1,
            "reload: line 7: 'bind 0.0.0.0:9060' is in the place of 'bind 0.0.0.0:9050'\n"
        )
    );
    let report: serde_json::Value =
        serde_json::from_str(&run(&mut with(&["diff", "-o", "json", &running, &moved])).out).unwrap();
    assert_eq!(report["change"], "reload");
    assert_eq!(report["reasons"][0]["wanted"]["line"], 7);
    // The contents of a file that they name.
    let text = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let named = text(
        "named.cfg",
        "frontend f\n  use_backend %[path,map(/etc/hosts.map)]\n",
    );
    let (old, new) = (text("old.map", "a b\n"), text("new.map", "a c\n"));
    let of_file = run(&mut with(&[
        "diff",
        &named,
        &named,
        "--file",
        "/etc/hosts.map",
        &old,
        &new,
    ]));
    assert_eq!(
        (of_file.status, of_file.out.as_str()),
        (1, "set map /etc/hosts.map a c\n")
    );
    // An HAProxy that does not take servers at run time.
    let server = text("server.cfg", "backend b\n  server s 127.0.0.1:80\n");
    let none = text("none.cfg", "backend b\n");
    let commands = run(&mut with(&["diff", &none, &server]));
    assert_eq!(commands.out, "add server b/s 127.0.0.1:80; enable server b/s\n");
    let old = run(&mut with(&["diff", &none, &server, "--haproxy-version", "2.4"]));
    assert!(
        old.out.starts_with("reload: line 2: 'server s 127.0.0.1:80': "),
        "{}",
        old.shown()
    );
    assert_eq!(
        run(&mut with(&["diff", &none, &server, "--haproxy-version", "new"])).status,
        2
    );
    assert_eq!(run(&mut with(&["diff", "-", "-"])).status, 2);
}
