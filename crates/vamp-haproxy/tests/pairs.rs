//! What a difference says, done to a real HAProxy, against a fresh start with what is wanted.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use support::scene::{Scene, Service, request};
use support::{conditional, gateway, instance, route};
use vamp_haproxy::runtime::{RuntimeClient, Worker};
use vamp_haproxy::{Change, diff};
use vamp_model::{Gateway, PortKind, Route, Sticky, Target};
use vamp_testkit::extent;
use vamp_testkit::load::{LoadClient, LoadOptions};
use vamp_testkit::ports::{self, Lease};

const LEASTCONN: &str = "leastconn";

/// A gateway as numbers: which services are behind its routes, and how much each route gets.
#[derive(Debug, Clone)]
struct Plan {
    /// Whether it is there.
    is_there: bool,
    sticky: Option<Sticky>,
    routes: Vec<RoutePlan>,
    hosts: BTreeSet<u8>,
}

#[derive(Debug, Clone)]
struct RoutePlan {
    weight: u8,
    /// Instances: their names, and the service that each leads to.
    targets: BTreeMap<u8, Index>,
    condition: Option<(bool, u8)>,
    balance: &'static str,
}

fn any_route() -> impl Strategy<Value = RoutePlan> {
    let targets = proptest::collection::btree_map(0_u8..4, any::<Index>(), 0..4);
    let condition = proptest::option::weighted(0.4, (any::<bool>(), select(vec![0_u8, 1, 50, 99, 100])));
    let balance = select(vec!["default", "default", "roundrobin", "leastconn", "source"]);
    (0_u8..=100, targets, condition, balance).prop_map(|(weight, targets, condition, balance)| RoutePlan {
        weight,
        targets,
        condition,
        balance,
    })
}

fn any_plan() -> impl Strategy<Value = Plan> {
    (
        prop::bool::weighted(0.85),
        prop_oneof![3 => Just(None), 1 => Just(Some(Sticky::Route)), 1 => Just(Some(Sticky::Instance))],
        proptest::collection::vec(any_route(), 2),
        proptest::collection::btree_set(0_u8..6, 0..4),
    )
        .prop_map(|(is_there, sticky, routes, hosts)| Plan {
            is_there,
            sticky,
            routes,
            hosts,
        })
}

/// Something of a plan that becomes something else.
#[derive(Debug, Clone)]
enum Edit {
    Weight(u8),
    Strength(u8),
    Targets(BTreeMap<u8, Index>),
    Target(u8, Index),
    Hosts(BTreeSet<u8>),
    All(Plan),
}

fn any_edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => (0_u8..=100).prop_map(Edit::Weight),
        2 => (0_u8..=100).prop_map(Edit::Strength),
        4 => proptest::collection::btree_map(0_u8..4, any::<Index>(), 1..4).prop_map(Edit::Targets),
        2 => (0_u8..4, any::<Index>()).prop_map(|(name, service)| Edit::Target(name, service)),
        2 => proptest::collection::btree_set(0_u8..6, 0..4).prop_map(Edit::Hosts),
        1 => any_plan().prop_map(Edit::All),
    ]
}

fn edited(plan: &Plan, route: &Index, edit: &Edit) -> Plan {
    let mut plan = plan.clone();
    let position = route.index(plan.routes.len());
    let route = &mut plan.routes[position];
    match edit {
        Edit::Weight(weight) => route.weight = *weight,
        Edit::Strength(strength) => route.condition = route.condition.map(|(form, _)| (form, *strength)),
        Edit::Targets(targets) => route.targets = targets.clone(),
        Edit::Target(name, service) => {
            route.targets.insert(*name, *service);
        }
        Edit::Hosts(hosts) => plan.hosts = hosts.clone(),
        Edit::All(other) => plan = other.clone(),
    }
    plan
}

/// Services, and a port for each gateway.
struct World {
    services: Vec<Service>,
    ports: Vec<Lease>,
}

impl World {
    async fn new(gateways: usize) -> Self {
        let mut services = Vec::new();
        for name in ["s0", "s1", "s2", "s3"] {
            services.push(Service::start(name).await);
        }
        Self {
            services,
            ports: ports::lease_many(gateways).unwrap(),
        }
    }

    fn target(&self, name: u8, service: &Index) -> Target {
        match service.get(&self.services).target() {
            Target::Internal { port, .. } => instance(&format!("i{name}"), "127.0.0.1", port),
            external => external,
        }
    }

