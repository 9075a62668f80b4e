//! Hands the configuration over, whenever something changed that it is made of.
//!
//! What is handed over is always what is known at that moment: changes that come while the key-value store is away are not queued, and none is
//! lost.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use vamp_haproxy::generate;
use vamp_io::backoff::Backoff;
use vamp_io::clock::reached;
use vamp_kv::ErrorKind;
use vamp_kv::handover::{Publication, StandingWatch};
use vamp_kv::leadership::Leader;
use vamp_model::{Gateway, Target};
use vamp_store::{Batch, Keep, NewEvent, Write};

use crate::events;
use crate::gateway::RouteChange;
use crate::gateway_list::{Asked, GatewayList};
use crate::lead::Lead;
use crate::shared::Shared;
use crate::storage::PUBLISHED;

/// How long one try may take.
const LIMIT: Duration = Duration::from_secs(10);

/// So long after a change what agents do not need is written: those that apply it have the store for themselves meanwhile.
const QUIET: Duration = Duration::from_millis(200);

/// How long it waits at most while change follows change.
const REST_WITHIN: Duration = Duration::from_secs(1);

/// How long the end of the server may wait for it.
const LAST_REST: Duration = Duration::from_secs(2);

/// Publishes until the shutdown, and makes way for another server then.
pub(crate) async fn run(shared: Arc<Shared>, routed_before: Routed) {
    let (list, asked) = watch::channel(None);
    let mut publisher = Publisher {
        shared: Arc::clone(&shared),
        lead: Lead::default(),
        routed_before,
        rest: None,
        list,
        standing: None,
    };
    let mut list = GatewayList::new(Arc::clone(&shared), asked);
    tokio::select! {
        () = shared.shutdown.wait() => {}
        () = publisher.keep_published() => {}
        () = list.keep_written() => {}
    }
    publisher.end(list).await;
}

struct Publisher {
    shared: Arc<Shared>,
    lead: Lead,
    routed_before: Routed,
    rest: Option<Rest>,
    /// Asks for the list of gateways.
    list: watch::Sender<Option<Asked>>,
    /// Where several servers compete: what else there is writes nothing.
    standing: Option<StandingWatch>,
}

/// What was published to agents, and has still to be completed.
struct Rest {
    text: String,
    /// When the first of the changes was published that are in it.
    since: Instant,
    due: Instant,
}

impl Rest {
    /// This text, in place of one before.
    fn of(text: String, before: Option<Self>) -> Self {
        let now = Instant::now();
        let since = before.map_or(now, |before| before.since);
        let due = (now + QUIET).min(since + REST_WITHIN);
        Self { text, since, due }
    }
}

impl Publisher {
    async fn keep_published(&mut self) {
        let mut looked = self.shared.looked.subscribe();
        // Before the drivers have been looked at, what is known may be long out of date.
        if looked.wait_for(|looked| *looked).await.is_err() {
            return;
        }
        loop {
            if let Some(election) = &self.shared.election {
                self.lead.win(&self.shared, election).await;
                self.standing = Some(self.shared.parts.hand_over.standing());
            }
            self.publish_while_leading().await;
            // It is for the next leader to complete.
            self.rest = None;
            self.list.send_replace(None);
            self.standing = None;
        }
    }

    /// Publishes until another server leads.
    async fn publish_while_leading(&mut self) {
        let mut backoff = Backoff::watch();
        loop {
            let mut tried = self.publish().await;
            if matches!(tried, Tried::Done) {
                tried = self.complete_until_a_change().await;
            }
            match tried {
                Tried::Done => backoff.reset(),
                // A change does not hurry the next try: it is part of it.
                Tried::Failed => tokio::select! {
                    () = tokio::time::sleep(backoff.next_delay()) => {}
                    () = self.lead.lost() => return,
                },
                Tried::Fenced => return,
            }
        }
    }

    /// Waits for something to publish, and completes what was published when that is due.
    async fn complete_until_a_change(&mut self) -> Tried {
        let mut look_again = pin!(tokio::time::sleep(self.shared.options.reconcile_period));
        loop {
            tokio::select! {
                biased;
                () = self.lead.lost() => return Tried::Fenced,
                () = reached(self.rest.as_ref().map(|rest| rest.due)) => match self.complete().await {
                    Tried::Done => self.ask_for_the_list(),
                    other => return other,
                },
                () = self.shared.publish.notified() => return Tried::Done,
                () = replaced(self.standing.as_mut()) => {
                    tracing::info!("something else may stand in the key-value store than was handed over: it is looked at");
                    return Tried::Done;
                }
                () = &mut look_again => return Tried::Done,
            }
        }
    }

