//! The operations.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use zookeeper::{Client, Error as ZooKeeperError, Stat};

use super::config::ZooKeeperConfig;
use super::layout::{self, Layout, has_value};
use super::lease::{Leases, Lost};
use super::read::Reader;
use super::session::Sessions;
use super::write::{Rights, Step, Written, carry_out, give_value, is_of, make_room};
use super::{failure, watch};
use crate::store::{put_absent, whole_seconds};
use crate::{
    Capabilities, Condition, Entry, Error, ErrorKind, Guard, Key, KeyValueStore, LeaseId, Result, Version,
    WatchStream,
};

/// What a request needs beside the value: paths, rights, and what else is written with it.
const OVERHEAD: usize = 16 * 1024;

/// The longest path, in bytes; several of them have room in [`OVERHEAD`].
const LONGEST_PATH: usize = 2 * 1024;

/// How many values are written together at most.
const MAX_TOGETHER: usize = 50;

/// A store in ZooKeeper; clones share its session and its leases.
#[derive(Debug, Clone)]
pub struct ZooKeeperStore {
    config: Arc<ZooKeeperConfig>,
    layout: Layout,
    rights: Rights,
    sessions: Arc<Sessions>,
    leases: Arc<Leases>,
}

/// What is known about the nodes of a write, as they were at one moment or later.
struct Found {
    creations: Option<Stat>,
    guard: Option<(Vec<u8>, Stat)>,
    key: Option<Stat>,
}

/// Why a call fails.
pub(super) enum Failed {
    Store(ZooKeeperError),
    Kind(ErrorKind, &'static str),
}

impl From<ZooKeeperError> for Failed {
    fn from(error: ZooKeeperError) -> Self {
        Self::Store(error)
    }
}

impl From<Lost> for Failed {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Ended => Self::Kind(
                ErrorKind::LeaseExpired,
                "it has ended, or was granted by another process",
            ),
            Lost::Unknown(error) => Self::Store(error),
        }
    }
}

