//! Selectors: which instances, found by a container platform, traffic is led to.
//!
//! ```
//! use vamp_model::Selector;
//! use vamp_model::selector::{RoutingGroup, RoutingInstance, RoutingPort};
//!
//! let instance = |ip: &str| RoutingInstance {
//!     ip: ip.to_owned(),
//!     ports: vec![RoutingPort { declared: 8080, reachable: 31001 }],
//! };
//! let group = |version: &str, ip: &str| RoutingGroup {
//!     name: format!("web:{version}"),
//!     kind: "app".to_owned(),
//!     namespace: "default".to_owned(),
//!     image: None,
//!     labels: [("version".to_owned(), version.to_owned())].into(),
//!     instances: vec![instance(ip)],
//! };
//! let running = [group("1", "10.0.0.4"), group("2", "10.0.0.5")];
//!
//! let selector: Selector = "namespace($namespace) and name(web:.*) and label(version)((.*))".parse()?;
//! let selection = selector.select(&running, "default");
//! assert_eq!(selection.addresses(), ["10.0.0.4:31001", "10.0.0.5:31001"]);
//!
//! let partitions = selection.partitions();
//! let routes: Vec<String> = partitions.iter().map(|partition| partition.route_path()).collect();
//! assert_eq!(routes, ["(1)", "(2)"]);
//! # Ok::<(), vamp_model::InvalidSelector>(())
//! ```

mod definition;
mod grammar;
mod operand;
mod pattern;
mod routing;
mod selection;

pub use definition::{InvalidSelector, Selector};
pub use routing::{RoutingGroup, RoutingInstance, RoutingPort};
pub use selection::{Partition, SelectedTarget, Selection, route_path};
