//! Whatever the store, and whatever becomes of it: traffic does not notice, and what was asked for meanwhile comes with it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use vamp_client::{Change, Client};
use vamp_kv::handover::GatewayList;
use vamp_kv::{Entry, StoreConfig};
use vamp_model::{Gateway, Kind};
use vamp_testkit::network::Network;
use vamp_testkit::release::{CLUSTER_GATEWAY, set_share};
use vamp_testkit::servers::{Consul, Etcd, Vamp, Vga, ZooKeeper};
use vamp_testkit::{Error, extent, wait};

use crate::support::{
    BASE, LIMIT, TestResult, Unwatched, agent, half_and_half, lacks, release_on, share, through,
    until_all_is_applied, until_counted, until_share,
};

/// From when the store can be used again until HAProxy runs what was asked for last; asserted in a soak.
const CONVERGED_WITHIN: Duration = Duration::from_secs(2);

/// A real store, and what can happen to it.
enum Store {
    Etcd(Etcd),
    Consul(Consul),
    ZooKeeper(ZooKeeper),
}

impl Store {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Etcd(_) => "etcd",
            Self::Consul(_) => "consul",
            Self::ZooKeeper(_) => "zookeeper",
        }
    }

    const fn address(&self) -> SocketAddr {
        match self {
            Self::Etcd(store) => store.address(),
            Self::Consul(store) => store.address(),
            Self::ZooKeeper(store) => store.address(),
        }
    }

    fn url(&self) -> String {
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

#[tokio::test(flavor = "multi_thread")]
async fn traffic_does_not_notice_what_becomes_of_etcd() -> TestResult {
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    traffic_does_not_notice_what_becomes_of(Store::Etcd(Etcd::start().await?)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_does_not_notice_what_becomes_of_consul() -> TestResult {
    if lacks(&["haproxy", "consul"]) {
        return Ok(());
    }
    traffic_does_not_notice_what_becomes_of(Store::Consul(Consul::start().await?)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_does_not_notice_what_becomes_of_zookeeper() -> TestResult {
    if lacks(&["haproxy"]) || ZooKeeper::is_missing() {
        return Ok(());
    }
    traffic_does_not_notice_what_becomes_of(Store::ZooKeeper(ZooKeeper::start().await?)).await
}

/// What becomes of a store, and for how long.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// Killed, and started again with its data.
    Killed(Duration),
    /// Stopped by SIGSTOP: connections stay open, nothing is answered.
    Frozen(Duration),
    /// Its network loses every packet.
    Silent(Duration),
    /// Killed, and started again without its data.
    Emptied(Duration),
}

fn faults() -> Vec<Fault> {
    let (short, middle) = (Duration::from_millis(500), Duration::from_secs(3));
    let mut faults = vec![
        Fault::Killed(short),
        Fault::Killed(middle),
        Fault::Frozen(short),
        Fault::Emptied(short),
    ];
    if extent::is_soak() {
        let long = [14, 60].map(|seconds| Fault::Killed(Duration::from_secs(seconds)));
        let frozen = [10, 30].map(|seconds| Fault::Frozen(Duration::from_secs(seconds)));
        faults.extend(long.into_iter().chain(frozen));
    }
    faults
}

async fn traffic_does_not_notice_what_becomes_of(store: Store) -> TestResult {
    let url = store.url();
    let mut rig = Rig::start(store, None, &url).await?;
    for fault in faults() {
        rig.suffer(fault).await?;
    }
    rig.applies_nothing_twice().await?;
    rig.finish().await
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_does_not_notice_that_nothing_comes_back_from_the_network_of_the_store() -> TestResult {
    if lacks(&["haproxy", "etcd", "consul"]) || ZooKeeper::is_missing() || Network::is_missing() {
        return Ok(());
    }
    let stores = [
        Store::Etcd(Etcd::start().await?),
        Store::Consul(Consul::start().await?),
        Store::ZooKeeper(ZooKeeper::start().await?),
    ];
    for store in stores {
        let (network, address) = Network::before(store.address()).await?;
        let url = format!("{}://{address}", store.kind());
        let mut rig = Rig::start(store, Some(network), &url).await?;
        rig.suffer(Fault::Silent(extent::pick(
            Duration::from_secs(4),
            Duration::from_secs(30),
        )))
        .await?;
        rig.finish().await?;
    }
    Ok(())
}

/// Server, agent and traffic around a store.
struct Rig {
    // What talks to the store is dropped before it.
    release: Unwatched,
    client: Client,
    vga: Vga,
    _vamp: Vamp,
    network: Option<Network>,
    store: Store,
    gateway: Gateway,
    changes: u64,
}

impl Rig {
    async fn start(store: Store, network: Option<Network>, url: &str) -> TestResult<Self> {
        let vga = Vga::start(url, BASE, None).await?;
        let vamp = Vamp::start(through(url, &vga)).await?;
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
            network,
            store,
            changes: 0,
        })
    }

    /// A hundred changes before, during and after a fault: the last of them is what runs soon after.
    async fn suffer(&mut self, fault: Fault) -> TestResult {
        let gateways = |configuration: &str| configuration.matches("\nfrontend ").count();
        let there = gateways(&self.vga.configuration());
        self.change(33, Duration::ZERO).await?;
        self.begin(fault)?;
        let (Fault::Killed(time) | Fault::Frozen(time) | Fault::Silent(time) | Fault::Emptied(time)) = fault;
        self.change(33, time).await?;
        // S02-157: traffic goes on as it was, whatever was asked for meanwhile.
        until_counted(self.release.load().ok_or("no load")?, 400).await?;
        assert_eq!(gateways(&self.vga.configuration()), there, "{fault:?}");
        self.end(fault).await?;
        let usable = Instant::now();
        if let Fault::Emptied(_) = fault {
            // The server writes its state again without having been asked for anything.
            wait::until(LIMIT, || async { self.is_handed_over().await.is_some() }).await?;
        }
        self.change(34, Duration::ZERO).await?;
        let asked = usable.elapsed();
        // S02-158: what was asked for meanwhile is applied without a restart of anything.
        until_all_is_applied(&self.client).await?;
        let took = usable.elapsed();
        // S02-155: within two seconds where changes are watched; five are room for tests beside it.
        let within = extent::pick(Duration::from_secs(5), CONVERGED_WITHIN);
        assert!(
            took <= within,
            "{fault:?}: {took:?}, the last change was asked for after {asked:?}"
        );
        assert_eq!(gateways(&self.vga.configuration()), there, "{fault:?}");
        let share = percent(self.changes);
        until_share(self.release.load().ok_or("no load")?, f64::from(share)).await?;
        // Programs that read the store find the gateways as the API shows them.
        wait::until(LIMIT, || async { self.is_listed().await == Some(true) }).await?;
        Ok(())
    }

    fn begin(&mut self, fault: Fault) -> TestResult {
        match (fault, &self.network) {
            (Fault::Killed(_) | Fault::Emptied(_), _) => self.store.kill()?,
            (Fault::Frozen(_), _) => self.store.freeze()?,
            (Fault::Silent(_), Some(network)) => network.drop_packets()?,
            (Fault::Silent(_), None) => return Err("there is no network to be silent".into()),
        }
        Ok(())
    }

    async fn end(&mut self, fault: Fault) -> TestResult {
        match (fault, &self.network) {
            (Fault::Killed(_), _) => self.store.start_again().await?,
            (Fault::Emptied(_), _) => self.store.start_empty().await?,
            (Fault::Frozen(_), _) => self.store.thaw()?,
            (Fault::Silent(_), Some(network)) => network.pass_packets()?,
            (Fault::Silent(_), None) => {}
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
        let (store, _) = StoreConfig::from_url(&self.store.url()).ok()?;
        let manifest = format!("{BASE}/gateways/haproxy/2.4/manifest");
        store.open().await.ok()?.get(&manifest.parse().ok()?).await.ok()?
    }

    /// Whether the list of gateways in the store, read without server and agent, is what the API shows.
    async fn is_listed(&self) -> Option<bool> {
        let (store, _) = StoreConfig::from_url(&self.store.url()).ok()?;
        let list = GatewayList::new(store.open().await.ok()?, &BASE.parse().ok()?);
        let listed: Vec<serde_json::Value> = serde_json::from_str(&list.read().await.ok()??).ok()?;
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
    async fn applies_nothing_twice(&mut self) -> TestResult {
        let soon = Duration::from_millis(500);
        for fault in [Fault::Killed(soon), Fault::Emptied(soon)] {
            until_all_is_applied(&self.client).await?;
            let before = agent(&self.client).await.ok_or("no agent")?;
            let count = self.applications();
            assert!(count > 0, "the log tells of no change");
            self.begin(fault)?;
            self.end(fault).await?;
            wait::until(LIMIT, || async {
                let agent = agent(&self.client).await;
                agent.is_some_and(|agent| agent.store_connected_since > before.store_connected_since)
            })
            .await?;
            wait::until(LIMIT, || async { self.is_handed_over().await.is_some() }).await?;
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

    async fn finish(self) -> TestResult {
        let total = self.release.finish().await?.total;
        assert_eq!(total.lost(), 0, "{total}");
        Ok(())
    }
}

/// The share of the second version after so many changes: another one with each of them.
fn percent(changes: u64) -> u8 {
    u8::try_from(changes * 37 % 91).unwrap_or_default() + 5
}

#[tokio::test(flavor = "multi_thread")]
async fn server_and_agent_meet_in_a_directory() -> TestResult {
    if lacks(&["haproxy"]) {
        return Ok(());
    }
    let directory = tempfile::tempdir()?;
    let url = format!("file://{}", directory.path().join("store").display());
    let mut vga = Vga::start(&url, BASE, None).await?;
    let mut vamp = Vamp::start(through(&url, &vga)).await?;
    let client = Client::new(&vamp.url())?;
    let mut release = release_on(&vamp)?;
    half_and_half(&mut release).await?;
    let load = release.load().ok_or("no load")?;
    share(&client, 90).await?;
    until_share(load, 90.0).await?;

    // Either may end at any time; the other goes on with what it finds in the directory.
    vga.kill()?;
    share(&client, 20).await?;
    vga.start_again().await?;
    until_share(load, 20.0).await?;
    vamp.kill()?;
    vamp.start_again().await?;
    share(&client, 70).await?;
    until_share(load, 70.0).await?;

    let total = release.finish().await?.total;
    assert_eq!(total.lost(), 0, "{total}");
    Ok(())
}

#[test]
fn a_store_that_is_not_there_is_told_before_anything_starts() -> TestResult {
    let mut command = std::process::Command::new(vamp_testkit::programs::find("vga")?);
    let output = command.args(["--store", "redis://a:6379"]).output()?;
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr)?;
    assert!(
        said.starts_with(
            "error: 'redis://a:6379' is not the address of a store: Unsupported key-value store type: redis;"
        ),
        "{said}"
    );
    // The names of all of them follow.
    assert!(said.contains("file, etcd, consul, zookeeper"), "{said}");
    Ok(())
}
