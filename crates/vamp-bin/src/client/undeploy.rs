use serde_json::{Map, Value, json};
use vamp_client::{Body, Change};
use vamp_model::Kind;

use super::arguments::UndeployArguments;
use super::wait::{Goal, wait};
use super::{Session, failure};
use crate::display::artifacts;
use crate::{Error, Exit, Result};

/// A service of a deployment: its cluster and its breed.
type Service = (String, String);

pub(super) async fn run(session: &Session, arguments: &UndeployArguments) -> Result<Exit> {
    let name = &arguments.deployment;
    let found = session.client.documents(Kind::Deployment).get(name).await;
    let Some(found) = found.map_err(|error| session.failed(error))? else {
        return Err(failure::absent(Kind::Deployment, name));
    };
    let chosen = chosen(&found.value, &arguments.services)?;
    let change = if arguments.dry_run {
        Change::validate()
    } else {
        Change::apply()
    };
    let sent = session
        .client
        .deployments()
        .undeploy(name, &Body::of(&slice(name, &chosen)), change)
        .await;
    let written = sent.map_err(|error| {
        let what = match arguments.services.len() {
            0 => format!("taking down '{name}'"),
            _ => format!("taking down services of '{name}'"),
        };
        failure::of_request(error, &session.server, &what)
    })?;
    for notice in &written.notices {
        session.output.remark(notice);
    }
    if arguments.dry_run {
        session.output.remark(&format!(
            "taking down {} of '{name}' is possible",
            services(chosen.len())
        ));
        return Ok(Exit::Success);
    }
    let whole = arguments.services.is_empty();
    if let Some(state) = arguments.wait.wait {
        let goal = Goal::undeployed(name, chosen, state);
        wait(session, &goal, arguments.wait.timeout).await?;
    }
    show(session, arguments).await?;
    if whole {
        remark_gateways(session, name).await;
    }
    Ok(Exit::Success)
}

fn services(count: usize) -> String {
    if count == 1 {
        "1 service".to_owned()
    } else {
        format!("{count} services")
    }
}

/// What is left; a deployment that is gone is an empty answer.
async fn show(session: &Session, arguments: &UndeployArguments) -> Result<()> {
    let found = session
        .client
        .documents(Kind::Deployment)
        .get(&arguments.deployment)
        .await;
    match found.map_err(|error| session.failed(error))? {
        Some(found) => {
            let table = || artifacts::table(Kind::Deployment, std::slice::from_ref(&found.value));
            session
                .output
                .value(arguments.output.output, &found.value, table)?;
        }
        None => session
            .output
            .remark(&format!("'{}' is undeployed", arguments.deployment)),
    }
    Ok(())
}

/// Names the external gateways of a deployment, which outlive it.
async fn remark_gateways(session: &Session, deployment: &str) {
    // What was asked for is done, whether they can be listed or not.
    let gateways = session.client.documents(Kind::Gateway).all().await;
    for name in external(&gateways.unwrap_or_default(), deployment) {
        session.output.remark(&format!(
            "gateway {name} stays; `vamp delete gateway {name}` removes it"
        ));
    }
}

/// The names of a deployment's external gateways, which are its own name and a port.
fn external<'g>(gateways: &'g [Value], deployment: &str) -> Vec<&'g str> {
    let names = gateways.iter().filter_map(|gateway| gateway["name"].as_str());
    let own = |name: &&str| {
        name.split_once('/')
            .is_some_and(|(owner, port)| owner == deployment && !port.contains('/'))
    };
    names.filter(own).collect()
}

/// The services meant; all when none is named.
fn chosen(deployment: &Value, wanted: &[String]) -> Result<Vec<Service>> {
    let all: Vec<Service> = artifacts::services(deployment)
        .map(|(cluster, service)| {
            (
                cluster.to_owned(),
                service["breed"]["name"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    if wanted.is_empty() {
        return Ok(all);
    }
    wanted.iter().map(|wanted| the_one(&all, wanted)).collect()
}

fn the_one(all: &[Service], wanted: &str) -> Result<Service> {
    let meant = |(cluster, breed): &&Service| match wanted.split_once('/') {
        Some((wanted_cluster, wanted_breed)) => wanted_cluster == cluster && wanted_breed == breed,
        None => wanted == breed,
    };
    let found: Vec<&Service> = all.iter().filter(meant).collect();
    let listed = |services: &[&Service]| {
        let names = services
            .iter()
            .map(|(cluster, breed)| format!("{cluster}/{breed}"));
        names.collect::<Vec<_>>().join(", ")
    };
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(Error::new(
            Exit::NotFound,
            format!("the deployment has no service '{wanted}'"),
        )
        .hint(format!("it has {}", listed(&all.iter().collect::<Vec<_>>())))),
        several => Err(Error::usage(format!("several services are called '{wanted}'"))
            .hint(format!("name one of {}", listed(several)))),
    }
}

/// A blueprint that holds these services and nothing else.
fn slice(name: &str, services: &[Service]) -> Value {
    let mut clusters = Map::new();
    for (cluster, breed) in services {
        let entry = clusters
            .entry(cluster.clone())
            .or_insert_with(|| json!({ "services": [] }));
        if let Some(list) = entry["services"].as_array_mut() {
            list.push(json!({ "breed": { "reference": breed } }));
        }
    }
    json!({ "name": name, "clusters": clusters })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment() -> Value {
        let services = |names: &[&str]| {
            names
                .iter()
                .map(|name| json!({"breed": {"name": name}}))
                .collect::<Vec<_>>()
        };
        json!({"clusters": {
            "web": {"services": services(&["web:1", "web:2"])},
            "api": {"services": services(&["web:1"])},
        }})
    }

    fn names(wanted: &[&str]) -> Result<Vec<Service>> {
        chosen(
            &deployment(),
            &wanted.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(),
        )
    }

    #[test]
    fn a_service_is_named_by_its_breed_where_that_is_clear() {
        assert_eq!(
            names(&["web:2"]).unwrap(),
            [("web".to_owned(), "web:2".to_owned())]
        );
        assert_eq!(
            names(&["api/web:1"]).unwrap(),
            [("api".to_owned(), "web:1".to_owned())]
        );
        assert_eq!(names(&[]).unwrap().len(), 3);
        let unclear = names(&["web:1"]).unwrap_err();
        assert_eq!(
            (
                unclear.exit(),
                unclear.to_string().contains("web/web:1, api/web:1")
            ),
            (Exit::Usage, true)
        );
        assert_eq!(names(&["web:3"]).unwrap_err().exit(), Exit::NotFound);
    }

    #[test]
    fn external_gateways_are_called_after_the_deployment_and_a_port() {
        let gateways = ["front", "shop/9050", "shop/web/http", "shop", "shop2/9051"];
        let gateways = gateways.map(|name| json!({ "name": name }));
        assert_eq!(external(&gateways, "shop"), ["shop/9050"]);
    }

    #[test]
    fn the_slice_names_clusters_and_breeds_only() {
        let slice = slice("shop", &names(&["web/web:1", "web:2"]).unwrap());
        assert_eq!(
            slice,
            json!({"name": "shop", "clusters": {"web": {"services":
                [{"breed": {"reference": "web:1"}}, {"breed": {"reference": "web:2"}}]}}})
        );
        let text = slice.to_string();
        assert!(vamp_model::read_deployment_request(&text, vamp_model::Format::Json).is_ok());
    }
}
