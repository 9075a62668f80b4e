//! Server, agent and traffic around a store, and what becomes of that.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::StreamExt as _;
use serde_json::{Value, json};
use vamp_client::{Change, Client};
use vamp_kv::handover::GatewayList;
use vamp_kv::{Entry, KeyValueStore, StoreConfig, WatchEvent, WatchStream};
use vamp_model::{Gateway, Kind};
use vamp_testkit::network::Network;
use vamp_testkit::relay::Relay;
use vamp_testkit::release::{CLUSTER_GATEWAY, set_share};
use vamp_testkit::servers::{Consul, Etcd, Vamp, Vga, ZooKeeper};
use vamp_testkit::{Error, extent, wait};

use crate::support::{
    BASE, LIMIT, TestResult, Unwatched, agent, half_and_half, published, release_on, through,
    until_all_is_applied, until_counted, until_share,
};

/// From when the store can be used again until HAProxy runs what was asked for last; asserted in a soak.
const CONVERGED_WITHIN: Duration = Duration::from_secs(2);

/// A real store, and what can happen to it.
pub(super) enum Store {
    Etcd(Etcd),
    Consul(Consul),
    ZooKeeper(ZooKeeper),
}

impl Store {
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Etcd(_) => "etcd",
            Self::Consul(_) => "consul",
            Self::ZooKeeper(_) => "zookeeper",
        }
    }

    pub(super) const fn address(&self) -> SocketAddr {
        match self {
            Self::Etcd(store) => store.address(),
            Self::Consul(store) => store.address(),
            Self::ZooKeeper(store) => store.address(),
        }
    }

    pub(super) fn url(&self) -> String {
        format!("{}://{}", self.kind(), self.address())
    }

    fn kill(&mut self) -> Result<(), Error> {
        match self {
            Self::Etcd(store) => store.kill(),
            Self::Consul(store) => store.kill(),
            Self::ZooKeeper(store) => store.kill(),
        }
    }

    fn freeze(&self) -> Result<(), Error> {
        match self {
            Self::Etcd(store) => store.freeze(),
            Self::Consul(store) => store.freeze(),
            Self::ZooKeeper(store) => store.freeze(),
        }
    }

    fn thaw(&self) -> Result<(), Error> {
        match self {
            Self::Etcd(store) => store.thaw(),
            Self::Consul(store) => store.thaw(),
            Self::ZooKeeper(store) => store.thaw(),
        }
    }

    async fn start_again(&mut self) -> Result<(), Error> {
        match self {
            Self::Etcd(store) => store.start_again().await,
            Self::Consul(store) => store.start_again().await,
            Self::ZooKeeper(store) => store.start_again().await,
        }
    }

    async fn start_empty(&mut self) -> Result<(), Error> {
        match self {
            Self::Etcd(store) => store.start_empty().await,
            Self::Consul(store) => store.start_empty().await,
            Self::ZooKeeper(store) => store.start_again_empty().await,
        }
    }
}

/// What is between the store and those who talk to it.
pub(super) enum Between {
    Nothing,
    /// A network, and where the store is reached through it.
    Network(Network, SocketAddr),
    /// A relay each, so that one can be cut off without the other.
    Relays {
        agent: Relay,
        server: Relay,
    },
}

impl Between {
    pub(super) async fn relays(store: &Store) -> TestResult<Self> {
        Ok(Self::Relays {
            agent: Relay::to(store.address(), Duration::ZERO).await?,
            server: Relay::to(store.address(), Duration::ZERO).await?,
        })
    }

    /// Where the agent and the server reach the store.
    fn addresses(&self, store: &Store) -> (SocketAddr, SocketAddr) {
        match self {
            Self::Nothing => (store.address(), store.address()),
            Self::Network(_, address) => (*address, *address),
            Self::Relays { agent, server } => (agent.address(), server.address()),
        }
    }

    fn cut(&self, off: Off) {
        let Self::Relays { agent, server } = self else {
            return;
        };
        if off != Off::Nobody {
            agent.cut();
        }
        if off == Off::Both {
            server.cut();
        }
    }

    fn mend(&self) {
        if let Self::Relays { agent, server } = self {
            agent.mend();
            server.mend();
        }
    }
}

/// Who is cut off from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Off {
    Nobody,
    Agent,
    Both,
}

/// What becomes of a store, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Killed, and started again with its data.
    Killed(Duration),
    /// Stopped by SIGSTOP: connections stay open, nothing is answered.
    Frozen(Duration),
    /// Its network loses every packet.
    Silent(Duration),
    /// Killed, and started again without its data.
    Emptied(Duration),
    /// Connections are cut, and nothing else happens.
    Cut(Off),
    /// An etcd forgets, while they are cut, what has happened.
    Compacted(Off),
    /// They are cut for longer than a ZooKeeper keeps a session.
    Expired,
    /// A Consul is put back to what it had before, its index with it.
    PutBack(Off),
}

