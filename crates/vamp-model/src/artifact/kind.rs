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
}

impl Kind {
    /// Every kind, in the order in which artifacts build on one another.
    pub const ALL: [Self; 5] = [
        Self::Breed,
        Self::Scale,
        Self::Blueprint,
        Self::Gateway,
        Self::Deployment,
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
