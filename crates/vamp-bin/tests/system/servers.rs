//! Several servers on one store: the one that leads hands its configuration over, and no other.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use vamp_client::{Body, Change, Client};
use vamp_kv::{Key, KeyValueStore, StoreConfig, Version as KeyVersion};
use vamp_model::{Kind, Percentage};
use vamp_testkit::load::{LoadClient, LoadOptions};
use vamp_testkit::network::Network;
use vamp_testkit::ports::{self, Lease};
use vamp_testkit::relay::Relay;
use vamp_testkit::servers::{Etcd, Vamp, Vga};
use vamp_testkit::{extent, wait};

use crate::agent::rig::Service;
use crate::support::{
    BASE, LIMIT, TestResult, agent, half_and_half, lacks, published, release_on, share, through,
    until_all_is_applied, until_counted, until_share,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_cut_off_from_the_store_is_replaced_and_changes_nothing_when_it_is_back()
-> TestResult {
    if lacks(&["haproxy", "etcd"]) || Network::is_missing() {
        return Ok(());
    }
    let etcd = Etcd::start().await?;
    let (network, address) = Network::before(etcd.address()).await?;
    let vga = Vga::start(&etcd.store_url(), BASE, None).await?;
    let first = Vamp::start(through(&format!("etcd://{address}"), &vga)).await?;
    let mut release = release_on(&first)?;
    half_and_half(&mut release).await?;
    let load = release.load().ok_or("no load")?;
    let (store, _) = StoreConfig::from_url(&etcd.store_url())?;
    let store = store.open().await?;

    // The second one waits, and says for whom.
    let mut second = Vamp::start(through(&etcd.store_url(), &vga)).await?;
    let (one, other) = (Client::new(&first.url())?, Client::new(&second.url())?);
    until_published(&other, |published| {
        let failure = published["failure"].as_str();
        failure.is_some_and(|failure| failure.starts_with("the server '") && failure.contains("' leads"))
    })
    .await?;
    assert_eq!(fencing(&*store).await?, 1);

    // The first one is cut off and goes on taking changes; the second one leads once the lease is over.
    network.drop_packets()?;
    share(&one, 90).await?;
    until_published(&other, |published| published["complete"] == true).await?;
    assert_eq!(fencing(&*store).await?, 2);
    // It has been given nothing: the agent does not believe that every gateway is meant to go.
    wait::until(LIMIT, || async {
        agent(&other).await.is_some_and(|agent| agent.failure.is_some())
    })
    .await?;
    until_counted(load, 1_000).await?;
    until_share(load, 50.0).await?;

    // The first one is back, and the store is as the second one left it.
    let manifest = store.get(&manifest()?).await?.ok_or("no manifest")?;
    network.pass_packets()?;
    until_another_leads(&one).await?;
    share(&one, 80).await?;
    until_counted(load, 2_000).await?;
    let now = store.get(&manifest.key).await?.ok_or("no manifest")?;
    assert_eq!(now.version, manifest.version, "a server that does not lead wrote");
    until_share(load, 50.0).await?;

    // It leads as soon as the second one has made way, with everything that it was told meanwhile.
    second.stop().await?;
    until_all_is_applied(&one).await?;
    assert_eq!(fencing(&*store).await?, 3);
    until_share(load, 80.0).await?;
    let total = release.finish().await?.total;
    assert_eq!(total.lost(), 0, "{total}");
    Ok(())
}

async fn until_published(client: &Client, wish: impl Fn(&serde_json::Value) -> bool) -> TestResult {
    let wish = &wish;
    wait::until(LIMIT, || async move {
        published(client).await.is_some_and(|published| wish(&published))
    })
    .await?;
    Ok(())
}

/// Waits until a server says that it is not the one that leads.
async fn until_another_leads(client: &Client) -> TestResult {
    until_published(client, |published| {
        let failure = published["failure"].as_str();
        failure.is_some_and(|failure| failure.contains("' leads"))
    })
    .await
}

fn manifest() -> TestResult<Key> {
    Ok(Key::parse(&format!("{BASE}/gateways/haproxy/2.4/manifest"))?)
}

/// The fencing number of what agents read.
async fn fencing(store: &dyn KeyValueStore) -> TestResult<u64> {
    let found = store.get(&manifest()?).await?.ok_or("no manifest")?;
    let manifest: serde_json::Value = serde_json::from_slice(&found.value)?;
    manifest["fencing"]
        .as_u64()
        .ok_or_else(|| "no fencing number".into())
}

/// A frozen server believes that it leads, and what it has given to the kernel may arrive at any time.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_is_frozen_with_a_write_under_way_is_replaced_and_that_write_is_refused() -> TestResult
{
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    let pair = Pair::start().await?;
    for round in 0..extent::pick(1, 10) {
        pair.replace_the_leader(round).await?;
    }
    pair.finish().await
}

/// Two servers that know the same gateway and lead in turn, one agent, and traffic.
struct Pair {
    // What talks to something is dropped before it.
    load: LoadClient,
    servers: Vec<Server>,
    _vga: Vga,
    store: Arc<dyn KeyValueStore>,
    _etcd: Etcd,
    _services: Vec<Service>,
    _edge: Lease,
    _directory: TempDir,
}

/// A server, and what is between it and the store.
struct Server {
    vamp: Vamp,
    client: Client,
    relay: Relay,
}

/// The gateway that both know.
const EDGE: &str = "edge";

impl Server {
    async fn start(etcd: &Etcd, vga: &Vga) -> TestResult<Self> {
        let relay = Relay::to(etcd.address(), Duration::ZERO).await?;
        let mut options = through(&format!("etcd://{}", relay.address()), vga);
        // Their addresses would be the only difference between what the servers hand over.
        options.virtual_hosts = false;
        let vamp = Vamp::start(options).await?;
        let client = Client::new(&vamp.url())?;
        Ok(Self { vamp, client, relay })
    }

    async fn create(&self, yaml: &str) -> TestResult {
        let gateways = self.client.documents(Kind::Gateway);
        gateways.create(&Body::yaml(yaml), Change::apply()).await?;
        Ok(())
    }

    /// Gives the second service so many percent.
    async fn share(&self, second: u8) -> TestResult {
        give(&self.client, second).await
    }

    /// Has a change under way: this server has written it, and it has not arrived.
    async fn write_and_hold(&self, second: u8, term: u64) -> TestResult {
        self.relay.hold();
        self.share(second).await?;
        let manifest = format!("\"fencing\":{term},");
        wait::until(LIMIT, || async {
            let held = self.relay.held();
            held.windows(manifest.len())
                .any(|part| part == manifest.as_bytes())
        })
        .await?;
        Ok(())
    }
}

async fn give(client: &Client, second: u8) -> TestResult {
    let mut gateway = client.gateways().get(EDGE).await?.ok_or("no gateway")?.value;
    for ((_, route), weight) in gateway.inline_routes_mut().zip([100 - second, second]) {
        route.weight = Percentage::new(weight);
    }
    client.gateways().update(EDGE, &gateway, Change::apply()).await?;
    Ok(())
}

impl Pair {
    async fn start() -> TestResult<Self> {
        let directory = tempfile::tempdir()?;
        let mut services = Vec::new();
        for version in ["1.0", "2.0"] {
            services.push(Service::start(version, &directory).await?);
        }
        let edge = ports::lease()?;
        let [first, second] = [0, 1].map(|number: usize| services[number].port.address());
        let yaml = format!(
            "name: {EDGE}\nport: {}/http\nroutes:\n  '[{first}]': {{weight: 50%}}\n  \
             '[{second}]': {{weight: 50%}}\n",
            edge.number()
        );
        let etcd = Etcd::start().await?;
        let vga = Vga::start(&etcd.store_url(), BASE, None).await?;
        let mut servers = Vec::new();
        for _ in 0..2 {
            // The first one leads.
            let server = Server::start(&etcd, &vga).await?;
            server.create(&yaml).await?;
            if servers.is_empty() {
                until_all_is_applied(&server.client).await?;
            }
            servers.push(server);
        }
        let (store, _) = StoreConfig::from_url(&etcd.store_url())?;
        Ok(Self {
            load: LoadClient::start(LoadOptions::new(edge.address()))?,
            servers,
            _vga: vga,
            store: store.open().await?,
            _etcd: etcd,
            _services: services,
            _edge: edge,
            _directory: directory,
        })
    }

    async fn replace_the_leader(&self, round: usize) -> TestResult {
        let (leader, other) = (&self.servers[round % 2], &self.servers[(round + 1) % 2]);
        let term = self.term().await?;

        // What is held for a moment is written as long as it leads. This shows that the same would be written later on.
        leader.write_and_hold(20, term).await?;
        leader.relay.mend();
        until_share(&self.load, 20.0).await?;
        assert_eq!(fencing(&*self.store).await?, term);
        other.share(20).await?;

        // In the middle of the next change it is frozen, and the other one leads, which has nothing to add to what is there: it is the
        // fencing number alone that tells whose write that change is.
        leader.write_and_hold(90, term).await?;
        leader.vamp.freeze()?;
        until_published(&other.client, |published| published["complete"] == true).await?;
        assert_eq!(self.term().await?, term + 1);
        let found = self.manifest().await?;
        leader.relay.mend();
        until_counted(&self.load, 1_000).await?;
        until_share(&self.load, 20.0).await?;
        assert_eq!(self.manifest().await?, found, "a server that does not lead wrote");

        // Changes go on through the other one.
        for second in [35, 60] {
            other.share(second).await?;
            until_all_is_applied(&other.client).await?;
        }
        until_share(&self.load, 60.0).await?;
        assert_eq!(fencing(&*self.store).await?, term + 1);

        // A change waits for the frozen one. When it goes on it takes that, finds out that it does not lead, and writes nothing.
        let found = self.manifest().await?;
        let log = leader.vamp.log().len();
        let waiting = tokio::spawn({
            let client = leader.client.clone();
            async move { give(&client, 75).await.map_err(|error| error.to_string()) }
        });
        leader.vamp.thaw()?;
        waiting.await??;
        until_another_leads(&leader.client).await?;
        leader.share(85).await?;
        until_counted(&self.load, 1_000).await?;
        until_share(&self.load, 60.0).await?;
        assert_eq!(self.manifest().await?, found, "a server that does not lead wrote");
        let said = leader.vamp.log().split_off(log);
        assert!(said.contains("leads no longer"), "{said}");
        assert!(
            said.contains("another server hands the configuration over"),
            "{said}"
        );
        Ok(())
    }

    /// It leads again as soon as the other one has made way, with everything that it was told meanwhile.
    async fn finish(mut self) -> TestResult {
        let term = self.term().await?;
        let leader = usize::try_from(term - 1)? % 2;
        self.servers[leader].vamp.stop().await?;
        until_share(&self.load, 85.0).await?;
        assert_eq!(fencing(&*self.store).await?, term + 1);
        let total = self.load.stop().await;
        assert_eq!(total.lost(), 0, "{total}");
        Ok(())
    }

    /// The fencing number of who leads, whether it has written anything or not.
    async fn term(&self) -> TestResult<u64> {
        let place = Key::parse(&format!("{BASE}/leader/haproxy/2.4"))?;
        let found = self.store.get(&place).await?.ok_or("nobody leads")?;
        let record: serde_json::Value = serde_json::from_slice(&found.value)?;
        Ok(record["term"].as_u64().ok_or("no term")?)
    }

    async fn manifest(&self) -> TestResult<KeyVersion> {
        let found = self.store.get(&manifest()?).await?.ok_or("no manifest")?;
        Ok(found.version)
    }
}
