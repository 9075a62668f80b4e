//! The gateways' part from the Vamp server, by requests that it holds until there is another text.

use std::error::Error as _;
use std::fmt::Write as _;
use std::time::Duration;

use futures::stream::BoxStream;
use reqwest::header::{CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::time::Instant;
use vamp_client::wire::{PREFER, REVISION, SHRINK_MEANT_FROM};
use vamp_io::backoff::Backoff;
use vamp_io::http::{self, Options};
use vamp_kv::handover::{HandedOver, Received};

use super::told::Told;
use crate::error::{Error, ErrorKind, Result};
use crate::hash::sha256_hex;

/// How long the server is asked to hold its answer.
const WAIT: Duration = Duration::from_secs(5);

/// How much longer the answer may take before the server counts as away; each part of the text may take as long again.
const PATIENCE: Duration = Duration::from_secs(3);

/// At least this long between two requests where the server had nothing new to say: one of old holds no answers.
const SPACING: Duration = Duration::from_secs(1);

/// The largest text that is read, in bytes: six times the configuration of 10,000 gateways.
const LARGEST: usize = 256 * 1024 * 1024;

/// A Vamp server, which hands the configuration over where an agent reaches no key-value store.
///
/// The server is asked by `GET /api/v1/vga/{type}/{name}/configuration`, and holds its answer until there is another text; servers of old
/// are asked once a second. One that does not answer within 8 s, or answers with a failure, is away; an empty text means that there is
/// none, which never takes anything away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VampServer {
    url: Url,
}

impl VampServer {
    /// The server at an address such as `http://vamp:8080`, and the type and name of the configuration: `haproxy` and `2.4`.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when it is no such address.
    pub fn new(address: &str, marshaller_type: &str, marshaller_name: &str) -> Result<Self> {
        // What may be a password is not told.
        let shown = address.rsplit('@').next().unwrap_or_default();
        let refused = |why: String| Error::new(ErrorKind::Configuration, "use the server", shown, why);
        let mut url = Url::parse(address).map_err(|error| refused(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(refused(
                "wanted is an address such as http://vamp:8080".to_owned(),
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("it knows no users".to_owned()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refused("there are no options".to_owned()));
        }
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend([
                "api",
                "v1",
                "vga",
                marshaller_type,
                marshaller_name,
                "configuration",
            ]);
        }
        Ok(Self { url })
    }

    /// What stands there, and whenever that changes.
    pub(super) fn watch(&self) -> BoxStream<'static, vamp_kv::Result<HandedOver>> {
        Box::pin(follow(self.clone()))
    }

    fn away(&self, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> vamp_kv::Error {
        vamp_kv::Error::new(vamp_kv::ErrorKind::Unavailable, "ask", &self.url).because(why)
    }
}

fn follow(server: VampServer) -> impl futures::Stream<Item = vamp_kv::Result<HandedOver>> + Send {
    async_stream::stream! {
        let mut told = Told::default();
        let mut backoff = Backoff::watch();
        let mut follower = match Follower::new(&server) {
            Ok(follower) => follower,
            Err(error) => {
                yield Err(error);
                return;
            }
        };
        loop {
            let asked = Instant::now();
            match follower.ask().await {
                Ok(found) => {
                    backoff.reset();
                    match found.and_then(|found| told.news(found)) {
                        Some(news) => yield Ok(news),
                        None => tokio::time::sleep_until(asked + SPACING).await,
                    }
                }
                Err(error) => {
                    told.outage();
                    yield Err(error);
                    tokio::time::sleep(backoff.next_delay()).await;
                }
            }
        }
    }
}

struct Follower<'s> {
    server: &'s VampServer,
    client: Client,
    /// The tag of the text that was received last.
    tag: Option<String>,
    /// Whether the server was away since then.
    was_away: bool,
}

impl<'s> Follower<'s> {
    fn new(server: &'s VampServer) -> vamp_kv::Result<Self> {
        let options = Options {
            // Each request has its own.
            total_timeout: None,
            ..Options::default()
        };
        Ok(Self {
            server,
            client: http::client(options).map_err(|error| server.away(error))?,
            tag: None,
            was_away: false,
        })
    }

    /// The text, if it is another one than before, or the server was away meanwhile.
    async fn ask(&mut self) -> vamp_kv::Result<Option<HandedOver>> {
        let found = self.asked().await;
        match &found {
            Ok(None) if self.was_away => {
                // The same text is told again, and so has to be read again.
                self.tag = None;
                self.was_away = false;
                return Box::pin(self.ask()).await;
            }
            Ok(_) => self.was_away = false,
            Err(_) => self.was_away = true,
        }
        found
    }

    async fn asked(&mut self) -> vamp_kv::Result<Option<HandedOver>> {
        let mut request = self.client.get(self.server.url.clone());
        if let Some(tag) = &self.tag {
            request = request.header(IF_NONE_MATCH, tag);
            if !self.was_away {
                request = request.header(PREFER, format!("wait={}", WAIT.as_secs()));
            }
        }
        let answered = tokio::time::timeout(WAIT + PATIENCE, request.send()).await;
        let answer = match answered {
            Err(_) => return Err(self.server.away("no answer in time")),
            Ok(answer) => answer.map_err(|error| self.server.away(words(error)))?,
        };
        match answer.status() {
            StatusCode::NOT_MODIFIED => return Ok(None),
            StatusCode::OK => {}
            other => return Err(self.server.away(format!("the answer is {other}"))),
        }
        let headers = answer.headers().clone();
        if !text_of(&headers, CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("text/plain")) {
            return Err(self.server.away("the answer is no plain text"));
        }
        let text = self.text(answer).await?;
        let hash = sha256_hex(text.as_bytes());
        let tag = text_of(&headers, ETAG.as_str());
        if let Some(tag) = tag
            && !tag.contains(&hash)
        {
            return Err(self.server.away("the text is not the one that its tag names"));
        }
        self.tag = tag.map(str::to_owned);
        if text.is_empty() {
            return Ok(Some(HandedOver::Absent));
        }
        Ok(Some(HandedOver::Text(Received {
            text,
            hash,
            revision: text_of(&headers, REVISION)
                .and_then(|revision| revision.parse().ok())
                .unwrap_or(0),
            shrink_meant_from: text_of(&headers, SHRINK_MEANT_FROM)
                .into_iter()
                .flat_map(|from| from.split(','))
                .map(|from| from.trim().to_owned())
                .collect(),
        })))
    }

    async fn text(&self, mut answer: Response) -> vamp_kv::Result<String> {
        let mut bytes = Vec::new();
        loop {
            let chunk = match tokio::time::timeout(WAIT + PATIENCE, answer.chunk()).await {
                Err(_) => return Err(self.server.away("the answer does not end")),
                Ok(chunk) => chunk.map_err(|error| self.server.away(words(error)))?,
            };
            let Some(chunk) = chunk else { break };
            if bytes.len() + chunk.len() > LARGEST {
                let why = format!("the text is larger than the {LARGEST} bytes that are read");
                return Err(self.server.away(why));
            }
            bytes.extend_from_slice(&chunk);
        }
        String::from_utf8(bytes).map_err(|_| self.server.away("the text is not UTF-8"))
    }
}

fn text_of<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The error with its causes; the address stands before it.
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a string does not fail.
        let _ = write!(words, ": {error}");
        cause = error.source();
    }
    words
}
