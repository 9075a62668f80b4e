use serde_json::{Value, json};
use vamp_client::{Body, Change, ErrorKind};
use vamp_model::Kind;

use super::arguments::WeightArguments;
use super::{Session, failure};
use crate::display::artifacts;
use crate::{Error, Exit, Result};

/// The server changes gateways, too: an update that meets such a change is made again on the new state.
const TRIES: usize = 5;

pub(super) async fn run(session: &Session, arguments: &WeightArguments) -> Result<Exit> {
    let documents = session.client.documents(Kind::Gateway);
    let name = &arguments.gateway;
    for tries_left in (0..TRIES).rev() {
        let found = documents.get(name).await.map_err(|error| session.failed(error))?;
        let Some(found) = found else {
            return Err(failure::absent(Kind::Gateway, name));
        };
        let mut gateway = found.value;
        share_out(&mut gateway, &arguments.shares)?;
        let change = found.revision.map_or(Change::apply(), Change::if_revision);
        match documents.update(name, &Body::of(&gateway), change).await {
            Ok(sent) => {
                for notice in &sent.notices {
                    session.output.remark(notice);
                }
                break;
            }
            Err(error) if error.kind() == ErrorKind::PreconditionFailed && tries_left > 0 => {}
            Err(error) => {
                let what = format!("the new weights of gateway '{name}'");
                return Err(failure::of_request(error, &session.server, &what));
            }
        }
    }
    let now = documents.get(name).await.map_err(|error| session.failed(error))?;
    let value = now.map_or(Value::Null, |now| now.value);
    let table = || artifacts::table(Kind::Gateway, std::slice::from_ref(&value));
    session.output.value(arguments.output.output, &value, table)?;
    Ok(Exit::Success)
}

/// Sets the weights of a gateway's routes.
fn share_out(gateway: &mut Value, shares: &[(String, u8)]) -> Result<()> {
    let Some(routes) = gateway["routes"]
        .as_object_mut()
        .filter(|routes| !routes.is_empty())
    else {
        return Err(Error::new(Exit::Invalid, "the gateway has no routes"));
    };
    let paths: Vec<String> = routes.keys().cloned().collect();
    let mut weights: Vec<Option<u32>> = vec![None; paths.len()];
    for (route, percent) in shares {
        let position = position(&paths, route)?;
        if weights.get(position).is_some_and(Option::is_some) {
            return Err(Error::usage(format!("the route '{route}' is named twice")));
        }
        if let Some(weight) = weights.get_mut(position) {
            *weight = Some(u32::from(*percent));
        }
    }
    let named: u32 = weights.iter().flatten().sum();
    let kept: Vec<u32> = paths.iter().map(|path| percent(&routes[path])).collect();
    let unnamed: Vec<usize> = (0..paths.len())
        .filter(|&position| weights[position].is_none())
        .collect();
    let rest: u32 = unnamed.iter().map(|&position| kept[position]).sum();
    match unnamed.as_slice() {
        _ if named + rest == 100 => {}
        [only] if named <= 100 => weights[*only] = Some(100 - named),
        _ => {
            let sum = named + rest;
            let hint = match unnamed.len() {
                0 => "they must add up to 100",
                _ => "they must add up to 100, together with the routes that are not named",
            };
            return Err(Error::usage(format!("the weights add up to {sum}")).hint(hint));
        }
    }
    for (path, weight) in paths.iter().zip(weights) {
        if let (Some(weight), Some(route)) = (weight, routes.get_mut(path)) {
            route["weight"] = json!(format!("{weight}%"));
        }
    }
    Ok(())
}

fn percent(route: &Value) -> u32 {
    let text = route["weight"].as_str().unwrap_or_default();
    text.trim_end_matches('%').parse().unwrap_or(0)
}

/// The route meant: its whole path, or one of its parts, or the end of it.
fn position(paths: &[String], route: &str) -> Result<usize> {
    if let Some(exact) = paths.iter().position(|path| path == route) {
        return Ok(exact);
    }
    let meant =
        |path: &String| path.split('/').any(|part| part == route) || path.ends_with(&format!("/{route}"));
    let found: Vec<usize> = (0..paths.len())
        .filter(|&position| meant(&paths[position]))
        .collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(
            Error::new(Exit::NotFound, format!("the gateway has no route '{route}'"))
                .hint(format!("it has {}", paths.join(", "))),
        ),
        _ => Err(Error::usage(format!("several routes are called '{route}'"))
            .hint(format!("name one of {}", paths.join(", ")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(before: &[(&str, &str)], shares: &[(&str, u8)]) -> Result<Vec<String>> {
        let routes = before
            .iter()
            .map(|(path, weight)| ((*path).to_owned(), json!({ "weight": weight })));
        let mut gateway = json!({ "routes": Value::Object(routes.collect()) });
        let shares: Vec<(String, u8)> = shares
            .iter()
            .map(|(route, share)| ((*route).to_owned(), *share))
            .collect();
        share_out(&mut gateway, &shares)?;
        let routes = gateway["routes"].as_object().unwrap();
        Ok(routes
            .values()
            .map(|route| route["weight"].as_str().unwrap().to_owned())
            .collect())
    }

    const TWO: [(&str, &str); 2] = [("shop/web/web:1/http", "100%"), ("shop/web/web:2/http", "0%")];

    #[test]
    fn named_routes_get_their_share_and_a_single_other_one_the_rest() {
        assert_eq!(
            weights(&TWO, &[("web:1", 95), ("shop/web/web:2/http", 5)]).unwrap(),
            ["95%", "5%"]
        );
        assert_eq!(weights(&TWO, &[("web:2", 5)]).unwrap(), ["95%", "5%"]);
        let three = [("a", "50%"), ("b", "30%"), ("c", "20%")];
        assert_eq!(
            weights(&three, &[("a", 40), ("b", 40)]).unwrap(),
            ["40%", "40%", "20%"]
        );
        assert_eq!(
            weights(&three, &[("a", 30), ("b", 30)]).unwrap(),
            ["30%", "30%", "40%"]
        );
    }

    #[test]
    fn weights_that_do_not_add_up_and_unclear_routes_are_refused() {
        let three = [("a", "50%"), ("b", "30%"), ("c", "20%")];
        let cases = [
            (weights(&TWO, &[("web:1", 50), ("web:2", 60)]), Exit::Usage),
            (weights(&three, &[("a", 10)]), Exit::Usage),
            (weights(&TWO, &[("web:1", 50), ("web:1", 50)]), Exit::Usage),
            (weights(&TWO, &[("http", 50)]), Exit::Usage),
            (weights(&TWO, &[("web:3", 50)]), Exit::NotFound),
            (weights(&[], &[("web:3", 50)]), Exit::Invalid),
        ];
        for (outcome, exit) in cases {
            assert_eq!(outcome.unwrap_err().exit(), exit);
        }
    }
}
