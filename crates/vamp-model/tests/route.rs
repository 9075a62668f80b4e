//! Routes of gateways and stored ones, with their conditions and rewrites.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use vamp_model::{
    AnyArtifact, Content, Format, Gateway, Kind, Percentage, Problem, Readable, Reference, Rewrite, Route,
    StoredCondition, Target, code, lookup, read, read_documents, to_json,
};

fn with_routes(text: &str) -> String {
    format!("{{name: edge, routes: {text}}}")
}

fn routes(text: &str) -> Vec<(String, Reference<Route>)> {
    let gateway: Gateway = read(&with_routes(text), Format::Yaml).unwrap();
    gateway
        .routes
        .into_iter()
        .map(|(path, route)| (path.to_string(), route))
        .collect()
}

/// The only route of a gateway, written `{…}`.
fn route(text: &str) -> Route {
    let (_, route) = routes(&format!("{{a: {text}}}")).remove(0);
    route.inline().unwrap().clone()
}

fn refused(text: &str) -> Problem {
    refused_as::<Gateway>(&with_routes(text))
}

fn refused_as<T: Readable + std::fmt::Debug>(text: &str) -> Problem {
    read::<T>(text, Format::Yaml).unwrap_err().first().clone()
}

fn of_weight(percent: u8) -> Reference<Route> {
    Reference::Inline(Route {
        weight: Percentage::new(percent),
        ..Route::default()
    })
}

fn plain() -> Reference<Route> {
    Reference::Inline(Route::default())
}

fn named<T>(name: &str) -> Reference<T> {
    Reference::Named(name.parse().unwrap())
}

fn condition(text: &str) -> Option<Reference<StoredCondition>> {
    route(&format!("{{condition: {text}}}")).condition
}

fn inline_condition(text: &str) -> Option<Reference<StoredCondition>> {
    let condition: vamp_model::Condition = text.parse().unwrap();
    Some(Reference::Inline(StoredCondition::from(condition)))
}

#[test]
fn routes_are_one_path_a_list_or_a_mapping() {
    let cases = [
        ("a/b", vec![("a/b", plain())]),
        ("[a/b, c]", vec![("a/b", plain()), ("c", plain())]),
        (
            "[{a/b: {weight: 30%}, d: {weight: 70%}}, c]",
            vec![("a/b", of_weight(30)), ("d", of_weight(70)), ("c", plain())],
        ),
        ("{a: ~, b: {}}", vec![("a", plain()), ("b", plain())]),
        ("[a: ~]", vec![("a", plain())]),
        ("{a: {weight: 5%}, a: {weight: 0%}}", vec![("a", of_weight(0))]),
        ("[a, a: {weight: 0%}]", vec![("a", of_weight(0))]),
        ("[]", vec![]),
        ("{}", vec![]),
        ("~", vec![]),
    ];
    for (text, expected) in cases {
        let expected: Vec<(String, Reference<Route>)> = expected
            .into_iter()
            .map(|(path, route)| (path.to_owned(), route))
            .collect();
        assert_eq!(routes(text), expected, "{text}");
    }
    for text in ["5", "true", "[5]", "[a, ~]", "[a, [b]]", "[a, 5]"] {
        let problem = refused(text);
        assert_eq!(problem.code, code::UNEXPECTED_TYPE, "{text}");
        assert!(problem.message.contains("'routes'"), "{text}: {problem}");
    }
}

#[test]
fn a_route_may_be_a_stored_one() {
    assert_eq!(
        routes("{a: stored, b: {reference: other}, c: {ref: third, name: ignored}, d: 5}"),
        [
            ("a".to_owned(), named("stored")),
            ("b".to_owned(), named("other")),
            ("c".to_owned(), named("third")),
            ("d".to_owned(), named("5")),
        ]
    );
    let cases = [
        ("{a: st/red}", code::ILLEGAL_NAME, "st/red"),
        ("{a: {reference: 'st red'}}", code::ILLEGAL_NAME, "st red"),
        ("{a: [b]}", code::UNEXPECTED_TYPE, "'a'"),
        (
            "{a: {reference: b, weight: 5%}}",
            code::UNEXPECTED_ELEMENT,
            "weight",
        ),
        (
            "{a: {reference: b, ref: c}}",
            code::UNEXPECTED_ELEMENT,
            r#"{"ref":"c"}"#,
        ),
        (
            "{a: {reference: b, kind: breeds}}",
            code::INCONSISTENT_ARTIFACT_KIND,
            "breeds",
        ),
    ];
    for (text, expected, words) in cases {
        let problem = refused(text);
        assert_eq!(problem.code, expected, "{text}: {problem}");
        assert!(problem.message.contains(words), "{text}: {problem}");
    }
}