impl ZooKeeperStore {
    /// Prepares the store. The servers need not be there yet.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`]: an address is not well-formed or asks for TLS, which this cannot; user and password do not come
    /// together; the chroot is no path.
    pub fn connect(config: ZooKeeperConfig) -> Result<Self> {
        config.check()?;
        let config = Arc::new(config);
        Ok(Self {
            layout: Layout::below(config.root()?),
            rights: Rights::of(&config),
            sessions: Arc::new(Sessions::new(Arc::clone(&config))),
            leases: Arc::new(Leases::new(Arc::clone(&config))),
            config,
        })
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// A reader in the session of the store, which is begun when there is none.
    pub(super) async fn reader(&self, operation: &'static str, key: &Key) -> Result<Reader> {
        self.bounded(operation, key, async {
            let client = self.sessions.client().await?;
            Ok(Reader { client })
        })
        .await
    }

    /// Bounds a call, and tells its failure in our words.
    pub(super) async fn bounded<T>(
        &self,
        operation: &'static str,
        subject: impl std::fmt::Display,
        call: impl Future<Output = std::result::Result<T, Failed>>,
    ) -> Result<T> {
        let limit = self.config.call_timeout;
        match tokio::time::timeout(limit, call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Failed::Store(error))) => Err(failed(operation, subject, error)),
            Ok(Err(Failed::Kind(kind, reason))) => Err(Error::new(kind, operation, subject).because(reason)),
            Err(_) => Err(Error::new(ErrorKind::Unavailable, operation, subject)
                .because(format!("no answer within {limit:?}"))),
        }
    }

    fn limit(&self) -> usize {
        self.config.max_request.saturating_sub(OVERHEAD)
    }

    /// The path of a key and the data of a value, if the server takes both.
    fn physical(&self, key: &Key, value: &Bytes) -> Result<(String, Bytes)> {
        let limit = self.limit();
        if value.len() > limit {
            return Err(Error::new(ErrorKind::TooLarge { limit }, "put", key));
        }
        Ok((self.path("put", key)?, layout::encode(value)))
    }

    /// The path of a key, if a server takes it.
    fn path(&self, operation: &'static str, key: &Key) -> Result<String> {
        let path = self.layout.path(key);
        if path.len() > LONGEST_PATH {
            let reason = format!("its path is longer than {LONGEST_PATH} bytes");
            return Err(Error::new(ErrorKind::Unsupported, operation, key).because(reason));
        }
        Ok(path)
    }

    /// Looks at the nodes of a write. The requests are sent one after the other before any is answered, and answered in that order.
    async fn find(
        &self,
        client: &Client,
        path: &str,
        guard: Option<&str>,
    ) -> std::result::Result<Found, ZooKeeperError> {
        let creations = self.layout.creations();
        let sync = client.sync("/");
        let creations = client.check_stat(&creations);
        let guarded = guard.map(|path| client.get_data(path));
        let key = client.check_stat(path);
        sync.await?;
        let creations = creations.await?;
        let guard = match guarded {
            Some(node) => match node.await {
                Ok(node) => Some(node),
                Err(ZooKeeperError::NoNode) => None,
                Err(error) => return Err(error),
            },
            None => None,
        };
        let key = key.await?;
        Ok(Found {
            creations,
            guard,
            key,
        })
    }

    /// Writes when what was found is what is there, and says nothing when it is not: then it is to be looked at again.
    ///
    /// Versions of the server's own begin anew with each creation, so steps that depend on one depend on no creation since.
    async fn commit(
        &self,
        client: &Client,
        creations: Option<&Stat>,
        mut steps: Vec<Step>,
    ) -> std::result::Result<Option<Version>, ZooKeeperError> {
        if steps.iter().any(Step::depends_on_a_version) {
            let Some(creations) = creations else {
                make_room(client, &self.layout, &self.rights, &steps).await?;
                return Ok(None);
            };
            steps.push(Step::Check {
                path: self.layout.creations(),
                version: creations.version,
            });
        }
        match carry_out(client, &self.layout, &self.rights, &steps).await? {
            Written::Done(version) => Ok(Some(version)),
            Written::Raced => Ok(None),
            Written::Parentless => {
                make_room(client, &self.layout, &self.rights, &steps).await?;
                Ok(None)
            }
        }
    }

    /// Writes whatever is there.
    async fn write(
        &self,
        client: &Client,
        path: &str,
        data: &Bytes,
        lease: Option<LeaseId>,
    ) -> std::result::Result<Version, Failed> {
        loop {
            let found = self.find(client, path, None).await?;
            let session = lease.map(LeaseId::number);
            let steps = give_value(path, found.key.as_ref(), data, session).ok_or(Failed::Kind(
                ErrorKind::Unsupported,
                "a key with keys below it cannot be bound to a lease",
            ))?;
            if let Some(version) = self.commit(client, found.creations.as_ref(), steps).await? {
                return Ok(version);
            }
        }
    }

    /// Writes values that are absent, and the one of `path` when condition and guard hold.
    async fn write_if(
        &self,
        absent: &[(String, Bytes)],
        (path, data): (&str, &Bytes),
        condition: Condition,
        guard: Option<(&str, &Guard)>,
    ) -> std::result::Result<Option<Version>, Failed> {
        let client = self.sessions.client().await?;
        loop {
            let found = self.find(&client, path, guard.map(|(path, _)| path)).await?;
            let holds = match condition {
                Condition::Absent => !found.key.as_ref().is_some_and(has_value),
                Condition::Version(version) => is_of(found.key.as_ref(), version),
            };
            let entry = match (guard, found.guard) {
                (Some((path, _)), Some((data, stat))) => {
                    let entry = self.layout.entry(path, data, &stat);
                    entry.map(|entry| (entry, stat))
                }
                _ => None,
            };
            let guarded = guard.is_none_or(|(_, guard)| guard.holds(entry.as_ref().map(|(entry, _)| entry)));
            if !holds || !guarded {
                return Ok(None);
            }
            let mut steps = Vec::new();
            if let (Some((path, _)), Some((_, stat))) = (guard, &entry) {
                steps.push(Step::Check {
                    path: path.to_owned(),
                    version: stat.version,
                });
            }
            for (path, data) in absent {
                let stat = client.check_stat(path).await?;
                if !stat.as_ref().is_some_and(has_value) {
                    steps.extend(give_value(path, stat.as_ref(), data, None).into_iter().flatten());
                }
            }
            let last = give_value(path, found.key.as_ref(), data, None);
            steps.extend(last.into_iter().flatten());
            let written = self.commit(&client, found.creations.as_ref(), steps).await?;
            if written.is_some() {
                return Ok(written);
            }
        }
    }
}

/// What the library reports as an error of ours.
fn failed(operation: &'static str, subject: impl std::fmt::Display, error: ZooKeeperError) -> Error {
    Error::new(failure::kind(&error), operation, subject).because(error)
}

