//! What is wanted of a service, and how far it is.

use jiff::Timestamp;

use super::super::Origin;
use super::super::context::Context;
use super::super::fields::Fields;
use super::super::hint;
use super::super::place::Place;
use crate::problem::code;
use crate::{Intention, Phase, Status};

/// `status`, or `state` with a `step` in place of a phase, as old documents have it.
pub(super) fn read(context: &mut Context, fields: &mut Fields<'_>, origin: Origin) -> Option<Status> {
    match fields.get("state") {
        Some(place) if !fields.has("status") => of_words(context, &place, origin, &OLD),
        _ => {
            let place = fields.required(context, "status")?;
            of_words(context, &place, origin, &NEW)
        }
    }
}

/// How phases are called.
#[derive(Debug)]
struct Words {
    phase: &'static str,
    updating: &'static str,
    failed: &'static str,
}

const NEW: Words = Words {
    phase: "phase",
    updating: "Updating",
    failed: "Failed",
};

const OLD: Words = Words {
    phase: "step",
    updating: "Update",
    failed: "Failure",
};

fn of_words(context: &mut Context, place: &Place<'_>, origin: Origin, words: &Words) -> Option<Status> {
    let mut fields = Fields::of(context, place)?;
    let intention = fields
        .required(context, "intention")
        .and_then(|place| intention(context, &place));
    let since = fields
        .required(context, "since")
        .and_then(|place| timestamp(context, &place));
    let phase = fields
        .required(context, words.phase)
        .and_then(|place| phase(context, &place, origin, words));
    fields.finish(context);
    let (phase, phase_since) = phase?;
    Some(Status {
        intention: intention?,
        since: since?,
        phase,
        phase_since,
    })
}

fn timestamp(context: &mut Context, place: &Place<'_>) -> Option<Timestamp> {
    context.parsed(place, "a time such as 2026-01-31T12:00:00Z")
}

fn intention(context: &mut Context, place: &Place<'_>) -> Option<Intention> {
    match context.text(place)? {
        "Deployment" => Some(Intention::Deployment),
        "Undeployment" => Some(Intention::Undeployment),
        other => {
            let message = format!("Undefined state intention: {other}.");
            let hint = hint::did_you_mean(other, ["Deployment", "Undeployment"]);
            context.report_with_hint(place, code::UNDEFINED_STATE_INTENTION, message, hint);
            None
        }
    }
}

fn phase(
    context: &mut Context,
    place: &Place<'_>,
    origin: Origin,
    words: &Words,
) -> Option<(Phase, Timestamp)> {
    let mut fields = Fields::of(context, place)?;
    let name = fields.required(context, "name");
    let phase = name.and_then(|place| named_phase(context, &mut fields, &place, origin, words));
    let since = fields
        .required(context, "since")
        .and_then(|place| timestamp(context, &place));
    fields.finish(context);
    Some((phase?, since?))
}

fn named_phase(
    context: &mut Context,
    fields: &mut Fields<'_>,
    place: &Place<'_>,
    origin: Origin,
    words: &Words,
) -> Option<Phase> {
    match context.text(place)? {
        "Initiated" => Some(Phase::Initiated),
        "Done" => Some(Phase::Done),
        word if word == words.updating => Some(Phase::Updating),
        word if word == words.failed => {
            let notification = fields.get("notification");
            let notification = notification.map_or(Some(""), |place| context.text(&place))?;
            let notification = match origin {
                Origin::Document => not_restored(notification),
                Origin::Store => notification.to_owned(),
            };
            Some(Phase::Failed { notification })
        }
        other => {
            fields.ignore(&["notification"]);
            let message = format!("Undefined state step: {other}.");
            let known = ["Initiated", words.updating, "Done", words.failed];
            let hint = hint::did_you_mean(other, known);
            context.report_with_hint(place, code::UNDEFINED_STATE_STEP, message, hint);
            None
        }
    }
}

/// The reason of a failure, marked once as one that was not met just now.
fn not_restored(notification: &str) -> String {
    if notification.starts_with(Phase::NOT_RESTORED) {
        return notification.to_owned();
    }
    format!("{}{notification}", Phase::NOT_RESTORED)
}
