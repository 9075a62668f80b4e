//! The engine as its users see it.

use std::sync::Arc;

use vamp_kv::handover::AgentStatus;
use vamp_model::{AnyArtifact, DeploymentRequest, Kind, Name};
use vamp_store::{Event, EventFilter, EventPage, EventQuery, NewEvent, Page, Subscription};

use crate::{
    Answer, EngineOptions, Error, ErrorKind, Info, Listing, Parts, Past, PublicationInfo, Request, Result, Versioned,
};

/// Keeps deployments, gateways and their configuration in line with what was asked for. Clones share it.
#[derive(Debug, Clone)]
pub struct Engine {
    shared: Arc<()>,
}

impl Engine {
    /// Reads what is stored and begins to work. Nobody is waited for but the store: drivers, the key-value store and gateway agents may be
    /// away or slow.
    ///
    /// # Errors
    /// The store could not be read, what is in it makes no sense, or the options cannot work.
    pub async fn start(options: EngineOptions, parts: Parts) -> Result<Self> {
        let _ = (options, parts);
        Err(not_there())
    }

    /// Ends the work within a second or so. Instances and traffic go on, and the next engine on the same store goes on with the work.
    pub async fn stop(self) {}

    /// Stores an artifact: a breed, scale, blueprint or gateway. An existing one of the same name is replaced, except for a gateway.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) with everything that is wrong; [`PreconditionFailed`](ErrorKind::PreconditionFailed);
    /// [`Unavailable`](ErrorKind::Unavailable) when the store could not be asked.
    pub async fn create(&self, artifact: AnyArtifact, request: &Request) -> Result<Answer> {
        let _ = (artifact, request);
        Err(not_there())
    }

    /// Stores an artifact under the name `name`, which must be its own, whether it exists or not.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub async fn update(&self, name: &str, artifact: AnyArtifact, request: &Request) -> Result<Answer> {
        let _ = (name, artifact, request);
        Err(not_there())
    }

    /// Deletes a breed, scale, blueprint or gateway, and says whether there was one (with
    /// [`ValidateOnly`](crate::Mode::ValidateOnly): is). Nothing that uses it is looked at.
    ///
    /// # Errors
    /// As [`create`](Self::create). A deployment is not deleted: its services are [undeployed](Self::undeploy).
    pub async fn delete(&self, kind: Kind, name: &str, request: &Request) -> Result<bool> {
        let _ = (kind, name, request);
        Err(not_there())
    }

    /// An artifact, with what is known of it at this moment.
    ///
    /// # Errors
    /// The store could not be asked.
    pub async fn get(&self, kind: Kind, name: &str) -> Result<Option<Versioned>> {
        let _ = (kind, name);
        Err(not_there())
    }

    /// A part of the artifacts of a kind, ordered by name.
    ///
    /// # Errors
    /// The store could not be asked.
    pub async fn list(&self, kind: Kind, page: Page) -> Result<Listing> {
        let _ = (kind, page);
        Err(not_there())
    }

    /// The revisions that are kept of an artifact, newest first, deletions included; empty when there never was such an artifact.
    ///
    /// # Errors
    /// The store could not be asked.
    pub async fn history(&self, kind: Kind, name: &str) -> Result<Vec<Past>> {
        let _ = (kind, name);
        Err(not_there())
    }

    /// Makes a deployment of a blueprint, or merges the blueprint into the deployment of that name. The name is that of the blueprint where
    /// none is given. It returns once the wish is stored; [`get`](Self::get) and events tell how far it is.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub async fn deploy(&self, name: Option<&Name>, blueprint: DeploymentRequest, request: &Request) -> Result<Answer> {
        let _ = (name, blueprint, request);
        Err(not_there())
    }

    /// Removes the services that a blueprint names from a deployment: first from traffic, and when the gateway agents have applied that,
    /// from where they run. Services that the deployment does not have are ignored.
    ///
    /// # Errors
    /// As [`create`](Self::create); [`NotFound`](ErrorKind::NotFound) when there is no such deployment.
    pub async fn undeploy(&self, name: &Name, blueprint: DeploymentRequest, request: &Request) -> Result<Answer> {
        let _ = (name, blueprint, request);
        Err(not_there())
    }

    /// Removes all services of a deployment.
    ///
    /// # Errors
    /// As [`undeploy`](Self::undeploy).
    pub async fn undeploy_all(&self, name: &Name, request: &Request) -> Result<Answer> {
        let _ = (name, request);
        Err(not_there())
    }

    /// Stores an event and tells the subscribers of it.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) without tags or with a type that none may have; the store could not be asked.
    pub async fn publish(&self, event: NewEvent) -> Result<Event> {
        let _ = event;
        Err(not_there())
    }

    /// Stored events, newest first.
    ///
    /// # Errors
    /// The store could not be asked.
    pub async fn events(&self, query: EventQuery) -> Result<EventPage> {
        let _ = query;
        Err(not_there())
    }

    /// Tells of events from now on.
    #[must_use]
    pub fn subscribe(&self, filter: EventFilter) -> Subscription {
        let _ = filter;
        Box::pin(futures::stream::empty())
    }

    /// The gateway agents that are there, with what each has applied.
    ///
    /// # Errors
    /// The key-value store could not be asked.
    pub async fn agents(&self) -> Result<Vec<AgentStatus>> {
        let _ = &self.shared;
        Err(not_there())
    }

    /// What was handed over to the gateway agents last.
    #[must_use]
    pub fn publication(&self) -> PublicationInfo {
        PublicationInfo::default()
    }

    /// What the engine is made of and how far it is.
    ///
    /// # Errors
    /// The store could not be asked.
    pub async fn info(&self) -> Result<Info> {
        Err(not_there())
    }
}

fn not_there() -> Error {
    Error::new(ErrorKind::Internal, "start", "the engine")
}
