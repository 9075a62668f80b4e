use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use vamp_model::{Blueprint, Breed, Deployment, Kind};

use crate::artifacts::{call, understood};
use crate::client::{Call, path_of, with_body, with_change};
use crate::documents::listing;
use crate::{Body, Change, Client, ErrorKind, Listing, Page, Result, Sent, Versioned, Written};

/// Blueprints that run.
///
/// Every change is a wish: the server takes it down and works on it. `status` of each service says how far it is.
#[derive(Debug, Clone, Copy)]
pub struct Deployments<'c> {
    client: &'c Client,
}

/// How a deployment is shown as a blueprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct View {
    /// Breeds are shown by name only.
    pub only_references: bool,
}

impl<'c> Deployments<'c> {
    pub(crate) const fn new(client: &'c Client) -> Self {
        Self { client }
    }

    /// The deployment of this name; `None` when there is none.
    ///
    /// # Errors
    /// The server cannot be asked, or fails.
    pub async fn get(&self, name: &str) -> Result<Option<Versioned<Deployment>>> {
        let documents = self.client.documents(Kind::Deployment);
        let Some(found) = documents.get(name).await? else {
            return Ok(None);
        };
        Ok(Some(Versioned {
            value: understood(&call("read", Kind::Deployment, name), &found.value)?,
            revision: found.revision,
        }))
    }

    /// The deployment of this name as the blueprint that would lead to it; `None` when there is none.
    ///
    /// # Errors
    /// The server cannot be asked, or fails.
    pub async fn as_blueprint(&self, name: &str, view: View) -> Result<Option<Blueprint>> {
        let call = call("read", Kind::Deployment, name);
        let request = self
            .client
            .request(Method::GET, &path_of(&call, Kind::Deployment, name)?);
        let request = request.query(&[("as_blueprint", true), ("only_references", view.only_references)]);
        match self.client.send(&call, request).await {
            Ok(answer) => understood(&call, &call.json(&answer.text)?).map(Some),
            Err(error) if error.kind() == ErrorKind::Absent => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A page of the deployments, in the order of their names.
    ///
    /// # Errors
    /// The server cannot be asked, or fails.
    pub async fn list(&self, page: Page) -> Result<Listing<Deployment>> {
        let call = call("list", Kind::Deployment, "");
        let request = self
            .client
            .request(Method::GET, "/deployments")
            .query(&page.query());
        let answer = self.client.send(&call, request).await?;
        let listing: Listing<Value> = listing(&call, &answer)?;
        let items = listing.items.iter().map(|item| understood(&call, item));
        Ok(Listing {
            items: items.collect::<Result<_>>()?,
            total: listing.total,
        })
    }

    /// Deploys a blueprint, written out or [by name](Body::named), under the blueprint's name; merges it into what is
    /// deployed under that name already.
    ///
    /// # Errors
    /// The server cannot be asked, refuses, or fails.
    pub async fn deploy(&self, body: &Body, change: Change) -> Result<Written<Deployment>> {
        let call = call("deploy", Kind::Deployment, "");
        let request = self.client.request(Method::POST, "/deployments");
        self.change(&call, with_body(request, body), change).await
    }

    /// Merges a blueprint into the deployment of this name, which is made when there is none.
    ///
    /// # Errors
    /// The server cannot be asked, refuses, or fails.
    pub async fn merge(&self, name: &str, body: &Body, change: Change) -> Result<Written<Deployment>> {
        let call = call("merge into", Kind::Deployment, name);
        let request = self
            .client
            .request(Method::PUT, &path_of(&call, Kind::Deployment, name)?);
        self.change(&call, with_body(request, body), change).await
    }

    /// Takes down the services that the blueprint names, and the deployment with its last service. The weights of what
    /// remains must add up to 100 %.
    ///
    /// # Errors
    /// The server cannot be asked, refuses, or fails.
    pub async fn undeploy(&self, name: &str, body: &Body, change: Change) -> Result<Written<Deployment>> {
        let call = call("undeploy from", Kind::Deployment, name);
        let request = self
            .client
            .request(Method::DELETE, &path_of(&call, Kind::Deployment, name)?);
        self.change(&call, with_body(request, body), change).await
    }

    async fn change(
        &self,
        call: &Call,
        request: RequestBuilder,
        change: Change,
    ) -> Result<Written<Deployment>> {
        let answer = self.client.send(call, with_change(request, change)).await?;
        let sent = Sent::read(call, answer)?;
        let mut artifacts = Vec::new();
        flatten(sent.body, &mut artifacts);
        let deployment = artifacts.pop().ok_or_else(|| {
            call.error(ErrorKind::Protocol)
                .because("the answer holds no deployment")
        })?;
        let breeds = artifacts.iter().map(|breed| understood::<Breed>(call, breed));
        Ok(Written {
            artifact: understood(call, &deployment)?,
            revision: sent.revision,
            breeds: breeds.collect::<Result<_>>()?,
            notices: sent.notices,
        })
    }
}

/// Answers hold lists in lists: `[[breed], …, [deployment]]`.
fn flatten(value: Value, artifacts: &mut Vec<Value>) {
    match value {
        Value::Array(values) => values.into_iter().for_each(|value| flatten(value, artifacts)),
        value => artifacts.push(value),
    }
}
