//! Route selectors: what they read, which targets they select, and how targets are partitioned.

#![expect(clippy::panic, reason = "a test fails by panicking, its helpers too")]

use vamp_model::boolean::Mistake;
use vamp_model::selector::{RoutingGroup, RoutingInstance, RoutingPort, route_path};
use vamp_model::{InvalidSelector, RoutePath, Selector};

fn selector(text: &str) -> Selector {
    text.parse()
        .unwrap_or_else(|error: InvalidSelector| panic!("{error} {}", error.source))
}

fn group(name: &str, kind: &str, namespace: &str, labels: &[(&str, &str)], ips: &[&str]) -> RoutingGroup {
    let port = |declared| RoutingPort {
        declared,
        reachable: declared + 100,
    };
    let instance = |ip: &&str| RoutingInstance {
        ip: (*ip).to_owned(),
        ports: vec![port(8080), port(8081)],
    };
    RoutingGroup {
        name: name.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        labels: labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        image: (name != "db").then(|| format!("acme/{name}")),
        instances: ips.iter().map(instance).collect(),
    }
}

fn running() -> [RoutingGroup; 3] {
    [
        group(
            "web:1",
            "app",
            "default",
            &[("tier", "front"), ("version", "1")],
            &["10.0.0.4"],
        ),
        group(
            "web:2",
            "app",
            "default",
            &[("version", "2"), ("tier", "front")],
            &["10.0.0.5", "10.0.1.6"],
        ),
        group("db", "service", "data", &[("tier", "back")], &["10.0.2.7"]),
    ]
}

/// Everything there is.
const ALL: [&str; 8] = [
    "10.0.0.4:8180",
    "10.0.0.4:8181",
    "10.0.0.5:8180",
    "10.0.0.5:8181",
    "10.0.1.6:8180",
    "10.0.1.6:8181",
    "10.0.2.7:8180",
    "10.0.2.7:8181",
];

fn selected(text: &str) -> Vec<String> {
    let selection = selector(text).select(&running(), "default");
    selection.addresses().into_iter().map(str::to_owned).collect()
}

/// The partitions, each with its key, its route and the addresses in it.
fn partitions(text: &str) -> Vec<(String, String, Vec<String>)> {
    let partitions = selector(text).select(&running(), "default").partitions();
    partitions
        .into_iter()
        .map(|partition| {
            let addresses = partition.targets.iter().map(|target| target.address.clone());
            (partition.key.clone(), partition.route_path(), addresses.collect())
        })
        .collect()
}

#[test]
fn questions_are_read_with_blanks_where_they_may_stand() {
    let with_pattern = [
        "name",
        "id",
        "kind",
        "type",
        "namespace",
        "group",
        "ip",
        "host",
        "image",
    ];
    for keyword in with_pattern {
        // S01-241: both words for each question, and blanks before the parenthesis and at the ends.
        for text in ["k(abc)", "k (abc)", "k\t(abc) ", " k(abc)\n", "k(a b)"] {
            selector(&text.replace('k', keyword));
        }
        // S01-242: a group at the end, at the beginning, in the middle, or alone.
        for pattern in ["^x:(.*)$", "(.*)$", "^(.*)", "(.*)", "a(b)c"] {
            selector(&format!("{keyword}({pattern})"));
        }
        for wrong in [
            "k",
            "k()",
            "k(a",
            "k a",
            "k(())",
            "k((a)(b))",
            "k((a(b)))",
            "k(a)b",
            "K(a)",
            "k(é)",
        ] {
            let wrong = wrong.replace('k', keyword).replace('K', &keyword.to_uppercase());
            assert!(wrong.parse::<Selector>().is_err(), "{wrong}");
        }
    }
    for keyword in ["port", "index", "port_index"] {
        // S01-241: numbers.
        for text in ["k(0)", "k (8080)", " k(8080) ", "k(2147483647)"] {
            selector(&text.replace('k', keyword));
        }
        for wrong in [
            "k",
            "k()",
            "k(a)",
            "k(-1)",
            "k( 1)",
            "k(1",
            "k(2147483648)",
            "k(99999999999999999999)",
        ] {
            let wrong = wrong.replace('k', keyword);
            assert!(wrong.parse::<Selector>().is_err(), "{wrong}");
        }
    }
    // S01-241: labels have two patterns; S01-242: each may have a group.
    for text in [
        "label(n)(v)",
        "label (n) (v) ",
        "label(n)((.*))",
        "label((.*))(v)",
        "label((.*))(^(.*)$)",
    ] {
        selector(text);
    }
    for wrong in ["label(n)", "label(n)(v)(w)", "label"] {
        assert!(wrong.parse::<Selector>().is_err(), "{wrong}");
    }
}

