//! Ports of a Compose file: `8080`, `80:8080/tcp`, `127.0.0.1:80-85:8080-8085`.

use super::super::context::Context;
use super::super::place::Place;
use super::ignored;
use super::service::Draft;
use crate::problem::code;
use crate::tree::Value;
use crate::{Port, PortKind};

const EXPECTED: &str = "a port such as 8080, 80:8080 or 127.0.0.1:80:8080/tcp";

/// The name that a breed's port gets.
pub(super) fn name_of(number: u16) -> String {
    format!("port_{number}")
}

pub(super) fn read(context: &mut Context, place: &Place<'_>, draft: &mut Draft<'_>) {
    let nodes = match &place.node.value {
        Value::Scalar(scalar) if scalar.is_null() => return,
        Value::Sequence(nodes) => nodes,
        Value::Scalar(_) | Value::Mapping(_) => return context.wrong_type(place, "a list of ports"),
    };
    for element in place.elements(nodes) {
        let port = match &element.node.value {
            Value::Mapping(_) => long(context, &element, draft),
            Value::Scalar(_) | Value::Sequence(_) => {
                context.scalar(&element, EXPECTED).and_then(|scalar| {
                    // An unquoted `22:80` would be a number of base 60: what counts is how it is written.
                    short(context, &element, scalar.source.as_str(), draft)
                })
            }
        };
        if let Some(port) = port {
            add(draft, &port);
        }
    }
}

/// Adds a port unless the breed has it.
pub(super) fn add(draft: &mut Draft<'_>, port: &Port) -> bool {
    let Ok(name) = name_of(port.number()).parse() else {
        return false;
    };
    let is_new = !draft.breed.ports.contains_key(&name);
    if is_new {
        draft.breed.ports.insert(name, port.clone());
    }
    is_new
}

/// The port inside the container is the last part.
fn short(context: &mut Context, place: &Place<'_>, text: &str, draft: &mut Draft<'_>) -> Option<Port> {
    let (service, comments) = (draft.name, &mut draft.comments);
    let parts: Vec<&str> = text.split(':').collect();
    let (used, left_out) = match parts.as_slice() {
        [used] => (*used, None),
        [host, used] => (*used, Some(format!("host port {host} is ignored"))),
        [ip, host, used] => (
            *used,
            Some(format!("address {ip} and host port {host} are ignored")),
        ),
        _ => {
            context.wrong_type(place, EXPECTED);
            return None;
        }
    };
    let (range, protocol) = match used.split_once('/') {
        Some((range, protocol)) => (range, Some(protocol)),
        None => (used, None),
    };
    let kind = kind(context, place, protocol)?;
    let (first, last) = match range.split_once('-') {
        Some((first, last)) => (first, Some(last)),
        None => (range, None),
    };
    let numbers = [Some(first), last].into_iter().flatten().map(number);
    let numbers: Option<Vec<u16>> = numbers.collect();
    let Some(number) = numbers.and_then(|numbers| numbers.first().copied()) else {
        context.wrong_type(place, EXPECTED);
        return None;
    };
    if let Some(left_out) = left_out {
        comments.push(format!("Port {text} of service {service}: {left_out}."));
    }
    if let Some(last) = last {
        comments.push(format!(
            "Port {text} of service {service}: only {first} is used, the range up to {last} is ignored."
        ));
    }
    Some(port(number, kind))
}

/// The long form: a mapping with `target` and `protocol`.
fn long(context: &mut Context, place: &Place<'_>, draft: &mut Draft<'_>) -> Option<Port> {
    let mapping = place.mapping()?;
    let Some(target) = mapping.get("target").filter(|entry| !entry.node.is_null()) else {
        context.missing(place, "target");
        return None;
    };
    let target_place = place.under("target", target);
    let number = number(context.text(&target_place)?);
    if number.is_none() {
        context.wrong_type(&target_place, "a port number from 1 to 65535");
    }
    let protocol = match mapping.get("protocol").filter(|entry| !entry.node.is_null()) {
        None => None,
        Some(entry) => Some(context.text(&place.under("protocol", entry))?),
    };
    let kind = kind(context, place, protocol)?;
    for (key, entry) in mapping.iter() {
        if !matches!(key.as_str(), "target" | "protocol") {
            let field = format!("{}.ports.{}", draft.name, key.as_str());
            ignored::tell(&mut draft.comments, &field, &entry.node);
        }
    }
    Some(port(number?, kind))
}

fn number(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits)?;
    (number > 0).then_some(number)
}

fn kind(context: &mut Context, place: &Place<'_>, protocol: Option<&str>) -> Option<PortKind> {
    match protocol {
        None => Some(PortKind::Http),
        Some(protocol) if protocol.eq_ignore_ascii_case("http") => Some(PortKind::Http),
        Some(protocol) if protocol.eq_ignore_ascii_case("tcp") => Some(PortKind::Tcp),
        Some(protocol) => {
            let message = format!("Unsupported protocol: {protocol}");
            let hint = "a port is `tcp` or `http`".to_owned();
            context.report_with_hint(place, code::UNSUPPORTED_PROTOCOL, message, hint);
            None
        }
    }
}

/// An HTTP port prints as its number alone.
pub(super) fn port(number: u16, kind: PortKind) -> Port {
    match kind {
        PortKind::Http => number
            .to_string()
            .parse()
            .unwrap_or_else(|_| Port::new(number, kind)),
        PortKind::Tcp => Port::new(number, kind),
    }
}
