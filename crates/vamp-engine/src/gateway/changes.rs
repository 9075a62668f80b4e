//! What changed between two forms of a gateway, route by route.

use vamp_model::{Gateway, Percentage, Route, RoutePath};

/// A change of a route: its name in events, and the route's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RouteChange {
    pub(crate) what: &'static str,
    pub(crate) route: String,
}

/// The changes from one form of a gateway to the next, each once.
pub(crate) fn route_changes(before: &Gateway, after: &Gateway) -> Vec<RouteChange> {
    let mut changes = Vec::new();
    let mut add = |what, path: &RoutePath| {
        changes.push(RouteChange {
            what,
            route: path.source().to_owned(),
        });
    };
    for path in before.routes.keys() {
        if !after.routes.contains_key(path) {
            add("removed", path);
        }
    }
    for (path, route) in &after.routes {
        match before.routes.get(path) {
            None => add("added", path),
            Some(before) => {
                if let (Some(before), Some(after)) = (before.inline(), route.inline()) {
                    compare(before, after, |what| add(what, path));
                }
            }
        }
    }
    changes
}

fn compare(before: &Route, after: &Route, mut add: impl FnMut(&'static str)) {
    match (&before.condition, &after.condition) {
        (None, Some(_)) => add("conditionadded"),
        (Some(_), None) => add("conditionremoved"),
        (Some(before), Some(after)) if before != after => add("conditionupdated"),
        _ => {}
    }
    let strength = [
        "conditionstrengthadded",
        "conditionstrengthremoved",
        "conditionstrengthupdated",
    ];
    if let Some(what) = share(before.condition_strength, after.condition_strength, strength) {
        add(what);
    }
    if let Some(what) = share(
        before.weight,
        after.weight,
        ["weightadded", "weightremoved", "weightupdated"],
    ) {
        add(what);
    }
}

fn share(
    before: Option<Percentage>,
    after: Option<Percentage>,
    names: [&'static str; 3],
) -> Option<&'static str> {
    match (before, after) {
        (None, Some(_)) => Some(names[0]),
        (Some(_), None) => Some(names[1]),
        (Some(before), Some(after)) if before != after => Some(names[2]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use vamp_model::{Format, read};

    use super::*;

    #[test]
    fn each_change_of_a_route_is_told_once() {
        let before: Gateway = read(
            "name: edge\nroutes: {a: {weight: 100%}, b: {weight: 0%, condition: < x >}, c: {weight: 0%}}",
            Format::Yaml,
        )
        .unwrap();
        let after: Gateway = read(
            "name: edge\nroutes: {a: {weight: 40%}, b: {weight: 0%, condition: < y >}, d: {weight: 60%}}",
            Format::Yaml,
        )
        .unwrap();
        let told: Vec<(&str, String)> = route_changes(&before, &after)
            .into_iter()
            .map(|change| (change.what, change.route))
            .collect();
        let expected = [
            ("removed", "c"),
            ("weightupdated", "a"),
            ("conditionupdated", "b"),
            ("added", "d"),
        ];
        assert_eq!(told, expected.map(|(what, route)| (what, route.to_owned())));
        assert!(route_changes(&after, &after).is_empty());
    }
}
