//! Where the original is not imitated, or answers with something that is none: what is expected instead.
//!
//! Each row is one of `DIFFERENCES.tsv` beside the samples, in its order; rows that ask for another order of mappings, which are
//! compared without order, need none here.

use vamp_model::code;

/// What is expected instead of the answer of the original.
pub(crate) enum Expected {
    /// That answer where it has one, with these values, as JSON, at these pointers.
    Printed(&'static [(&'static str, &'static str)]),
    /// The code of the first problem.
    Refused(&'static str),
}

/// Samples by name.
pub(crate) const DIFFERENCES: &[(&str, Expected)] = &[
    (
        "013-breed-env-long-key",
        Expected::Printed(&[("/environment_variables/FLOAT", "\"1.50\"")]),
    ),
    (
        "030-breed-health-check-list-and-units",
        Expected::Printed(&[
            ("/health_checks/0/interval", "\"3600s\""),
            ("/health_checks/1/interval", "\"7200s\""),
        ]),
    ),
    (
        "038-breed-err-deployable-number",
        Expected::Printed(&[("/deployable/definition", "\"7\"")]),
    ),
    (
        "046-breed-err-bad-http-port",
        Expected::Refused(code::UNEXPECTED_TYPE),
    ),
    (
        "047-breed-err-bad-tcp-port",
        Expected::Refused(code::UNEXPECTED_TYPE),
    ),
    (
        "067-breed-err-kind-singular",
        Expected::Printed(&[("/kind", "\"breeds\"")]),
    ),
    ("088-breed-lone-dollar-accepted", Expected::Refused(code::PARSER)),
    (
        "110-blueprint-health-check-reference-breed-unchecked",
        Expected::Printed(&[("/clusters/one/health_checks/0/interval", "\"3s\"")]),
    ),
    (
        "152-blueprint-err-env-short-form",
        Expected::Printed(&[("/environment_variables/one.A", "\"1\"")]),
    ),
    (
        "197-gateway-err-port-bad",
        Expected::Refused(code::UNEXPECTED_TYPE),
    ),
    (
        "220-sla-generic",
        Expected::Printed(&[(
            "/parameters",
            r#"{"window": {"a": 1}, "limit": [1, 2], "camelCase": "x"}"#,
        )]),
    ),
    (
        "234-escalation-reference",
        Expected::Refused(code::MISSING_PATH_VALUE),
    ),
    ("251-scale-rounding", Expected::Printed(&[("/cpu", "0.126")])),
    ("252-scale-reference", Expected::Refused(code::MISSING_PATH_VALUE)),
    ("253-scale-anonymous", Expected::Refused(code::MISSING_PATH_VALUE)),
    (
        "298-workflow-err-bad-start",
        Expected::Refused(code::UNEXPECTED_TYPE),
    ),
];

/// What is expected of a sample instead of the answer of the original.
pub(crate) fn expected(sample: &str) -> Option<&'static Expected> {
    DIFFERENCES
        .iter()
        .find(|(known, _)| *known == sample)
        .map(|(_, expected)| expected)
}
