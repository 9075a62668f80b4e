//! The language of conditions in HAProxy's words, and what real requests make of it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use proptest::prelude::*;
use support::scene::{Scene, Service, request};
use support::{chained, conditional, config, gateway, generated, refusal, route, with_base};
use vamp_haproxy::acl::{Acls, UnusableCondition, When};
use vamp_model::boolean::Expression;
use vamp_model::condition::Leaf;
use vamp_model::{Condition, Gateway};
use vamp_testkit::ports;

fn acls(text: &str) -> Acls {
    Acls::of(&text.parse().unwrap()).unwrap()
}

/// The alternatives with the definitions of the tests in the place of their names.
fn told(text: &str) -> Vec<String> {
    let Acls { tests, when } = acls(text);
    let alternatives = match when {
        When::Always => return vec!["always".to_owned()],
        When::Never => return Vec::new(),
        When::Alternatives(alternatives) => alternatives,
    };
    let definition = |name: &str| {
        let (negation, name) = match name.strip_prefix('!') {
            Some(name) => ("!", name),
            None => ("", name),
        };
        let test = tests.iter().find(|test| test.name.as_str() == name).unwrap();
        format!("{negation}{}", test.definition)
    };
    alternatives
        .iter()
        .map(|names| {
            let words = names.as_str().split(' ').map(definition);
            words.collect::<Vec<_>>().join(" & ")
        })
        .collect()
}

/// A condition and the only alternative that it has.
const SHORT_FORMS: [(&str, &str); 27] = [
    // S02-063: the name of the header in three spellings and any case.
    (
        "user-agent == Konqueror",
        "req.fhdr(User-Agent) -m sub 'Konqueror'",
    ),
    (
        "User.Agent == Konqueror",
        "req.fhdr(User-Agent) -m sub 'Konqueror'",
    ),
    // S02-071: a browser that is not known by name is looked for as it is written.
    (
        "USERAGENT == Konqueror",
        "req.fhdr(User-Agent) -m sub 'Konqueror'",
    ),
    // S02-064: five ways to say that something is so, and four that it is not.
    ("host = a.test", "req.hdr(host) a.test"),
    ("host == a.test", "req.hdr(host) a.test"),
    ("host is a.test", "req.hdr(host) a.test"),
    ("host has a.test", "req.hdr(host) a.test"),
    ("host contains a.test", "req.hdr(host) a.test"),
    ("host != a.test", "!req.hdr(host) a.test"),
    ("host ! a.test", "!req.hdr(host) a.test"),
    ("host not a.test", "!req.hdr(host) a.test"),
    ("host misses a.test", "!req.hdr(host) a.test"),
    // S02-065: a cookie is there.
    ("has cookie beta", "req.cook(beta) -m found"),
    // S02-066: that it is not there is a test of its own.
    ("misses cookie beta", "req.cook_cnt(beta) eq 0"),
    ("not has cookie beta", "req.cook_cnt(beta) eq 0"),
    // S02-067: a header is there.
    ("has header X-Canary", "req.hdr_cnt(X-Canary) gt 0"),
    // S02-068: that it is not there is a test of its own, too.
    ("misses header X-Canary", "req.hdr_cnt(X-Canary) eq 0"),
    // S02-070: part of a cookie's value, with a keyword that HAProxy has.
    ("cookie beta has yes", "req.cook(beta) -m sub 'yes'"),
    ("cookie beta misses yes", "!req.cook(beta) -m sub 'yes'"),
    // S02-069: part of a header's value.
    ("header X-Region has eu", "req.fhdr(X-Region) -m sub 'eu'"),
    ("header X-Region misses eu", "!req.fhdr(X-Region) -m sub 'eu'"),
    // S02-077: blanks and parentheses in a value that is in quotes.
    (
        "header X-Region has \"eu (west)\"",
        "req.fhdr(X-Region) -m sub 'eu (west)'",
    ),
    // What HAProxy takes for its own is quoted, and a flag is none.
    (
        "header X-Region has \"it's\"",
        "req.fhdr(X-Region) -m sub \"it's\"",
    ),
    ("header X-Region has -i", "req.fhdr(X-Region) -m sub -- '-i'"),
    ("host == \"a b\"", "req.hdr(host) 'a b'"),
    ("host == a#b", "req.hdr(host) 'a#b'"),
    ("has cookie a#b", "'req.cook(a#b)' -m found"),
];

