use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, CONTENT_TYPE, ETAG, HeaderMap, IF_MATCH, IF_NONE_MATCH};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use vamp_model::{Blueprint, Breed, Gateway, Kind, Scale};

use crate::wire::{self, AgentStatus, ErrorBody, Info, Section};
use crate::{
    Artifacts, Change, Deployments, Documents, Error, ErrorKind, Events, Options, Precondition, Result,
    Revision, Root,
};

/// Bytes of a segment of a path that stand for themselves.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':');

/// A client of one server. Cheap to clone; clones share their connections.
///
/// No call is made twice: what fails is told, with whether the server can have done it. The exception is the event stream,
/// which connects again by itself.
#[derive(Debug, Clone)]
pub struct Client {
    calls: reqwest::Client,
    streams: reqwest::Client,
    base: String,
    options: Options,
}

/// What an answer says beside its body.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) revision: Option<Revision>,
    pub(crate) total: Option<u64>,
    pub(crate) notices: Vec<String>,
    pub(crate) changed_breeds: Vec<String>,
}

/// A call under way: what is done to what, for errors.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) subject: String,
}

impl Call {
    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.operation, &self.subject)
    }

    /// The failure of a request that got no answer.
    pub(crate) fn unanswered(&self, error: reqwest::Error) -> Error {
        let kind = if error.is_connect() {
            ErrorKind::CouldNotAsk
        } else if error.is_builder() {
            ErrorKind::Usage
        } else {
            ErrorKind::NoAnswer
        };
        self.error(kind).because(error.without_url())
    }

    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, text: &str) -> Result<T> {
        serde_json::from_str(text).map_err(|error| self.error(ErrorKind::Protocol).because(error))
    }
}

impl Client {
    /// A client of the server at this address: `http://127.0.0.1:8080`, with a path where the API lives behind one
    /// (`https://host/prefix`, or `http://host/namespace`). Nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`]: this is no HTTP address, or TLS cannot be set up on this machine.
    pub fn new(url: &str) -> Result<Self> {
        Self::with_options(url, Options::default())
    }

    /// A client with these settings.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_options(url: &str, options: Options) -> Result<Self> {
        let call = Call {
            operation: "use the address",
            subject: format!("'{url}'"),
        };
        let parsed = reqwest::Url::parse(url).map_err(|error| call.error(ErrorKind::Usage).because(error))?;
        if !matches!(parsed.scheme(), "http" | "https") || parsed.host().is_none() {
            let reason = "an address starts with http:// or https:// and names a host";
            return Err(call.error(ErrorKind::Usage).because(reason));
        }
        let build = |total_timeout| {
            let options = vamp_io::http::Options {
                connect_timeout: options.connect_timeout,
                total_timeout,
                ..vamp_io::http::Options::default()
            };
            vamp_io::http::client(options).map_err(|error| call.error(ErrorKind::Usage).because(error))
        };
        let mut base = parsed;
        base.set_query(None);
        base.set_fragment(None);
        Ok(Self {
            calls: build(Some(options.request_timeout))?,
            streams: build(None)?,
            base: format!("{}/api/v1", base.as_str().trim_end_matches('/')),
            options,
        })
    }

    /// Where the API is: the address with `/api/v1`.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// The breeds.
    #[must_use]
    pub fn breeds(&self) -> Artifacts<'_, Breed> {
        Artifacts::new(self)
    }

    /// The scales.
    #[must_use]
    pub fn scales(&self) -> Artifacts<'_, Scale> {
        Artifacts::new(self)
    }

    /// The blueprints.
    #[must_use]
    pub fn blueprints(&self) -> Artifacts<'_, Blueprint> {
        Artifacts::new(self)
    }

    /// The gateways, internal ones included.
    #[must_use]
    pub fn gateways(&self) -> Artifacts<'_, Gateway> {
        Artifacts::new(self)
    }

    /// The deployments.
    #[must_use]
    pub fn deployments(&self) -> Deployments<'_> {
        Deployments::new(self)
    }

    /// Artifacts of a kind as documents: text in, JSON out.
    #[must_use]
    pub fn documents(&self, kind: Kind) -> Documents<'_> {
        Documents::new(self, kind)
    }

    /// Documents of several kinds in one request.
    #[must_use]
    pub fn root(&self) -> Root<'_> {
        Root::new(self)
    }

    /// The events.
    #[must_use]
    pub fn events(&self) -> Events<'_> {
        Events::new(self)
    }

    /// What the server says of itself; of all parts when none is named.
    ///
    /// # Errors
    /// The server cannot be asked, or its answer makes no sense. That a part of the server fails is no error: its section
    /// says so.
    pub async fn info(&self, sections: &[Section]) -> Result<Info> {
        let call = Call {
            operation: "ask about",
            subject: "the server".to_owned(),
        };
        let query: Vec<_> = sections.iter().map(|section| ("on", section.as_str())).collect();
        let request = self.request(Method::GET, "/info").query(&query);
        let response = request.send().await.map_err(|error| call.unanswered(error))?;
        // A server with a failing part answers 500 and the document all the same.
        let failed = response.status().as_u16() == 500;
        if response.status().is_success() || failed {
            let request_id = request_id(response.headers());
            let text = response.text().await.map_err(|error| call.unanswered(error))?;
            return call.json(&text).map_err(|error| {
                let body: Option<ErrorBody> = serde_json::from_str(&text).ok();
                match body.filter(|_| failed) {
                    Some(body) => Error::answered(call.operation, &call.subject, 500, body, request_id),
                    None => error,
                }
            });
        }
        Err(refusal(&call, response).await)
    }

    /// What the live gateway agents say of themselves.
    ///
    /// # Errors
    /// The server cannot be asked, or its answer makes no sense.
    pub async fn agents(&self) -> Result<Vec<AgentStatus>> {
        let call = Call {
            operation: "list",
            subject: "agents".to_owned(),
        };
        let answer = self.send(&call, self.request(Method::GET, "/agents")).await?;
        call.json(&answer.text)
    }

    /// The description of the API: an OpenAPI document.
    ///
    /// # Errors
    /// The server cannot be asked, or its answer makes no sense.
    pub async fn openapi(&self) -> Result<Value> {
        let call = Call {
            operation: "read",
            subject: "the description of the API".to_owned(),
        };
        let answer = self
            .send(&call, self.request(Method::GET, "/openapi.json"))
            .await?;
        call.json(&answer.text)
    }

    /// A request for a path below `/api/v1`, which answers JSON.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.calls
            .request(method, format!("{}{path}", self.base))
            .header(ACCEPT, wire::JSON)
    }

    /// A request whose answer never ends.
    pub(crate) fn stream(&self, path: &str) -> RequestBuilder {
        self.streams
            .get(format!("{}{path}", self.base))
            .header(ACCEPT, "text/event-stream")
    }

    /// Sends a request once.
    pub(crate) async fn send(&self, call: &Call, request: RequestBuilder) -> Result<Answer> {
        let response = request.send().await.map_err(|error| call.unanswered(error))?;
        if !response.status().is_success() {
            return Err(refusal(call, response).await);
        }
        let headers = response.headers();
        let number = |text: &str| text.parse().ok();
        let mut answer = Answer {
            revision: header(headers, ETAG.as_str()).and_then(Revision::from_etag),
            total: header(headers, wire::TOTAL_COUNT).and_then(number),
            notices: texts(headers, wire::NOTICE),
            changed_breeds: texts(headers, wire::CHANGED_BREED),
            ..Answer::default()
        };
        answer.text = response.text().await.map_err(|error| call.unanswered(error))?;
        Ok(answer)
    }
}

