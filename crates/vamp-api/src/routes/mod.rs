//! What can be asked for: one table, from which both the router and the description of the API are made.

mod agents;
mod artifact;
mod artifacts;
mod configuration;
mod deployments;
mod describe;
mod description;
mod events;
mod imports;
mod info;
mod machine;
mod missing;
mod references;
mod root;

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawPathParams, Request};
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter};
use futures::future::BoxFuture;
use indexmap::IndexMap;
use utoipa::openapi::path::Operation;

pub(crate) use description::description;

use crate::http::adapter;
use crate::http::{Answer, Ask, Failure};
use crate::shared::Shared;

/// What a route does.
type Run = Box<dyn Fn(Arc<Shared>, Ask) -> BoxFuture<'static, Result<Answer, Failure>> + Send + Sync>;

/// One method of one path.
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    /// Below the API's path; `{*name}` is everything that follows.
    pub(crate) path: String,
    pub(crate) checks: Checks,
    pub(crate) operation: Operation,
    pub(crate) run: Run,
}

/// What is looked at before a route is called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checks {
    /// Whether the caller must take JSON or YAML.
    pub(crate) accept: bool,
    pub(crate) document: Document,
}

/// Whether a route takes a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    /// None; a body is not looked at.
    None,
    /// Perhaps, whatever it is declared to be.
    Optional,
    /// Always, declared as JSON or YAML.
    Required,
}

impl Checks {
    /// For reading: the answer's notation must suit the caller.
    pub(crate) const READ: Self = Self::with(Document::None);
    /// For changes that come with a document.
    pub(crate) const WRITE: Self = Self::with(Document::Required);

    pub(crate) const fn with(document: Document) -> Self {
        Self {
            accept: true,
            document,
        }
    }

    /// Whatever the caller takes.
    pub(crate) const fn unchecked(document: Document) -> Self {
        Self {
            accept: false,
            document,
        }
    }
}

impl Endpoint {
    /// A route that does `run`.
    pub(crate) fn new<Running, Outcome>(
        method: Method,
        path: impl Into<String>,
        checks: Checks,
        operation: impl Into<Operation>,
        run: Running,
    ) -> Self
    where
        Running: Fn(Arc<Shared>, Ask) -> Outcome + Send + Sync + 'static,
        Outcome: Future<Output = Result<Answer, Failure>> + Send + 'static,
    {
        Self {
            method,
            path: path.into(),
            checks,
            operation: operation.into(),
            run: Box::new(move |shared, ask| Box::pin(run(shared, ask))),
        }
    }

    fn filter(&self) -> MethodFilter {
        match self.method {
            Method::POST => MethodFilter::POST,
            Method::PUT => MethodFilter::PUT,
            Method::DELETE => MethodFilter::DELETE,
            // Answers `HEAD`, too.
            _ => MethodFilter::GET,
        }
    }
}

/// Everything that can be asked for.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = root::endpoints();
    endpoints.extend(artifacts::endpoints());
    endpoints.extend(deployments::endpoints());
    endpoints.extend(events::endpoints());
    endpoints.extend(agents::endpoints());
    endpoints.extend(configuration::endpoints());
    endpoints.extend(info::endpoints());
    endpoints.extend(description::endpoints());
    endpoints
}

/// The routes below the API's path.
pub(crate) fn router(shared: &Arc<Shared>, endpoints: Vec<Endpoint>) -> Router {
    let mut by_path: IndexMap<String, MethodRouter> = IndexMap::new();
    for endpoint in endpoints {
        let (path, filter) = (endpoint.path.clone(), endpoint.filter());
        let (endpoint, shared) = (Arc::new(endpoint), Arc::clone(shared));
        let methods = by_path.shift_remove(&path).unwrap_or_default();
        let methods = methods.on(
            filter,
            move |params: Result<RawPathParams, _>, request: Request| {
                adapter::serve(Arc::clone(&shared), Arc::clone(&endpoint), params, request)
            },
        );
        by_path.insert(path, methods);
    }
    let mut router = Router::new();
    for (path, methods) in by_path {
        let fallback = if path == "/" {
            missing::root
        } else {
            missing::method
        };
        router = router.route(
            &path,
            methods.fallback(move |request: Request| async move { fallback(&request) }),
        );
    }
    router.fallback(|request: Request| async move { missing::path(&request) })
}