    fn route(&self, plan: &RoutePlan, weight: u8, is_http: bool) -> Route {
        let mut made = route(weight, []);
        made.targets = plan
            .targets
            .iter()
            .map(|(name, service)| self.target(*name, service))
            .collect();
        made.balance = Some(plan.balance)
            .filter(|balance| *balance != "default")
            .map(|balance| balance.parse().unwrap());
        // Who is sent to a route without instances gets an error until checks have found that out, some seconds later.
        let is_conditional = is_http && !plan.targets.is_empty();
        match plan.condition.filter(|_| is_conditional) {
            Some((true, strength)) => conditional(made, "has header x-one", strength),
            Some((false, strength)) => conditional(made, "has cookie two or header x-three has v", strength),
            None => made,
        }
    }

    /// The last of the gateways is one of TCP.
    fn gateways(&self, plans: &[Plan]) -> Vec<Gateway> {
        let mut taken = BTreeSet::new();
        let with_ports = plans
            .iter()
            .zip(&self.ports)
            .enumerate()
            .filter(|(_, (plan, _))| plan.is_there);
        with_ports
            .map(|(number, (plan, port))| {
                let is_http = number + 1 < plans.len();
                let kind = if is_http { "http" } else { "tcp" };
                let mut made = gateway(&format!("g{number}"), &format!("{}/{kind}", port.number()), []);
                let first = plan.routes[0].weight;
                for (position, (route, weight)) in plan.routes.iter().zip([first, 100 - first]).enumerate() {
                    let path = format!("r{position}").parse().unwrap();
                    made.routes
                        .insert(path, self.route(route, weight, is_http).into());
                }
                if is_http {
                    made.sticky = plan.sticky;
                    // Each host has one gateway.
                    let hosts = plan.hosts.iter().filter(|host| taken.insert(**host));
                    made.virtual_hosts = hosts
                        .map(|host| format!("H{host}.test").parse().unwrap())
                        .collect();
                }
                made
            })
            .collect()
    }
}

/// What a server is and does, without what only time decides.
type Servers = BTreeMap<(String, String), (Option<String>, Option<u16>, u32, bool)>;

#[derive(Debug, PartialEq)]
struct Seen {
    servers: Servers,
    map: Vec<(String, String)>,
    /// Of each address, host and header: who answers how often, or nobody.
    traffic: BTreeMap<String, BTreeMap<String, usize>>,
}

async fn servers(worker: &RuntimeClient) -> Servers {
    let states = worker.show_servers_state(None).await.unwrap();
    states
        .into_iter()
        .map(|state| {
            let is_out = state.admin.is_maintenance();
            (
                (state.backend, state.server),
                (state.address, state.port, state.weight, is_out),
            )
        })
        .collect()
}

async fn map(worker: &RuntimeClient, scene: &Scene) -> Vec<(String, String)> {
    let path = scene.options.virtual_hosts_map.as_ref().unwrap();
    // Without virtual hosts nobody loads the map.
    let Ok(entries) = worker.show_map(path.to_str().unwrap()).await else {
        return Vec::new();
    };
    let mut entries: Vec<_> = entries
        .into_iter()
        .map(|entry| (entry.key, entry.value))
        .collect();
    entries.sort();
    entries
}

/// Who answers: a service by its name, else the status.
fn answerer(answer: &str) -> String {
    let status = answer.split(' ').nth(1).unwrap_or_default();
    match answer.split_once("\r\n\r\n") {
        Some((_, body)) if status == "200" => body.lines().next().unwrap_or_default().to_owned(),
        _ => status.to_owned(),
    }
}

/// Which server has fewer connections depends on how soon the last one is closed.
fn shares_by_connections(gateway: &Gateway) -> bool {
    let mut balances = gateway.inline_routes().map(|(_, route)| route.balance.as_ref());
    balances.any(|balance| match balance {
        Some(balance) => balance.to_string() == LEASTCONN,
        None => gateway.port_kind() == PortKind::Tcp,
    })
}

