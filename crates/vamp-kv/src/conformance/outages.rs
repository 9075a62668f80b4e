//! What every backend with a server of its own is held to while that server is away.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::time::Instant;

use super::watches::number;
use super::watching::Told;
use super::{Failure, Outcome, Violations, Watcher};
use crate::{Condition, ErrorKind, Key, KeyValueStore, LeaseId};

/// Within this time a call has to fail, and a watch has to tell, when the server is away or frozen.
pub const NOTICED_WITHIN: Duration = Duration::from_secs(5);

/// Within this time everything has to work again when the server is back: pauses of at most half a second between tries, a connection, and
/// room for a machine under load.
pub const BACK_WITHIN: Duration = Duration::from_secs(10);

/// For so long a watch has nothing to tell: etcd ends a connection of which it thinks ill after 8 s, and Consul a question after 10 s.
const QUIET: Duration = Duration::from_secs(15);

/// Something that can do to a store's server what happens to servers.
#[async_trait]
pub trait Server: Send + Sync {
    /// Ends it without a word; its data stays.
    async fn kill(&mut self) -> Result<(), Failure>;

    /// Starts it with its data, and returns when it answers.
    async fn start_again(&mut self) -> Result<(), Failure>;

    /// Stops it in its tracks: connections stay, nothing is answered.
    async fn freeze(&mut self) -> Result<(), Failure>;

    /// Lets it go on.
    async fn thaw(&mut self) -> Result<(), Failure>;
}

type Case = for<'a> fn(&'a dyn KeyValueStore, &'a mut dyn Server, &'a Key) -> BoxFuture<'a, Outcome>;

macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        [$((stringify!($case), (|store, server, base| Box::pin($case(store, server, base))) as Case)),+]
    };
}

const CASES: [(&str, Case); 5] = cases![
    a_watch_where_nothing_happens_tells_nothing,
    a_server_that_is_away_is_not_an_empty_one,
    a_server_that_is_frozen_is_noticed,
    a_watch_goes_on_after_an_outage,
    a_watch_never_goes_back_and_ends_with_the_last_value,
];

/// The limit of one case.
const LIMIT: Duration = Duration::from_secs(180);

/// The names of the cases.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    CASES.into_iter().map(|(name, _)| name)
}

/// Plays every case, one after the other. The server runs before and after each.
///
/// # Errors
/// The cases that failed; a server that could not be brought back ends the run.
pub async fn run_all(
    store: &dyn KeyValueStore,
    server: &mut dyn Server,
    base: &Key,
) -> Result<(), Violations> {
    let only = super::run::only()?;
    let mut violations = Vec::new();
    for (name, case) in CASES {
        if only.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        let outcome = match base.join(name) {
            Ok(place) => tokio::time::timeout(LIMIT, case(store, server, &place))
                .await
                .unwrap_or_else(|_| Err(Failure::new(format!("not at its end after {LIMIT:?}")))),
            Err(error) => Err(error.into()),
        };
        violations.extend(outcome.err().map(|failure| (name, failure)));
        // A case that failed may have left the server in any state.
        let restored = async {
            server.thaw().await?;
            server.kill().await?;
            server.start_again().await
        };
        if let Err(failure) = restored.await {
            violations.push((name, failure));
            break;
        }
    }
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Violations(violations))
    }
}

async fn a_server_that_is_away_is_not_an_empty_one(
    store: &dyn KeyValueStore,
    server: &mut dyn Server,
    base: &Key,
) -> Outcome {
    let (there, absent) = (base.join("there")?, base.join("absent")?);
    eventually(store, &there, "1").await?;
    let lease = lease(store).await?;
    server.kill().await?;
    every_call_fails_in_time(store, &there, lease).await?;
    every_call_fails_in_time(store, &absent, lease).await?;
    server.start_again().await?;
    let entry = answered(store, &there).await?;
    let survived = entry.is_some_and(|value| value == "1") || !store.capabilities().durable;
    ensure!(survived, "the value did not survive the server's restart");
    ensure!(
        answered(store, &absent).await?.is_none(),
        "a write that failed for a key that nobody wrote before happened"
    );
    Ok(())
}

