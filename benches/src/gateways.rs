//! Gateways as the engine makes them.

use vamp_model::{Gateway, Percentage, Port, PortKind, Route, Target};

/// So many gateways, each with three routes of two targets, that share the traffic 60 : 30 : 10.
///
/// # Errors
/// None: the names are valid.
pub fn gateways(count: u16) -> Result<Vec<Gateway>, Box<dyn std::error::Error>> {
    (0..count).map(gateway).collect()
}

fn gateway(number: u16) -> Result<Gateway, Box<dyn std::error::Error>> {
    let mut gateway = Gateway::new(format!("shop-{number}/web/http").parse()?);
    gateway.port = Some(Port::new(10_000 + number, PortKind::Http));
    for (version, weight) in [(1, 60), (2, 30), (3, 10)] {
        let target = |instance: u16| Target::Internal {
            name: format!("instance-{number}-{version}-{instance}"),
            host: Some(format!("10.1.{}.{}", number / 250, number % 250)),
            port: 20_000 + 10 * version + instance,
        };
        let route = Route {
            weight: Percentage::new(weight),
            targets: vec![target(1), target(2)],
            ..Route::default()
        };
        gateway.routes.insert(
            format!("shop-{number}/web/web:{version}/http").parse()?,
            route.into(),
        );
    }
    Ok(gateway)
}