#[test]
fn questions_combine_like_other_formulas() {
    // S01-243: every operator, in its spellings, and parentheses.
    for text in [
        "name(a) and kind(b)",
        "name(a)and kind(b)",
        "name(a) && kind(b) & ip(c)",
        "name(a) OR kind(b)",
        "name(a) || kind(b) | ip(c)",
        "not name(a)",
        "! name(a)",
        "not (name(a) or kind(b)) and true",
        "(name(a) or (kind(b)))",
        "T or f",
        "1 and 0",
    ] {
        selector(text);
    }
    // S01-243: what nobody knows is refused, with its place.
    let cases = [
        (
            "colour(red)",
            1,
            "expected `not`, a question such as `name(web)` or `(`",
        ),
        (
            "name(a) and colour(red)",
            13,
            "expected `not`, a question such as `name(web)` or `(`",
        ),
        ("names(a)", 5, "expected `(`"),
        ("tea", 1, "expected `not`, a question such as `name(web)` or `(`"),
        ("", 1, "expected `not`, a question such as `name(web)` or `(`"),
        ("name(a) kind(b)", 9, "expected `and`, `or` or the end"),
        ("name(a) and", 12, "expected a blank"),
        (
            "not not name(a)",
            5,
            "expected a question such as `name(web)` or `(`",
        ),
        ("port(x)", 6, "expected a number"),
        ("name(a) or port(2147483648)", 17, "a number above 2147483647"),
        (
            "kind(b) or name(*)",
            17,
            "no pattern that can be used: uncounted repetition operator must be applied to a sub-expression",
        ),
        (
            "name((?=a))",
            6,
            "no pattern that can be used: look-around is not supported",
        ),
    ];
    for (text, column, message) in cases {
        let error = text.parse::<Selector>().unwrap_err();
        assert_eq!(error.to_string(), format!("Invalid selector: '{text}'."));
        assert_eq!(
            error.source.to_string(),
            format!("character {column}: {message}"),
            "{text}"
        );
    }
    let error = "name(a".parse::<Selector>().unwrap_err();
    assert!(matches!(error.source.mistake, Mistake::Expected(what) if what.contains(&"`)`")));
    let error = "(".repeat(1_000).parse::<Selector>().unwrap_err();
    assert_eq!(error.source.mistake, Mistake::TooDeep);
}