/// Servers and networks end connections on which nothing happens, or too little, or the same too often.
async fn a_watch_where_nothing_happens_tells_nothing(
    store: &dyn KeyValueStore,
    _server: &mut dyn Server,
    base: &Key,
) -> Outcome {
    let (key, lease, mut watcher) = watched(store, base).await?;
    let told = watcher.next(QUIET).await?;
    ensure!(
        matches!(told, Told::Nothing),
        "{told:?} in {QUIET:?} without a change"
    );
    // A connection without a watch has been as quiet.
    if let Some(lease) = lease {
        store.keep_lease(lease).await?;
    }
    store.put(&key, "2".into(), None).await?;
    watcher.until_value(&key, Some("2"), BACK_WITHIN).await
}

async fn a_server_that_is_frozen_is_noticed(
    store: &dyn KeyValueStore,
    server: &mut dyn Server,
    base: &Key,
) -> Outcome {
    let (key, lease, mut watcher) = watched(store, base).await?;
    server.freeze().await?;
    // The watch is idle: nothing but its own probes can tell it.
    watcher.until_outage(NOTICED_WITHIN).await?;
    reads_fail_in_time(store, &key, lease).await?;
    writes_fail_in_time(store, &base.join("nobody-reads-it")?).await?;
    server.thaw().await?;
    watcher.until_listed(BACK_WITHIN).await?;
    ensure!(
        watcher.value(&key) == Some(b"1"),
        "after the thaw the watch lists {watcher:?}"
    );
    eventually(store, &key, "2").await?;
    watcher.until_value(&key, Some("2"), BACK_WITHIN).await
}

async fn a_watch_goes_on_after_an_outage(
    store: &dyn KeyValueStore,
    server: &mut dyn Server,
    base: &Key,
) -> Outcome {
    let (changed, deleted) = (base.join("changed")?, base.join("deleted")?);
    eventually(store, &changed, "1").await?;
    eventually(store, &deleted, "1").await?;
    let mut watcher = Watcher::listed(store, base, BACK_WITHIN).await?;
    for round in 2..5 {
        server.kill().await?;
        watcher.until_outage(NOTICED_WITHIN).await?;
        server.start_again().await?;
        // The reader does not read meanwhile, so that this happens behind its back.
        let value = round.to_string();
        eventually(store, &changed, &value).await?;
        retried(|| store.delete(&deleted)).await?;
        watcher.until_value(&changed, Some(&value), BACK_WITHIN).await?;
        watcher.until_value(&deleted, None, BACK_WITHIN).await?;
        eventually(store, &deleted, &value).await?;
        watcher.until_value(&deleted, Some(&value), BACK_WITHIN).await?;
    }
    Ok(())
}

/// A writer counts up through kills and freezes; the reader may miss steps, but must not see a number twice in the wrong order, and
/// must get the last one.
async fn a_watch_never_goes_back_and_ends_with_the_last_value(
    store: &dyn KeyValueStore,
    server: &mut dyn Server,
    base: &Key,
) -> Outcome {
    const LAST: u32 = 400;
    let key = base.join("counter")?;
    let writer = async {
        for n in 0..=LAST {
            count_to(store, &key, n).await?;
        }
        Ok::<(), Failure>(())
    };
    let outages = async {
        let mut watcher = Watcher::listed(store, base, BACK_WITHIN).await?;
        for _ in 0..3 {
            any_change(&mut watcher).await?;
            server.kill().await?;
            watcher.until_outage(NOTICED_WITHIN).await?;
            server.start_again().await?;
            watcher.until_listed(BACK_WITHIN).await?;
            server.freeze().await?;
            watcher.until_outage(NOTICED_WITHIN).await?;
            server.thaw().await?;
            watcher.until_listed(BACK_WITHIN).await?;
        }
        Ok::<(), Failure>(())
    };
    let reader = async {
        let mut watcher = Watcher::new(store, base);
        let mut seen = None;
        while seen != Some(LAST) {
            let told = watcher.next(Duration::from_secs(60)).await?;
            ensure!(!matches!(told, Told::Nothing), "after {seen:?}: nothing more");
            let now = watcher.value(&key).and_then(number);
            ensure!(now >= seen, "{now:?} was told after {seen:?}");
            seen = now;
        }
        Ok::<(), Failure>(())
    };
    futures::future::try_join3(writer, outages, reader)
        .await
        .map(drop)
}

/// Brings the counter to a number. Conditional, since a write that timed out may be carried out when the server thaws.
async fn count_to(store: &dyn KeyValueStore, key: &Key, wanted: u32) -> Outcome {
    loop {
        let entry = retried(|| store.get(key)).await?;
        if entry.as_ref().and_then(|entry| number(&entry.value)) >= Some(wanted) {
            return Ok(());
        }
        let condition = entry.map_or(Condition::Absent, |entry| Condition::Version(entry.version));
        match store
            .put_if(key, wanted.to_string().into(), condition, None)
            .await
        {
            Err(error) if !error.is_temporary() => return Err(error.into()),
            _ => {}
        }
    }
}