#[test]
fn a_route_leads_to_one_to_four_segments_or_to_one_address() {
    let external =
        "name: edge\nroutes:\n  [external/1/2]: {weight: 50%}\n  [10.0.0.5:80]: {weight: 50%}\n  a//b/: {}\n";
    let gateway: Gateway = read(external, Format::Yaml).unwrap();
    let paths: Vec<_> = gateway.routes.keys().collect();
    // S01-158: a key in brackets is one segment that keeps them, whatever its slashes.
    assert_eq!(paths[0].segments(), ["[external/1/2]"]);
    assert_eq!(paths[0].external(), Some("external/1/2"));
    assert_eq!(paths[1].external(), Some("10.0.0.5:80"));
    assert_eq!(
        (paths[2].normalized().as_str(), paths[2].source()),
        ("a/b", "a//b/")
    );
    for (text, path) in [
        // S02-115: five segments are one too many.
        ("{a/b/c/d/e: {}}", "a/b/c/d/e"),
        ("{/: {}}", "/"),
        ("''", ""),
        ("[a/b/c/d/e]", "a/b/c/d/e"),
        ("{'[]': {}, '': {}}", ""),
    ] {
        let problem = refused(text);
        assert_eq!(problem.code, code::UNSUPPORTED_ROUTE_PATH, "{text}");
        assert!(
            problem.message.contains(&format!("'{path}'")),
            "{text}: {problem}"
        );
    }
    let problem = refused("{a/b: {}, a//b: {}}");
    assert_eq!(problem.code, code::DUPLICATE_ROUTE);
    assert_eq!(problem.path, "routes.a//b");
}

#[test]
fn weight_condition_and_strength_stand_beside_each_other() {
    let both =
        routes("{a: {weight: 10%, condition: '< path_beg /b >', condition_strength: 10%}, b: {weight: 90%}}");
    // S01-111: weight, condition and strength on one route, and nothing of it but the weight on the other.
    let beta = both[0].1.inline().unwrap();
    assert_eq!(
        (beta.weight, beta.condition_strength),
        (Percentage::new(10), Percentage::new(10))
    );
    assert_eq!(beta.condition, inline_condition("< path_beg /b >"));
    assert_eq!(both[1].1, of_weight(90));
    // S01-067: weight and condition without a strength.
    let two = route("{weight: 100%, condition: beta}");
    assert_eq!(
        (two.weight, &two.condition),
        (Percentage::new(100), &inline_condition("beta"))
    );
    assert_eq!(two.condition_strength, None);
    for (text, found) in [
        ("{weight: 50}", "a whole number '50': write `50%`"),
        ("{weight: 0.5}", "a number '0.5': write `50%`"),
        ("{condition_strength: 100}", "a whole number '100': write `100%`"),
        ("{weight: 101%}", "text '101%'"),
        ("{weight: -5%}", "text '-5%'"),
        ("{weight: 1.5%}", "text '1.5%'"),
        ("{weight: many}", "text 'many'"),
        ("{weight: 5000}", "a whole number '5000'"),
        ("{weight: [50%]}", "a list"),
    ] {
        let problem = refused(&format!("{{a: {text}}}"));
        assert_eq!(problem.code, code::UNEXPECTED_TYPE, "{text}");
        let hint = format!("expected a percentage from 0% to 100%, found {found}");
        assert_eq!(problem.hint, Some(hint), "{text}");
    }
}