#[async_trait]
impl KeyValueStore for ZooKeeperStore {
    fn name(&self) -> &'static str {
        "zookeeper"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_value: Some(self.limit()),
            guard: true,
            lease: true,
            durable: true,
            every_change: false,
        }
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        let path = self.path("get", key)?;
        self.bounded("get", key, async {
            let client = self.sessions.client().await?;
            let sync = client.sync("/");
            let node = client.get_data(&path);
            sync.await?;
            match node.await {
                Ok((data, stat)) => Ok(self.layout.entry(&path, data, &stat)),
                Err(ZooKeeperError::NoNode) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    async fn put(&self, key: &Key, value: Bytes, lease: Option<LeaseId>) -> Result<Version> {
        let (path, data) = self.physical(key, &value)?;
        self.bounded("put", key, async {
            let Some(lease) = lease else {
                let client = self.sessions.client().await?;
                // What nearly every write finds: a node that is there and bound to no lease.
                return match client.set_data(&path, &data, None).await {
                    Ok(stat) if stat.ephemeral_owner == 0 => Ok(layout::version(&stat)),
                    Ok(_) | Err(ZooKeeperError::NoNode) => self.write(&client, &path, &data, None).await,
                    Err(error) => Err(error.into()),
                };
            };
            let client = self.leases.client(lease).await?;
            match self.write(&client, &path, &data, Some(lease)).await {
                // The library has heard that the session has ended, or has given up hope: the server has the last word.
                Err(_) if client.state().is_terminated() => {
                    drop(client);
                    let client = self.leases.client(lease).await?;
                    self.write(&client, &path, &data, Some(lease)).await
                }
                written => written,
            }
        })
        .await
    }

    async fn put_if(
        &self,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        self.put_with(Vec::new(), key, value, condition, guard).await
    }

    async fn put_with(
        &self,
        absent: Vec<(Key, Bytes)>,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        let (path, data) = self.physical(key, &value)?;
        let others: Vec<(String, Bytes)> = absent
            .iter()
            .map(|(key, value)| self.physical(key, value))
            .collect::<Result<_>>()?;
        let sizes = others
            .iter()
            .map(|(path, data)| 2 * path.len() + data.len() + 128);
        let size = sizes.sum::<usize>() + data.len();
        if !others.is_empty() && (size > self.limit() || others.len() > MAX_TOGETHER) {
            put_absent(self, absent).await?;
            return self.put_if(key, value, condition, guard).await;
        }
        let guard = match guard {
            Some(guard) => Some((self.path("put", &guard.key)?, guard)),
            None => None,
        };
        let guard = guard.as_ref().map(|(path, guard)| (path.as_str(), *guard));
        self.bounded(
            "put",
            key,
            self.write_if(&others, (&path, &data), condition, guard),
        )
        .await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        let path = self.path("delete", key)?;
        self.bounded("delete", key, async {
            let client = self.sessions.client().await?;
            loop {
                let sync = client.sync("/");
                let found = client.check_stat(&path);
                sync.await?;
                let Some(stat) = found.await?.filter(has_value) else {
                    return Ok(false);
                };
                let removed = if stat.num_children > 0 {
                    client.set_data(&path, b"", Some(stat.version)).await.map(drop)
                } else {
                    client.delete(&path, Some(stat.version)).await
                };
                match removed {
                    Ok(()) => return Ok(true),
                    Err(ZooKeeperError::BadVersion | ZooKeeperError::NotEmpty | ZooKeeperError::NoNode) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        })
        .await
    }

    async fn list(&self, prefix: &Key) -> Result<Vec<Entry>> {
        let mut entries = self
            .bounded("list", prefix, async {
                let client = self.sessions.client().await?;
                watch::listing(&self.layout, &Reader { client }, prefix).await
            })
            .await?;
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(entries)
    }

    fn watch(&self, prefix: &Key) -> WatchStream {
        Box::pin(watch::watch(self.clone(), prefix.clone()))
    }

    async fn grant_lease(&self, ttl: Duration) -> Result<LeaseId> {
        let ttl = whole_seconds(ttl);
        self.bounded("grant lease", "of a time", async {
            Ok(self.leases.grant(ttl).await?)
        })
        .await
    }

    fn lease_ttl(&self, lease: LeaseId, asked: Duration) -> Duration {
        self.leases.ttl(lease, whole_seconds(asked))
    }

    async fn keep_lease(&self, lease: LeaseId) -> Result<()> {
        self.bounded("keep lease", lease.number(), async {
            Ok(self.leases.keep(lease).await?)
        })
        .await
    }

    async fn revoke_lease(&self, lease: LeaseId) -> Result<()> {
        self.bounded("revoke lease", lease.number(), async {
            Ok(self.leases.revoke(lease).await?)
        })
        .await
    }
}
