//! From a line of a configuration back to the gateway that it was made for.

use vamp_model::{Gateway, RoutePath};

use crate::Config;
use crate::config::{Comment, Directive, Line, Section};
use crate::generate::names;
use crate::text::{Text, Word};

/// The gateway that a line was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The gateway's name.
    pub gateway: String,
    /// The route of the gateway, when the line belongs to one.
    pub route: Option<RoutePath>,
    /// Whether the line is the route's condition.
    pub is_condition: bool,
}

/// The gateway, and the route of it, that a line of the gateways' part was made for; none for a line that belongs to all.
///
/// `line` counts from 1, as HAProxy does in its complaints ([`Problem::line`](crate::check::Problem::line)); `gateways` are those that
/// `config` was [generated](crate::generate()) from.
#[must_use]
pub fn locate(config: &Config, gateways: &[Gateway], line: usize) -> Option<Origin> {
    let index = line.checked_sub(1)?;
    let mut lines = config.lines().enumerate();
    let mut section = None;
    let found = loop {
        let (at, line) = lines.next()?;
        if let Line::Section(begun) = &line {
            section = Some((at, begun.clone()));
        }
        if at == index {
            break line;
        }
    };
    let (section_at, section) = section?;
    match &found {
        // The test of a condition, or of a virtual host, stands before the line that uses it.
        Line::Directive(Directive::Acl { name, .. }) => {
            user_of(name, lines.map(|(_, line)| line)).and_then(|backend| condition(gateways, &backend))
        }
        Line::Directive(Directive::UseBackend { backend, .. }) => condition(gateways, backend),
        Line::Directive(Directive::Server(server)) => {
            let of_server = origin(gateways, &server.name);
            of_server
                .filter(|origin| origin.route.is_some())
                .or_else(|| of_section(gateways, &section))
        }
        // A comment before a section tells of the one that follows.
        Line::Comment(Comment { indented: false, .. }) | Line::Blank if section_at < index => None,
        _ => of_section(gateways, &section),
    }
}

fn of_section(gateways: &[Gateway], section: &Section<'_>) -> Option<Origin> {
    section.name().and_then(|name| origin(gateways, name))
}

fn user_of<'a>(acl: &Word<'_>, after: impl Iterator<Item = Line<'a>>) -> Option<Word<'a>> {
    after
        .take_while(|line| !matches!(line, Line::Section(_)))
        .find_map(|line| match line {
            Line::Directive(Directive::UseBackend {
                backend,
                condition: Some(condition),
            }) if uses(&condition, acl) => Some(backend),
            _ => None,
        })
}

fn uses(condition: &Text<'_>, acl: &Word<'_>) -> bool {
    let mut names = condition
        .as_str()
        .split(' ')
        .map(|name| name.strip_prefix('!').unwrap_or(name));
    names.any(|name| name == acl.as_str())
}

fn condition(gateways: &[Gateway], backend: &Word<'_>) -> Option<Origin> {
    origin(gateways, backend).map(|origin| Origin {
        is_condition: origin.route.is_some(),
        ..origin
    })
}

/// Whose identifier it is.
fn origin(gateways: &[Gateway], identifier: &Word<'_>) -> Option<Origin> {
    let identifier = identifier.as_str();
    let lookup = [names::POOL, names::HOP]
        .iter()
        .find_map(|prefix| identifier.strip_prefix(prefix))
        .unwrap_or(identifier);
    gateways.iter().find_map(|gateway| {
        let name = gateway.name.as_ref()?;
        let found = |route| Origin {
            gateway: name.to_string(),
            route,
            is_condition: false,
        };
        if gateway.lookup_name() == lookup {
            return Some(found(None));
        }
        let path = gateway
            .routes
            .keys()
            .find(|path| vamp_model::lookup::route(Some(name), path) == lookup)?;
        Some(found(Some(path.clone())))
    })
}
