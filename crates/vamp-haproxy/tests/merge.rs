//! Files of the user beside ours: what stands where, and what cannot stand together.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use vamp_haproxy::Document;
use vamp_haproxy::merge::{Conflict, Merged, Ours, OwnFile, Source, merge};

const BASE: &str = "\
global
  log 127.0.0.1:514 local0
  stats socket \"unix@/run/vamp/haproxy.sock\" level admin

defaults
  mode http

listen stats
  bind 0.0.0.0:1988
";

const GATEWAYS: &str = "\
# gateways
frontend edge
  bind 0.0.0.0:9050
  bind unix@/run/vamp/edge.sock accept-proxy
frontend o_edge
  bind unix@/run/vamp/o_edge.sock accept-proxy
backend o_edge
  server a 10.0.0.1:80
";

fn merged_files(files: &[(&str, &str)]) -> Result<Merged, Vec<Conflict>> {
    let (base, gateways) = (Document::parse(BASE), Document::parse(GATEWAYS));
    let own: Vec<OwnFile> = files
        .iter()
        .map(|(name, text)| OwnFile::new(*name, *text))
        .collect();
    let mut ours = Ours::new(&base, &gateways);
    ours.master_socket = Some("/run/vamp/master.sock".as_ref());
    merge(&ours, &own)
}

/// Everything that is said against files.
fn said(files: &[(&str, &str)]) -> Vec<String> {
    match merged_files(files) {
        Ok(_) => Vec::new(),
        Err(conflicts) => conflicts.iter().map(ToString::to_string).collect(),
    }
}

fn said_of(text: &str) -> Vec<String> {
    said(&[("own.cfg", text)])
}

fn whole(text: &str) -> String {
    merged_files(&[("own.cfg", text)]).unwrap().document.to_string()
}

#[test]
fn nothing_of_the_user_is_the_base_and_the_gateways() {
    let merged = merged_files(&[]).unwrap();
    assert_eq!(merged.document.to_string(), format!("{BASE}\n{GATEWAYS}"));
    assert_eq!(&merged.document.to_string()[merged.gateways()], GATEWAYS);
    assert_eq!((merged.replaced, merged.only_own), (vec![], vec![]));
}

#[test]
fn own_sections_stand_behind_ours_byte_for_byte() {
    let own = "# mine\n\nuserlist u\n\tuser a  insecure-password b # c\nresolvers r\n nameserver n 10.0.0.53:53\npeers p\ncache c\n\
        ring g\nhttp-errors e\nmailers m\n\n.if defined(X)\nfrontend own\n  bind :8080\n  use_backend o_edge if { path /a }\n\
        .else\nfrontend own\n  bind :8080\n.endif\n  default_backend mine\n\nbackend mine\n\n# the end\n";
    assert_eq!(whole(own), format!("{BASE}\n{GATEWAYS}\n{own}"));
    let crlf = own.replace('\n', "\r\n");
    assert_eq!(whole(&crlf), format!("{BASE}\n{GATEWAYS}\n{crlf}"));
}

#[test]
fn a_last_line_gets_its_end() {
    let files = [("a.cfg", "backend a"), ("b.cfg", "backend b\r\n  balance first")];
    let whole = merged_files(&files).unwrap().document.to_string();
    let own = "backend a\n\nbackend b\r\n  balance first\r\n";
    assert_eq!(whole, format!("{BASE}\n{GATEWAYS}\n{own}"));
}

#[test]
fn every_line_of_the_whole_leads_back() {
    let files = [
        ("a.cfg", "# top\nglobal\n  nbthread 2\n# a\nbackend a\n"),
        ("b.cfg", "backend b\n  balance first"),
    ];
    let merged = merged_files(&files).unwrap();
    let mut found = Vec::new();
    for line in merged.document.lines() {
        let Some(place) = merged.place(line.number()) else {
            assert_eq!(line.written(), "\n");
            continue;
        };
        let text = match &place.source {
            Source::Base => BASE,
            Source::Gateways => GATEWAYS,
            Source::Own(name) if **name == *"a.cfg" => files[0].1,
            Source::Own(_) => files[1].1,
        };
        assert_eq!(text.lines().nth(place.line - 1), Some(line.text()), "{place}");
        found.push(place.to_string());
    }
    assert_eq!(found.len(), 9 + 9 + 4 + 2 - 1);
    assert!(found.contains(&"a.cfg:3".to_owned()) && found.contains(&"b.cfg:2".to_owned()));
    assert!(merged.place(0).is_none() && merged.place(1000).is_none());
}

