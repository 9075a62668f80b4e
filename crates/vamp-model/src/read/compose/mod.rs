//! Files of Docker Compose, read as blueprints.

mod environment;
mod ignored;
mod links;
mod ports;
mod service;

use std::fmt;

use indexmap::IndexMap;

use super::context::Context;
use super::place::Place;
use super::{nearest, parse_one, values};
use crate::path::PathSegment;
use crate::problem::{Problem, Problems, code};
use crate::tree::{Format, Limits, Source, Value};
use crate::{Blueprint, Breed, Cluster, Name, Reference, Service, ValuePath, to_json, to_yaml};
use service::Draft;

/// A blueprint made from a file of Docker Compose, and what is to be said about it.
///
/// It prints as text: one line `# …` for each comment, an empty line, and the blueprint as YAML, which reads as the blueprint again.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Import {
    /// A cluster for each service of the file, with one service of one inline breed.
    pub blueprint: Blueprint,
    /// What was made of the file and what could not be taken over: the version, ports, links, ports made for links, and other fields, in
    /// this order.
    pub comments: Vec<String>,
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for comment in &self.comments {
            // A comment is one line, whatever the values that it shows contain.
            let line: String = comment
                .chars()
                .map(|c| {
                    if c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}') {
                        ' '
                    } else {
                        c
                    }
                })
                .collect();
            writeln!(f, "# {line}")?;
        }
        writeln!(f)?;
        f.write_str(&to_yaml(&self.blueprint))
    }
}

/// Reads a file of Docker Compose as a blueprint of that name, with the default [`Limits`].
///
/// Each service becomes a cluster with the breed `service:1.0.0`. A variable whose whole value is `service:port`, of a service of the
/// file, becomes a reference to that service's host and port. Fields that have no counterpart are told in comments.
///
/// ```
/// use vamp_model::compose;
///
/// let file = "
/// version: '3'
/// services:
///   web: {image: 'acme/web:2', ports: ['80:8080'], environment: ['DB=db:5432']}
///   db: {image: 'postgres:16', restart: always}
/// ";
/// let import = compose::import(&"shop".parse()?, file)?;
/// let text = import.to_string();
/// assert!(text.starts_with("# Compose version: 3.\n"));
/// assert!(text.contains("DB: $db.host:$db.ports.port_5432"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Everything that is wrong with the file, each with its place: a service without image, a port with another protocol than `tcp` or
/// `http`, a value that reads as a broken reference …
pub fn import(name: &Name, text: &str) -> Result<Import, Problems> {
    import_with(name, text, &Limits::default())
}

/// Reads a file of Docker Compose within the limits given.
///
/// # Errors
/// As [`import`].
pub fn import_with(name: &Name, text: &str, limits: &Limits) -> Result<Import, Problems> {
    let source = Source::new(text);
    let node = parse_one(&source, Format::Auto, limits)?;
    let place = Place::root(&node);
    let mut context = Context::new(limits, &source);
    let import = read(&mut context, &place, name, limits);
    context.finish(import, &place, &source)
}

fn read(context: &mut Context, place: &Place<'_>, name: &Name, limits: &Limits) -> Option<Import> {
    let mapping = place.mapping()?;
    let mut comments = Vec::new();
    let mut drafts = Vec::new();
    let mut ignored = Vec::new();
    let mut version = "undefined";
    for (key, entry) in mapping.iter() {
        let place = place.under(key, entry);
        match (key.as_str(), &entry.node.value) {
            ("version", Value::Scalar(scalar)) if !scalar.is_null() => version = scalar.source.as_str(),
            ("services", _) => drafts = services(context, &place, &mut ignored),
            _ => ignored::tell(&mut ignored, key.as_str(), &entry.node),
        }
    }
    let unmet = context.count() > 0;
    if drafts.is_empty() && !unmet {
        let hint = "a Compose file lists them below `services`".to_owned();
        context.report_with_hint(place, code::NO_SERVICE, "Expected at least one service.", hint);
    }
    comments.push(format!("Compose version: {version}."));
    for draft in &drafts {
        comments.extend(draft.comments.iter().cloned());
    }
    comments.extend(links::link(&mut drafts));
    comments.extend(ignored);

    let places: IndexMap<String, Places<'_>> = drafts.iter().map(Places::of).collect();
    let blueprint = blueprint(name, drafts);
    if context.count() == 0 {
        check(context, place, &blueprint, &places, limits);
    }
    Some(Import { blueprint, comments })
}