#[test]
fn each_question_selects_exactly_the_targets_it_asks_for() {
    let cases: [(&str, &[&str]); 27] = [
        // S01-244: by name, as a whole.
        ("name(db)", &ALL[6..]),
        ("id(web)", &[]),
        ("name(web:.)", &ALL[..6]),
        // S01-244: by kind.
        ("kind(app)", &ALL[..6]),
        ("type(s.*)", &ALL[6..]),
        // S01-244: by namespace.
        ("namespace(data)", &ALL[6..]),
        ("group(d.*)", &ALL),
        // S01-244: by image; what has none never matches.
        ("image(acme/web:2)", &ALL[2..6]),
        ("image(.*)", &ALL[..6]),
        ("not image(.*)", &ALL[6..]),
        // S01-244: by label; name and value belong to the same one.
        ("label(tier)(front)", &ALL[..6]),
        ("label(version)(2)", &ALL[2..6]),
        ("label(tier)(2)", &[]),
        ("label(.*)(2)", &ALL[2..6]),
        // S01-244: by address of the instance.
        ("ip(10.0.1.6)", &ALL[4..6]),
        (r"host(10\.0\.0\..*)", &ALL[..4]),
        // S01-244: by declared port, whereas the other one is in the address.
        ("port(8180)", &[]),
        ("port(8081) and name(web:1)", &ALL[1..2]),
        // S01-244: by the position of the port.
        ("index(0) and name(web:1)", &ALL[..1]),
        ("port_index(1) and name(db)", &ALL[7..]),
        ("index(2)", &[]),
        // S01-245: both, either, none of those, everything, nothing.
        ("label(tier)(front) and ip(10.0.0.4)", &ALL[..2]),
        ("name(web:1) or name(web:2)", &ALL[..6]),
        ("not (name(web:1) or name(web:2)) and true", &ALL[6..]),
        ("not kind(app) or name(web:1) and false", &ALL[6..]),
        ("true", &ALL),
        ("false", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(selected(text), expected, "{text}");
    }
    let selection = selector("port(8080) and kind(service)").select(&running(), "default");
    let targets: Vec<_> = selection.targets().collect();
    assert_eq!(targets[0].id, "db/10.0.2.7:8180");
    assert_eq!((targets.len(), targets[0].address.as_str()), (1, "10.0.2.7:8180"));
    assert!(targets[0].captured.is_empty());
}

#[test]
fn the_current_namespace_is_known_by_its_reference() {
    // S01-247: as a plain reference and in braces; it is compared as text, not as a pattern.
    for text in [
        "namespace($namespace)",
        "group(${namespace})",
        "namespace ($namespace) ",
    ] {
        let select = |namespace| selector(text).select(&running(), namespace).targets().len();
        assert_eq!(select("default"), 6, "{text}");
        assert_eq!(select("data"), 2, "{text}");
        assert_eq!(select("d.*"), 0, "{text}");
    }
    // Elsewhere it is a pattern like any other, and in braces none.
    assert!(selected("name($namespace)").is_empty());
    assert!("name(${namespace})".parse::<Selector>().is_err());
    assert!(selected("namespace($namespace )").is_empty());
}

#[test]
fn targets_are_partitioned_by_what_the_groups_capture() {
    let keys = |text: &str| -> Vec<String> { partitions(text).into_iter().map(|(key, ..)| key).collect() };
    let owned =
        |addresses: &[&str]| -> Vec<String> { addresses.iter().map(|one| (*one).to_owned()).collect() };
    // S01-246: by the value of a label.
    assert_eq!(
        partitions("label(version)((.*)) and index(0)"),
        [
            ("(1)".into(), "(1)".into(), owned(&[ALL[0]])),
            ("(2)".into(), "(2)".into(), owned(&[ALL[2], ALL[4]])),
        ]
    );
    // S01-246: by the last part of the address.
    assert_eq!(keys(r"ip(10\.0\.[0-9]\.(.*))"), ["(4)", "(5)", "(6)", "(7)"]);
    // S01-246: by both: the key is sorted, whichever is written first.
    for text in [
        r"label(version)((.*)) and ip(10\.0\.(.)\..*)",
        r"ip(10\.0\.(.)\..*) and label(version)((.*))",
    ] {
        assert_eq!(keys(text), ["(0),(1)", "(0),(2)", "(1),(2)"], "{text}");
    }
    // S01-246: without a group there is one partition, and nothing in its key.
    assert_eq!(
        partitions("namespace(default) and index(0)"),
        [("()".into(), "()".into(), owned(&[ALL[0], ALL[2], ALL[4]]))]
    );
    // Of a label the name, the value or both; of several labels the first that matches.
    assert_eq!(keys("label((ver.*))(1)"), ["(version)"]);
    assert_eq!(keys("label((.*))((1|2))"), ["(version=1)", "(version=2)"]);
    assert_eq!(keys("label((.*))(.*) and kind(app)"), ["(tier)", "(version)"]);
    // Nothing is captured in a negation, on either side of an `or` what is there.
    assert_eq!(keys("not name(w(.*)) or kind(x(.*))"), ["()"]);
    assert_eq!(keys("name(w(.*):1) or kind((a.*))"), ["(app)", "(app),(eb)"]);
    // The same text twice is one; a group that takes no part captures nothing.
    assert_eq!(keys("kind((app)) and type((.*))"), ["(app)"]);
    assert_eq!(keys("kind((x)?app)"), ["()"]);
    assert!(keys("name(x)").is_empty());
}

#[test]
fn a_partition_names_its_route() {
    let cases = [
        ("()", "()"),
        ("(0),(1)", "(0),(1)"),
        ("(é:1.0)", "(é:1.0)"),
        // What no name may have is hashed; leading zeros go.
        ("(a/b)", "36f7c2d448106d31cb660a5ba6573f7b6450e14"),
        ("(a b)", "cd39fc9ac4df0248fd5d70785b195769c21a7f04"),
        ("([)", "9d5e4a0dc1a8214065827af499980ab56a58a6d4"),
        ("(])", "7411bc0f2170a2da33cf0112e4e0ccf2858a85ce"),
        ("(a\u{7})", "ec8f71154b80113898c6337ab5d6e91a26bb0cad"),
    ];
    for (key, path) in cases {
        assert_eq!(route_path(key), path, "{key}");
        let path: RoutePath = path.parse().unwrap();
        assert_eq!(path.segments().len(), 1);
    }
    let [(key, path, _)] = &partitions(r"image((.*)) and index(0) and ip(10\.0\.0\.4)")[..] else {
        panic!("one target, one partition");
    };
    assert_eq!(
        (key.as_str(), path.as_str()),
        ("(acme/web:1)", "7e97e9b766b56ded91e6798dde2b450df92d74ea")
    );
}

#[test]
fn a_filter_stands_in_front_of_a_selector() {
    let filter = selector("name(web:(.*)) or kind(service)");
    let both = filter.and(selector("index(1) or port(8080) and ip(10.0.2.7)"));
    assert_eq!(
        both.definition(),
        "(name(web:(.*)) or kind(service)) and (index(1) or port(8080) and ip(10.0.2.7))"
    );
    let selection = both.select(&running(), "default");
    assert_eq!(selection.addresses(), [ALL[1], ALL[3], ALL[5], ALL[6], ALL[7]]);
    assert_eq!(both, selector(both.definition()));
    assert_eq!(
        selector(both.definition()).select(&running(), "default"),
        selection
    );
}

#[test]
fn targets_of_one_identifier_or_address_are_one() {
    let mut twice = running()[0].clone();
    twice.instances.push(twice.instances[0].clone());
    let mut other = twice.clone();
    other.name = "web:9".to_owned();
    let selection = selector("name(web:(.))").select(&[twice, other], "default");
    assert_eq!(selection.targets().len(), 4);
    assert_eq!(selection.addresses(), &ALL[..2]);
}

#[test]
fn a_selector_keeps_its_text() {
    let text = " image(acme/web:(.*)) || port_index(0) ";
    let kept = selector(text);
    assert_eq!((kept.definition(), kept.to_string().as_str()), (text, text));
    assert_ne!(kept, selector(text.trim()));
    let json = serde_json::to_string(&kept).unwrap();
    assert_eq!(json, format!("{text:?}"));
    assert_eq!(serde_json::from_str::<Selector>(&json).unwrap(), kept);
    let error = serde_json::from_str::<Selector>("\"name(\"")
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("Invalid selector: 'name('. character 6: expected a pattern"),
        "{error}"
    );
}

#[test]
fn routing_groups_have_the_json_of_the_api() {
    let json = r#"{"name":"web:1","kind":"app","namespace":"default","labels":{"tier":"front","version":"1"},"image":"acme/web:1","instances":[{"ip":"10.0.0.4","ports":[{"host":8080,"container":8180},{"host":8081,"container":8181}]}]}"#;
    assert_eq!(serde_json::to_string(&running()[0]).unwrap(), json);
    assert_eq!(serde_json::from_str::<RoutingGroup>(json).unwrap(), running()[0]);
    let least: RoutingGroup = serde_json::from_str(r#"{"name":"a","kind":"b","namespace":"c"}"#).unwrap();
    assert!(least.image.is_none() && least.labels.is_empty() && least.instances.is_empty());
}
