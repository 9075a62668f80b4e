//! What a store has to be able to do, and what it is known not to.

use std::fmt::Write as _;

use super::Failure;
use crate::Capabilities;

/// What is said of one capability of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It has to be there.
    Demanded,
    /// It is not there, for this reason. A store that has it nevertheless fails, so that the table stays true.
    Gap(&'static str),
}

/// What is said of a store: so that a capability that gets lost does not silence its cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// What people call the store.
    pub store: &'static str,
    /// [`Capabilities::guard`].
    pub guard: Claim,
    /// [`Capabilities::lease`].
    pub lease: Claim,
    /// [`Capabilities::durable`].
    pub durable: Claim,
    /// [`Capabilities::every_change`].
    pub every_change: Claim,
    /// The least that [`Capabilities::max_value`] may be, in bytes; none where it must not have a limit.
    pub max_value: Option<usize>,
}

/// Why a watch of these stores leaves out what was overwritten.
const NEWEST: Claim = Claim::Gap("reads the newest when told of a change");

/// What is demanded of the stores here with their default settings.
pub const STORES: [Claims; 5] = [
    Claims {
        durable: Claim::Gap("values end with the process"),
        ..Claims::everything("memory")
    },
    Claims {
        every_change: NEWEST,
        ..Claims::everything("file")
    },
    Claims {
        max_value: Some(1_500_000),
        ..Claims::everything("etcd")
    },
    Claims {
        every_change: NEWEST,
        max_value: Some(378 * 1024),
        ..Claims::everything("consul")
    },
    Claims {
        every_change: NEWEST,
        max_value: Some(1_000_000),
        ..Claims::everything("zookeeper")
    },
];

impl Claims {
    /// Everything is demanded, and values of any size.
    #[must_use]
    pub const fn everything(store: &'static str) -> Self {
        Self {
            store,
            guard: Claim::Demanded,
            lease: Claim::Demanded,
            durable: Claim::Demanded,
            every_change: Claim::Demanded,
            max_value: None,
        }
    }

    /// What is demanded of a store here.
    ///
    /// # Errors
    /// There is no store of that name in [`STORES`].
    pub fn of(store: &str) -> Result<Self, Failure> {
        let found = STORES.into_iter().find(|claims| claims.store == store);
        found.ok_or_else(|| Failure::new(format!("{store} is not in the table of stores")))
    }

    /// In the order of the table.
    const fn each(self) -> [(&'static str, Claim); 4] {
        [
            ("guard", self.guard),
            ("lease", self.lease),
            ("durable", self.durable),
            ("every_change", self.every_change),
        ]
    }

    /// Where a store is not as it is said to be.
    pub(super) fn violated_by(self, can: Capabilities) -> Vec<(&'static str, Failure)> {
        let there = [can.guard, can.lease, can.durable, can.every_change];
        let capabilities = self.each().into_iter().zip(there);
        let mut violations: Vec<_> = capabilities
            .filter_map(|((name, claim), there)| match (claim, there) {
                (Claim::Demanded, false) => Some(format!("{name} is demanded and not there")),
                (Claim::Gap(reason), true) => Some(format!("{name} is there, and a gap: {reason}")),
                _ => None,
            })
            .collect();
        let holds = can
            .max_value
            .is_none_or(|limit| self.max_value.is_some_and(|least| limit >= least));
        if !holds {
            violations.push(format!(
                "values of {:?} bytes are demanded, the limit is {:?}",
                self.max_value, can.max_value
            ));
        }
        let named = |violation| ("claims", Failure::new(format!("{}: {violation}", self.store)));
        violations.into_iter().map(named).collect()
    }
}

/// [`STORES`] as a table for people.
#[must_use]
pub fn table() -> String {
    let mut table =
        String::from("| store | guard | lease | durable | every change | largest value, at least |\n");
    table.push_str("|---|---|---|---|---|---|\n");
    for claims in STORES {
        let cells = claims.each().map(|(_, claim)| match claim {
            Claim::Demanded => "yes".to_owned(),
            Claim::Gap(reason) => format!("no: {reason}"),
        });
        let largest = claims
            .max_value
            .map_or_else(|| "no limit".to_owned(), |bytes| format!("{bytes} bytes"));
        // Writing to a string does not fail.
        let _ = writeln!(
            table,
            "| `{}` | {} | {largest} |",
            claims.store,
            cells.join(" | ")
        );
    }
    table
}