fn services<'t>(context: &mut Context, place: &Place<'t>, ignored: &mut Vec<String>) -> Vec<Draft<'t>> {
    let Some(mapping) = place.mapping() else {
        context.wrong_type(place, "a mapping of services");
        return Vec::new();
    };
    let mut drafts = Vec::with_capacity(mapping.len());
    for (key, entry) in mapping.iter() {
        let place = place.under(key, entry);
        let name = values::name(context, &place, key.as_str());
        let draft = service::read(context, &place, key.as_str(), ignored);
        if let (Some(_), Some(draft)) = (name, draft) {
            drafts.push(draft);
        }
    }
    drafts
}

fn blueprint(name: &Name, drafts: Vec<Draft<'_>>) -> Blueprint {
    let clusters = drafts.into_iter().filter_map(|draft| {
        let name: Name = draft.name.parse().ok()?;
        let mut service = Service::new(Reference::<Breed>::Inline(draft.breed));
        service.dialects = draft.dialects;
        let cluster = Cluster {
            services: vec![service],
            ..Cluster::default()
        };
        Some((name, cluster))
    });
    Blueprint {
        clusters: clusters.collect(),
        ..Blueprint::new(name.clone())
    }
}

/// Where the parts of a service stand in the file.
struct Places<'t> {
    service: Place<'t>,
    variables: IndexMap<String, Place<'t>>,
    dependencies: IndexMap<String, Place<'t>>,
}

impl<'t> Places<'t> {
    fn of(draft: &Draft<'t>) -> (String, Self) {
        let places = Self {
            service: draft.place.clone(),
            variables: draft.variables.clone(),
            dependencies: draft.dependencies.clone(),
        };
        (draft.name.to_owned(), places)
    }
}

/// What was made must read as a blueprint; what would not is told where it comes from.
fn check<'t>(
    context: &mut Context,
    root: &Place<'t>,
    blueprint: &Blueprint,
    places: &IndexMap<String, Places<'t>>,
    limits: &Limits,
) {
    let text = to_json(blueprint);
    let mut generous = limits.clone();
    generous.bytes = usize::MAX;
    let Err(problems) = super::read_with::<Blueprint>(&text, Format::Json, &generous) else {
        return;
    };
    for problem in problems {
        let (place, hint) = match origin(&problem, places) {
            Some(Origin::Dependency(place, service)) if problem.code == code::UNRESOLVED_BREED_DEPENDENCY => {
                let meant = nearest(service, places.keys().map(String::as_str));
                let hint = match meant {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("the file has no service `{service}`"),
                };
                (place, Some(hint))
            }
            Some(Origin::Dependency(place, _) | Origin::Other(place)) => (place, problem.hint),
            None => (root, problem.hint),
        };
        context.report_with_hint(place, problem.code, problem.message, hint);
    }
}

/// What of the file a value was made from.
enum Origin<'p, 't> {
    /// That a service depends on another one, which is named.
    Dependency(&'p Place<'t>, &'p str),
    Other(&'p Place<'t>),
}

fn origin<'p, 't>(problem: &Problem, places: &'p IndexMap<String, Places<'t>>) -> Option<Origin<'p, 't>> {
    let path: ValuePath = problem.path.parse().ok()?;
    let keys: Vec<&str> = path
        .segments()
        .iter()
        .filter_map(|segment| match segment {
            PathSegment::Key(key) => Some(key.as_str()),
            PathSegment::Index(_) => None,
        })
        .collect();
    let ["clusters", cluster, inner @ ..] = keys.as_slice() else {
        return None;
    };
    let places = places.get(*cluster)?;
    let variable = match inner {
        [.., "environment_variables", name] => places.variables.get(*name),
        _ => None,
    };
    let dependency = match inner {
        [.., "dependencies", name] => places.dependencies.get_key_value(*name),
        _ => None,
    };
    Some(match (variable, dependency) {
        (_, Some((service, place))) => Origin::Dependency(place, service),
        (variable, None) => Origin::Other(variable.unwrap_or(&places.service)),
    })
}
