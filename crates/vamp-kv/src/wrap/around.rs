//! Doing something around each call of a store.

use std::fmt;

use crate::{Entry, KeyValueStore, LeaseId, Result, Version, WatchStream};

/// The operations of a store that have one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// [`KeyValueStore::get`]
    Get,
    /// [`KeyValueStore::put`]
    Put,
    /// [`KeyValueStore::put_if`]
    PutIf,
    /// [`KeyValueStore::put_with`]
    PutWith,
    /// [`KeyValueStore::delete`]
    Delete,
    /// [`KeyValueStore::list`]
    List,
    /// [`KeyValueStore::grant_lease`]
    GrantLease,
    /// [`KeyValueStore::keep_lease`]
    KeepLease,
    /// [`KeyValueStore::revoke_lease`]
    RevokeLease,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Get,
        Self::Put,
        Self::PutIf,
        Self::PutWith,
        Self::Delete,
        Self::List,
        Self::GrantLease,
        Self::KeepLease,
        Self::RevokeLease,
    ];

    /// Its name, as in the trait: `put_if`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Put => "put",
            Self::PutIf => "put_if",
            Self::PutWith => "put_with",
            Self::Delete => "delete",
            Self::List => "list",
            Self::GrantLease => "grant_lease",
            Self::KeepLease => "keep_lease",
            Self::RevokeLease => "revoke_lease",
        }
    }
}

/// A call that is about to be made.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) store: &'static str,
    pub(super) operation: Operation,
    /// A key or the number of a lease.
    pub(super) subject: &'a (dyn fmt::Display + Sync),
    /// How many bytes are written.
    pub(super) bytes: Option<usize>,
}

/// What operations answer.
pub(super) trait Answer: Send {
    /// Whether it says that a condition did not hold.
    fn is_refusal(&self) -> bool {
        false
    }
}

impl Answer for () {}
impl Answer for bool {}
impl Answer for Version {}
impl Answer for LeaseId {}
impl Answer for Option<Entry> {}
impl Answer for Vec<Entry> {}

impl Answer for Option<Version> {
    fn is_refusal(&self) -> bool {
        self.is_none()
    }
}

/// Something around each call.
pub(super) trait Around: fmt::Debug + Send + Sync {
    fn inner(&self) -> &dyn KeyValueStore;

    /// Makes the call by awaiting `answer`, at most once.
    fn around<T: Answer>(
        &self,
        call: Call<'_>,
        answer: impl Future<Output = Result<T>> + Send,
    ) -> impl Future<Output = Result<T>> + Send;

    fn around_watch(&self, prefix: &crate::Key) -> WatchStream {
        self.inner().watch(prefix)
    }
}

/// Makes a store of a type that is [`Around`] another.
macro_rules! store_around {
    ($wrapper:ty) => {
        #[async_trait::async_trait]
        impl crate::KeyValueStore for $wrapper {
            fn name(&self) -> &'static str {
                self.inner().name()
            }

            fn capabilities(&self) -> crate::Capabilities {
                self.inner().capabilities()
            }

            async fn get(&self, key: &crate::Key) -> crate::Result<Option<crate::Entry>> {
                let call = store_around!(self, Get, key, None);
                self.around(call, self.inner().get(key)).await
            }

            async fn put(
                &self,
                key: &crate::Key,
                value: bytes::Bytes,
                lease: Option<crate::LeaseId>,
            ) -> crate::Result<crate::Version> {
                let call = store_around!(self, Put, key, Some(value.len()));
                self.around(call, self.inner().put(key, value, lease)).await
            }

            async fn put_if(
                &self,
                key: &crate::Key,
                value: bytes::Bytes,
                condition: crate::Condition,
                guard: Option<&crate::Guard>,
            ) -> crate::Result<Option<crate::Version>> {
                let call = store_around!(self, PutIf, key, Some(value.len()));
                self.around(call, self.inner().put_if(key, value, condition, guard))
                    .await
            }

            async fn put_with(
                &self,
                absent: Vec<(crate::Key, bytes::Bytes)>,
                key: &crate::Key,
                value: bytes::Bytes,
                condition: crate::Condition,
                guard: Option<&crate::Guard>,
            ) -> crate::Result<Option<crate::Version>> {
                let bytes = value.len() + absent.iter().map(|(_, value)| value.len()).sum::<usize>();
                let call = store_around!(self, PutWith, key, Some(bytes));
                self.around(
                    call,
                    self.inner().put_with(absent, key, value, condition, guard),
                )
                .await
            }

            async fn delete(&self, key: &crate::Key) -> crate::Result<bool> {
                let call = store_around!(self, Delete, key, None);
                self.around(call, self.inner().delete(key)).await
            }

            async fn list(&self, prefix: &crate::Key) -> crate::Result<Vec<crate::Entry>> {
                let call = store_around!(self, List, prefix, None);
                self.around(call, self.inner().list(prefix)).await
            }

            fn watch(&self, prefix: &crate::Key) -> crate::WatchStream {
                self.around_watch(prefix)
            }

            async fn grant_lease(&self, ttl: std::time::Duration) -> crate::Result<crate::LeaseId> {
                let call = store_around!(self, GrantLease, &"lease", None);
                self.around(call, self.inner().grant_lease(ttl)).await
            }

            fn lease_ttl(&self, lease: crate::LeaseId, asked: std::time::Duration) -> std::time::Duration {
                self.inner().lease_ttl(lease, asked)
            }

            async fn keep_lease(&self, lease: crate::LeaseId) -> crate::Result<()> {
                let number = lease.number();
                let call = store_around!(self, KeepLease, &number, None);
                self.around(call, self.inner().keep_lease(lease)).await
            }

            async fn revoke_lease(&self, lease: crate::LeaseId) -> crate::Result<()> {
                let number = lease.number();
                let call = store_around!(self, RevokeLease, &number, None);
                self.around(call, self.inner().revoke_lease(lease)).await
            }
        }
    };
    ($self:ident, $operation:ident, $subject:expr, $bytes:expr) => {
        crate::wrap::around::Call {
            store: $self.inner().name(),
            operation: crate::wrap::Operation::$operation,
            subject: $subject,
            bytes: $bytes,
        }
    };
}
