//! Ports for gateways: from the range where a gateway names none, and none that another program has.

use std::sync::Arc;

use vamp_model::{Gateway, Port};

use crate::Problem;
use crate::gateway::{exhausted, foreign};
use crate::shared::{Reservation, Shared};

/// So many ports of the range are tried for a gateway that names none.
const TRIES: usize = 64;

/// Reserves the ports of gateways until the reservation is dropped, and gives one to those that have none.
///
/// A reload that cannot bind a port stops all gateways for a while, so ports that are new are asked about. Where nobody can tell,
/// the gateway agent finds out.
///
/// # Errors
/// By name of the gateway: its port is in use, by another gateway or program, or none is free.
pub(super) async fn reserve(
    shared: &Arc<Shared>,
    mut gateways: Vec<&mut Gateway>,
) -> Result<Reservation, Vec<(String, Problem)>> {
    let chosen: Vec<bool> = gateways
        .iter()
        .map(|gateway| gateway.port.as_ref().is_some_and(Port::is_assigned))
        .collect();
    for _ in 0..TRIES {
        let reservation = shared.reserve_ports(gateways.iter_mut().map(|gateway| &mut **gateway))?;
        let taken = taken(shared, reservation.numbers()).await;
        if taken.is_empty() {
            return Ok(reservation);
        }
        shared.world.write().foreign_ports.extend(&taken);
        let mut problems = Vec::new();
        for (gateway, chosen) in gateways.iter_mut().zip(&chosen) {
            let Some(port) = gateway
                .port
                .as_ref()
                .filter(|port| taken.contains(&port.number()))
            else {
                continue;
            };
            if *chosen {
                let name = gateway.name.as_ref().map(ToString::to_string).unwrap_or_default();
                problems.push((name, foreign(port)));
            } else {
                gateway.port = Some(Port::new(0, port.kind()));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
    }
    Err(vec![(String::new(), exhausted(&shared.options.port_range))])
}

/// Which of these ports another program has, as far as anybody can tell.
async fn taken(shared: &Shared, numbers: &[u16]) -> Vec<u16> {
    let Some(checker) = shared.parts.checker.as_ref().filter(|_| !numbers.is_empty()) else {
        return Vec::new();
    };
    let address = shared.options.configuration.bind_address;
    match checker.taken_ports(address, numbers).await {
        Ok(taken) => taken,
        Err(error) => {
            tracing::debug!(%error, "nobody can tell whether other programs have the ports of new gateways");
            Vec::new()
        }
    }
}
