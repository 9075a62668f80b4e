use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde_json::Value;
use vamp_model::{Breed, Format, Kind, Readable, read};

use crate::client::Call;
use crate::{Body, Change, Client, Documents, Error, ErrorKind, Listing, Page, Result, Revision, Sent};

/// Artifacts of one kind.
///
/// A server that is newer than this client may write what this client cannot read; that is [`ErrorKind::Protocol`].
/// [`Client::documents`] gives whatever the server says.
#[derive(Debug, Clone, Copy)]
pub struct Artifacts<'c, T> {
    documents: Documents<'c>,
    artifact: PhantomData<fn() -> T>,
}

/// Something stored, with its revision.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned<T> {
    /// What is stored.
    pub value: T,
    /// The revision, where the server tells it.
    pub revision: Option<Revision>,
}

/// What has been written, or would be.
#[derive(Debug, Clone, PartialEq)]
pub struct Written<T> {
    /// The artifact as it is stored.
    pub artifact: T,
    /// Its revision, where the server tells it; the same as before when nothing has changed. Absent for a validation.
    pub revision: Option<Revision>,
    /// Breeds that stood in the artifact and are stored on their own.
    pub breeds: Vec<Breed>,
    /// Remarks of the server, such as that nobody could check the configuration of HAProxy.
    pub notices: Vec<String>,
}

impl<'c, T: Readable + Serialize> Artifacts<'c, T> {
    pub(crate) fn new(client: &'c Client) -> Self {
        Self {
            documents: client.documents(T::KIND),
            artifact: PhantomData,
        }
    }

    /// The artifact of this name; `None` when there is none.
    ///
    /// # Errors
    /// The server cannot be asked, or fails.
    pub async fn get(&self, name: &str) -> Result<Option<Versioned<T>>> {
        let Some(found) = self.documents.get(name).await? else {
            return Ok(None);
        };
        Ok(Some(Versioned {
            value: understood(&call("read", T::KIND, name), &found.value)?,
            revision: found.revision,
        }))
    }

    /// A page of the artifacts, in the order of their names.
    ///
    /// # Errors
    /// The server cannot be asked, or fails.
    pub async fn list(&self, page: Page) -> Result<Listing<T>> {
        let listing = self.documents.list(page).await?;
        let call = call("list", T::KIND, "");
        let items = listing.items.iter().map(|item| understood(&call, item));
        Ok(Listing {
            items: items.collect::<Result<_>>()?,
            total: listing.total,
        })
    }

    /// All artifacts, in the order of their names, page after page. What changes meanwhile may be seen twice or not at all.
    ///
    /// # Errors
    /// The server cannot be asked, or fails.
    pub async fn all(&self) -> Result<Vec<T>> {
        let call = call("list", T::KIND, "");
        let items = self.documents.all().await?;
        items.iter().map(|item| understood(&call, item)).collect()
    }

    /// Stores an artifact under its own name; what was stored there is replaced, except at gateways, whose port would then be
    /// taken by the old one.
    ///
    /// # Errors
    /// The server cannot be asked, refuses, or fails.
    pub async fn create(&self, artifact: &T, change: Change) -> Result<Written<T>> {
        let sent = self.documents.create(&Body::of(artifact), change).await?;
        written(&call("create", T::KIND, ""), sent)
    }

    /// Stores an artifact under this name, which must be its own, whether there is one already or not.
    ///
    /// # Errors
    /// The server cannot be asked, refuses, or fails.
    pub async fn update(&self, name: &str, artifact: &T, change: Change) -> Result<Written<T>> {
        let sent = self.documents.update(name, &Body::of(artifact), change).await?;
        written(&call("update", T::KIND, name), sent)
    }

    /// Removes the artifact of this name. That there is none is a success, too.
    ///
    /// # Errors
    /// The server cannot be asked, refuses, or fails.
    pub async fn delete(&self, name: &str, change: Change) -> Result<()> {
        self.documents.delete(name, change).await
    }
}

pub(crate) fn call(operation: &'static str, kind: Kind, name: impl fmt::Display) -> Call {
    let name = name.to_string();
    let subject = if name.is_empty() {
        kind.plural().to_owned()
    } else {
        format!("{} '{name}'", kind.singular())
    };
    Call { operation, subject }
}

/// An artifact in the words of the server.
pub(crate) fn understood<T: Readable>(call: &Call, value: &Value) -> Result<T> {
    let text = value.to_string();
    read(&text, Format::Json).map_err(|problems| call.error(ErrorKind::Protocol).because(problems))
}

/// Generic kinds answer with a list whose last element is the artifact; gateways and validations with the artifact.
fn written<T: Readable>(call: &Call, sent: Sent) -> Result<Written<T>> {
    let mut values = match sent.body {
        Value::Array(values) => values,
        value => vec![value],
    };
    let nothing = || -> Error {
        call.error(ErrorKind::Protocol)
            .because("the answer holds no artifact")
    };
    let artifact = values.pop().ok_or_else(nothing)?;
    let breeds = values.iter().map(|value| understood(call, value));
    Ok(Written {
        artifact: understood(call, &artifact)?,
        revision: sent.revision,
        breeds: breeds.collect::<Result<_>>()?,
        notices: sent.notices,
    })
}
