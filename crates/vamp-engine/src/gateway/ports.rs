//! Numbers of ports: which are taken, and which is given next.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use vamp_model::{Gateway, Port};

use crate::Problem;

/// Who has which port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ports {
    holders: BTreeMap<u16, String>,
    /// Not given to a gateway that names none, as long as there are others.
    avoided: BTreeSet<u16>,
}

impl Ports {
    pub(crate) fn take(&mut self, number: u16, holder: &str) {
        self.holders.entry(number).or_insert_with(|| holder.to_owned());
    }

    pub(crate) fn avoid(&mut self, numbers: &BTreeSet<u16>) {
        self.avoided.extend(numbers);
    }

    /// Gives a gateway a port where it has none, and takes the one that it has.
    ///
    /// # Errors
    /// Somebody else has it, or no port of the range is free.
    pub(crate) fn assign(
        &mut self,
        gateway: &mut Gateway,
        range: &RangeInclusive<u16>,
    ) -> Result<(), Problem> {
        let name = gateway.name.as_ref().map(ToString::to_string).unwrap_or_default();
        match gateway.port.as_ref().filter(|port| port.is_assigned()) {
            Some(port) => match self.holders.get(&port.number()) {
                Some(holder) if *holder != name => Err(unavailable(port, holder)),
                _ => {
                    self.take(port.number(), &name);
                    Ok(())
                }
            },
            None => {
                let number = self.lowest_free(range).ok_or_else(|| exhausted(range))?;
                gateway.port = Some(Port::new(number, gateway.port_kind()));
                self.take(number, &name);
                Ok(())
            }
        }
    }

    fn lowest_free(&self, range: &RangeInclusive<u16>) -> Option<u16> {
        let is_free = |number: &u16| *number > 0 && !self.holders.contains_key(number);
        let not_avoided = range
            .clone()
            .find(|number| is_free(number) && !self.avoided.contains(number));
        not_avoided.or_else(|| range.clone().find(is_free))
    }
}

/// A port that the user chose and another program has.
pub(crate) fn foreign(port: &Port) -> Problem {
    let number = port.number();
    let message = format!(
        "Gateway port '{number}' cannot be bound by HAProxy: another program listens there. Use different port."
    );
    Problem::new(crate::code::UNAVAILABLE_GATEWAY_PORT, message).at(["port"])
}

fn unavailable(port: &Port, holder: &str) -> Problem {
    let number = port.number();
    let message = format!(
        "Gateway port '{number}' is/was in use by deployment: '{holder}'. Remove '{holder}' gateway first or use \
         different port."
    );
    Problem::new(crate::code::UNAVAILABLE_GATEWAY_PORT, message).at(["port"])
}

pub(crate) fn exhausted(range: &RangeInclusive<u16>) -> Problem {
    let message = format!(
        "No port available in the range [{}-{}].",
        range.start(),
        range.end()
    );
    Problem::new(crate::code::NO_AVAILABLE_PORT, message).at(["port"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway(name: &str, port: Option<&str>) -> Gateway {
        let mut gateway = Gateway::new(name.parse().unwrap());
        gateway.port = port.map(|port| port.parse().unwrap());
        gateway
    }

    #[test]
    fn the_lowest_free_number_of_the_range_is_given_with_the_type_of_the_port() {
        let mut ports = Ports::default();
        for (number, holder) in [(39_999, "x"), (40_000, "a"), (40_001, "b"), (40_003, "c")] {
            ports.take(number, holder);
        }
        let mut given = Vec::new();
        for (name, port) in [("d", None), ("e", Some("0/tcp"))] {
            let mut gateway = gateway(name, port);
            ports.assign(&mut gateway, &(40_000..=40_004)).unwrap();
            given.push(gateway.port.unwrap().to_string());
        }
        // S04-055: a gateway without number gets one that no gateway uses.
        assert_eq!(given, ["40002/http", "40004/tcp"]);
        let problem = ports
            .assign(&mut gateway("f", None), &(40_000..=40_004))
            .unwrap_err();
        // S04-057: an exhausted range is an error.
        assert_eq!(problem.message, "No port available in the range [40000-40004].");
    }

    #[test]
    fn a_port_in_use_is_refused_with_its_holder() {
        let mut ports = Ports::default();
        ports.take(9050, "shop/9050");
        let problem = ports
            .assign(&mut gateway("edge", Some("9050")), &(1..=2))
            .unwrap_err();
        // S04-064: the number and its holder are named.
        assert_eq!(
            problem.message,
            "Gateway port '9050' is/was in use by deployment: 'shop/9050'. Remove 'shop/9050' gateway first or use \
             different port."
        );
        let mut own = gateway("shop/9050", Some("9050/http"));
        // S04-026: its holder may ask for it again.
        assert_eq!(ports.assign(&mut own, &(1..=2)), Ok(()));
    }

    #[test]
    fn a_range_up_to_the_last_number_ends() {
        let mut ports = Ports::default();
        ports.take(u16::MAX, "a");
        assert!(
            ports
                .assign(&mut gateway("b", None), &(u16::MAX..=u16::MAX))
                .is_err()
        );
    }
}