#[test]
fn a_condition_is_a_text_a_mapping_or_the_name_of_a_stored_one() {
    // S01-065: a text is the condition itself, not the name of one.
    assert_eq!(condition("android"), inline_condition("android"));
    // S01-066: a stored condition is named by `reference`.
    assert_eq!(condition("{reference: ios}"), Some(named("ios")));
    assert_eq!(condition("{ref: ios}"), Some(named("ios")));
    assert_eq!(condition("5"), inline_condition("5"));
    assert_eq!(condition("'  '"), inline_condition("  "));
    assert_eq!(
        condition("{condition: User-Agent = Safari}"),
        inline_condition("User-Agent = Safari")
    );
    for none in [
        // S01-113: an empty text is no condition.
        "''",
        // S01-114: nor is it inside a mapping.
        "{condition: ''}",
        "~",
    ] {
        assert_eq!(condition(none), None, "{none}");
    }
    let Some(Reference::Inline(with_metadata)) = condition("{condition: android, metadata: {a: 1}}") else {
        panic!("a condition written out");
    };
    assert_eq!(with_metadata.metadata["a"], 1);
    let cases = [
        ("{}", code::MISSING_PATH_VALUE, "/condition"),
        ("{condition: ~}", code::MISSING_PATH_VALUE, "/condition"),
        (
            "{name: n, condition: android}",
            code::EITHER_REFERENCE_OR_ANONYMOUS,
            "condition -> n",
        ),
        ("[android]", code::UNEXPECTED_TYPE, "'condition'"),
        ("{condition: [android]}", code::UNEXPECTED_TYPE, "'condition'"),
        (
            "{condition: android, strength: 5%}",
            code::UNEXPECTED_ELEMENT,
            "strength",
        ),
        (
            "{condition: android, kind: routes}",
            code::INCONSISTENT_ARTIFACT_KIND,
            "routes",
        ),
        (
            "{reference: ios, condition: android}",
            code::UNEXPECTED_ELEMENT,
            "android",
        ),
        // What would break out of its line in a configuration.
        (
            "\"< path /a\\n bind :1 >\"",
            code::INVALID_CONDITION,
            "line break",
        ),
    ];
    for (text, expected, words) in cases {
        let problem = refused(&format!("{{a: {{condition: {text}}}}}"));
        assert_eq!(problem.code, expected, "{text}: {problem}");
        assert!(problem.message.contains(words), "{text}: {problem}");
    }
}

#[test]
fn texts_outside_the_condition_language_are_kept_for_haproxy_to_judge() {
    for text in [
        "User-Agent = Safari and",
        "{ path_beg /a }",
        "< a > b >",
        "method HEAD",
        "<  >",
        "hdr(x) 'a",
    ] {
        let quoted = format!("\"{}\"", text.replace('"', "\\\""));
        assert_eq!(condition(&quoted), inline_condition(text), "{text}");
        let stored: StoredCondition =
            read(&format!("{{name: c, condition: {quoted}}}"), Format::Yaml).unwrap();
        assert_eq!(stored.condition.definition(), text);
    }
}

