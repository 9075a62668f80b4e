use indexmap::IndexMap;

use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::values::{self, Trait};
use super::{Origin, arguments, breed, breed_variables, deployment, dialects, health_check, scale, schedule};
use crate::problem::code;
use crate::{Kind, Name, Reference, Workflow, WorkflowStatus};

pub(super) fn read(context: &mut Context, place: &Place<'_>, origin: Origin) -> Option<Workflow> {
    let mut fields = Fields::of(context, place)?;
    fields.ignore(&["lookup_name", "health"]);
    let name = fields
        .required(context, "name")
        .and_then(|place| values::named(context, &place));
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let breed = fields
        .required(context, "breed")
        .and_then(|place| breed::reference(context, &place));
    let status = match fields.get("status") {
        Some(place) => status(context, &place, origin),
        None => Some(WorkflowStatus::default()),
    };
    let schedule = fields
        .required(context, "schedule")
        .and_then(|place| schedule::read(context, &place));
    let scale = match fields.get("scale") {
        Some(place) => scale::reference(context, &place).map(Some),
        None => Some(None),
    };
    let variables = fields.get_variables(context);
    let variables = values::traits(context, variables);
    let environment_variables = environment_variables(context, &variables);
    let arguments = fields.get("arguments");
    let arguments = arguments::read(context, arguments);
    let network = values::network(context, &mut fields);
    let dialects = dialects::read(context, &mut fields);
    let checks = fields.get("health_checks");
    let checks = health_check::read(context, checks);
    let instances = fields.get("instances");
    let instances = deployment::instances(context, instances);
    let health = match (origin, fields.get("health")) {
        (Origin::Store, Some(place)) => deployment::health(context, &place).map(Some),
        // What is shown of it is no wish.
        _ => Some(None),
    };

    match &breed {
        Some(Reference::Inline(breed)) => breed_variables::check(context, &variables, breed),
        Some(Reference::Named(name)) => match context.known_breed(name) {
            Some(breed) => breed_variables::check(context, &variables, &breed),
            None => breed_variables::leave_open(context, &variables, name.as_str()),
        },
        None => {}
    }
    arguments::validate(context, &arguments);
    // Which ports there are is the breed's business.
    health_check::validate(context, checks.as_deref(), |_| true);
    fields.check_kind(context, &[Kind::Workflow]);
    fields.finish(context);
    Some(Workflow {
        metadata,
        status: status?,
        environment_variables,
        scale: scale?,
        network,
        arguments: arguments::plain(arguments),
        dialects,
        instances,
        health: health?,
        health_checks: health_check::plain(checks),
        ..Workflow::new(name?, breed?, schedule?)
    })
}

fn status(context: &mut Context, place: &Place<'_>, origin: Origin) -> Option<WorkflowStatus> {
    let text = context.text(place)?;
    if let (Origin::Store, Some(status)) = (origin, WorkflowStatus::described_by(text)) {
        return Some(status);
    }
    match text.parse() {
        Ok(status) => Some(status),
        Err(invalid) => {
            let words = WorkflowStatus::ALL.map(WorkflowStatus::as_str);
            let crate::InvalidWorkflowStatus(word) = &invalid;
            let hint = super::hint::did_you_mean(word, words)
                .unwrap_or_else(|| format!("it is one of {}", words.join(", ")));
            let message = invalid.to_string();
            context.report_with_hint(place, code::ILLEGAL_WORKFLOW_STATUS, message, hint);
            None
        }
    }
}

fn environment_variables(context: &mut Context, variables: &[Trait<'_>]) -> IndexMap<Name, Option<String>> {
    values::variables(context, variables)
        .into_iter()
        .map(|(name, variable)| (name, variable.value))
        .collect()
}
