use indexmap::IndexSet;

use super::context::Context;
use super::fields::Fields;
use super::hint;
use super::place::Place;
use crate::problem::code;
use crate::tree::Value;
use crate::{HealthCheck, Protocol, Seconds};

/// A health check and the places that later checks point at.
#[derive(Debug)]
pub(super) struct ReadCheck<'t> {
    pub(super) check: HealthCheck,
    port: Place<'t>,
    failures: Place<'t>,
    /// Below zero until it has been checked.
    written_failures: i32,
}

/// A list of health checks, or one. Absent is not the same as none.
pub(super) fn read<'t>(context: &mut Context, place: Option<Place<'t>>) -> Option<Vec<ReadCheck<'t>>> {
    let place = place?;
    match &place.node.value {
        Value::Sequence(nodes) => Some(
            place
                .elements(nodes)
                .filter_map(|element| one(context, &element))
                .collect(),
        ),
        _ => Some(one(context, &place).into_iter().collect()),
    }
}

fn one<'t>(context: &mut Context, place: &Place<'t>) -> Option<ReadCheck<'t>> {
    let mut fields = Fields::of(context, place)?;
    let path = fields.get("path").map_or(Some("/"), |place| context.text(&place));
    let port_place = fields.required(context, "port");
    let port = port_place.as_ref().and_then(|place| context.text(place));
    let mut time = |key| {
        let place = fields.required(context, key)?;
        context.parsed::<Seconds>(&place, Seconds::EXPECTED)
    };
    let (initial_delay, timeout, interval) = (time("initial_delay"), time("timeout"), time("interval"));
    let failures = fields.required(context, "failures");
    let written_failures = failures.as_ref().and_then(|place| context.integer(place));
    let protocol = match fields.get("protocol") {
        None => Some(Protocol::Http),
        Some(place) => protocol(context, &place),
    };
    fields.finish(context);
    let written_failures = written_failures?;
    Some(ReadCheck {
        check: HealthCheck {
            path: path?.to_owned(),
            port: port?.to_owned(),
            initial_delay: initial_delay?,
            timeout: timeout?,
            interval: interval?,
            failures: u32::try_from(written_failures).unwrap_or_default(),
            protocol: protocol?,
        },
        port: port_place?,
        failures: failures?,
        written_failures,
    })
}

fn protocol(context: &mut Context, place: &Place<'_>) -> Option<Protocol> {
    context.text(place).map(Protocol::of)
}

/// Checks the numbers of failures, and the ports where all of them are known.
pub(super) fn validate(
    context: &mut Context,
    checks: Option<&[ReadCheck<'_>]>,
    knows_port: impl Fn(&str) -> bool,
) {
    validate_with(context, checks, knows_port, |_| None);
}

/// As [`validate`], where these are all ports there are.
pub(super) fn validate_among(
    context: &mut Context,
    checks: Option<&[ReadCheck<'_>]>,
    ports: &IndexSet<&str>,
) {
    let nearest = |port: &str| {
        let meant = hint::nearest(port, ports.iter().copied())?;
        Some(format!("did you mean `{meant}`?"))
    };
    validate_with(context, checks, |port| ports.contains(port), nearest);
}

/// As [`validate`]; `hint` says what to do about a port that is not known.
pub(super) fn validate_with(
    context: &mut Context,
    checks: Option<&[ReadCheck<'_>]>,
    knows_port: impl Fn(&str) -> bool,
    hint: impl Fn(&str) -> Option<String>,
) {
    for read in checks.unwrap_or_default() {
        let port = &read.check.port;
        if !knows_port(port) && context.has_room() {
            let message = format!("Unresolved port reference: {port}.");
            context.report_with_hint(&read.port, code::UNRESOLVED_PORT_REFERENCE, message, hint(port));
        }
        if read.written_failures < 0 {
            let message = format!("Failures can not be negative: {}.", read.written_failures);
            context.report(&read.failures, code::NEGATIVE_FAILURES_NUMBER, message);
        }
    }
}

/// The ports that are asked, and where they are written.
pub(super) fn ports<'c, 't>(
    checks: Option<&'c [ReadCheck<'t>]>,
) -> impl Iterator<Item = (&'c str, &'c Place<'t>)> {
    let checks = checks.unwrap_or_default().iter();
    checks.map(|read| (read.check.port.as_str(), &read.port))
}

/// The health checks without their places.
pub(super) fn plain(checks: Option<Vec<ReadCheck<'_>>>) -> Option<Vec<HealthCheck>> {
    checks.map(|checks| checks.into_iter().map(|read| read.check).collect())
}
