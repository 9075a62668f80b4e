//! What holds for every configuration.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use vamp_haproxy::{Change, Document, GenerateOptions, diff, generate};
use vamp_model::{Gateway, Percentage, Target, arbitrary};

/// Lines as users and this crate write them, and others.
fn line() -> impl Strategy<Value = String> {
    let words = select(vec![
        "backend",
        "frontend",
        "listen",
        "global",
        "defaults",
        "server",
        "balance",
        "roundrobin",
        "weight",
        "10",
        "007",
        "257",
        "check",
        "cookie",
        "send-proxy",
        "mode",
        "http",
        "tcp",
        "bind",
        ":80",
        "acl",
        "use_backend",
        "if",
        "#",
        "option",
        "httplog",
        "a",
        "b",
        "unix@/x",
        "\\",
        "\"",
        "é",
        "accept-proxy",
        "http-request",
        "default_backend",
        "log-format",
    ]);
    let joined = (
        select(vec!["", " ", "  ", "\t"]),
        vec((words, select(vec![" ", "  ", "\t", ""])), 0..8),
    );
    prop_oneof![
        8 => joined.prop_map(|(indent, words)| {
            words.into_iter().fold(indent.to_owned(), |line, (word, gap)| line + word + gap)
        }),
        1 => "[^\n]{0,20}",
    ]
}

fn text() -> impl Strategy<Value = String> {
    (vec(line(), 0..12), any::<bool>())
        .prop_map(|(lines, terminated)| lines.join("\n") + if terminated { "\n" } else { "" })
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        ("[a-z]{1,5}", "10\\.0\\.[0-9]\\.[0-9]", 1_u16..).prop_map(|(name, host, port)| Target::Internal {
            name,
            host: Some(host),
            port
        }),
        ("[a-z]{1,5}", 1_u16..).prop_map(|(name, port)| Target::Internal {
            name,
            host: None,
            port
        }),
        "[a-z]{1,5}:[1-9][0-9]".prop_map(|url| Target::External { url }),
    ]
}

fn gateways() -> impl Strategy<Value = Vec<Gateway>> {
    let gateway = (arbitrary::gateway(), vec(vec(target(), 0..3), 4)).prop_map(|(mut gateway, targets)| {
        for ((_, route), targets) in gateway.inline_routes_mut().zip(targets) {
            route.targets = targets;
        }
        gateway
    });
    vec(gateway, 0..5)
}

fn config(gateways: &[Gateway]) -> Document {
    let generated = generate(gateways, &GenerateOptions::new(support::DIRECTORY)).unwrap();
    Document::from(&generated.config)
}

/// The words of the lines that HAProxy reads, by sections without their order.
fn meaning(document: &Document) -> Vec<Vec<String>> {
    let words = |line: vamp_haproxy::document::Line<'_>| -> Vec<String> {
        line.words().map(|word| word.text().into_owned()).collect()
    };
    let mut sections: Vec<Vec<String>> = document
        .sections()
        .map(|section| {
            let lines = section.lines().map(words).filter(|words| !words.is_empty());
            let mut lines: Vec<String> = lines.map(|words| words.join(" ")).collect();
            // Servers that come at run time stand behind the others.
            lines.sort();
            std::iter::once(words(section.header()).join(" "))
                .chain(lines)
                .collect()
        })
        .collect();
    sections.sort();
    sections
}

/// After the commands the one configuration means what the other does, and a reload is asked for only where they mean something else.
fn assert_leads(from: &Document, to: &Document) -> Result<(), TestCaseError> {
    match diff(from, to) {
        Change::Nothing => {}
        Change::Runtime(commands) => {
            prop_assert!(!commands.is_empty());
            let mut changed = from.clone();
            for command in &commands {
                changed.apply(command).unwrap();
            }
            prop_assert_eq!(diff(&changed, to), Change::Nothing);
            prop_assert_eq!(diff(to, &changed), Change::Nothing);
        }
        Change::Reload(reasons) => {
            prop_assert!(!reasons.is_empty());
            prop_assert_ne!(meaning(from), meaning(to));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_difference_of_two_texts_leads_from_one_to_the_other(from in text(), to in text()) {
        let (from, to) = (Document::parse(from), Document::parse(to));
        prop_assert_eq!(diff(&from, &from), Change::Nothing);
        if let Change::Runtime(commands) = diff(&from, &to) {
            let mut changed = from;
            for command in &commands {
                changed.apply(command).unwrap();
            }
            prop_assert_eq!(diff(&changed, &to), Change::Nothing);
        }
    }

    #[test]
    fn other_weights_are_a_matter_of_commands(
        gateways in gateways(),
        weights in vec(0_u8..=100, 20),
        others in vec(0_u8..=100, 20),
    ) {
        let with = |weights: &[u8]| {
            let mut gateways = gateways.clone();
            let routes = gateways.iter_mut().flat_map(Gateway::inline_routes_mut);
            for ((_, route), weight) in routes.zip(weights.iter().cycle()) {
                route.weight = Percentage::new(*weight);
                route.condition_strength = route.condition_strength.and(route.weight);
            }
            config(&gateways)
        };
        let (from, to) = (with(&weights), with(&others));
        assert_leads(&from, &to)?;
        let change = diff(&from, &to);
        prop_assert!(!matches!(change, Change::Reload(_)), "{:?}", change);
    }

    #[test]
    fn other_targets_lead_to_the_same_servers(gateways in gateways(), others in vec(vec(target(), 0..3), 20)) {
        let from = config(&gateways);
        let mut changed = gateways;
        let routes = changed.iter_mut().flat_map(Gateway::inline_routes_mut);
        for ((_, route), targets) in routes.zip(others) {
            route.targets = targets;
        }
        assert_leads(&from, &config(&changed))?;
    }

    #[test]
    fn gateways_in_another_order_of_lines_and_sections_are_the_same(gateways in gateways()) {
        let from = config(&gateways);
        let mut sections: Vec<String> = from
            .sections()
            .map(|section| {
                let lines = std::iter::once(section.header()).chain(section.lines());
                lines.map(|line| format!("{}\n", line.text())).collect()
            })
            .collect();
        sections.reverse();
        prop_assert_eq!(diff(&from, &Document::parse(sections.concat())), Change::Nothing);
    }

    #[test]
    fn other_gateways_are_told_from_each_other(from in gateways(), to in gateways()) {
        assert_leads(&config(&from), &config(&to))?;
    }
}
