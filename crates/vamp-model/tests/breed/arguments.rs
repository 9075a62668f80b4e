//! Arguments of the container runtime, and which of them count.

use vamp_model::{Argument, InvalidArgument, code, to_json};

use super::{all_refused, breed};

fn argument(key: &str, value: &str) -> Argument {
    let (key, value) = (key.to_owned(), value.to_owned());
    Argument { key, value }
}

fn with(arguments: &str) -> String {
    format!("{{name: a, deployable: x, arguments: {arguments}}}")
}

fn read(arguments: &str) -> Vec<Argument> {
    breed(&with(arguments)).arguments
}

#[test]
fn arguments_are_a_list_of_pairs_or_a_mapping() {
    // S01-044: a list of mappings with one entry each gives arguments in its order.
    assert_eq!(
        read("[{memory-swap: 512m}, {n: 3}, {a: b}, {n: 4}]"),
        [
            argument("memory-swap", "512m"),
            argument("n", "3"),
            argument("a", "b"),
            argument("n", "4")
        ]
    );
    // S01-045: a mapping with one entry is one argument.
    assert_eq!(read("{hostname: web}"), [argument("hostname", "web")]);
    // S01-046: a mapping with several entries is one argument for each; a truth value is the text `true`.
    assert_eq!(
        read("{z: 1, privileged: true, a: 2}"),
        [
            argument("z", "1"),
            argument("privileged", "true"),
            argument("a", "2")
        ]
    );
    assert_eq!(read("{privileged: yes}"), [argument("privileged", "true")]);
    assert_eq!(read("{privileged: 'False'}"), [argument("privileged", "False")]);
    assert_eq!(read("[]"), []);
    assert_eq!(read("{}"), []);
    assert_eq!(read("~"), []);
    let written = to_json(&breed(&with("{n: 3, privileged: on}")));
    assert!(
        written.contains(r#""arguments":[{"n":"3"},{"privileged":"true"}]"#),
        "{written}"
    );
}

#[test]
fn what_is_no_argument_is_told() {
    const INVALID: &str = "Invalid argument - argument must be in form of 'key: value'.";
    all_refused(&[
        // S01-047: two keys in one element.
        (&with("[{a: 1, b: 2}]"), code::INVALID_ARGUMENT, INVALID),
        // S01-048: a text alone.
        (&with("[a]"), code::INVALID_ARGUMENT, INVALID),
        (&with("memory=5"), code::INVALID_ARGUMENT, INVALID),
        (&with("[{}]"), code::INVALID_ARGUMENT, INVALID),
        (&with("[~]"), code::INVALID_ARGUMENT, INVALID),
        (&with("[[a]]"), code::INVALID_ARGUMENT, INVALID),
        (&with("[{a: {b: 1}}]"), code::INVALID_ARGUMENT, INVALID),
        (&with("{a: [1]}"), code::INVALID_ARGUMENT, INVALID),
        (&with("{a: ~}"), code::INVALID_ARGUMENT, INVALID),
        // S01-049: privileges that are neither granted nor denied; the message carries key and value.
        (
            &with("{privileged: 1}"),
            code::INVALID_ARGUMENT_VALUE,
            "Argument privileged has an invalid value: 1.",
        ),
        (
            &with("[{privileged: maybe}]"),
            code::INVALID_ARGUMENT_VALUE,
            "maybe",
        ),
    ]);
}

#[test]
fn configured_arguments_are_written_with_an_equals_sign() {
    let cases = [
        ("a=b", Ok(argument("a", "b"))),
        (" a = b=c ", Ok(argument("a", "b=c"))),
        ("label=", Ok(argument("label", ""))),
        ("privileged=TRUE", Ok(argument("privileged", "TRUE"))),
        ("a", Err(InvalidArgument::Form("a".into()))),
        ("privileged=1", Err(InvalidArgument::Privileged("1".into()))),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse(), expected, "{text}");
    }
}

#[test]
fn a_service_has_all_arguments_and_a_workflow_the_last_of_each_key() {
    let of = |text: &str| {
        let argument = |pair: &str| pair.parse::<Argument>().unwrap();
        text.split_whitespace().map(argument).collect::<Vec<_>>()
    };
    assert_eq!(
        Argument::effective(&of("a=1 b=2"), &of("a=3"), &of("c=4 a=5")),
        of("a=1 b=2 a=3 c=4 a=5")
    );
    assert_eq!(
        Argument::effective_of_workflow(&of("a=1 b=2"), &of("c=3"), &of("c=4 a=5"), &of("d=6 c=7")),
        of("a=5 b=2 c=7 d=6")
    );
    // The first one of the key grants privileges.
    assert!(Argument::asks_for_privileges(&of(
        "a=1 privileged=true privileged=false"
    )));
    assert!(!Argument::asks_for_privileges(&of(
        "privileged=false privileged=true"
    )));
    assert!(!Argument::asks_for_privileges(&of("a=true")));
}
