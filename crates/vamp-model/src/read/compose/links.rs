//! Variables that name another service with its port become references to it.

use std::collections::HashMap;

use super::ports;
use super::service::{Draft, breed_name};
use crate::{PortKind, Reference, ReferenceWord};

/// A variable that names another service.
struct Link {
    from: usize,
    to: usize,
    variable: String,
    port: u16,
}

/// Makes references of links, and says so.
pub(super) fn link(drafts: &mut [Draft<'_>]) -> Vec<String> {
    let mut comments = Vec::new();
    let mut made = Vec::new();
    for link in links(drafts, &mut comments) {
        let port = ports::port(link.port, PortKind::Http);
        let port_name = ports::name_of(link.port);
        let target = drafts[link.to].name.to_owned();
        let breed = breed_name(&target);
        if ports::add(&mut drafts[link.to], &port) {
            made.push(format!("Port {port_name} created in breed {breed}."));
        }
        let draft = &mut drafts[link.from];
        comments.push(format!(
            "Port reference to {target} created in variable {} of service {}.",
            link.variable, draft.name
        ));
        if let Some(variable) = draft.breed.environment_variables.get_mut(link.variable.as_str()) {
            variable.value = Some(format!("${target}.host:${target}.ports.{port_name}"));
        }
        if let Ok(breed) = breed.parse() {
            draft.breed.dependencies.insert(target, Reference::Named(breed));
        }
    }
    comments.extend(made);
    comments
}

fn links(drafts: &[Draft<'_>], comments: &mut Vec<String>) -> Vec<Link> {
    let services: HashMap<&str, usize> = drafts
        .iter()
        .enumerate()
        .map(|(position, draft)| (draft.name, position))
        .collect();
    let mut links = Vec::new();
    for (from, draft) in drafts.iter().enumerate() {
        for (name, variable) in &draft.breed.environment_variables {
            let Some((service, port)) = variable.value.as_deref().and_then(service_and_port) else {
                continue;
            };
            let Some(&to) = services.get(service) else {
                continue;
            };
            if from == to {
                continue;
            }
            if service.parse::<ReferenceWord>().is_err() {
                comments.push(format!(
                    "Variable {name} of service {} is not made a port reference: no reference can name service {service}.",
                    draft.name
                ));
                continue;
            }
            links.push(Link {
                from,
                to,
                variable: name.to_string(),
                port,
            });
        }
    }
    links
}

/// `service:port`, and nothing else.
fn service_and_port(value: &str) -> Option<(&str, u16)> {
    let (service, port) = value.rsplit_once(':')?;
    let digits = port.bytes().all(|b| b.is_ascii_digit());
    let port = port.parse().ok().filter(|port| digits && *port > 0)?;
    Some((service, port))
}