/// Reads until something is told, if it is told soon; the writer may be at its end.
async fn any_change(watcher: &mut Watcher) -> Outcome {
    watcher.next(Duration::from_millis(200)).await.map(drop)
}

async fn every_call_fails_in_time(store: &dyn KeyValueStore, key: &Key, lease: Option<LeaseId>) -> Outcome {
    reads_fail_in_time(store, key, lease).await?;
    writes_fail_in_time(store, key).await
}

/// A server that is frozen may carry them out later.
async fn writes_fail_in_time(store: &dyn KeyValueStore, key: &Key) -> Outcome {
    fails_in_time("put", store.put(key, Bytes::from("1"), None)).await?;
    fails_in_time(
        "put_if",
        store.put_if(key, Bytes::from("1"), Condition::Absent, None),
    )
    .await?;
    if store.capabilities().guard {
        let pieces = vec![(key.join("piece")?, Bytes::from("1"))];
        let together = store.put_with(pieces, key, Bytes::from("1"), Condition::Absent, None);
        fails_in_time("put_with", together).await?;
    }
    fails_in_time("delete", store.delete(&key.join("nothing")?)).await
}

/// Calls that change nothing when a frozen server carries them out later.
async fn reads_fail_in_time(store: &dyn KeyValueStore, key: &Key, lease: Option<LeaseId>) -> Outcome {
    fails_in_time("get", store.get(key)).await?;
    fails_in_time("list", store.list(key)).await?;
    if let Some(lease) = lease {
        fails_in_time("keep_lease", store.keep_lease(lease)).await?;
        fails_in_time("grant_lease", store.grant_lease(Duration::from_secs(60))).await?;
    }
    Ok(())
}

async fn fails_in_time<T: std::fmt::Debug>(
    name: &str,
    call: impl Future<Output = crate::Result<T>>,
) -> Outcome {
    let began = Instant::now();
    match tokio::time::timeout(2 * NOTICED_WITHIN, call).await {
        // S06-082: that the store is away is an error of its own, and no absent value.
        Ok(Err(error)) if error.kind() == ErrorKind::Unavailable => {}
        Ok(other) => {
            return Err(Failure::new(format!(
                "{name} while the server is away: {other:?}"
            )));
        }
        Err(_) => return Err(Failure::new(format!("{name} has no time limit"))),
    }
    let took = began.elapsed();
    // S06-153: a server that is dead or frozen does not keep a call from its end.
    ensure!(took <= NOTICED_WITHIN, "{name} took {took:?} to fail");
    Ok(())
}

/// A key with the value 1, a lease, and a watch that has listed the key.
async fn watched(store: &dyn KeyValueStore, base: &Key) -> Result<(Key, Option<LeaseId>, Watcher), Failure> {
    let key = base.join("key")?;
    eventually(store, &key, "1").await?;
    let lease = lease(store).await?;
    let watcher = Watcher::listed(store, base, BACK_WITHIN).await?;
    Ok((key, lease, watcher))
}

async fn lease(store: &dyn KeyValueStore) -> Result<Option<LeaseId>, Failure> {
    if !store.capabilities().lease {
        return Ok(None);
    }
    Ok(Some(
        retried(|| store.grant_lease(Duration::from_secs(60))).await?,
    ))
}

/// Writes a value, trying again as long as the server is away.
async fn eventually(store: &dyn KeyValueStore, key: &Key, value: &str) -> Outcome {
    let value = Bytes::copy_from_slice(value.as_bytes());
    retried(|| store.put(key, value.clone(), None)).await.map(drop)
}

async fn answered(store: &dyn KeyValueStore, key: &Key) -> Result<Option<Bytes>, Failure> {
    Ok(retried(|| store.get(key)).await?.map(|entry| entry.value))
}

pub(super) async fn retried<T, Answer>(call: impl FnMut() -> Answer) -> Result<T, Failure>
where
    Answer: Future<Output = crate::Result<T>>,
{
    // A kill and a freeze may follow each other.
    let retry =
        vamp_io::retry::Retry::within(2 * BACK_WITHIN).with_backoff(vamp_io::backoff::Backoff::watch());
    Ok(vamp_io::retry::retry(retry, call).await?)
}
