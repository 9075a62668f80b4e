//! Numbers as HAProxy writes them, and what they mean.

/// A number: HAProxy puts a `+` before some, which JSON does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) value: i64,
    pub(super) plus: bool,
}

impl Number {
    /// A time, a status, a port: what is negative was not reached.
    pub(super) fn reached<T: TryFrom<i64>>(self) -> Result<Option<T>, T::Error> {
        match self.value {
            negative if negative < 0 => Ok(None),
            value => T::try_from(value).map(Some),
        }
    }

    /// How many: HAProxy's counters of connections have been seen below zero, which is none.
    pub(super) fn count<T: TryFrom<i64>>(self) -> Result<T, T::Error> {
        T::try_from(self.value.max(0))
    }
}
