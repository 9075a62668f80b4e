use std::fmt;

/// The sorts of artifacts, named as in `kind:` and in the API's paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// What is deployed: an image or command with its ports and variables.
    Breed,
    /// How much of it: cores, memory, instances.
    Scale,
    /// Clusters of services with gateways: the wish.
    Blueprint,
    /// An entry for traffic with weighted and conditional routes.
    Gateway,
    /// A blueprint that runs.
    Deployment,
    /// What is promised of services, and what is done when it is not held.
    Sla,
    /// Something that is done when an SLA is not held.
    Escalation,
    /// Which requests take a route.
    Condition,
    /// How requests are changed on a route.
    Rewrite,
    /// One way on from a gateway.
    Route,
    /// A breed that is run by events, by time, or always.
    Workflow,
    /// A part of documents that others import.
    Template,
}

impl Kind {
    /// Every kind, in the order in which artifacts build on one another.
    pub const ALL: [Self; 12] = [
        Self::Template,
        Self::Breed,
        Self::Scale,
        Self::Escalation,
        Self::Sla,
        Self::Condition,
        Self::Rewrite,
        Self::Route,
        Self::Blueprint,
        Self::Gateway,
        Self::Deployment,
        Self::Workflow,
    ];

    /// The plural, as written in `kind:` and in the API's paths.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Breed => "breeds",
            Self::Scale => "scales",
            Self::Blueprint => "blueprints",
            Self::Gateway => "gateways",
            Self::Deployment => "deployments",
            Self::Sla => "slas",
            Self::Escalation => "escalations",
            Self::Condition => "conditions",
            Self::Rewrite => "rewrites",
            Self::Route => "routes",
            Self::Workflow => "workflows",
            Self::Template => "templates",
        }
    }

    /// The singular, as people say it and as old documents write it.
    #[must_use]
    pub fn singular(self) -> &'static str {
        self.plural().trim_end_matches('s')
    }

    /// The kind of a text in singular or plural.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| text == kind.plural() || text == kind.singular())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.plural())
    }
}