#[test]
fn a_rewrite_is_a_path_and_a_condition_or_the_name_of_a_stored_one() {
    let rewrites = |text: &str| route(&format!("{{rewrites: {text}}}")).rewrites;
    let inline = |path: &str, condition: &str| {
        Reference::Inline(Rewrite {
            name: None,
            path: path.to_owned(),
            condition: condition.to_owned(),
        })
    };
    // S01-156: one rewrite with what stands before and behind the `if`.
    assert_eq!(rewrites("[{path: a if b}]"), [inline("a", "b")]);
    assert_eq!(rewrites("{path: a IF b}"), [inline("a", "b")]);
    assert_eq!(rewrites("stored"), [named("stored")]);
    assert_eq!(
        rewrites("[stored, {ref: other}, {path: '/x%[path] if y if { z }'}]"),
        [named("stored"), named("other"), inline("/x%[path] if y", "{ z }")]
    );
    assert_eq!(rewrites("[]"), []);
    let cases = [
        (
            "[{path: /x unless y}]",
            code::UNSUPPORTED_PATH_REWRITE,
            "/x unless y",
        ),
        (
            "[{path: \"a if b\\nc\"}]",
            code::UNSUPPORTED_PATH_REWRITE,
            "a if b",
        ),
        ("[{}]", code::MISSING_PATH_VALUE, "/path"),
        ("[{path: [a]}]", code::UNEXPECTED_TYPE, "'path'"),
        ("[a if b]", code::ILLEGAL_NAME, "a if b"),
        ("[~]", code::UNEXPECTED_TYPE, "'rewrites'"),
        ("[[a]]", code::UNEXPECTED_TYPE, "'rewrites'"),
        (
            "[{path: a if b, name: n}]",
            code::EITHER_REFERENCE_OR_ANONYMOUS,
            "rewrite -> n",
        ),
        (
            "[{path: a if b, metadata: {}}]",
            code::UNEXPECTED_ELEMENT,
            "metadata",
        ),
        (
            "[{path: a if b, kind: routes}]",
            code::INCONSISTENT_ARTIFACT_KIND,
            "routes",
        ),
    ];
    for (text, expected, words) in cases {
        let problem = refused(&format!("{{a: {{rewrites: {text}}}}}"));
        assert_eq!(problem.code, expected, "{text}: {problem}");
        assert!(problem.message.contains(words), "{text}: {problem}");
    }
}

#[test]
fn the_algorithms_that_share_traffic_among_targets_are_kept() {
    let balance = |text: &str| {
        let balance = route(&format!("{{balance: {text}}}")).balance;
        balance.map(|balance| balance.to_string())
    };
    // S01-155: texts of `balance` are kept, HAProxy's own and others.
    for text in ["leastconn", "hdr(x-user)", "custom 1", "uri whole"] {
        assert_eq!(balance(text).as_deref(), Some(text));
    }
    for none in ["default", "''", "~"] {
        assert_eq!(balance(none), None, "{none}");
    }
    let problem = refused("{a: {balance: \"leastconn\\nbind :1\"}}");
    assert_eq!(problem.code, code::INVALID_BALANCE);
    assert_eq!(refused("{a: {balance: [leastconn]}}").code, code::UNEXPECTED_TYPE);
}

#[test]
fn a_selector_of_a_route_needs_a_path_of_its_own() {
    // S01-168: null is none, and a text is kept as it is written.
    assert_eq!(route("{selector: null}").selector, None);
    let text = "image(acme/web:(.*)) || port_index(0)";
    assert_eq!(
        route(&format!("{{selector: '{text}'}}"))
            .selector
            .unwrap()
            .to_string(),
        text
    );
    // S01-169: an invalid one is told before anything else, at a tcp port, too.
    let tcp = "{name: edge, port: 80/tcp, sticky: route, routes: {a: {selector: nmae(a)}}}";
    assert_eq!(refused_as::<Gateway>(tcp).code, code::INVALID_SELECTOR);
    for empty in ["''", "' '"] {
        let problem = refused(&format!("{{a: {{selector: {empty}}}}}"));
        assert_eq!(problem.code, code::INVALID_SELECTOR, "{empty}");
    }
    // S01-170: a path of two segments is not one that a selector fills.
    let problem = refused("{a/b: {selector: 'true'}}");
    assert_eq!(problem.code, code::ROUTE_SELECTOR_ONLY_ROUTE);
    assert_eq!(problem.path, "routes.a/b.selector");
    // S01-171: nor is an address outside.
    let problem = refused("{'[http://x]': {selector: 'true'}}");
    assert_eq!(problem.code, code::ROUTE_SELECTOR_EXTERNAL_TARGET);
}