#[test]
fn every_short_form_is_a_test_of_haproxy() {
    for (text, expected) in SHORT_FORMS {
        assert_eq!(told(text), [expected], "{text}");
    }
}

#[test]
fn browsers_are_known_by_name_in_any_case() {
    for (name, texts) in [
        ("chrome", &["Chrome"][..]),
        ("FIREFOX", &["Firefox"]),
        ("Edge", &["Edge"]),
        // S02-072: Safari is told from Chrome by a second text, and the Internet Explorer by its old name.
        ("safari", &["Safari", "Version"]),
        ("ie", &["MSIE"]),
    ] {
        let tests: Vec<String> = texts
            .iter()
            .map(|text| format!("req.fhdr(User-Agent) -m sub '{text}'"))
            .collect();
        assert_eq!(
            told(&format!("user-agent == {name}")),
            [tests.join(" & ")],
            "{name}"
        );
    }
}

#[test]
fn a_text_outside_the_language_is_one_expression_and_a_warning() {
    let edge = |text: &str| {
        [gateway(
            "edge",
            "9000",
            [("a", conditional(route(100, []), text, 100))],
        )]
    };
    let text = " hdr_sub(user-agent) Android";
    // S02-074: as it is, with its blanks.
    assert_eq!(told(text), [text]);
    let warnings = generated(&edge(text)).warnings;
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].to_string().starts_with(
            "gateway 'edge', route 'a': its condition ' hdr_sub(user-agent) Android' is outside"
        ),
        "{}",
        warnings[0]
    );
    // In brackets it is meant.
    assert_eq!(generated(&edge("< hdr_sub(user-agent) Android >")).warnings, []);
}

#[test]
fn words_between_tests_bind_as_people_expect() {
    for (text, expected) in [
        // S02-075: `and` before `or`: the last alternative needs both.
        (
            "<a> or <b> and <c>",
            &["a & !c", "a & !b", "a & b", "a & c", "b & c"][..],
        ),
        // S02-076: signs and words in any case mean the same.
        ("<a> & <b>", &["a & b"]),
        ("<a> && <b>", &["a & b"]),
        ("<a> AND <b>", &["a & b"]),
        ("<a> | <b>", &["a", "b"]),
        ("<a> || <b>", &["a", "b"]),
        ("<a> OR <b>", &["a", "b"]),
        // S02-080: parentheses are multiplied out.
        ("(<a> or <b>) and <c>", &["a & c", "b & c"]),
        // S02-081: one alternative for each that may be missing.
        ("not (<a> and <b>)", &["!b", "!a"]),
        // S02-082: both cases in which the two are alike.
        ("(<a> and <b>) or (not <a> and not <b>)", &["!a & !b", "a & b"]),
        // S02-084: what always holds needs no test, and what never does leads nowhere.
        ("<a> or not <a>", &["always"]),
        ("(<a> or not <a>) and (<b> or not <b>)", &["always"]),
        ("<a> and not <a>", &[]),
    ] {
        assert_eq!(told(text), expected, "{text}");
    }
}

/// Formulas over so many tests.
fn formula(tests: usize) -> impl Strategy<Value = Expression<Leaf>> {
    let leaf = (0..tests).prop_map(|test| Expression::Leaf(Leaf::Value(format!("t{test}"))));
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| left & right),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| left | right),
            inner.prop_map(|formula| !formula),
        ]
    })
}

proptest! {
    #[test]
    fn the_alternatives_hold_when_the_condition_does(tree in formula(7), truth in 0_u32..128) {
        let condition = Condition::from_tree(&tree).unwrap();
        let holds = |definition: &str| {
            let test: u32 = definition.strip_prefix('t').unwrap().parse().unwrap();
            truth >> test & 1 == 1
        };
        let expected = tree.holds(|leaf| match leaf {
            Leaf::Value(text) => holds(text),
            _ => unreachable!("all tests are expressions"),
        });
        let Acls { tests, when } = Acls::of(&condition).unwrap();
        let is_met = |word: &str| {
            let (wanted, name) = match word.strip_prefix('!') {
                Some(name) => (false, name),
                None => (true, word),
            };
            let test = tests.iter().find(|test| test.name.as_str() == name).unwrap();
            holds(test.definition.as_str()) == wanted
        };
        let found = match when {
            When::Always => true,
            When::Never => false,
            When::Alternatives(terms) => terms.iter().any(|term| term.as_str().split(' ').all(is_met)),
        };
        // S02-083: whatever the formula and the request, with few tests and with many.
        prop_assert_eq!(found, expected, "{}", condition);
    }
}