async fn look(scene: &Scene, gateways: &[Gateway]) -> Seen {
    let worker = RuntimeClient::new(scene.haproxy.master_socket()).of_worker(Worker::Current);
    let mut traffic: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    let mut asks: Vec<(String, SocketAddr, String, &str)> = Vec::new();
    for gateway in gateways {
        let port = gateway.port.as_ref().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port.number()));
        let by_connections = shares_by_connections(gateway);
        let address_and = |head: &str| {
            let balance = if by_connections { LEASTCONN } else { "" };
            format!("{address} {head} {balance}")
        };
        asks.push((address_and(""), address, "x".to_owned(), ""));
        asks.push((address_and("one"), address, "x".to_owned(), "x-one: 1\r\n"));
        asks.push((
            address_and("three"),
            address,
            "x".to_owned(),
            "X-Three: a v b\r\n",
        ));
    }
    if gateways.iter().any(|gateway| !gateway.virtual_hosts.is_empty()) {
        for host in 0..6 {
            let name = format!("h{host}.TEST:80");
            let any = gateways.iter().any(shares_by_connections);
            let balance = if any { LEASTCONN } else { "" };
            asks.push((format!("{name} {balance}"), scene.virtual_hosts(), name, ""));
        }
    }
    for (name, address, host, head) in asks {
        let counts = traffic.entry(name).or_default();
        for _ in 0..20 {
            let answer = request(address, "/", &host, head).await;
            *counts.entry(answerer(&answer)).or_default() += 1;
        }
    }
    Seen {
        servers: servers(&worker).await,
        map: map(&worker, scene).await,
        traffic,
    }
}

/// Both answer alike: nobody is missing who has a tenth of the answers of the other, and shares are the same but for where the round begins.
fn assert_same(led: &Seen, fresh: &Seen, what: &str) {
    assert_eq!(led.servers, fresh.servers, "{what}");
    assert_eq!(led.map, fresh.map, "{what}");
    assert!(led.traffic.keys().eq(fresh.traffic.keys()), "{what}");
    for (name, counts) in &led.traffic {
        let others = &fresh.traffic[name];
        let everybody: BTreeSet<&String> = counts.keys().chain(others.keys()).collect();
        for service in everybody {
            let is_service = service.starts_with('s');
            let tolerance = if is_service && name.ends_with(LEASTCONN) {
                20
            } else {
                4
            };
            let [here, there] = [counts, others].map(|counts| counts.get(service).copied().unwrap_or(0));
            assert!(
                here.abs_diff(there) <= tolerance,
                "{what}: {name}: {service} {here} {there}: {counts:?} {others:?}"
            );
        }
    }
}

/// Servers and entries of the map of which one of the two has another or none.
fn changed(before: &Seen, after: &Seen) -> usize {
    let names: BTreeSet<_> = before.servers.keys().chain(after.servers.keys()).collect();
    let servers = names
        .iter()
        .filter(|name| before.servers.get(**name) != after.servers.get(**name))
        .count();
    let entries: BTreeSet<_> = before.map.iter().chain(&after.map).collect();
    let is_changed = |entry: &&&(String, String)| before.map.contains(entry) != after.map.contains(entry);
    servers + entries.iter().filter(is_changed).count()
}

#[tokio::test]
async fn an_haproxy_that_was_led_is_like_one_that_was_started() {
    if vamp_testkit::skip::without("haproxy") {
        return;
    }
    let world = World::new(3).await;
    let mut runner = TestRunner::default();
    let plans = proptest::collection::vec(any_plan(), 3);
    let edits = proptest::collection::vec((any::<Index>(), any::<Index>(), any_edit()), 1..4);
    let mut scene = Scene::start_as(&[], |_, options| {
        options.virtual_hosts_map = Some(options.socket_directory.join("hosts.map"));
    })
    .await;
    let mut counts = [0; 3];
    for number in 0..extent::pick(16, 300) {
        let before = plans.new_tree(&mut runner).unwrap().current();
        // Every tenth is another set altogether.
        let after = if number % 10 == 9 {
            plans.new_tree(&mut runner).unwrap().current()
        } else {
            let mut after = before.clone();
            for (gateway, route, edit) in edits.new_tree(&mut runner).unwrap().current() {
                let plan = gateway.index(after.len());
                after[plan] = edited(&after[plan], &route, &edit);
            }
            after
        };
        let what = format!("{before:#?}\n{after:#?}");
        let (a, b) = (world.gateways(&before), world.gateways(&after));
        scene.restart(&a).await;
        let started = look(&scene, &a).await;
        assert_eq!(diff(&scene.wanted(&a).0, &scene.wanted(&a).0), Change::Nothing);
        let worker = scene.haproxy.worker().await;

        let change = scene.lead(&a, &b).await;
        let led = look(&scene, &b).await;
        match &change {
            Change::Nothing => counts[0] += 1,
            Change::Runtime(commands) => {
                counts[1] += 1;
                let most = changed(&started, &led);
                assert!(commands.len() <= most, "{commands:#?} for {most}: {what}");
                assert_eq!(scene.haproxy.worker().await, worker, "no reload");
            }
            Change::Reload(reasons) => {
                counts[2] += 1;
                assert!(
                    reasons
                        .iter()
                        .all(|reason| reason.running.is_some() || reason.wanted.is_some())
                );
            }
        }
        scene.restart(&b).await;
        assert_same(&led, &look(&scene, &b).await, &what);
    }
    println!("nothing, at run time, by a reload: {counts:?}");
    assert!(counts[1] > 0 && counts[2] > 0, "{counts:?}");
}