/// How long connections are cut while changes go on.
const CUT: Duration = Duration::from_millis(500);

impl Fault {
    const fn time(self) -> Duration {
        match self {
            Self::Killed(time) | Self::Frozen(time) | Self::Silent(time) | Self::Emptied(time) => time,
            Self::Cut(_) | Self::Compacted(_) | Self::Expired | Self::PutBack(_) => CUT,
        }
    }

    /// Whether the server has to write its state again without having been asked for anything.
    const fn is_loss(self) -> bool {
        matches!(self, Self::Emptied(_) | Self::PutBack(_))
    }
}

/// What was noted before a fault, for its end.
enum Noted {
    Nothing,
    /// The sessions of a ZooKeeper.
    Sessions(BTreeSet<String>),
    /// All that a Consul had.
    Snapshot(Bytes),
}

/// The store of this URL, beside server and agent.
async fn opened(url: &str) -> TestResult<Arc<dyn KeyValueStore>> {
    let (store, _) = StoreConfig::from_url(url)?;
    Ok(store.open().await?)
}

/// Server, agent and traffic around a store.
pub(super) struct Rig {
    // What talks to the store is dropped before it.
    release: Unwatched,
    client: Client,
    vga: Vga,
    _vamp: Vamp,
    between: Between,
    store: Store,
    gateway: Gateway,
    changes: u64,
}

impl Rig {
    pub(super) async fn start(store: Store, between: Between) -> TestResult<Self> {
        let (of_agent, of_server) = between.addresses(&store);
        let url = |address: SocketAddr| format!("{}://{address}", store.kind());
        let vga = Vga::start(&url(of_agent), BASE, None).await?;
        let vamp = Vamp::start(through(&url(of_server), &vga)).await?;
        let client = Client::new(&vamp.url())?;
        let mut release = release_on(&vamp)?;
        half_and_half(&mut release).await?;
        let gateway = client.gateways().get(CLUSTER_GATEWAY).await?;
        Ok(Self {
            gateway: gateway.ok_or("no gateway")?.value,
            release,
            client,
            vga,
            _vamp: vamp,
            between,
            store,
            changes: 0,
        })
    }

    /// A hundred changes before, during and after a fault: the last of them is what runs soon after.
    pub(super) async fn suffer(&mut self, fault: Fault) -> TestResult {
        // Within two seconds where changes are watched; five are room for tests beside it.
        let within = extent::pick(Duration::from_secs(5), CONVERGED_WITHIN);
        let gateways = |configuration: &str| configuration.matches("\nfrontend ").count();
        let there = gateways(&self.vga.configuration());
        let noted = self.note(fault).await?;
        self.change(33, Duration::ZERO).await?;
        let mut beside = self.watch_beside(fault).await?;
        self.begin(fault)?;
        self.change(33, fault.time()).await?;
        // S02-157: traffic goes on as it was, whatever was asked for meanwhile.
        until_counted(self.release.load().ok_or("no load")?, 400).await?;
        assert_eq!(gateways(&self.vga.configuration()), there, "{fault:?}");
        self.end(fault, noted).await?;
        let usable = Instant::now();
        if fault.is_loss() {
            wait::until(LIMIT, || self.has_all()).await?;
            let took = usable.elapsed();
            assert!(took <= within, "{fault:?}: written again after {took:?}");
        }
        self.change(34, Duration::ZERO).await?;
        let asked = usable.elapsed();
        // S02-158: what was asked for meanwhile is applied without a restart of anything.
        until_all_is_applied(&self.client).await?;
        let took = usable.elapsed();
        // S02-155: soon after the store can be used again.
        assert!(
            took <= within,
            "{fault:?}: {took:?}, the last change was asked for after {asked:?}"
        );
        assert!(self.has_all().await, "{fault:?}: the store has something else");
        assert_eq!(gateways(&self.vga.configuration()), there, "{fault:?}");
        let share = percent(self.changes);
        until_share(self.release.load().ok_or("no load")?, f64::from(share)).await?;
        // Programs that read the store find the gateways as the API shows them.
        wait::until(LIMIT, || async { self.is_listed().await == Some(true) }).await?;
        if let Some(beside) = &mut beside {
            assert_eq!(
                goes_on(beside).await?,
                matches!(fault, Fault::Cut(_)),
                "{fault:?}"
            );
        }
        Ok(())
    }