#[test]
fn what_cannot_be_asked_for_is_refused() {
    let refused = |text: &str| Acls::of(&text.parse().unwrap()).unwrap_err();
    assert!(matches!(refused("< >"), UnusableCondition::Leaf(_)));
    assert!(matches!(
        refused("has cookie \"my cookie\""),
        UnusableCondition::Leaf(_)
    ));
    assert!(matches!(refused("has cookie a,b"), UnusableCondition::Name(_)));
    assert!(matches!(refused("< hdr(a) 'b >"), UnusableCondition::Raw(_)));
    let many: Vec<String> = (0..62).map(|test| format!("<t{test}>")).collect();
    // S02-085: an alternative that no line has room for is told before HAProxy tells it.
    assert_eq!(refused(&many.join(" and ")), UnusableCondition::TooLong(62));
    assert_eq!(told(&many[1..].join(" and ")).len(), 1);
    let pairs: Vec<String> = (0..9).map(|pair| format!("(<a{pair}> or <b{pair}>)")).collect();
    assert!(matches!(
        refused(&pairs.join(" and ")),
        UnusableCondition::TooComplex(_)
    ));
}

#[test]
fn conditions_stand_in_the_order_of_the_routes_with_a_line_for_each_alternative() {
    let edge = gateway(
        "edge",
        "9000",
        [
            (
                "z",
                conditional(route(50, []), "has cookie a or has cookie b", 100),
            ),
            ("a", conditional(route(50, []), "<a> or not <a>", 100)),
            ("n", conditional(route(0, []), "<a> and not <a>", 100)),
        ],
    );
    let text = config(std::slice::from_ref(&edge)).to_string();
    let used: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("use_backend im_"))
        .collect();
    let id = |path: &str| vamp_model::lookup::route(edge.name.as_ref(), &path.parse().unwrap());
    // S02-086: the order in which the routes were written.
    assert_eq!(used.len(), 3, "{text}");
    assert!(used[0].starts_with(&format!("{} if ", id("z"))), "{text}");
    assert!(used[1].starts_with(&format!("{} if ", id("z"))), "{text}");
    // S02-084: always, and so without a condition.
    assert_eq!(used[2], id("a"));
    // The hop of a condition that never holds is there, and nothing leads to it.
    assert!(text.contains(&format!("\nbackend im_{}\n", id("n"))));
}

#[test]
fn haproxy_accepts_every_short_form() {
    if vamp_testkit::skip::without("haproxy") {
        return;
    }
    let browsers = ["chrome", "firefox", "safari", "edge", "ie"].map(|name| format!("user-agent is {name}"));
    let many: Vec<String> = (0..61).map(|number| format!("has header X-{number}")).collect();
    let texts = SHORT_FORMS
        .iter()
        .map(|(text, _)| (*text).to_owned())
        .chain(browsers)
        .chain([many.join(" and "), many.join(" or ")]);
    let gateways: Vec<Gateway> = texts
        .enumerate()
        .map(|(number, text)| {
            let route = conditional(route(100, [chained("x", 9100)]), &text, 50);
            gateway(
                &format!("g{number}"),
                &format!("{}", 9200 + number),
                [("a", route)],
            )
        })
        .collect();
    let text = with_base(&config(&gateways));
    // S02-070: with all forms in one file, the file is accepted.
    // S02-085: and so are the longest lines.
    assert_eq!(refusal(&text), None);
}