    /// Writes what is still to be written of what was published.
    async fn complete(&mut self) -> Tried {
        let Some(rest) = &self.rest else {
            return Tried::Done;
        };
        let guard = self.lead.leader().map(Leader::guard);
        let completing = self.shared.parts.hand_over.publish_rest(&rest.text, guard);
        match within_limit(completing).await {
            Ok(_) => {
                self.rest = None;
                Tried::Done
            }
            Err(failure) => failure.noted(&self.shared).await,
        }
    }

    /// Asks for the list of gateways, which is not waited for.
    fn ask_for_the_list(&self) {
        let fencing = self.lead.leader().map(Leader::fencing);
        self.list.send_replace(Some(Asked { fencing }));
    }

    /// The last text is complete even if it is published at the end; a store that is away has its own from before.
    async fn end(mut self, mut list: GatewayList) {
        let last = async {
            if self.rest.is_some() && matches!(self.complete().await, Tried::Done) {
                self.ask_for_the_list();
            }
            list.write_last().await;
        };
        if timeout(LAST_REST, last).await.is_err() {
            tracing::debug!(
                "the plain text of the configuration, or the list of gateways, is written by the next server"
            );
        }
        self.lead.resign().await;
    }
}

/// Waits until something else stands than was handed over; for ever where nothing is watched.
async fn replaced(standing: Option<&mut StandingWatch>) {
    match standing {
        Some(standing) => standing.replaced().await,
        None => std::future::pending().await,
    }
}

/// What became of one try.
enum Tried {
    Done,
    /// It is tried again.
    Failed,
    /// The store says that this server leads no longer.
    Fenced,
}

/// Where the routes of each gateway led when that was told last.
pub(crate) type Routed = BTreeMap<String, Vec<Vec<Target>>>;

/// Where the routes of these gateways lead.
pub(crate) fn routed(gateways: &[Gateway]) -> Routed {
    let routed = gateways.iter().map(|gateway| {
        let targets = gateway.inline_routes().map(|(_, route)| route.targets.clone());
        (name(gateway), targets.collect())
    });
    routed.collect()
}

fn name(gateway: &Gateway) -> String {
    gateway.name.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// What is known at one moment.
struct Snapshot {
    generation: u64,
    revision: u64,
    gateways: Vec<Gateway>,
    shrink_meant: bool,
}

impl Publisher {
    async fn publish(&mut self) -> Tried {
        let shared = Arc::clone(&self.shared);
        let snapshot = {
            let mut world = shared.world.write();
            Snapshot {
                generation: world.generation,
                revision: world.sequence,
                gateways: world.routed(),
                shrink_meant: std::mem::take(&mut world.shrink_meant),
            }
        };
        let takes_part = snapshot.gateways.iter().filter(|gateway| gateway.deployed);
        let generated = match generate(takes_part, &shared.options.configuration) {
            Ok(generated) => generated,
            Err(error) => {
                // The options were looked at when the engine was started.
                tracing::error!(%error, "no configuration can be made");
                shared.publications.lock().failure = Some(error.to_string());
                return Tried::Failed;
            }
        };
        let text = generated.config.into_text();
        let publication = Publication {
            text: &text,
            revision: snapshot.revision,
            fencing: self.lead.leader().map(Leader::fencing),
            shrink_meant: snapshot.shrink_meant,
        };
        let published = match within_limit(shared.parts.hand_over.publish_to_agents(&publication)).await {
            Ok(published) => published,
            Err(failure) => {
                shared.world.write().shrink_meant |= snapshot.shrink_meant;
                return failure.noted(&shared).await;
            }
        };
        self.rest = Some(Rest::of(text, self.rest.take()));
        // What has failed is mended when it is complete.
        let has_failed = shared.publications.lock().failure.is_some();
        if has_failed {
            match self.complete().await {
                Tried::Done => {}
                other => return other,
            }
        }
        {
            let mut publications = shared.publications.lock();
            publications.add(published.hash, snapshot.generation, shared.now());
            publications.revision = snapshot.revision;
            if publications.failure.take().is_some() {
                tracing::info!("the configuration is handed over again");
            }
            publications.omissions = generated.omissions.iter().map(ToString::to_string).collect();
            publications.warnings = generated.warnings.iter().map(ToString::to_string).collect();
        }
        if shared.waits_for_agents() {
            shared.reconcile.notify_one();
        }
        if tell_of(
            &shared,
            &snapshot.gateways,
            published.changed,
            &mut self.routed_before,
        )
        .await
        {
            // It is complete already.
            if self.rest.is_none() {
                self.ask_for_the_list();
            }
            Tried::Done
        } else {
            Tried::Failed
        }
    }
}

/// Notes why nothing could be handed over. An outage has many tries: what is the same again is told to nobody.
pub(crate) async fn not_handed_over(shared: &Shared, words: &str) {
    let before = shared.publications.lock().failure.replace(words.to_owned());
    if before.as_deref() == Some(words) {
        tracing::debug!(words, "the configuration still could not be handed over");
        return;
    }
    tracing::warn!(
        words,
        "the configuration could not be handed over and is tried again"
    );
    if before.is_none() {
        tell(shared, vec![events::failure("key-value", words)]).await;
    }
}

/// Notes that another server hands over what it knows. That is no failure of anything.
pub(crate) fn another_leads(shared: &Shared, holder: &str) {
    let words = format!("the server '{holder}' leads: this one hands nothing over until that one is gone");
    let before = shared.publications.lock().failure.replace(words.clone());
    if before.as_ref() != Some(&words) {
        tracing::info!(holder, "another server hands the configuration over");
    }
}

/// Why something was not written to the key-value store.
pub(crate) enum Failure {
    /// Another server leads.
    Fenced,
    /// Anything else, in words.
    Other(String),
}

impl Failure {
    /// Tells it where it is one.
    async fn noted(self, shared: &Shared) -> Tried {
        match self {
            Self::Fenced => Tried::Fenced,
            Self::Other(words) => {
                not_handed_over(shared, &words).await;
                Tried::Failed
            }
        }
    }
}

pub(crate) async fn within_limit<T>(calls: impl Future<Output = vamp_kv::Result<T>>) -> Result<T, Failure> {
    match timeout(LIMIT, calls).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) if error.kind() == ErrorKind::Fenced => Err(Failure::Fenced),
        Ok(Err(error)) => Err(Failure::Other(error.to_string())),
        Err(_) => Err(Failure::Other(format!(
            "the key-value store did not answer within {} s",
            LIMIT.as_secs()
        ))),
    }
}

