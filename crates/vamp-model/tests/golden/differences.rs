//! Where the original is not imitated, or answers with something that is none: what is expected instead.
//!
//! Each row is one of `DIFFERENCES.tsv` beside the samples, in its order, with the decision that it names.

use vamp_model::code;

/// What is expected instead of the answer of the original.
pub(crate) enum Expected {
    /// That answer where it has one, with these values, as JSON, at these pointers.
    Printed(&'static [(&'static str, &'static str)]),
    /// The keys of the mappings at these pointers, in this order; all else as the original prints it.
    Ordered(&'static [(&'static str, &'static [&'static str])]),
    /// The code of the first problem.
    Refused(&'static str),
    /// The code of the first problem, and words of its message.
    Told(&'static str, &'static [&'static str]),
}

/// Samples by name, and the decision for each.
pub(crate) const DIFFERENCES: &[(&str, &str, Expected)] = &[
    (
        "008-breed-ports-five-order",
        "D30",
        Expected::Ordered(&[("/ports", &["a", "b", "c", "d", "e", "f", "g"])]),
    ),
    (
        "013-breed-env-long-key",
        "D30, D31",
        Expected::Printed(&[("/environment_variables/FLOAT", "\"1.50\"")]),
    ),
    (
        "030-breed-health-check-list-and-units",
        "D13",
        Expected::Printed(&[
            ("/health_checks/0/interval", "\"3600s\""),
            ("/health_checks/1/interval", "\"7200s\""),
        ]),
    ),
    (
        "038-breed-err-deployable-number",
        "D54",
        Expected::Printed(&[("/deployable/definition", "\"7\"")]),
    ),
    (
        "045-breed-err-constant-no-value",
        "D28",
        Expected::Told(code::MISSING_CONSTANT_VALUE, &["'c'", "'x "]),
    ),
    (
        "046-breed-err-bad-http-port",
        "D8",
        Expected::Refused(code::UNEXPECTED_TYPE),
    ),
    (
        "047-breed-err-bad-tcp-port",
        "D8",
        Expected::Refused(code::UNEXPECTED_TYPE),
    ),
    (
        "067-breed-err-kind-singular",
        "D36",
        Expected::Printed(&[("/kind", "\"breeds\"")]),
    ),
    (
        "088-breed-lone-dollar-accepted",
        "D2",
        Expected::Refused(code::PARSER),
    ),
    (
        "110-blueprint-health-check-reference-breed-unchecked",
        "D13",
        Expected::Printed(&[("/clusters/one/health_checks/0/interval", "\"3s\"")]),
    ),
    (
        "119-blueprint-many-clusters-order",
        "D30",
        Expected::Ordered(&[("/clusters", &["c1", "c2", "c3", "c4", "c5", "c6"])]),
    ),
    (
        "152-blueprint-err-env-short-form",
        "D1",
        Expected::Printed(&[("/environment_variables/one.A", "\"1\"")]),
    ),
    (
        "197-gateway-err-port-bad",
        "D8",
        Expected::Refused(code::UNEXPECTED_TYPE),
    ),
    (
        "220-sla-generic",
        "D14",
        Expected::Printed(&[(
            "/parameters",
            r#"{"window": {"a": 1}, "limit": [1, 2], "camelCase": "x"}"#,
        )]),
    ),
    (
        "234-escalation-reference",
        "D35",
        Expected::Refused(code::MISSING_PATH_VALUE),
    ),
    (
        "251-scale-rounding",
        "D10",
        Expected::Printed(&[("/cpu", "0.126")]),
    ),
    (
        "252-scale-reference",
        "D35",
        Expected::Refused(code::MISSING_PATH_VALUE),
    ),
    (
        "253-scale-anonymous",
        "D35",
        Expected::Refused(code::MISSING_PATH_VALUE),
    ),
    (
        "264-route-reference",
        "D35",
        Expected::Refused(code::MISSING_PATH_VALUE),
    ),
    (
        "298-workflow-err-bad-start",
        "D9",
        Expected::Refused(code::UNEXPECTED_TYPE),
    ),
];

/// What is expected of a sample instead of the answer of the original.
pub(crate) fn expected(sample: &str) -> Option<&'static Expected> {
    DIFFERENCES
        .iter()
        .find(|(known, ..)| *known == sample)
        .map(|(.., expected)| expected)
}
