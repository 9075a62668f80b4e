//! The engine as its users see it.

mod artifacts;
mod check;
mod configuration;
mod deployments;
mod events;
mod expand;
mod gateways;
mod ports;
mod read;
mod start;
mod view;

use std::sync::Arc;

use tokio::sync::watch;
use vamp_kv::handover::{AgentStatus, Received};
use vamp_model::{AnyArtifact, DeploymentRequest, Kind, Name};
use vamp_store::{Event, EventFilter, EventPage, EventQuery, NewEvent, Page, Subscription};

pub(crate) use deployments::without;

use crate::code::{INCONSISTENT_KIND, INCONSISTENT_NAME};
use crate::events::Archived;
use crate::shared::Shared;
use crate::storage;
use crate::{
    Answer, EngineOptions, Error, ErrorKind, Info, Listing, Parts, Past, Problem, PublicationInfo, Request,
    Result, Versioned,
};

/// Keeps deployments, gateways and their configuration in line with what was asked for. Clones share it; with the last of them the work
/// ends, as after [`stop`](Self::stop).
///
/// A change that was begun is finished, also when its caller does not wait for the answer.
#[derive(Debug, Clone)]
pub struct Engine {
    running: Arc<start::Running>,
}

impl Engine {
    /// Reads what is stored and begins to work. Nobody is waited for but the store: drivers, the key-value store and gateway agents may be
    /// away or slow.
    ///
    /// # Errors
    /// The store could not be read, what is in it makes no sense, or the options cannot work.
    pub async fn start(options: EngineOptions, parts: Parts) -> Result<Self> {
        let running = start::start(options, parts).await?;
        Ok(Self {
            running: Arc::new(running),
        })
    }

    /// Ends the work within a second or so. Instances and traffic go on, and the next engine on the same store goes on with the work.
    pub async fn stop(self) {
        self.running.stop().await;
    }

    /// Stores an artifact of any kind but deployments and workflows. An existing one of the same name is replaced, except for a gateway.
    /// What a gateway refers to is put in its place.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) with everything that is wrong; [`PreconditionFailed`](ErrorKind::PreconditionFailed);
    /// [`Unavailable`](ErrorKind::Unavailable) when the store could not be asked.
    pub async fn create(&self, artifact: AnyArtifact, request: &Request) -> Result<Answer> {
        self.put(artifact, Archived::Create, request).await
    }

