//! What a store keeps, and for whom.

use std::num::{NonZeroU64, NonZeroUsize};

/// Limits that every backend has.
///
/// ```
/// use std::num::NonZeroU64;
/// use vamp_store::StoreOptions;
///
/// let mut options = StoreOptions::in_memory();
/// options.events = NonZeroU64::new(1000).ok_or("at least one")?;
/// assert_eq!(options.backlog.get(), 1024);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreOptions {
    /// How many revisions of an artifact are kept, the newest ones; 100. The artifact as it is now is always one of them.
    pub revisions: NonZeroU64,
    /// How many events of one kind are kept, the newest by their time; 10,000 in memory, 1,000,000 on disk.
    pub events_of_a_kind: NonZeroU64,
    /// How many events are kept altogether, the newest by their time; 50,000 in memory, 5,000,000 on disk.
    pub events: NonZeroU64,
    /// How many events a subscriber may be behind before the oldest is dropped; 1024.
    pub backlog: NonZeroUsize,
}

impl StoreOptions {
    /// The defaults of a store in memory.
    #[must_use]
    pub const fn in_memory() -> Self {
        Self {
            revisions: at_least_one(100),
            events_of_a_kind: at_least_one(10_000),
            events: at_least_one(50_000),
            backlog: NonZeroUsize::MIN.saturating_add(1023),
        }
    }

    /// The defaults of a store on disk.
    #[must_use]
    pub const fn on_disk() -> Self {
        let mut options = Self::in_memory();
        options.events_of_a_kind = at_least_one(1_000_000);
        options.events = at_least_one(5_000_000);
        options
    }
}

const fn at_least_one(number: u64) -> NonZeroU64 {
    NonZeroU64::MIN.saturating_add(number.saturating_sub(1))
}