/// Routes of the gateway under load: weights, and which instances are behind each.
fn under_load(world: &World, weight: u8, instances: [&[u8]; 2]) -> Gateway {
    let mut made = gateway("edge", &world.ports[0].number().to_string(), []);
    for (position, (names, weight)) in instances.iter().zip([weight, 100 - weight]).enumerate() {
        let mut route = route(weight, []);
        route.targets = names
            .iter()
            .map(
                |name| match world.services[usize::from(*name) % world.services.len()].target() {
                    Target::Internal { port, .. } => instance(&format!("i{name}"), "127.0.0.1", port),
                    external => external,
                },
            )
            .collect();
        made.routes
            .insert(format!("r{position}").parse().unwrap(), route.into());
    }
    made
}

#[tokio::test]
async fn no_request_is_lost_while_servers_come_go_and_change() {
    if vamp_testkit::skip::without("haproxy") {
        return;
    }
    let world = World::new(2).await;
    let mut now = vec![under_load(&world, 50, [&[0, 1], &[2]])];
    let mut scene = Scene::start(&now).await;
    let load = LoadClient::start(LoadOptions::new(world.ports[0].address())).unwrap();
    let (mut at_run_time, mut reloads) = (0, 0);
    let changes = extent::pick(24, 200);
    for number in 0..changes {
        let mut next = now.clone();
        let is_expressible = number % 8 != 7;
        if is_expressible {
            // Weights; instances that come, go, and are all others than before.
            next[0] = match number % 8 {
                0 => under_load(&world, 95, [&[0, 1], &[2]]),
                1 => under_load(&world, 95, [&[0, 1, 3], &[2]]),
                2 => under_load(&world, 0, [&[0, 1, 3], &[2]]),
                3 => under_load(&world, 5, [&[3], &[2, 4]]),
                4 => under_load(&world, 100, [&[5, 6], &[7]]),
                5 => under_load(&world, 60, [&[8], &[9]]),
                _ => under_load(&world, 50, [&[0, 1], &[2]]),
            };
        } else if next.len() == 1 {
            let more = support::gateway(
                "more",
                &world.ports[1].number().to_string(),
                [(
                    "r",
                    conditional(route(100, [world.services[0].target()]), "has header x", 100),
                )],
            );
            next.push(more);
        } else {
            next.pop();
        }
        match scene.lead(&now, &next).await {
            Change::Nothing => panic!("change {number} changes nothing"),
            Change::Runtime(_) => {
                at_run_time += 1;
                assert!(is_expressible, "change {number}");
            }
            Change::Reload(reasons) => {
                reloads += 1;
                assert!(!is_expressible, "change {number}: {reasons:?}");
            }
        }
        now = next;
        let before = load.snapshot();
        let limit = std::time::Duration::from_secs(30);
        vamp_testkit::wait::until(limit, || async {
            load.snapshot().since(&before).answered() >= 50
        })
        .await
        .unwrap();
    }
    let seen = load.stop().await;
    println!("{at_run_time} changes at run time, {reloads} reloads: {seen}");
    assert_eq!(seen.lost(), 0, "{seen}");
    let master = RuntimeClient::new(scene.haproxy.master_socket());
    assert_eq!(
        master.show_proc().await.unwrap().master.reloads,
        reloads,
        "no other reload"
    );
    let services: Vec<&str> = vec!["s0", "s1", "s2", "s3"];
    assert!(
        services.iter().all(|service| seen.answered_by(service) > 0),
        "{seen}"
    );
}