/// Stores and tells what has changed about the configuration; says whether that succeeded. If not, the next try tells it.
async fn tell_of(shared: &Shared, gateways: &[Gateway], written: bool, routed_before: &mut Routed) -> bool {
    let now_published: BTreeSet<String> = gateways
        .iter()
        .filter(|gateway| gateway.deployed)
        .map(name)
        .collect();
    let before = shared.world.read().published.clone();
    let mut batch = Batch::default();
    for gateway in gateways {
        let name = name(gateway);
        if gateway.deployed && !before.contains(&name) {
            batch
                .events
                .push(events::gateway_deployed(&name, Some(gateway), true));
        }
        let targets: Vec<Vec<Target>> = gateway
            .inline_routes()
            .map(|(_, route)| route.targets.clone())
            .collect();
        let same = match routed_before.get(&name) {
            Some(before) => *before == targets,
            None => targets.iter().all(Vec::is_empty),
        };
        if !same {
            batch
                .events
                .extend(targets_changed(gateway, routed_before.get(&name)));
        }
    }
    for name in before.difference(&now_published) {
        let gateway = gateways
            .iter()
            .find(|gateway| gateway.name.as_ref().is_some_and(|n| n.as_str() == name));
        batch.events.push(events::gateway_deployed(name, gateway, false));
    }
    if *before != now_published {
        let content = serde_json::to_string(&now_published).unwrap_or_default();
        let (kind, name) = PUBLISHED;
        batch
            .writes
            .push(Write::put(kind, name, content).keeping(Keep::Newest));
    }
    if written {
        batch
            .events
            .push(events::configuration(shared.parts.hand_over.marshaller()));
    }
    if !batch.events.is_empty() || !batch.writes.is_empty() {
        if let Err(error) = shared.parts.artifacts.commit(batch).await {
            tracing::warn!(%error, "what was handed over could not be stored yet");
            return false;
        }
        if *before != now_published {
            shared.world.write().published = Arc::new(now_published);
        }
    }
    *routed_before = routed(gateways);
    true
}

fn targets_changed(gateway: &Gateway, before: Option<&Vec<Vec<Target>>>) -> Vec<NewEvent> {
    let changed = gateway
        .inline_routes()
        .enumerate()
        .filter(|(position, (_, route))| {
            let before = before.and_then(|before| before.get(*position));
            before.map_or(!route.targets.is_empty(), |before| *before != route.targets)
        });
    let changes: Vec<RouteChange> = changed
        .map(|(_, (path, _))| RouteChange {
            what: "targetschanged",
            route: path.source().to_owned(),
        })
        .collect();
    events::routes_changed(gateway, &changes).collect()
}

pub(crate) async fn tell(shared: &Shared, events: Vec<NewEvent>) {
    if let Err(error) = shared.parts.events.append(events).await {
        tracing::warn!(%error, "an event could not be stored");
    }
}