#[test]
fn a_route_inside_a_gateway_has_no_name_but_may_keep_the_one_it_was_printed_with() {
    // S01-068: what is neither a name nor nameless; the message says which.
    let problem = refused("{a: {name: b, weight: 100%}}");
    assert_eq!(problem.code, code::EITHER_REFERENCE_OR_ANONYMOUS);
    assert_eq!(
        problem.message,
        "Either it should be a reference 'route -> b' or an anonymous inline definition, but not both."
    );
    assert_eq!(
        problem.hint.as_deref(),
        Some("write `reference: b` alone, or leave the name out")
    );
    let printed = "{name: b, kind: routes, weight: 100%, condition: {name: c, kind: conditions, condition: android}, \
                   rewrites: [{name: d, kind: rewrites, path: a if b}]}";
    assert_eq!(
        route(printed),
        route("{weight: 100%, condition: android, rewrites: [{path: a if b}]}")
    );
}

#[test]
fn what_is_unknown_in_a_route_is_told_with_what_was_meant() {
    let problem = refused("{a: {weigth: 5%}}");
    assert_eq!(
        problem.message,
        r#"Unexpected in DSL: {"routes":{"a":{"weigth":"5%"}}}"#
    );
    assert_eq!(problem.hint.as_deref(), Some("did you mean `weight`?"));
    route("{lookup_name: {a: 1}, targets: [{name: t, colour: red}], kind: route}");
}

#[test]
fn a_route_of_the_first_versions_has_filters() {
    assert_eq!(
        route("{weight: 100%, filters: [{condition: android}], filter_strength: 5%}"),
        route("{weight: 100%, condition: android, condition_strength: 5%}")
    );
    assert_eq!(route("{filters: [android]}").condition, Some(named("android")));
    assert_eq!(
        route("{filters: [{name: android, condition: a}]}").condition,
        inline_condition("a")
    );
    assert_eq!(route("{filters: []}"), Route::default());
    let problem = refused("{a: {filters: [android, ios]}}");
    assert_eq!(problem.code, code::UNEXPECTED_TYPE);
    assert!(problem.hint.unwrap().contains("`condition`"));
    assert_eq!(
        refused("{a: {condition: android, filters: [ios]}}").code,
        code::UNEXPECTED_ELEMENT
    );
}

#[test]
fn routes_conditions_and_rewrites_are_stored_by_name() {
    let stored: Route = read("{name: r, weight: 5%, condition: {ref: c}}", Format::Yaml).unwrap();
    assert_eq!(stored.name, Some("r".parse().unwrap()));
    assert_eq!(
        to_json(&stored),
        format!(
            r#"{{"name":"r","kind":"routes","metadata":{{}},"lookup_name":"{}","selector":null,"weight":"5%","balance":"default","condition":{{"reference":"c"}},"condition_strength":null,"rewrites":[]}}"#,
            lookup::stored_route(&"r".parse().unwrap())
        )
    );
    let stored: StoredCondition = read(
        "{name: c, kind: condition, metadata: {a: 1}, condition: host = a}",
        Format::Yaml,
    )
    .unwrap();
    assert_eq!(
        to_json(&stored),
        r#"{"name":"c","kind":"conditions","metadata":{"a":1},"condition":"host = a"}"#
    );
    let stored: Rewrite = read("{name: rw, metadata: {a: 1}, path: /a IF cond}", Format::Yaml).unwrap();
    assert_eq!(
        to_json(&stored),
        r#"{"name":"rw","kind":"rewrites","path":"/a if cond"}"#
    );
}

