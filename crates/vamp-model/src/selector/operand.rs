use super::pattern::{Match, Pattern};
use super::{RoutingGroup, RoutingInstance, RoutingPort};

/// One question about a target.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    /// The namespace is the current one.
    CurrentNamespace,
    Namespace(Pattern),
    Name(Pattern),
    Kind(Pattern),
    Image(Pattern),
    /// A label has such a name and such a value.
    Label(Pattern, Pattern),
    Ip(Pattern),
    /// The declared port.
    Port(u32),
    /// The position among the ports of the instance, from 0.
    PortIndex(u32),
}

/// One port of one instance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'g> {
    pub(super) group: &'g RoutingGroup,
    pub(super) instance: &'g RoutingInstance,
    pub(super) port: RoutingPort,
    pub(super) port_index: usize,
    pub(super) current_namespace: &'g str,
}

impl Operand {
    /// What it has captured where the target is what it asks for.
    pub(super) fn captured(&self, candidate: &Candidate<'_>) -> Match {
        let group = candidate.group;
        match self {
            Self::CurrentNamespace => Match::when(group.namespace == candidate.current_namespace),
            Self::Namespace(pattern) => pattern.captured(&group.namespace),
            Self::Name(pattern) => pattern.captured(&group.name),
            Self::Kind(pattern) => pattern.captured(&group.kind),
            Self::Image(pattern) => group
                .image
                .as_deref()
                .map_or(Match::No, |image| pattern.captured(image)),
            Self::Label(name, value) => label(name, value, group),
            Self::Ip(pattern) => pattern.captured(&candidate.instance.ip),
            Self::Port(number) => Match::when(candidate.port.declared == *number),
            Self::PortIndex(index) => {
                Match::when(u32::try_from(candidate.port_index).is_ok_and(|own| own == *index))
            }
        }
    }
}

/// The first label whose name and value are as asked for. Captured of both is `name=value`.
fn label(name: &Pattern, value: &Pattern, group: &RoutingGroup) -> Match {
    for (own_name, own_value) in &group.labels {
        return match (name.captured(own_name), value.captured(own_value)) {
            (Match::No, _) | (_, Match::No) => continue,
            (Match::Captured(name), Match::Captured(value)) => Match::Captured([name, value].join("=")),
            (Match::Captured(one), Match::Yes) | (Match::Yes, Match::Captured(one)) => Match::Captured(one),
            (Match::Yes, Match::Yes) => Match::Yes,
        };
    }
    Match::No
}
