//! Artifacts as tables. They come as the server writes them; what it does not say is shown as `-`.

use serde_json::Value;
use vamp_model::Kind;

use super::table::Table;

/// A table of artifacts of one kind.
pub(crate) fn table(kind: Kind, artifacts: &[Value]) -> Table {
    match kind {
        Kind::Breed => filled(["NAME", "DEPLOYABLE", "PORTS"], artifacts, |breed| {
            [
                text(&breed["name"]),
                deployable(&breed["deployable"]),
                pairs(&breed["ports"], ":"),
            ]
        }),
        Kind::Scale => filled(["NAME", "CPU", "MEMORY", "INSTANCES"], artifacts, |scale| {
            ["name", "cpu", "memory", "instances"].map(|key| text(&scale[key]))
        }),
        Kind::Blueprint => filled(["NAME", "CLUSTERS", "GATEWAYS"], artifacts, |blueprint| {
            [
                text(&blueprint["name"]),
                keys(&blueprint["clusters"]),
                keys(&blueprint["gateways"]),
            ]
        }),
        Kind::Gateway => gateways(artifacts),
        Kind::Deployment => deployments(artifacts),
        Kind::Sla | Kind::Escalation => filled(["NAME", "TYPE"], artifacts, |artifact| {
            ["name", "type"].map(|key| text(&artifact[key]))
        }),
        Kind::Condition => filled(["NAME", "CONDITION"], artifacts, |condition| {
            ["name", "condition"].map(|key| text(&condition[key]))
        }),
        Kind::Rewrite => filled(["NAME", "PATH"], artifacts, |rewrite| {
            ["name", "path"].map(|key| text(&rewrite[key]))
        }),
        _ => filled(["NAME"], artifacts, |artifact| [text(&artifact["name"])]),
    }
}

fn filled<const N: usize>(
    heading: [&str; N],
    artifacts: &[Value],
    row: impl Fn(&Value) -> [String; N],
) -> Table {
    let mut table = Table::new(heading);
    for artifact in artifacts {
        table.row(row(artifact));
    }
    table
}

/// A row a route: what a release is about are the shares.
fn gateways(artifacts: &[Value]) -> Table {
    let mut table = Table::new([
        "NAME",
        "PORT",
        "TYPE",
        "DEPLOYED",
        "ROUTE",
        "WEIGHT",
        "CONDITION",
        "TARGETS",
    ]);
    for gateway in artifacts {
        let head = [
            text(&gateway["name"]),
            text(&gateway["port"]),
            if gateway["internal"] == true {
                "internal"
            } else {
                "external"
            }
            .to_owned(),
            if gateway["deployed"] == true { "yes" } else { "no" }.to_owned(),
        ];
        let routes = gateway["routes"].as_object().into_iter().flatten();
        let rows: Vec<[String; 4]> = routes.map(|(path, route)| route_cells(path, route)).collect();
        if rows.is_empty() {
            table.row(joined(head, [const { String::new() }; 4]));
            continue;
        }
        for row in rows {
            table.row(joined(head.clone(), row));
        }
    }
    table
}

fn route_cells(path: &str, route: &Value) -> [String; 4] {
    let condition = &route["condition"];
    let condition = match condition["condition"]
        .as_str()
        .or_else(|| condition["reference"].as_str())
    {
        Some(condition) => format!("{condition} ({})", text(&route["condition_strength"])),
        None => String::new(),
    };
    let targets = route["targets"].as_array().map_or(0, Vec::len);
    [
        path.to_owned(),
        text(&route["weight"]),
        condition,
        targets.to_string(),
    ]
}

fn joined(head: [String; 4], tail: [String; 4]) -> [String; 8] {
    let [a, b, c, d] = head;
    let [e, f, g, h] = tail;
    [a, b, c, d, e, f, g, h]
}

/// A row a service.
fn deployments(artifacts: &[Value]) -> Table {
    let mut table = Table::new([
        "NAME",
        "STATUS",
        "CLUSTER",
        "SERVICE",
        "SERVICE STATUS",
        "INSTANCES",
        "READY",
    ]);
    for deployment in artifacts {
        let name = text(&deployment["name"]);
        let status = deployment_status(deployment);
        let mut empty = true;
        for (cluster, service) in services(deployment) {
            empty = false;
            table.row([
                name.clone(),
                status.to_owned(),
                cluster.to_owned(),
                text(&service["breed"]["name"]),
                service_status(service).to_owned(),
                text(&service["scale"]["instances"]),
                ready(service),
            ]);
        }
        if empty {
            let nothing = String::new;
            table.row([
                name,
                status.to_owned(),
                nothing(),
                nothing(),
                nothing(),
                nothing(),
                nothing(),
            ]);
        }
    }
    table
}

/// The services of a deployment with the names of their clusters.
pub(crate) fn services(deployment: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let clusters = deployment["clusters"].as_object().into_iter().flatten();
    clusters.flat_map(|(name, cluster)| {
        let services = cluster["services"].as_array().into_iter().flatten();
        services.map(move |service| (name.as_str(), service))
    })
}

/// How far a service is, in one word.
pub(crate) fn service_status(service: &Value) -> &'static str {
    let status = &service["status"];
    match (
        status["phase"]["name"].as_str().unwrap_or_default(),
        status["intention"].as_str().unwrap_or_default(),
    ) {
        ("Failed", _) => "failed",
        ("Done", "Undeployment") => "undeployed",
        ("Done", _) => "deployed",
        (_, "Undeployment") => "undeploying",
        ("Initiated", _) => "initiating",
        _ => "deploying",
    }
}

