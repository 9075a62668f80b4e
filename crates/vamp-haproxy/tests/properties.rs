//! What holds for every configuration.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use vamp_haproxy::{Change, Config, GenerateOptions, diff, diff_texts, generate};
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

fn config(gateways: &[Gateway]) -> Config {
    generate(gateways, &GenerateOptions::new(support::DIRECTORY))
        .unwrap()
        .config
}

/// The lines that HAProxy reads.
fn meaning(config: &Config) -> Vec<String> {
    config
        .lines()
        .iter()
        .filter(|line| line.is_meaningful())
        .map(ToString::to_string)
        .collect()
}

/// After the commands the one configuration means what the other does.
fn assert_leads(from: &Config, to: &Config) -> Result<(), TestCaseError> {
    match diff(from, to) {
        Change::Nothing => prop_assert_eq!(meaning(from), meaning(to)),
        Change::Runtime(commands) => {
            prop_assert!(!commands.is_empty());
            let mut changed = from.clone();
            commands.iter().for_each(|command| changed.apply(command));
            prop_assert_eq!(meaning(&changed), meaning(to));
        }
        Change::Reload(_) => prop_assert_ne!(meaning(from), meaning(to)),
    }
    Ok(())
}

/// The difference of two texts is that of the two when they are read; reloads may have another reason.
fn assert_same_as_read(from: &str, to: &str) -> Result<(), TestCaseError> {
    let read = diff(&Config::parse(from), &Config::parse(to));
    match (diff_texts(from, to), read) {
        (Change::Reload(_), Change::Reload(_)) => {}
        (change, read) => prop_assert_eq!(change, read),
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_text_prints_as_it_was_read(text in text()) {
        prop_assert_eq!(Config::parse(&text).to_string(), text);
    }

    #[test]
    fn what_is_generated_reads_back_as_itself(gateways in gateways()) {
        let config = config(&gateways);
        prop_assert_eq!(Config::parse(&config.to_string()), config);
    }

    #[test]
    fn the_difference_of_two_texts_leads_from_one_to_the_other(from in text(), to in text()) {
        let (from, to) = (Config::parse(&from), Config::parse(&to));
        assert_leads(&from, &to)?;
        prop_assert_eq!(diff(&from, &from), Change::Nothing);
    }

    #[test]
    fn texts_need_not_be_read_whole_to_be_compared(
        before in text(), from in text(), to in text(), after in text(), gap in select(vec!["", "\n", "\nbackend c\n"]),
    ) {
        let with = |middle: &str| [before.as_str(), gap, middle, gap, after.as_str()].concat();
        assert_same_as_read(&with(&from), &with(&to))?;
        assert_same_as_read(&with(&from), &with(&from))?;
        assert_same_as_read(&from, &with(&from))?;
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
        assert_same_as_read(&from.to_string(), &to.to_string())?;
        let change = diff(&from, &to);
        prop_assert!(!matches!(change, Change::Reload(_)), "{:?}", change);
    }

    #[test]
    fn other_gateways_are_told_from_each_other(from in gateways(), to in gateways()) {
        let (from, to) = (config(&from), config(&to));
        assert_leads(&from, &to)?;
        assert_same_as_read(&from.to_string(), &to.to_string())?;
    }
}