#[test]
fn a_stored_artifact_says_what_it_is_under_a_name() {
    let nameless = [
        refused_as::<Route>("{weight: 5%}"),
        refused_as::<Route>("{ref: r}"),
        refused_as::<StoredCondition>("{condition: a}"),
        refused_as::<StoredCondition>("{reference: c}"),
        refused_as::<Rewrite>("{path: a if b}"),
        refused_as::<Rewrite>("{reference: rw}"),
    ];
    for problem in nameless {
        assert_eq!(problem.code, code::MISSING_PATH_VALUE);
        assert_eq!(problem.message, "Can't find any value for path: /name");
    }
    let cases = [
        (refused_as::<Route>("{name: r, ref: s}"), code::UNEXPECTED_ELEMENT),
        (
            refused_as::<Route>("{name: r, kind: breeds}"),
            code::INCONSISTENT_ARTIFACT_KIND,
        ),
        (refused_as::<Route>("{name: r/s}"), code::ILLEGAL_NAME),
        (
            refused_as::<Route>("{name: r, selector: x}"),
            code::INVALID_SELECTOR,
        ),
        (refused_as::<Route>("{name: r, weight: 5}"), code::UNEXPECTED_TYPE),
        (
            refused_as::<StoredCondition>("{name: c}"),
            code::MISSING_PATH_VALUE,
        ),
        (
            refused_as::<StoredCondition>("{name: c, condition: {a: b}}"),
            code::UNEXPECTED_TYPE,
        ),
        (
            refused_as::<StoredCondition>("{name: c, condition: a, b: c}"),
            code::UNEXPECTED_ELEMENT,
        ),
        (refused_as::<Rewrite>("{name: rw}"), code::MISSING_PATH_VALUE),
        (
            refused_as::<Rewrite>("{name: rw, path: a}"),
            code::UNSUPPORTED_PATH_REWRITE,
        ),
        (
            refused_as::<Rewrite>("{name: rw, path: a if b, c: d}"),
            code::UNEXPECTED_ELEMENT,
        ),
    ];
    for (problem, expected) in cases {
        assert_eq!(problem.code, expected, "{problem}");
    }
}

#[test]
fn they_are_read_among_several_documents() {
    let text = "{kind: route, name: r}\n---\n{kind: conditions, name: c, condition: a}\n---\n\
                {kind: rewrites, name: w, path: a if b}\n";
    let kinds: Vec<Kind> = read_documents(text, Format::Yaml)
        .unwrap()
        .iter()
        .map(|document| match &document.content {
            Content::Artifact(artifact) => artifact.kind(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, [Kind::Route, Kind::Condition, Kind::Rewrite]);
}

#[test]
fn artifacts_that_were_looked_up_are_printed_without_their_names() {
    let mut gateway: Gateway = read(
        "{name: edge, routes: {a: {condition: {ref: c}, rewrites: [rw]}, b: stored}}",
        Format::Yaml,
    )
    .unwrap();
    let condition = read("{name: c, condition: android}", Format::Yaml).unwrap();
    let rewrite = read("{name: rw, path: a if b}", Format::Yaml).unwrap();
    let stored = read("{name: stored, metadata: {a: 1}}", Format::Yaml).unwrap();
    let route = gateway.routes[0].inline_mut().unwrap();
    route.condition = Some(Reference::Inline(condition));
    route.rewrites = vec![Reference::Inline(rewrite)];
    gateway.routes[1] = Reference::Inline(stored);
    let written = to_json(&gateway);
    let again: Gateway = read(&written, Format::Json).unwrap();
    assert_eq!(to_json(&again), written);
    assert_eq!(
        again.routes[0].inline().unwrap().condition,
        inline_condition("android")
    );
    assert_eq!(again.routes[1].inline().unwrap().name, None);
    assert_eq!(again.routes[1].inline().unwrap().metadata["a"], 1);
}

#[test]
fn where_a_route_leads_is_shown_but_not_read() {
    let mut gateway: Gateway = read("{name: edge, routes: {a: {weight: 100%}}}", Format::Yaml).unwrap();
    gateway.routes[0].inline_mut().unwrap().targets = vec![
        Target::Internal {
            name: "i".to_owned(),
            host: Some("10.0.0.7".to_owned()),
            port: 31544,
        },
        Target::Internal {
            name: "shop/9050".to_owned(),
            host: None,
            port: 9050,
        },
        Target::External {
            url: "example.org:80".to_owned(),
        },
    ];
    let written = to_json(&gateway);
    let targets = r#""targets":[{"name":"i","host":"10.0.0.7","port":31544,"metadata":{}},{"name":"shop/9050","port":9050,"metadata":{}},{"url":"example.org:80"}]"#;
    assert!(written.contains(targets), "{written}");
    let again: Gateway = read(&written, Format::Json).unwrap();
    assert!(again.routes[0].inline().unwrap().targets.is_empty());
    assert!(matches!(
        read_documents(&written, Format::Json).unwrap().remove(0).content,
        Content::Artifact(AnyArtifact::Gateway(_))
    ));
}
