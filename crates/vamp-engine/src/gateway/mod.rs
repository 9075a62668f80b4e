//! Gateways: completed, checked, given ports, and led to where traffic shall go.

mod changes;
mod complete;
mod ports;
mod routing;
mod virtual_host;

pub(crate) use changes::{RouteChange, route_changes};
pub(crate) use complete::{complete, differ_in_shares_alone, validate};
pub(crate) use ports::{Ports, exhausted, foreign};
pub(crate) use routing::circle;
pub use routing::{RoutedService, Services, route};
