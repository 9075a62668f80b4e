//! Gateways and what routes are made of.

use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{any_text, condition, entries, gateway_name, metadata, name, parsed, port, selector};
use crate::{
    Balance, Condition, Gateway, GatewayService, Name, Percentage, Port, PortKind, Reference, Rewrite, Route,
    RoutePath, Selector, Sticky, StoredCondition, Target, VirtualHost,
};

/// Stand-alone gateways, with the targets that the engine finds for their routes.
pub fn gateway() -> impl Strategy<Value = Gateway> {
    let paths = || parsed("[a-z]{1,4}(/[a-z:.0-9]{1,6}){0,3}|\\[[a-z]{1,4}:[0-9]{2}\\]");
    option::of(port()).prop_flat_map(move |port| {
        let kind = port.as_ref().map_or(PortKind::Http, Port::kind);
        (gateway_name(), body(routes(paths(), kind), kind)).prop_map(move |(name, body)| Gateway {
            name: Some(name),
            port: port.clone(),
            ..body
        })
    })
}

/// Gateways with such routes, without name and port.
pub(super) fn body(
    routes: impl Strategy<Value = IndexMap<RoutePath, Reference<Route>>>,
    kind: PortKind,
) -> impl Strategy<Value = Gateway> {
    let sticky = match kind {
        PortKind::Http => option::of(select(vec![Sticky::Route, Sticky::Instance])).boxed(),
        PortKind::Tcp => Just(None).boxed(),
    };
    let parts = (
        metadata(),
        option::of(gateway_service()),
        any::<bool>(),
        sticky,
        virtual_hosts(),
        option::weighted(0.2, selector()),
        routes,
    );
    parts.prop_map(
        |(metadata, service, deployed, sticky, virtual_hosts, selector, routes)| Gateway {
            metadata,
            service,
            deployed,
            sticky,
            virtual_hosts,
            selector,
            routes,
            ..Gateway::anonymous()
        },
    )
}

fn virtual_hosts() -> impl Strategy<Value = Vec<VirtualHost>> {
    vec(parsed("[a-z]{1,8}(\\.[a-z]{1,5}){0,2}"), 0..3)
}

fn gateway_service() -> impl Strategy<Value = GatewayService> {
    ("[a-z.]{1,10}", port()).prop_map(|(host, port)| GatewayService { host, port })
}

/// Where routes lead: found by the engine.
pub fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        3 => (any_text(), option::of(any_text()), any::<u16>())
            .prop_map(|(name, host, port)| Target::Internal { name, host, port }),
        1 => any_text().prop_map(|url| Target::External { url }),
    ]
}

/// Routes at a port of that kind, with some of the paths.
pub(super) fn routes(
    paths: impl Strategy<Value = RoutePath>,
    kind: PortKind,
) -> impl Strategy<Value = IndexMap<RoutePath, Reference<Route>>> {
    let targets = prop_oneof![2 => Just(Vec::new()), 1 => vec(target(), 1..3)];
    let with_targets = (route(kind), targets).prop_map(|(route, targets)| Route { targets, ..route });
    let choice = (
        with_targets,
        option::weighted(0.2, selector()),
        option::weighted(0.1, name()),
    );
    (entries(paths, choice, 3), 0_u8..=100, any::<bool>())
        .prop_map(|(routes, first, given)| weighted(routes, first, given))
}

type Choice = (Route, Option<Selector>, Option<Name>);

/// Routes whose weights add up to 100 % or are all absent; some are only named. Selectors stand where they may.
fn weighted(
    routes: IndexMap<RoutePath, Choice>,
    first: u8,
    given: bool,
) -> IndexMap<RoutePath, Reference<Route>> {
    let count = routes.len();
    let place = |(position, (path, (mut route, selector, stored))): (usize, (RoutePath, Choice))| {
        let weight = match position {
            0 if count == 1 => 100,
            0 => first,
            1 => 100 - first,
            _ => 0,
        };
        let route = match stored {
            Some(name) if !given || weight == 0 => Reference::Named(name),
            _ => {
                route.weight = Percentage::new(weight).filter(|_| given);
                let is_free = path.segments().len() == 1 && path.external().is_none();
                route.selector = selector.filter(|_| is_free);
                Reference::Inline(route)
            }
        };
        (path, route)
    };
    routes.into_iter().enumerate().map(place).collect()
}

/// Routes without name, weight, selector and targets.
fn route(kind: PortKind) -> impl Strategy<Value = Route> {
    let balances = vec!["roundrobin", "leastconn", "hdr(x-user)", "uri whole", "custom 1"];
    let balance = parsed::<Balance>(select(balances).prop_map(str::to_owned));
    let condition = match kind {
        PortKind::Http => option::of(condition_of_route()).boxed(),
        PortKind::Tcp => Just(None).boxed(),
    };
    let rewrite = prop_oneof![
        3 => rewrite().prop_map(Reference::Inline),
        1 => name().prop_map(Reference::Named),
    ];
    let rewrites = prop_oneof![
        2 => Just(Vec::new()),
        1 => vec(rewrite, 0..3),
    ];
    (
        metadata(),
        option::of(percentage()),
        condition,
        rewrites,
        option::of(balance),
    )
        .prop_map(
            |(metadata, condition_strength, condition, rewrites, balance)| Route {
                metadata,
                condition_strength,
                condition,
                rewrites,
                balance,
                ..Route::default()
            },
        )
}

fn condition_of_route() -> impl Strategy<Value = Reference<StoredCondition>> {
    let raw = parsed::<Condition>("< [a-z_]{1,8} [a-z0-9/:\"' -]{1,12} >".prop_map(String::from));
    let written = prop_oneof![raw, condition()];
    let inline = (option::weighted(0.1, metadata()), written).prop_map(|(metadata, condition)| {
        Reference::Inline(StoredCondition {
            metadata: metadata.unwrap_or_default(),
            ..StoredCondition::from(condition)
        })
    });
    prop_oneof![
        8 => inline,
        1 => name().prop_map(Reference::Named),
    ]
}

fn percentage() -> impl Strategy<Value = Percentage> {
    (0_u8..=100).prop_filter_map("percentage", Percentage::new)
}

/// Rewrites without name.
pub fn rewrite() -> impl Strategy<Value = Rewrite> {
    parsed("/[a-z/%\\[\\] ]{0,10} if (\\{ )?[a-z_]{1,8} [a-z/.]{1,8}")
}

/// Rewrites as they are stored.
pub fn stored_rewrite() -> impl Strategy<Value = Rewrite> {
    (name(), rewrite()).prop_map(|(name, rewrite)| Rewrite {
        name: Some(name),
        ..rewrite
    })
}

/// Conditions as they are stored.
pub fn stored_condition() -> impl Strategy<Value = StoredCondition> {
    (name(), metadata(), condition()).prop_map(|(name, metadata, condition)| StoredCondition {
        name: Some(name),
        metadata,
        condition,
    })
}

/// Routes as they are stored.
pub fn stored_route() -> impl Strategy<Value = Route> {
    let parts = (
        name(),
        option::of(percentage()),
        option::of(selector()),
        route(PortKind::Http),
    );
    parts.prop_map(|(name, weight, selector, route)| Route {
        name: Some(name),
        weight,
        selector,
        ..route
    })
}