#[test]
fn what_haproxy_would_not_read_is_told_alone() {
    insta::assert_snapshot!(said_of("global\n  daemon\nbackend a\n  server 'x\n.if 1\n").join("\n"), @"
    own.cfg:4: column 10: this quote is not closed; expected: the same quote once more before the end of the line
    own.cfg:5: column 1: this '.if' has no '.endif'; expected: '.endif' in a line of its own
    ");
}

#[test]
fn a_byte_order_mark_is_told_as_such() {
    for text in [
        "\u{feff}global\n  maxconn 5\n",
        "\u{feff}# mine\r\nbackend a\r\n",
        "\u{feff}",
    ] {
        let said = said_of(text);
        assert_eq!(
            said,
            [
                "own.cfg:1: column 1: the text begins with a byte order mark, which HAProxy takes for a part of the first word; expected: a text that was saved without it"
            ]
        );
    }
    // Elsewhere it is a character as any other.
    assert_eq!(said_of("# \u{feff}\nbackend a\n"), [""; 0]);
}

#[test]
fn two_sections_of_one_name_are_told_with_both_places() {
    let one = "frontend edge\nbackend o_edge\nlisten o_edge\ndefaults d\nuserlist u\npeers p\nresolvers r\ncache c\nring g\n\
        mailers m\nhttp-errors e\nprogram x\n  command y\nfcgi-app f\nlog-forward l\nbackend stats\n";
    let two = "defaults d\nuserlist u\npeers p\nresolvers r\ncache c\nring g\nmailers m\nhttp-errors e\nprogram x\nfcgi-app f\n\
        log-forward l\nbackend b\nlisten b\n";
    insta::assert_snapshot!(said(&[("one.cfg", one), ("two.cfg", two)]).join("\n"), @"
    one.cfg:1: frontend 'edge' has the name of frontend 'edge' in the gateways (line 2); give it another name
    one.cfg:2: backend 'o_edge' has the name of backend 'o_edge' in the gateways (line 7); give it another name
    one.cfg:3: listen 'o_edge' has the name of frontend 'o_edge' in the gateways (line 5); give it another name
    one.cfg:16: backend 'stats' has the name of listen 'stats' in the base (line 8); give it another name
    two.cfg:1: defaults 'd' has the name of defaults 'd' in one.cfg:4; give it another name
    two.cfg:2: userlist 'u' has the name of userlist 'u' in one.cfg:5; give it another name
    two.cfg:3: peers 'p' has the name of peers 'p' in one.cfg:6; give it another name
    two.cfg:4: resolvers 'r' has the name of resolvers 'r' in one.cfg:7; give it another name
    two.cfg:5: cache 'c' has the name of cache 'c' in one.cfg:8; give it another name
    two.cfg:6: ring 'g' has the name of ring 'g' in one.cfg:9; give it another name
    two.cfg:7: mailers 'm' has the name of mailers 'm' in one.cfg:10; give it another name
    two.cfg:8: http-errors 'e' has the name of http-errors 'e' in one.cfg:11; give it another name
    two.cfg:9: program 'x' has the name of program 'x' in one.cfg:12; give it another name
    two.cfg:10: fcgi-app 'f' has the name of fcgi-app 'f' in one.cfg:14; give it another name
    two.cfg:11: log-forward 'l' has the name of log-forward 'l' in one.cfg:15; give it another name
    two.cfg:13: listen 'b' has the name of backend 'b' in two.cfg:12; give it another name
    ");
}

#[test]
fn a_receiver_of_logs_has_its_name_among_the_proxies() {
    let own = "log-forward edge\nlog-forward o_edge\nlog-forward stats\nlog-forward later\nbackend later\nbackend b\nlog-forward b\n";
    insta::assert_snapshot!(said_of(own).join("\n"), @"
    own.cfg:1: log-forward 'edge' has the name of frontend 'edge' in the gateways (line 2); give it another name
    own.cfg:2: log-forward 'o_edge' has the name of frontend 'o_edge' in the gateways (line 5); give it another name
    own.cfg:3: log-forward 'stats' has the name of listen 'stats' in the base (line 8); give it another name
    own.cfg:5: backend 'later' has the name of log-forward 'later' in own.cfg:4; give it another name
    own.cfg:7: log-forward 'b' has the name of backend 'b' in own.cfg:6; give it another name
    ");
    // It is no backend.
    let own = "log-forward l\nfrontend f\n  default_backend l\n";
    insta::assert_snapshot!(said_of(own).join("\n"), @"own.cfg:3: there is no backend 'l'; name one that there is");
    let apart = "peers l\ndefaults l\n.if defined(A)\nlog-forward l\n.else\nbackend l\n.endif\n";
    assert_eq!(said_of(apart), [""; 0]);
}

#[test]
fn names_that_differ_in_kind_or_depend_on_something_do_not_clash() {
    for own in [
        "backend edge\nuserlist edge\npeers edge\n",
        "frontend \"$NAME\"\nfrontend \"$NAME\"\n",
        ".if defined(A)\nbackend a\n.elif defined(B)\nbackend a\n.else\nbackend a\n.endif\n",
        "defaults\ndefaults from d\ndefaults d\ndefaults from d\n",
    ] {
        assert_eq!(said_of(own), [""; 0], "{own}");
    }
    let in_two_blocks = ".if defined(A)\nbackend a\n.endif\n.if defined(B)\nbackend a\n.endif\n";
    assert_eq!(said_of(in_two_blocks).len(), 1);
}

#[test]
fn an_address_that_is_taken_is_told_with_both_places() {
    let own = "\
frontend a
  bind :9050
  bind 10.0.0.7:9050
  bind *:9000-9100
  bind [::]:9050
  bind :::9050 v6only
  bind 127.0.0.1:8000,127.0.0.1:1988
frontend b
  bind 127.0.0.1:7990-8000
  bind localhost:8000
  bind ipv6@:6000
  bind unix@/run/vamp//edge.sock
  bind /run/vamp/haproxy.sock
  bind unix@/run/vamp/master.sock
  bind abns@x
listen c
  bind 10.0.0.1:6000
  bind abns@x
";
    insta::assert_snapshot!(said_of(own).join("\n"), @"
    own.cfg:2: :9050 is listened on in the gateways (line 3), as 0.0.0.0:9050; choose another address
    own.cfg:3: 10.0.0.7:9050 is listened on in the gateways (line 3), as 0.0.0.0:9050; choose another address
    own.cfg:4: *:9000-9100 is listened on in the gateways (line 3), as 0.0.0.0:9050; choose another address
    own.cfg:5: [::]:9050 is listened on in the gateways (line 3), as 0.0.0.0:9050; choose another address
    own.cfg:7: 127.0.0.1:1988 is listened on in the base (line 9), as 0.0.0.0:1988; choose another address
    own.cfg:9: 127.0.0.1:7990-8000 is listened on in own.cfg:7, as 127.0.0.1:8000; choose another address
    own.cfg:12: unix@/run/vamp//edge.sock is listened on in the gateways (line 4), as unix@/run/vamp/edge.sock; choose another address
    own.cfg:13: /run/vamp/haproxy.sock is listened on in the base (line 3), as unix@/run/vamp/haproxy.sock; choose another address
    own.cfg:14: /run/vamp/master.sock is the socket of HAProxy's master process, by which the agent leads it; choose another path
    own.cfg:17: 10.0.0.1:6000 is listened on in own.cfg:11, as ipv6@:6000; choose another address
    own.cfg:18: abns@x is listened on in own.cfg:15; choose another address
    ");
    let socket = "global\n  stats socket /run/vamp/haproxy.sock\n  stats socket ipv4@127.0.0.1:1988\n";
    insta::assert_snapshot!(said_of(socket).join("\n"), @"
    own.cfg:2: /run/vamp/haproxy.sock is listened on in the base (line 3), as unix@/run/vamp/haproxy.sock; choose another address
    own.cfg:3: ipv4@127.0.0.1:1988 is listened on in the base (line 9), as 0.0.0.0:1988; choose another address
    ");
}

#[test]
fn one_address_is_found_in_each_spelling() {
    let own = "\
frontend a
  bind /run/../run/vamp/edge.sock
  bind unix@/run/./vamp/haproxy.sock
  bind /../run/vamp/x/..//master.sock
  bind ::ffff:127.0.0.1:9050
  bind [::ffff:0.0.0.0]:1988
  bind unix@here/../run//a.sock
frontend b
  bind unix@./run/a.sock
  bind unix@../run/a.sock
  bind unix@/run/a.sock
  bind unix@../../run/a.sock
  bind ::ffff:10.0.0.1:7000
frontend c
  bind :7000
";
    insta::assert_snapshot!(said_of(own).join("\n"), @"
    own.cfg:2: /run/../run/vamp/edge.sock is listened on in the gateways (line 4), as unix@/run/vamp/edge.sock; choose another address
    own.cfg:3: unix@/run/./vamp/haproxy.sock is listened on in the base (line 3), as unix@/run/vamp/haproxy.sock; choose another address
    own.cfg:4: /run/vamp/master.sock is the socket of HAProxy's master process, by which the agent leads it; choose another path
    own.cfg:5: ::ffff:127.0.0.1:9050 is listened on in the gateways (line 3), as 0.0.0.0:9050; choose another address
    own.cfg:6: [::ffff:0.0.0.0]:1988 is listened on in the base (line 9), as 0.0.0.0:1988; choose another address
    own.cfg:9: unix@./run/a.sock is listened on in own.cfg:7, as unix@here/../run//a.sock; choose another address
    own.cfg:15: :7000 is listened on in own.cfg:13, as ::ffff:10.0.0.1:7000; choose another address
    ");
    let socket = |path: &str| {
        let (base, gateways) = (Document::parse(BASE), Document::parse(GATEWAYS));
        let mut ours = Ours::new(&base, &gateways);
        ours.master_socket = Some(path.as_ref());
        let own = OwnFile::new("own.cfg", "frontend a\n  bind /run/m.sock\n");
        merge(&ours, &[own]).is_err()
    };
    assert!(socket("/run//x/../m.sock") && !socket("/run/x/m.sock"));
}

#[test]
fn peers_that_haproxy_is_itself_are_listened_for() {
    let own = "\
global
  localpeer me
peers wild
  peer host 0.0.0.0:9050
  peer other [::]:1988
  peer third :7000
  peer far 10.0.0.9:9050
peers named
  peer me 10.0.0.1:9050
  peer far 10.0.0.9:7000
  server me2 0.0.0.0:9050
peers new
  bind 127.0.0.1:7000 ssl crt /x
  server me
log-forward l
  bind :9050
  dgram-bind :9050
  dgram-bind :7100
log-forward m
  dgram-bind 127.0.0.1:7100
";
    insta::assert_snapshot!(said_of(own).join("\n"), @"
    own.cfg:4: 0.0.0.0:9050 is listened on in the gateways (line 3); choose another address
    own.cfg:5: [::]:1988 is listened on in the base (line 9), as 0.0.0.0:1988; choose another address
    own.cfg:9: 10.0.0.1:9050 is listened on in the gateways (line 3), as 0.0.0.0:9050; choose another address
    own.cfg:13: 127.0.0.1:7000 is listened on in own.cfg:6, as :7000; choose another address
    own.cfg:16: :9050 is listened on in the gateways (line 3), as 0.0.0.0:9050; choose another address
    own.cfg:20: 127.0.0.1:7100 is listened on in own.cfg:18, as :7100; choose another address
    ");
    let harmless = "\
peers p
  peer me 10.0.0.1:9050
  peer host \"${ADDRESS}:9050\"
  no peer host 0.0.0.0:9050
backend b
  peer host 0.0.0.0:9050
";
    assert_eq!(said_of(harmless), [""; 0]);
}

#[test]
fn addresses_that_do_not_meet_or_cannot_be_told_do_not_clash() {
    let own = "\
frontend a
  bind :443 ssl crt /x thread 1
  bind :443 ssl crt /x thread 2
  bind quic4@:9050 ssl crt /x
  bind :::9051 v6only
  bind \"0.0.0.0:${PORT}\"
  bind \":${PORT-9050}\"
  bind fd@3
  bind :+9050
  bind :9050-+9060
  bind 127.0.0.1:7000
  bind :7100 interface eth0
  bind :7200 namespace x
frontend b
  bind 127.0.0.2:7000
  bind [::1]:7000
  bind 0.0.0.0:9051
  bind :7100 interface eth1
  bind :7200
log-forward l
  dgram-bind :9060
.if defined(X)
frontend c
  bind :7300
.else
frontend d
  bind :7300
.endif
";
    assert_eq!(said_of(own), [""; 0]);
}

#[test]
fn backends_that_nobody_has_are_told() {
    let own = "\
frontend a
  use_backend o_edge if { path / }
  use_backend stats
  use_backend %[req.hdr(host)] if { path / }
  use_backend \"$WHERE\"
  use_backend nowhere if { path / }
  use_backend edge
  default_backend later
defaults d
  default_backend mine
.if defined(X)
backend mine
.endif
";
    insta::assert_snapshot!(said_of(own).join("\n"), @"
    own.cfg:6: there is no backend 'nowhere'; name one that there is
    own.cfg:7: there is no backend 'edge', only the frontend of a gateway in the gateways (line 2); switch on the entrances of gateways
    own.cfg:8: there is no backend 'later'; name one that there is
    ");
}

#[test]
fn the_nearest_backends_are_named() {
    let own = "\
backend shop
backend shop-v1
backend shop-v2
backend shop-v3
backend basket
backend b
frontend a
  use_backend shop-v if { path /a }
  use_backend baskte if { path /b }
  use_backend sho-v1 if { path /c }
  use_backend edges if { path /d }
  use_backend c
";
    insta::assert_snapshot!(said_of(own).join("\n"), @"
    own.cfg:8: there is no backend 'shop-v'; name one that there is, such as 'shop-v1', 'shop-v2', 'shop-v3'
    own.cfg:9: there is no backend 'baskte'; name one that there is, such as 'basket'
    own.cfg:10: there is no backend 'sho-v1'; name one that there is, such as 'shop-v1'
    own.cfg:11: there is no backend 'edges'; name one that there is
    own.cfg:12: there is no backend 'c'; name one that there is
    ");
}

/// Sections that are no affair of ours.
const SECTIONS: &[&str] = &[
    "userlist u\n user a insecure-password b\n",
    "backend b\r\n\tserver s 10.0.0.1:80\r\n",
    "# c\n\n.if defined(X)\nfrontend f\n bind :1\n.endif\n",
    "defaults named\n option httpchk\n cookie X insert\n",
    "listen l from named # why\n  bind :2\n\n\n",
    ".notice \"read\"\n",
    "cache c\n total-max-size 4",
];

proptest! {
    #[test]
    fn a_file_with_sections_of_its_own_is_one_piece_of_the_result(
        sections in proptest::sample::subsequence(SECTIONS, 1..=SECTIONS.len()),
        blank in any::<Index>(),
        ends in select(vec!["", "\n", "# end", "\n\n"]),
    ) {
        let mut own: Vec<String> = sections.iter().map(|section| format!("{}\n", section.trim_end_matches('\n'))).collect();
        own.insert(blank.index(own.len() + 1), "\n# of mine\n".to_owned());
        let own = [own.concat().as_str(), ends].concat();
        let whole = whole(&own);
        prop_assert!(whole.contains(&own));
        let ours = format!("{BASE}\n{GATEWAYS}\n");
        prop_assert!(whole.starts_with(&ours));
    }

    #[test]
    fn no_text_makes_merging_panic(
        text in support::configurations::mutated(support::configurations::TEXTS, support::configurations::SOUP),
        other in support::configurations::mutated(support::configurations::TEXTS, support::configurations::LINES),
    ) {
        if let Ok(merged) = merged_files(&[("a", &text), ("b", &other)]) {
            let lines = merged.document.line_count();
            prop_assert!((1..=lines).filter(|line| merged.place(*line).is_none()).count() <= lines);
            prop_assert_eq!(&merged.document.to_string()[merged.gateways()], GATEWAYS);
        }
    }
}