#[tokio::test]
async fn requests_that_meet_a_condition_are_told_from_those_that_do_not() {
    if vamp_testkit::skip::without("haproxy") {
        return;
    }
    let cases = [
        (
            "user-agent == Konqueror",
            "User-Agent: Mozilla (Konqueror/4)\r\n",
            "User-Agent: curl\r\n",
        ),
        (
            "user-agent is firefox",
            "User-Agent: Gecko Firefox/5\r\n",
            "User-Agent: firefox\r\n",
        ),
        (
            "user-agent is safari",
            "User-Agent: Version/5 Safari/6\r\n",
            "User-Agent: Chrome Safari/6\r\n",
        ),
        (
            "user-agent != chrome",
            "User-Agent: curl\r\n",
            "User-Agent: Chrome/1\r\n",
        ),
        ("has cookie beta", "Cookie: a=b; beta=1\r\n", "Cookie: a=beta\r\n"),
        ("misses cookie beta", "Cookie: a=b\r\n", "Cookie: beta=1\r\n"),
        (
            "cookie beta has yes",
            "Cookie: beta=oh-yes-do\r\n",
            "Cookie: beta=no; yes=1\r\n",
        ),
        (
            "cookie beta misses yes",
            "Cookie: beta=no\r\n",
            "Cookie: beta=yes\r\n",
        ),
        ("has header X-Canary", "X-Canary: 1\r\n", "X-Canaries: 1\r\n"),
        ("misses header X-Canary", "", "x-canary: 0\r\n"),
        (
            "header X-Region has eu",
            "X-Region: us, eu-west\r\n",
            "X-Region: us\r\n",
        ),
        (
            "header X-Region misses eu",
            "X-Region: us\r\n",
            "X-Region: eu\r\n",
        ),
        (
            "header X-Region has \"it's #1\"",
            "X-Region: it's #1\r\n",
            "X-Region: it's\r\n",
        ),
        ("header X-Region has -i", "X-Region: a-i\r\n", "X-Region: i\r\n"),
        (
            "host == gateway and not has header X-Canary",
            "",
            "X-Canary: 1\r\n",
        ),
        (
            "has header A and has header B or has header C",
            "A: 1\r\nB: 1\r\n",
            "A: 1\r\n",
        ),
        (
            "< path_beg /x > and not (has header A or has header B)",
            "",
            "B: 1\r\n",
        ),
    ];
    let leases = ports::lease_many(cases.len()).unwrap();
    let (met, other) = (Service::start("met").await, Service::start("other").await);
    let gateways: Vec<Gateway> = cases
        .iter()
        .zip(&leases)
        .enumerate()
        .map(|(number, ((condition, ..), lease))| {
            let routes = [
                ("met", conditional(route(0, [met.target()]), condition, 100)),
                ("other", route(100, [other.target()])),
            ];
            gateway(&format!("g{number}"), &format!("{}", lease.number()), routes)
        })
        .collect();
    let _scene = Scene::start(&gateways).await;
    for ((condition, meets, misses), lease) in cases.iter().zip(&leases) {
        for (head, expected) in [(meets, "met"), (misses, "other")] {
            let answer = request(lease.address(), "/x", "gateway", head).await;
            let body = answer.split_once("\r\n\r\n").unwrap().1;
            assert_eq!(body.lines().next(), Some(expected), "{condition}: {head:?}");
        }
    }
}

#[tokio::test]
async fn a_condition_of_any_strength_takes_exactly_its_part() {
    if vamp_testkit::skip::without("haproxy") {
        return;
    }
    let strengths = [0, 1, 50, 99, 100];
    let leases = ports::lease_many(strengths.len()).unwrap();
    let (met, other) = (Service::start("met").await, Service::start("other").await);
    let gateways: Vec<Gateway> = strengths
        .iter()
        .zip(&leases)
        .map(|(strength, lease)| {
            let routes = [
                (
                    "met",
                    conditional(route(0, [met.target()]), "has header X-Canary", *strength),
                ),
                ("other", route(100, [other.target()])),
            ];
            gateway(&format!("g{strength}"), &format!("{}", lease.number()), routes)
        })
        .collect();
    let _scene = Scene::start(&gateways).await;
    for (strength, lease) in strengths.iter().zip(&leases) {
        let mut count = 0;
        for _ in 0..100 {
            let answer = request(lease.address(), "/", "gateway", "X-Canary: 1\r\n").await;
            count += u8::from(answer.contains("\r\n\r\nmet\n"));
        }
        // S02-029: of a hundred requests as many as the strength says, and the others go back to the pool.
        assert_eq!(count, *strength);
    }
}