    /// What the end of the fault needs of the state before it.
    async fn note(&self, fault: Fault) -> TestResult<Noted> {
        Ok(match (fault, &self.store) {
            (Fault::Expired, Store::ZooKeeper(store)) => {
                let sessions = store.sessions().await.ok_or("ZooKeeper does not say")?;
                assert!(sessions.len() >= 2, "one each of agent and server: {sessions:?}");
                Noted::Sessions(sessions)
            }
            (Fault::PutBack(_), Store::Consul(store)) => {
                let http = vamp_io::http::client(vamp_io::http::Options::default())?;
                let url = format!("{}/v1/snapshot", store.endpoint());
                let answer = http.get(url).send().await?.error_for_status()?;
                Noted::Snapshot(answer.bytes().await?)
            }
            _ => Noted::Nothing,
        })
    }

    /// Where what an etcd forgets is at stake: a watch on the way of the agent, which shows what that has to do with.
    async fn watch_beside(&self, fault: Fault) -> TestResult<Option<WatchStream>> {
        let (Fault::Cut(_) | Fault::Compacted(_), Between::Relays { agent, .. }) = (fault, &self.between)
        else {
            return Ok(None);
        };
        let url = format!("{}://{}", self.store.kind(), agent.address());
        let mut watch = opened(&url).await?.watch(&BASE.parse()?);
        loop {
            let event = watch.next().await.ok_or("the watch ended")??;
            if event == WatchEvent::ListingComplete {
                return Ok(Some(watch));
            }
        }
    }

    fn begin(&mut self, fault: Fault) -> TestResult {
        match (fault, &self.between) {
            (Fault::Killed(_) | Fault::Emptied(_), _) => self.store.kill()?,
            (Fault::Frozen(_), _) => self.store.freeze()?,
            (Fault::Silent(_), Between::Network(network, _)) => network.drop_packets()?,
            (Fault::Silent(_), _) => return Err("there is no network to be silent".into()),
            (Fault::Cut(off) | Fault::Compacted(off) | Fault::PutBack(off), between) => between.cut(off),
            (Fault::Expired, between) => between.cut(Off::Both),
        }
        Ok(())
    }

    async fn end(&mut self, fault: Fault, noted: Noted) -> TestResult {
        match (fault, &self.between) {
            (Fault::Killed(_), _) => self.store.start_again().await?,
            (Fault::Emptied(_), _) => self.store.start_empty().await?,
            (Fault::Frozen(_), _) => self.store.thaw()?,
            (Fault::Silent(_), Between::Network(network, _)) => network.pass_packets()?,
            (Fault::Silent(_) | Fault::Cut(_), _) => {}
            (Fault::Compacted(_), _) => self.compact().await?,
            (Fault::Expired | Fault::PutBack(_), _) => self.forget(fault, noted).await?,
        }
        self.between.mend();
        Ok(())
    }

    /// Has etcd forget everything up to now.
    async fn compact(&self) -> TestResult {
        let Store::Etcd(etcd) = &self.store else {
            return Err("only etcd is compacted".into());
        };
        let store = opened(&self.store.url()).await?;
        // Of somebody else, so that there is something to forget in any case.
        let beside = "/beside".parse()?;
        let mut last = 0;
        for _ in 0..3 {
            let written = store.put(&beside, Bytes::from_static(b"x"), None).await?;
            last = written.number();
        }
        let http = vamp_io::http::client(vamp_io::http::Options::default())?;
        let url = format!("{}/v3/kv/compaction", etcd.endpoint());
        let wish = json!({ "revision": last, "physical": true });
        http.post(url).json(&wish).send().await?.error_for_status()?;
        Ok(())
    }

    /// Has ZooKeeper end sessions that it does not hear of, or puts Consul back.
    async fn forget(&self, fault: Fault, noted: Noted) -> TestResult {
        match (noted, &self.store) {
            (Noted::Sessions(before), Store::ZooKeeper(store)) => {
                let expired = wait::until(LIMIT, || async {
                    let now = store.sessions().await;
                    now.is_some_and(|now| now.is_disjoint(&before))
                });
                expired.await?;
            }
            (Noted::Snapshot(snapshot), Store::Consul(store)) => {
                let http = vamp_io::http::client(vamp_io::http::Options::default())?;
                let index = async || -> TestResult<u64> {
                    let url = format!("{}/v1/kv{BASE}?recurse&keys", store.endpoint());
                    let answer = http.get(url).send().await?;
                    let index = answer.headers().get("x-consul-index").ok_or("no index")?;
                    Ok(index.to_str()?.parse()?)
                };
                // Of somebody else, so that there is something to lose in any case.
                let beside = format!("{}/v1/kv{BASE}/beside", store.endpoint());
                http.put(beside).body("x").send().await?.error_for_status()?;
                let before = index().await?;
                let url = format!("{}/v1/snapshot", store.endpoint());
                http.put(url).body(snapshot).send().await?.error_for_status()?;
                let after = index().await?;
                // Whoever is connected may have written again by now.
                if fault == Fault::PutBack(Off::Both) {
                    assert!(after < before, "the index went on from {before} to {after}");
                }
            }
            _ => return Err("another store was noted".into()),
        }
        Ok(())
    }