/// A path of one name below a kind. The name is one segment, its slashes are encoded.
pub(crate) fn path_of(call: &Call, kind: Kind, name: &str) -> Result<String> {
    // Every URL library takes these for steps in the path, encoded or not.
    if matches!(name, "" | "." | "..") {
        let reason = format!("'{name}' cannot stand in an address");
        return Err(call.error(ErrorKind::Usage).because(reason));
    }
    Ok(format!("/{kind}/{}", utf8_percent_encode(name, SEGMENT)))
}

/// The request with the options of a change.
pub(crate) fn with_change(mut request: RequestBuilder, change: Change) -> RequestBuilder {
    if change.validate_only {
        request = request.query(&[("validate_only", "true")]);
    }
    match change.precondition {
        Precondition::Anything => request,
        Precondition::Present => request.header(IF_MATCH, "*"),
        Precondition::Absent => request.header(IF_NONE_MATCH, "*"),
        Precondition::Revision(revision) => request.header(IF_MATCH, format!("\"{revision}\"")),
    }
}

/// The request with a document.
pub(crate) fn with_body(request: RequestBuilder, body: &crate::Body) -> RequestBuilder {
    request
        .header(CONTENT_TYPE, body.media_type)
        .body(body.text.clone())
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    header(headers, wire::REQUEST_ID).map(str::to_owned)
}

/// All values of a header that may come several times.
fn texts(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers.get_all(name).iter();
    values
        .map(|value| {
            percent_encoding::percent_decode(value.as_bytes())
                .decode_utf8_lossy()
                .into_owned()
        })
        .collect()
}

/// The error of an answer that is not a success.
pub(crate) async fn refusal(call: &Call, response: Response) -> Error {
    let status = response.status();
    let request_id = request_id(response.headers());
    let text = match response.text().await {
        Ok(text) => text,
        Err(error) => return call.unanswered(error),
    };
    match serde_json::from_str::<ErrorBody>(&text) {
        Ok(body) => Error::answered(call.operation, &call.subject, status.as_u16(), body, request_id),
        // Something in between, such as a proxy, may fail without words of the server.
        Err(_) if status.is_server_error() => {
            let message = status
                .canonical_reason()
                .unwrap_or("The server failed.")
                .to_owned();
            let body = ErrorBody {
                message,
                errors: Vec::new(),
            };
            Error::answered(call.operation, &call.subject, status.as_u16(), body, request_id)
        }
        Err(_) => {
            let reason = format!("status {status} without the words of a Vamp server");
            call.error(ErrorKind::Protocol).because(reason)
        }
    }
}
