use super::{Balance, Metadata, Reference, Rewrite, StoredCondition};
use crate::{Condition, Name, Percentage, Selector};

/// One way on from a gateway.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Route {
    /// The name of a stored route; absent inside gateways.
    pub name: Option<Name>,
    /// Free-form data of the user.
    pub metadata: Metadata,
    /// Share of the traffic that no condition has taken.
    pub weight: Option<Percentage>,
    /// Which requests take this route whatever its weight.
    pub condition: Option<Reference<StoredCondition>>,
    /// Share of the requests meeting the condition that really take the route.
    pub condition_strength: Option<Percentage>,
    /// How requests are changed on this way, in order.
    pub rewrites: Vec<Reference<Rewrite>>,
    /// How the targets share the route's traffic; absent for the default of the port's type.
    pub balance: Option<Balance>,
    /// Which instances the route leads to.
    pub selector: Option<Selector>,
    /// Where the route leads now: found by the engine, kept in the store, ignored in what users write.
    pub targets: Vec<Target>,
}

impl Route {
    /// The condition, where it is written out.
    #[must_use]
    pub fn inline_condition(&self) -> Option<&Condition> {
        let stored = self.condition.as_ref()?.inline()?;
        Some(&stored.condition)
    }
}

/// Where a route leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// An instance of a service, or another gateway.
    Internal {
        /// Name of the instance, or path of the gateway.
        name: String,
        /// Absent for another gateway, which is reached on the agent's own host.
        host: Option<String>,
        /// Port there.
        port: u16,
    },
    /// An address outside.
    External {
        /// The address, `host:port`.
        url: String,
    },
}
