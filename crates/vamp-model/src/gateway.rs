//! Shares of traffic: how what is left open is filled in.

use crate::{Gateway, Percentage, Port, PortKind};

impl Gateway {
    /// The sum of the weights that are given, in percent.
    #[must_use]
    pub fn weight_sum(&self) -> u32 {
        self.inline_routes()
            .filter_map(|(_, route)| route.weight)
            .map(|weight| u32::from(weight.value()))
            .sum()
    }

    /// What the port speaks; HTTP when there is none.
    #[must_use]
    pub fn port_kind(&self) -> PortKind {
        self.port.as_ref().map_or(PortKind::Http, Port::kind)
    }
}

/// Shares what the given weights leave of 100 % among the routes without weight.
///
/// Each gets the same whole share, and the last of them what remains. Nothing changes where every route has a weight,
/// and where those given exceed 100 %: such a gateway is refused by validation.
pub fn fill_weights(gateway: &mut Gateway) {
    let Some(available) = 100_u32.checked_sub(gateway.weight_sum()) else {
        return;
    };
    let mut open: Vec<&mut Option<Percentage>> = gateway
        .inline_routes_mut()
        .map(|(_, route)| &mut route.weight)
        .filter(|weight| weight.is_none())
        .collect();
    let count = u32::try_from(open.len()).unwrap_or(u32::MAX);
    let Some(last) = open.pop() else { return };
    let share = available / count;
    for weight in open {
        *weight = percentage(share);
    }
    *last = percentage(available - share * (count - 1));
}

fn percentage(value: u32) -> Option<Percentage> {
    u8::try_from(value).ok().and_then(Percentage::new)
}

/// Gives each route without a condition strength its default: 100 % with a condition, else 0 %.
pub fn fill_strengths(gateway: &mut Gateway) {
    for (_, route) in gateway.inline_routes_mut() {
        let default = match route.condition {
            Some(_) => Percentage::FULL,
            None => Percentage::ZERO,
        };
        route.condition_strength.get_or_insert(default);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Reference, Route, StoredCondition};

    fn gateway(weights: &[Option<u8>]) -> Gateway {
        let mut gateway = Gateway::new("edge".parse().unwrap());
        for (position, weight) in weights.iter().enumerate() {
            let route = Route {
                weight: weight.and_then(Percentage::new),
                ..Route::default()
            };
            gateway
                .routes
                .insert(format!("r{position}").parse().unwrap(), Reference::Inline(route));
        }
        gateway
    }

    #[test]
    fn what_is_left_of_the_traffic_is_shared_among_routes_without_weight_in_their_order() {
        let cases: [(&[Option<u8>], &[u8]); 11] = [
            // S04-045: a single route without weight gets everything.
            (&[None], &[100]),
            (&[None, None], &[50, 50]),
            // S04-046: three routes share with the remainder at the last one.
            // S02-105: equal whole shares, and what remains for the last route without weight.
            (&[None, None, None], &[33, 33, 34]),
            (&[None; 7], &[14, 14, 14, 14, 14, 14, 16]),
            (&[Some(100), None], &[100, 0]),
            (&[Some(60), Some(40), None], &[60, 40, 0]),
            (&[Some(0), Some(0), None, None], &[0, 0, 50, 50]),
            (&[None, Some(100)], &[0, 100]),
            (&[None, Some(0)], &[100, 0]),
            (&[Some(0), Some(0)], &[0, 0]),
            (&[], &[]),
        ];
        for (given, expected) in cases {
            let mut gateway = gateway(given);
            fill_weights(&mut gateway);
            let filled: Vec<u8> = gateway
                .routes
                .values()
                .map(|route| route.inline().unwrap().weight.unwrap().value())
                .collect();
            assert_eq!(filled, expected, "{given:?}");
        }
    }

    #[test]
    fn weights_beyond_100_percent_stay_as_they_are() {
        let mut excessive = gateway(&[Some(70), Some(70), None]);
        fill_weights(&mut excessive);
        assert_eq!(excessive, gateway(&[Some(70), Some(70), None]));
        assert_eq!(excessive.weight_sum(), 140);
    }

    #[test]
    fn a_condition_takes_all_matching_requests_unless_told_otherwise() {
        let mut gateway = gateway(&[None, None, None]);
        let condition = |text: &str| {
            let condition: crate::Condition = text.parse().unwrap();
            Some(Reference::Inline(StoredCondition::from(condition)))
        };
        gateway.routes[0].inline_mut().unwrap().condition = condition("< path_beg /a >");
        let second = gateway.routes[1].inline_mut().unwrap();
        second.condition = condition("< path_beg /b >");
        second.condition_strength = Percentage::new(10);
        fill_strengths(&mut gateway);
        let strengths: Vec<u8> = gateway
            .routes
            .values()
            .map(|route| route.inline().unwrap().condition_strength.unwrap().value())
            .collect();
        // S04-049: everything with a condition, nothing without, and what is given stays.
        assert_eq!(strengths, [100, 10, 0]);
    }
}