    /// Stores an artifact under the name `name`, which must be its own, whether it exists or not.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub async fn update(&self, name: &str, artifact: AnyArtifact, request: &Request) -> Result<Answer> {
        let found = storage::name_of(&artifact);
        if found != name {
            let message = format!("Inconsistent name: given '{name}' but found '{found}'.");
            let problem = Problem::new(INCONSISTENT_NAME, message).at(["name"]);
            let subject = format!("{}/{name}", artifact.kind());
            return Err(Error::invalid("store", subject, vec![problem]));
        }
        self.put(artifact, Archived::Update, request).await
    }

    async fn put(&self, artifact: AnyArtifact, how: Archived, request: &Request) -> Result<Answer> {
        let request = request.clone();
        match artifact {
            AnyArtifact::Gateway(gateway) => {
                self.finish(move |shared| async move { gateways::put(&shared, gateway, how, request).await })
                    .await
            }
            AnyArtifact::Deployment(deployment) => {
                let message = "A deployment is made of a blueprint.";
                let problem = Problem::new(INCONSISTENT_KIND, message).at(["kind"]);
                Err(Error::invalid("store", deployment.name, vec![problem]))
            }
            AnyArtifact::Workflow(workflow) => {
                let message = "The kind 'workflows' is not supported by this version.";
                let problem = Problem::new(vamp_model::code::NOT_SUPPORTED, message).at(["kind"]);
                Err(Error::invalid("store", workflow.name, vec![problem]))
            }
            other => {
                self.finish(move |shared| async move { artifacts::put(&shared, other, how, &request).await })
                    .await
            }
        }
    }

    /// Deletes a breed, scale, blueprint or gateway, and says whether there was one (with
    /// [`ValidateOnly`](crate::Mode::ValidateOnly): is). Nothing that uses it is looked at.
    ///
    /// # Errors
    /// As [`create`](Self::create). A deployment is not deleted: its services are [undeployed](Self::undeploy).
    pub async fn delete(&self, kind: Kind, name: &str, request: &Request) -> Result<bool> {
        let (name, request) = (name.to_owned(), request.clone());
        match kind {
            Kind::Gateway => {
                self.finish(move |shared| async move { gateways::delete(&shared, &name, &request).await })
                    .await
            }
            Kind::Deployment => {
                let message = "The services of a deployment are undeployed; it goes with the last of them.";
                let problem = Problem::new(INCONSISTENT_KIND, message);
                Err(Error::invalid("delete", name, vec![problem]))
            }
            kind => {
                self.finish(
                    move |shared| async move { artifacts::delete(&shared, kind, &name, &request).await },
                )
                .await
            }
        }
    }

    /// An artifact with everything that it refers to in place of the names.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) where something that is referred to does not exist, or refers to itself;
    /// [`Unavailable`](ErrorKind::Unavailable) when the store could not be asked.
    pub async fn expand(&self, artifact: &AnyArtifact) -> Result<AnyArtifact> {
        self.expand_with(&mut expand::Known::default(), artifact).await
    }

    /// Artifacts with everything that they refer to in place of the names. What several of them refer to is looked up once.
    ///
    /// # Errors
    /// As [`expand`](Self::expand), for the first of them that cannot be expanded.
    pub async fn expand_all(&self, artifacts: &[AnyArtifact]) -> Result<Vec<AnyArtifact>> {
        let mut known = expand::Known::default();
        let mut expanded = Vec::with_capacity(artifacts.len());
        for artifact in artifacts {
            expanded.push(self.expand_with(&mut known, artifact).await?);
        }
        Ok(expanded)
    }

    async fn expand_with(&self, known: &mut expand::Known, artifact: &AnyArtifact) -> Result<AnyArtifact> {
        let subject = format!("{}/{}", artifact.kind(), artifact.name().unwrap_or_default());
        known.expand(self.shared(), "expand", &subject, artifact).await
    }

    /// An artifact, with what is known of it at this moment.
    ///
    /// # Errors
    /// The store could not be asked.
    pub async fn get(&self, kind: Kind, name: &str) -> Result<Option<Versioned>> {
        read::get(self.shared(), kind, name).await
    }

    /// A part of the artifacts of a kind, ordered by name.
    ///
    /// # Errors
    /// The store could not be asked.
    pub async fn list(&self, kind: Kind, page: Page) -> Result<Listing> {
        read::list(self.shared(), kind, page).await
    }

    /// The revisions that are kept of an artifact, newest first, deletions included; empty when there never was such an artifact.
    ///
    /// # Errors
    /// The store could not be asked.
    pub async fn history(&self, kind: Kind, name: &str) -> Result<Vec<Past>> {
        read::history(self.shared(), kind, name).await
    }

    /// Makes a deployment of a blueprint, or merges the blueprint into the deployment of that name. The name is that of the blueprint where
    /// none is given. It returns once the wish is stored; [`get`](Self::get) and events tell how far it is.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub async fn deploy(
        &self,
        name: Option<&Name>,
        blueprint: DeploymentRequest,
        request: &Request,
    ) -> Result<Answer> {
        let (name, request) = (name.cloned(), request.clone());
        self.finish(move |shared| async move { deployments::deploy(&shared, name, blueprint, request).await })
            .await
    }

    /// Removes the services that a blueprint names from a deployment: first from traffic, and when the gateway agents have applied that,
    /// from where they run. Services that the deployment does not have are ignored.
    ///
    /// # Errors
    /// As [`create`](Self::create); [`NotFound`](ErrorKind::NotFound) when there is no such deployment.
    pub async fn undeploy(
        &self,
        name: &Name,
        blueprint: DeploymentRequest,
        request: &Request,
    ) -> Result<Answer> {
        let (name, request) = (name.clone(), request.clone());
        self.finish(move |shared| async move {
            deployments::undeploy(&shared, name, Some(blueprint), request).await
        })
        .await
    }

    /// Removes all services of a deployment.
    ///
    /// # Errors
    /// As [`undeploy`](Self::undeploy).
    pub async fn undeploy_all(&self, name: &Name, request: &Request) -> Result<Answer> {
        let (name, request) = (name.clone(), request.clone());
        self.finish(move |shared| async move { deployments::undeploy(&shared, name, None, request).await })
            .await
    }

    /// Stores an event and tells the subscribers of it.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) without tags or with a type that none may have; the store could not be asked.
    pub async fn publish(&self, event: NewEvent) -> Result<Event> {
        events::publish(self.shared(), event).await
    }

    /// Stored events, newest first.
    ///
    /// # Errors
    /// The store could not be asked.
    pub async fn events(&self, query: EventQuery) -> Result<EventPage> {
        let events = &self.shared().parts.events;
        events
            .query(query)
            .await
            .map_err(|error| Error::of_store("query", "events", error))
    }

    /// The stored events that match and come after this place in the order of the store, at most `limit`, oldest first: what somebody missed
    /// who was told of everything up to `after`.
    ///
    /// # Errors
    /// The store could not be asked.
    pub async fn events_since(&self, filter: EventFilter, after: u64, limit: u64) -> Result<Vec<Event>> {
        let events = &self.shared().parts.events;
        events
            .since(filter, after, limit)
            .await
            .map_err(|error| Error::of_store("read", "events", error))
    }

    /// Tells of events from now on.
    #[must_use]
    pub fn subscribe(&self, filter: EventFilter) -> Subscription {
        self.shared().parts.events.subscribe(filter)
    }

    /// The gateway agents that are there, with what each has applied.
    ///
    /// # Errors
    /// The key-value store could not be asked.
    pub async fn agents(&self) -> Result<Vec<AgentStatus>> {
        read::agents(self.shared()).await
    }

    /// The configuration of this type and name that is handed over to agents now; nothing where there is none.
    ///
    /// # Errors
    /// The key-value store could not be asked.
    pub async fn configuration(
        &self,
        marshaller_type: &str,
        marshaller_name: &str,
    ) -> Result<Option<Received>> {
        configuration::read(self.shared(), marshaller_type, marshaller_name).await
    }

    /// Changes whenever the [configuration](Self::configuration) may be another one than before.
    #[must_use]
    pub fn configuration_changes(&self) -> watch::Receiver<u64> {
        configuration::changes(self.shared())
    }

    /// What was handed over to the gateway agents last.
    #[must_use]
    pub fn publication(&self) -> PublicationInfo {
        read::publication(self.shared())
    }

    /// What the engine is made of and how far it is.
    #[must_use]
    pub fn info(&self) -> Info {
        read::info(self.shared())
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.running.shared
    }

    /// Does something to its end, whether somebody waits for it or not: half of a change would leave store and memory apart.
    async fn finish<T, Work, Doing>(&self, work: Work) -> Result<T>
    where
        T: Send + 'static,
        Work: FnOnce(Arc<Shared>) -> Doing,
        Doing: Future<Output = Result<T>> + Send + 'static,
    {
        match tokio::spawn(work(self.shared().clone())).await {
            Ok(answer) => answer,
            Err(error) => Err(Error::new(ErrorKind::Internal, "finish", "a change").because(error)),
        }
    }
}