/// How far a deployment is: as far as the service that is least far.
pub(crate) fn deployment_status(deployment: &Value) -> &'static str {
    const LEAST_FIRST: [&str; 6] = [
        "failed",
        "initiating",
        "undeploying",
        "deploying",
        "undeployed",
        "deployed",
    ];
    let all: Vec<&str> = services(deployment)
        .map(|(_, service)| service_status(service))
        .collect();
    LEAST_FIRST
        .into_iter()
        .find(|status| all.contains(status))
        .unwrap_or("deployed")
}

/// Ready instances of those there are to be.
fn ready(service: &Value) -> String {
    let instances = service["instances"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let ready = instances
        .iter()
        .filter(|instance| instance["deployed"] == true)
        .count();
    let wanted = service["scale"]["instances"].as_u64();
    format!(
        "{ready}/{}",
        wanted.unwrap_or(u64::try_from(instances.len()).unwrap_or(u64::MAX))
    )
}

fn deployable(value: &Value) -> String {
    let definition = text(&value["definition"]);
    match value["type"].as_str() {
        Some(kind) => format!("{kind} {definition}"),
        None => definition,
    }
}

/// A scalar; nothing for the rest.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => String::new(),
    }
}

fn keys(value: &Value) -> String {
    let keys = value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str());
    keys.collect::<Vec<_>>().join(", ")
}

fn pairs(value: &Value, between: &str) -> String {
    let pairs = value.as_object().into_iter().flatten();
    let pairs = pairs.map(|(key, value)| format!("{key}{between}{}", text(value)));
    pairs.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_gateway_has_a_row_a_route() {
        let gateways = [
            json!({"name": "shop/web/http", "port": "40000/http", "internal": true, "deployed": true, "routes": {
                "shop/web/web:1/http": {"weight": "95%", "condition": null, "targets": [{"name": "a"}, {"name": "b"}]},
                "shop/web/web:2/http": {"weight": "5%", "condition": {"condition": "< hdr(x) -m found >"},
                    "condition_strength": "100%", "targets": []},
            }}),
            json!({"name": "empty", "port": "9050", "routes": {}}),
        ];
        insta::assert_snapshot!(table(Kind::Gateway, &gateways), @r"
        NAME           PORT        TYPE      DEPLOYED  ROUTE                WEIGHT  CONDITION                   TARGETS
        shop/web/http  40000/http  internal  yes       shop/web/web:1/http  95%     -                           2
        shop/web/http  40000/http  internal  yes       shop/web/web:2/http  5%      < hdr(x) -m found > (100%)  0
        empty          9050        external  no        -                    -       -                           -
        ");
    }

    #[test]
    fn a_deployment_has_a_row_a_service_and_is_as_far_as_the_one_that_is_least_far() {
        let service = |breed: &str, intention: &str, phase: &str| {
            json!({"breed": {"name": breed}, "status": {"intention": intention, "phase": {"name": phase}},
                "scale": {"instances": 2}, "instances": [{"deployed": true}, {"deployed": false}]})
        };
        let deployments = [
            json!({"name": "shop", "clusters": {"web": {"services":
                [service("web:1", "Deployment", "Done"), service("web:2", "Deployment", "Updating")]}}}),
            json!({"name": "old", "clusters": {"web": {"services": [service("web:0", "Undeployment", "Updating")]}}}),
            json!({"name": "bad", "clusters": {"web": {"services": [service("web:0", "Deployment", "Failed")]}}}),
            json!({"name": "none", "clusters": {"web": {"services": [{"breed": {"name": "web:0"}, "scale": {"instances": 1},
                "status": {"intention": "Deployment", "phase": {"name": "Failed"}}, "instances": []}]}}}),
            json!({"name": "nothing", "clusters": {}}),
        ];
        insta::assert_snapshot!(table(Kind::Deployment, &deployments), @r"
        NAME     STATUS       CLUSTER  SERVICE  SERVICE STATUS  INSTANCES  READY
        shop     deploying    web      web:1    deployed        2          1/2
        shop     deploying    web      web:2    deploying       2          1/2
        old      undeploying  web      web:0    undeploying     2          1/2
        bad      failed       web      web:0    failed          2          1/2
        none     failed       web      web:0    failed          1          0/1
        nothing  deployed     -        -        -               -          -
        ");
    }

    #[test]
    fn the_other_kinds_have_a_row_each() {
        let breeds = [
            json!({"name": "web:1", "deployable": {"type": "process", "definition": "web --port $PORT"},
            "ports": {"http": "8080/http", "admin": "9000"}}),
        ];
        insta::assert_snapshot!(table(Kind::Breed, &breeds), @r"
        NAME   DEPLOYABLE                PORTS
        web:1  process web --port $PORT  http:8080/http, admin:9000
        ");
        let scales = [json!({"name": "small", "cpu": 0.1, "memory": "64.00MB", "instances": 2})];
        insta::assert_snapshot!(table(Kind::Scale, &scales), @r"
        NAME   CPU  MEMORY   INSTANCES
        small  0.1  64.00MB  2
        ");
        let blueprints =
            [json!({"name": "shop", "clusters": {"web": {}, "db": {}}, "gateways": {"9050": {}}})];
        insta::assert_snapshot!(table(Kind::Blueprint, &blueprints), @r"
        NAME  CLUSTERS  GATEWAYS
        shop  web, db   9050
        ");
    }
}
