//! The kinds as people call them.

use vamp_model::Kind;

use crate::display::similar;
use crate::{Error, Result};

/// What can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    Artifact(Kind),
    /// The gateway agents, which are not stored by anybody.
    Agents,
}

/// Every spelling, the plural first.
const NAMES: [(Resource, &[&str]); 12] = [
    (Resource::Artifact(Kind::Breed), &["breeds", "breed", "br"]),
    (Resource::Artifact(Kind::Scale), &["scales", "scale", "sc"]),
    (
        Resource::Artifact(Kind::Blueprint),
        &["blueprints", "blueprint", "bp"],
    ),
    (Resource::Artifact(Kind::Gateway), &["gateways", "gateway", "gw"]),
    (
        Resource::Artifact(Kind::Deployment),
        &["deployments", "deployment", "deploy", "dep"],
    ),
    (Resource::Artifact(Kind::Sla), &["slas", "sla"]),
    (
        Resource::Artifact(Kind::Escalation),
        &["escalations", "escalation", "esc"],
    ),
    (
        Resource::Artifact(Kind::Condition),
        &["conditions", "condition", "cond"],
    ),
    (Resource::Artifact(Kind::Rewrite), &["rewrites", "rewrite", "rw"]),
    (Resource::Artifact(Kind::Route), &["routes", "route", "rt"]),
    (
        Resource::Artifact(Kind::Template),
        &["templates", "template", "tpl"],
    ),
    (Resource::Agents, &["agents", "agent"]),
];

impl Resource {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let lower = text.to_lowercase();
        let found = NAMES.iter().find(|(_, names)| names.contains(&lower.as_str()));
        found.map(|(resource, _)| *resource).ok_or_else(|| {
            let plurals = NAMES.iter().filter_map(|(_, names)| names.first().copied());
            let hint = match similar(text, plurals.clone()) {
                Some(meant) => format!("did you mean {meant}?"),
                None => format!("kinds are {}", plurals.collect::<Vec<_>>().join(", ")),
            };
            Error::usage(format!("there is no kind '{text}'")).hint(hint)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_several_spellings_and_a_slip_is_told() {
        for text in ["gateways", "gateway", "gw", "GW"] {
            assert_eq!(
                Resource::parse(text).unwrap(),
                Resource::Artifact(Kind::Gateway),
                "{text}"
            );
        }
        let slip = Resource::parse("gatways").unwrap_err();
        assert_eq!(
            slip.to_string(),
            "there is no kind 'gatways' (did you mean gateways?)"
        );
        let strange = Resource::parse("pods").unwrap_err();
        assert!(
            strange.to_string().contains("kinds are breeds, scales"),
            "{strange}"
        );
    }
}
