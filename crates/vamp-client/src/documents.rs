use reqwest::Method;
use serde_json::Value;
use vamp_model::Kind;

use crate::artifacts::call;
use crate::client::{Answer, Call, path_of, with_body, with_change};
use crate::{Body, Change, Client, ErrorKind, Listing, Page, Result, Revision, Versioned};

/// Artifacts of one kind as documents: texts go as they are, so that places in errors are those of the text, and answers
/// come as JSON in the server's order of keys.
#[derive(Debug, Clone, Copy)]
pub struct Documents<'c> {
    client: &'c Client,
    kind: Kind,
}

/// What the server answered to a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// The body; null where there was none.
    pub body: Value,
    /// The revision of the artifact, where the server tells it; the same as before when nothing has changed.
    pub revision: Option<Revision>,
    /// Remarks of the server, such as that nobody could check the configuration of HAProxy.
    pub notices: Vec<String>,
    /// The inline breeds of a blueprint that were not stored before, or with other content. The revision is that of the blueprint alone.
    pub changed_breeds: Vec<String>,
}

impl Sent {
    pub(crate) fn read(call: &Call, answer: Answer) -> Result<Self> {
        let body = if answer.text.is_empty() {
            Value::Null
        } else {
            call.json(&answer.text)?
        };
        Ok(Self {
            body,
            revision: answer.revision,
            notices: answer.notices,
            changed_breeds: answer.changed_breeds,
        })
    }
}

impl<'c> Documents<'c> {
    pub(crate) const fn new(client: &'c Client, kind: Kind) -> Self {
        Self { client, kind }
    }

    /// The document of this name; `None` when there is none.
    ///
    /// # Errors
    /// The server cannot be asked, or fails.
    pub async fn get(&self, name: &str) -> Result<Option<Versioned<Value>>> {
        let call = call("read", self.kind, name);
        let request = self
            .client
            .request(Method::GET, &path_of(&call, self.kind, name)?);
        match self.client.send(&call, request).await {
            Ok(answer) => Ok(Some(Versioned {
                value: call.json(&answer.text)?,
                revision: answer.revision,
            })),
            Err(error) if error.kind() == ErrorKind::Absent => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A page of the documents, in the order of their names.
    ///
    /// # Errors
    /// The server cannot be asked, or fails.
    pub async fn list(&self, page: Page) -> Result<Listing<Value>> {
        let call = call("list", self.kind, "");
        let path = format!("/{}", self.kind);
        let request = self.client.request(Method::GET, &path).query(&page.query());
        let answer = self.client.send(&call, request).await?;
        listing(&call, &answer)
    }

    /// All documents, in the order of their names, page after page. What changes meanwhile may be seen twice or not at all.
    ///
    /// # Errors
    /// The server cannot be asked, or fails.
    pub async fn all(&self) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        for number in 1..=u32::MAX {
            let listing = self.list(Page::number(number)).await?;
            let last = listing.items.len() < Page::LARGEST as usize;
            items.extend(listing.items);
            if last {
                break;
            }
        }
        Ok(items)
    }

    /// Stores the documents under their own names. Several may stand in one text; they are applied in order up to the first
    /// that is refused.
    ///
    /// # Errors
    /// The server cannot be asked, refuses, or fails.
    pub async fn create(&self, body: &Body, change: Change) -> Result<Sent> {
        let call = call("create", self.kind, "");
        let request = self.client.request(Method::POST, &format!("/{}", self.kind));
        self.change(&call, with_body(request, body), change).await
    }

    /// Stores a document under this name, which must be its own.
    ///
    /// # Errors
    /// The server cannot be asked, refuses, or fails.
    pub async fn update(&self, name: &str, body: &Body, change: Change) -> Result<Sent> {
        let call = call("update", self.kind, name);
        let request = self
            .client
            .request(Method::PUT, &path_of(&call, self.kind, name)?);
        self.change(&call, with_body(request, body), change).await
    }

    /// Removes the artifact of this name. That there is none is a success, too. A deployment loses nothing this way: see
    /// [`Deployments::undeploy`](crate::Deployments::undeploy).
    ///
    /// # Errors
    /// The server cannot be asked, refuses, or fails.
    pub async fn delete(&self, name: &str, change: Change) -> Result<()> {
        let call = call("delete", self.kind, name);
        let request = self
            .client
            .request(Method::DELETE, &path_of(&call, self.kind, name)?);
        self.change(&call, request, change).await.map(drop)
    }

    async fn change(&self, call: &Call, request: reqwest::RequestBuilder, change: Change) -> Result<Sent> {
        let answer = self.client.send(call, with_change(request, change)).await?;
        Sent::read(call, answer)
    }
}

/// A list with its total.
pub(crate) fn listing<T: serde::de::DeserializeOwned>(call: &Call, answer: &Answer) -> Result<Listing<T>> {
    let items: Vec<T> = call.json(&answer.text)?;
    let total = answer.total.ok_or_else(|| {
        call.error(ErrorKind::Protocol)
            .because("the answer lacks the total of the list")
    })?;
    Ok(Listing { items, total })
}

/// Documents of several kinds in one text, each with `kind` and `name`.
///
/// They are applied in order up to the first that is refused; what stands before it has happened then.
#[derive(Debug, Clone, Copy)]
pub struct Root<'c> {
    client: &'c Client,
}

impl<'c> Root<'c> {
    pub(crate) const fn new(client: &'c Client) -> Self {
        Self { client }
    }

    /// Creates each; deploys where a document is a deployment.
    ///
    /// # Errors
    /// The server cannot be asked, refuses, or fails.
    pub async fn create(&self, body: &Body, change: Change) -> Result<Sent> {
        self.send("create", Method::POST, body, change).await
    }

    /// Stores each whether it exists or not; merges where a document is a deployment.
    ///
    /// # Errors
    /// The server cannot be asked, refuses, or fails.
    pub async fn update(&self, body: &Body, change: Change) -> Result<Sent> {
        self.send("update", Method::PUT, body, change).await
    }

    /// Removes each, of deployments the services that the document names. No more than `kind` and `name` is needed of an
    /// artifact. The answer says of each whether there was one.
    ///
    /// # Errors
    /// The server cannot be asked, refuses, or fails.
    pub async fn delete(&self, body: &Body, change: Change) -> Result<Sent> {
        self.send("delete", Method::DELETE, body, change).await
    }

    async fn send(
        &self,
        operation: &'static str,
        method: Method,
        body: &Body,
        change: Change,
    ) -> Result<Sent> {
        let call = Call {
            operation,
            subject: "several artifacts".to_owned(),
        };
        let request = with_body(self.client.request(method, ""), body);
        let answer = self.client.send(&call, with_change(request, change)).await?;
        Sent::read(&call, answer)
    }
}
