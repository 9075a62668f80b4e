//! Asking HAProxy before anything is stored.

use vamp_haproxy::check::Verdict;
use vamp_haproxy::{generate, locate};
use vamp_model::{Gateway, GatewayName};

use crate::code::REFUSED_BY_HAPROXY;
use crate::gateway::differ_in_shares_alone;
use crate::shared::Shared;
use crate::{Error, ErrorKind, Notice, Problem, Result};

/// Whether HAProxy would take these gateways, each with what is stored of it. Those that change in weights alone it always takes.
///
/// # Errors
/// It would not, or could not be asked although there is one.
pub(super) async fn ask(
    shared: &Shared,
    operation: &'static str,
    subject: &str,
    changed: &[(Option<Gateway>, Gateway)],
) -> Result<Vec<Notice>> {
    let structural: Vec<Gateway> = changed
        .iter()
        .filter(|(stored, gateway)| {
            stored
                .as_ref()
                .is_none_or(|stored| !differ_in_shares_alone(stored, gateway))
        })
        .map(|(_, gateway)| gateway.clone())
        .collect();
    if structural.is_empty() {
        return Ok(Vec::new());
    }
    let generated = generate(&structural, &shared.options.configuration)
        .map_err(|error| Error::new(ErrorKind::Internal, operation, subject).because(error))?;
    let left_out: Vec<Problem> = generated
        .omissions
        .iter()
        .filter(|omission| omission.what.is_gateway())
        .map(|omission| {
            refusal(
                &omission.gateway,
                omission.route.as_deref(),
                &omission.what.to_string(),
            )
        })
        .collect();
    if !left_out.is_empty() {
        return Err(Error::invalid(operation, subject, left_out));
    }
    // Everything else in a configuration is made by us; conditions, rewrites and balances are in the user's own words.
    let with_own_words = |gateway: &Gateway| {
        let mut routes = gateway.inline_routes();
        routes.any(|(_, route)| {
            route.condition.is_some() || route.balance.is_some() || !route.rewrites.is_empty()
        })
    };
    if !structural.iter().any(with_own_words) {
        return Ok(Vec::new());
    }
    let Some(checker) = &shared.parts.checker else {
        let names: Vec<&str> = structural.iter().map(name).collect();
        return Ok(vec![Notice {
            code: "not-checked",
            message: format!(
                "No HAProxy is at hand to check conditions before they are stored: {}.",
                names.join(", ")
            ),
        }]);
    };
    match checker.check(generated.config.as_str()).await {
        Ok(Verdict::Accepted { .. }) => Ok(Vec::new()),
        Ok(Verdict::Refused { problems }) => {
            let problems = problems.into_iter().map(|problem| {
                let origin = problem
                    .line
                    .and_then(|line| locate(&generated.config, &structural, line));
                match origin {
                    Some(origin) => {
                        let route = origin.route.as_ref().map(vamp_model::RoutePath::source);
                        refusal(&origin.gateway, route, &problem.text)
                    }
                    None => {
                        let gateway = match structural.as_slice() {
                            [only] => name(only),
                            _ => "",
                        };
                        refusal(gateway, None, &problem.text)
                    }
                }
            });
            Err(Error::invalid(operation, subject, problems.collect()))
        }
        Err(error) => Err(Error::new(ErrorKind::Unavailable, operation, subject).because(error)),
    }
}

fn name(gateway: &Gateway) -> &str {
    gateway.name.as_ref().map_or("", GatewayName::as_str)
}

fn refusal(gateway: &str, route: Option<&str>, words: &str) -> Problem {
    let route_words = route.map_or_else(String::new, |route| format!(", route '{route}'"));
    let message = format!("HAProxy refuses gateway '{gateway}'{route_words}: {words}");
    let problem = Problem::new(REFUSED_BY_HAPROXY, message);
    match route {
        Some(route) => problem.at(["routes", route]),
        None => problem,
    }
}