    /// So many changes of the shares, evenly over this time.
    async fn change(&mut self, times: u32, over: Duration) -> TestResult {
        let mut turns = tokio::time::interval((over / times).max(Duration::from_millis(1)));
        turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        for _ in 0..times {
            turns.tick().await;
            self.changes += 1;
            set_share(&mut self.gateway, percent(self.changes));
            self.client
                .gateways()
                .update(CLUSTER_GATEWAY, &self.gateway, Change::apply())
                .await?;
        }
        Ok(())
    }

    /// The manifest that stands in the store, asked without server and agent.
    async fn is_handed_over(&self) -> Option<Entry> {
        let store = opened(&self.store.url()).await.ok()?;
        let manifest = format!("{BASE}/gateways/haproxy/2.4/manifest");
        store.get(&manifest.parse().ok()?).await.ok()?
    }

    /// Whether what stands in the store is what the server has.
    async fn has_all(&self) -> bool {
        let (Some(found), Some(published)) = (self.is_handed_over().await, published(&self.client).await)
        else {
            return false;
        };
        let manifest: Value = serde_json::from_slice(&found.value).unwrap_or_default();
        published["complete"] == true && manifest["sha256"] == published["hash"]
    }

    /// Whether the list of gateways in the store, read without server and agent, is what the API shows.
    async fn is_listed(&self) -> Option<bool> {
        let store = opened(&self.store.url()).await.ok()?;
        let list = GatewayList::new(store, &BASE.parse().ok()?);
        let listed: Vec<Value> = serde_json::from_str(&list.read().await.ok()??).ok()?;
        let mut has_changed_gateway = false;
        for gateway in listed {
            let name = gateway["name"].as_str()?;
            has_changed_gateway |= name == CLUSTER_GATEWAY;
            let shown = self.client.documents(Kind::Gateway).get(name).await.ok()??;
            if shown.value != gateway {
                return Some(false);
            }
        }
        Some(has_changed_gateway)
    }

    /// How many configurations the agent has applied, by its log.
    fn applications(&self) -> usize {
        self.vga.log().matches(": applied hash=").count()
    }

    /// A store that was away and has the same as before, or has it again, makes no work: of what is applied after it there is one change, the
    /// next.
    pub(super) async fn applies_nothing_twice(&mut self, faults: &[Fault]) -> TestResult {
        for fault in faults.iter().copied() {
            until_all_is_applied(&self.client).await?;
            wait::until(LIMIT, || self.has_all()).await?;
            let before = agent(&self.client).await.ok_or("no agent")?;
            let count = self.applications();
            assert!(count > 0, "the log tells of no change");
            let noted = self.note(fault).await?;
            self.begin(fault)?;
            self.end(fault, noted).await?;
            wait::until(LIMIT, || async {
                let agent = agent(&self.client).await;
                agent.is_some_and(|agent| agent.store_connected_since > before.store_connected_since)
            })
            .await?;
            wait::until(LIMIT, || self.has_all()).await?;
            self.change(1, Duration::ZERO).await?;
            until_all_is_applied(&self.client).await?;
            assert_eq!(
                self.applications(),
                count + 1,
                "{fault:?}\n{}",
                self.vga.log_tail()
            );
            let after = agent(&self.client).await.ok_or("no agent")?;
            assert_eq!(after.haproxy.reloads, before.haproxy.reloads);
        }
        Ok(())
    }

    pub(super) async fn finish(self) -> TestResult {
        let total = self.release.finish().await?.total;
        assert_eq!(total.lost(), 0, "{total}");
        Ok(())
    }
}

/// Whether a watch goes on where it was after an outage; else it lists anew.
async fn goes_on(watch: &mut WatchStream) -> TestResult<bool> {
    let told = async {
        loop {
            match watch.next().await {
                Some(Ok(WatchEvent::Resumed)) => return Ok(true),
                Some(Ok(WatchEvent::ListingStarted)) => return Ok(false),
                // What came before, or the outage.
                Some(_) => {}
                None => return Err("the watch ended".into()),
            }
        }
    };
    tokio::time::timeout(LIMIT, told).await?
}

/// The share of the second version after so many changes: another one with each of them.
fn percent(changes: u64) -> u8 {
    u8::try_from(changes * 37 % 91).unwrap_or_default() + 5
}
