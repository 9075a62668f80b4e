//! Requests: to the address that answered last, and to the next when it does not.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use tokio::time::Instant;

use super::config::ConsulConfig;
use crate::beside::first_good;
use crate::{Error, ErrorKind, Result, TlsConfig};

/// The largest answer that is read: a listing may contain many values.
const MAX_ANSWER: usize = 256 * 1024 * 1024;

/// A read to which no answer begins is asked again beside it each time that this has passed, of the next address if there are several, so
/// many times at once at most: a server that is slow shall not have much more to do, and takes so many connections of one client.
const BESIDE: Duration = Duration::from_secs(1);
const MOST_BESIDE: usize = 3;

/// So much of what Consul says about a failure goes into an error.
const MAX_SAID: usize = 300;

const TOKEN: HeaderName = HeaderName::from_static("x-consul-token");
const INDEX: HeaderName = HeaderName::from_static("x-consul-index");
const FILTERED: HeaderName = HeaderName::from_static("x-consul-results-filtered-by-acls");

/// Speaks with the first address that answers.
#[derive(Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    addresses: Arc<[Url]>,
    headers: HeaderMap,
    datacenter: Option<Arc<str>>,
    max_value: usize,
    /// The place, in the list of addresses, of the one that is asked first.
    place: Arc<AtomicUsize>,
}

/// What is asked.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// Below `/v1`, not yet encoded, with slashes between the segments.
    pub(super) path: &'a [&'a str],
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) body: Bytes,
}

impl<'a> Call<'a> {
    pub(super) fn get(path: &'a [&'a str], query: &'a [(&'a str, &'a str)]) -> Self {
        Self {
            method: Method::GET,
            path,
            query,
            body: Bytes::new(),
        }
    }

    pub(super) fn put(path: &'a [&'a str], body: impl Into<Bytes>) -> Self {
        Self {
            method: Method::PUT,
            path,
            query: &[],
            body: body.into(),
        }
    }

    /// Whether it can be carried out twice.
    fn is_read(&self) -> bool {
        self.method == Method::GET
    }
}

/// What was answered.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// The state of the store of which this is true, for whoever waits for the next. Missing where no Consul has answered.
    pub(super) index: Option<u64>,
    /// Whether something was left out because the token may not read it.
    pub(super) is_filtered: bool,
    pub(super) body: Bytes,
}

impl Client {
    /// Reads the files that TLS needs. Nothing is asked yet.
    pub(super) async fn new(config: &ConsulConfig) -> Result<Self> {
        config.check()?;
        let wrong = |reason: &str| config.wrong().because(reason);
        let addresses: Vec<Url> = config
            .addresses
            .iter()
            .map(|text| address(text).map_err(|reason| wrong(&format!("'{text}' {reason}"))))
            .collect::<Result<_>>()?;
        if addresses.is_empty() {
            return Err(wrong("no address is given"));
        }
        let encrypted = addresses.iter().any(|address| address.scheme() == "https");
        if !encrypted && config.tls != TlsConfig::default() {
            return Err(wrong(
                "there are settings for TLS, and no address begins with https:",
            ));
        }
        let mut headers = HeaderMap::new();
        if let Some(token) = &config.token {
            let mut value = HeaderValue::from_str(token)
                .map_err(|_| wrong("the token has characters that cannot stand in a header"))?;
            value.set_sensitive(true);
            headers.insert(TOKEN, value);
        }
        let material = config.tls.read().await?;
        let options = vamp_io::http::Options {
            connect_timeout: config.connect_timeout,
            // Each request has its own limit: a watch waits longer than a call.
            total_timeout: None,
            // The token would go along to wherever an answer points.
            redirects: false,
            proxies: false,
            tls: vamp_io::http::Tls {
                authorities: material.ca,
                identity: material.identity,
            },
        };
        let http = vamp_io::http::client(options).map_err(|error| wrong(&error.to_string()))?;
        Ok(Self {
            http,
            headers,
            addresses: addresses.into(),
            datacenter: config.datacenter.as_deref().map(Arc::from),
            max_value: config.max_value(),
            place: Arc::default(),
        })
    }

    /// Asks the addresses in turn until one answers, within `limit` over all. What may have been carried out by one is not asked
    /// of the next, unless it changes nothing. What changes nothing is asked of the next one also beside one that is silent.
    pub(super) async fn ask(
        &self,
        operation: &'static str,
        subject: &(dyn Display + Sync),
        call: &Call<'_>,
        limit: Duration,
    ) -> Result<Answer> {
        let end = Instant::now() + limit;
        let first = self.place();
        let question = Question {
            operation,
            subject,
            call,
            end,
        };
        let begun = if call.is_read() {
            let beside = AtomicUsize::new(0);
            let attempt = || self.begin_in_turn(first + beside.fetch_add(1, Ordering::Relaxed), &question);
            first_good(BESIDE, MOST_BESIDE, attempt).await
        } else {
            self.begin_in_turn(first, &question).await
        };
        let begun = begun.map_err(|failure| failure.error)?;
        if begun.place != first {
            self.leave(first);
        }
        self.read(begun, &question).await
    }

    /// Asks the address at this place, and no other.
    pub(super) async fn ask_at(
        &self,
        place: usize,
        operation: &'static str,
        subject: &(dyn Display + Sync),
        call: &Call<'_>,
        limit: Duration,
    ) -> Result<Answer> {
        let question = Question {
            operation,
            subject,
            call,
            end: Instant::now() + limit,
        };
        let begun = self.begin(place, &question).await;
        self.read(begun.map_err(|failure| failure.error)?, &question)
            .await
    }

    /// The place of the address that is asked first.
    pub(super) fn place(&self) -> usize {
        self.place.load(Ordering::Relaxed) % self.addresses.len()
    }

    /// From now on the address after this one is asked first, unless somebody has moved on already.
    pub(super) fn leave(&self, place: usize) {
        let next = (place + 1) % self.addresses.len();
        // Somebody else may have been quicker, which is as good.
        let _ = self
            .place
            .compare_exchange(place, next, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// What an answer that is not a good one is as an error.
    pub(super) fn refusal(&self, operation: &'static str, subject: impl Display, answer: &Answer) -> Error {
        Error::new(kind(answer.status, self.max_value), operation, subject).because(format!(
            "{}: {}",
            answer.status,
            said(&answer.body)
        ))
    }

    /// The answer if it is a good one.
    pub(super) fn good(
        &self,
        operation: &'static str,
        subject: impl Display,
        answer: Answer,
    ) -> Result<Answer> {
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(self.refusal(operation, subject, &answer))
    }

    /// Asks each address once, from this place on, until one begins to answer.
    async fn begin_in_turn(
        &self,
        first: usize,
        question: &Question<'_>,
    ) -> std::result::Result<Begun, Failure> {
        let mut step = 0;
        loop {
            let place = (first + step) % self.addresses.len();
            step += 1;
            let failure = match self.begin(place, question).await {
                Ok(begun) => return Ok(begun),
                Err(failure) => failure,
            };
            let may_go_on = question.call.is_read() || !failure.may_have_happened;
            if !may_go_on || step == self.addresses.len() || Instant::now() >= question.end {
                return Err(failure);
            }
        }
    }

    /// Asks the address at this place until it begins to answer.
    async fn begin(&self, place: usize, question: &Question<'_>) -> std::result::Result<Begun, Failure> {
        let failure = match tokio::time::timeout_at(question.end, self.send(place, question.call)).await {
            Ok(Ok(response)) if !is_outage(response.status()) => return Ok(Begun { place, response }),
            Ok(Ok(response)) => {
                let status = response.status();
                let told = tokio::time::timeout_at(question.end, body(response)).await;
                let told = told.ok().and_then(std::result::Result::ok).unwrap_or_default();
                Failure {
                    error: self.unavailable(place, question, &format!("{status}: {}", said(&told))),
                    may_have_happened: true,
                }
            }
            Ok(Err(error)) => Failure {
                may_have_happened: !error.is_connect(),
                error: self.unavailable(place, question, &causes(&error.without_url())),
            },
            Err(_) => Failure {
                error: self.unavailable(place, question, "no answer in time"),
                may_have_happened: true,
            },
        };
        self.leave(place);
        Err(failure)
    }

    /// Reads the rest of an answer.
    async fn read(&self, begun: Begun, question: &Question<'_>) -> Result<Answer> {
        let Begun { place, response } = begun;
        let status = response.status();
        let header = |name: &HeaderName| response.headers().get(name)?.to_str().ok();
        let index = header(&INDEX).and_then(|index| index.parse().ok());
        let is_filtered = header(&FILTERED) == Some("true");
        let error = match tokio::time::timeout_at(question.end, body(response)).await {
            Ok(Ok(body)) => {
                return Ok(Answer {
                    status,
                    index,
                    is_filtered,
                    body,
                });
            }
            Ok(Err(Broken::Http(error))) => self.unavailable(place, question, &causes(&error.without_url())),
            Ok(Err(Broken::TooLong)) => {
                let address = &self.addresses[place];
                Error::new(ErrorKind::Protocol, question.operation, question.subject)
                    .because(format!("{address}: the answer is longer than {MAX_ANSWER} bytes"))
            }
            Err(_) => self.unavailable(place, question, "no answer in time"),
        };
        self.leave(place);
        Err(error)
    }

    fn unavailable(&self, place: usize, question: &Question<'_>, why: &str) -> Error {
        let address = &self.addresses[place];
        Error::new(ErrorKind::Unavailable, question.operation, question.subject)
            .because(format!("{address}: {why}"))
    }

    async fn send(&self, place: usize, call: &Call<'_>) -> reqwest::Result<reqwest::Response> {
        let mut url = self.addresses[place].clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("v1");
            segments.extend(call.path.iter().flat_map(|part| part.split('/')));
        }
        if self.datacenter.is_some() || !call.query.is_empty() {
            let datacenter = self.datacenter.as_deref().map(|datacenter| ("dc", datacenter));
            url.query_pairs_mut()
                .extend_pairs(datacenter)
                .extend_pairs(call.query);
        }
        let request = self.http.request(call.method.clone(), url);
        let request = request.headers(self.headers.clone()).body(call.body.clone());
        request.send().await
    }
}

/// What is asked, by whom, and until when.
struct Question<'a> {
    operation: &'static str,
    subject: &'a (dyn Display + Sync),
    call: &'a Call<'a>,
    end: Instant,
}

/// An answer that has begun, from the address at this place.
struct Begun {
    place: usize,
    response: reqwest::Response,
}

/// All of an answer.
async fn body(mut response: reqwest::Response) -> std::result::Result<Bytes, Broken> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(Broken::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Why one address has not answered.
struct Failure {
    error: Error,
    /// Whether the request may have been carried out all the same.
    may_have_happened: bool,
}

enum Broken {
    Http(reqwest::Error),
    TooLong,
}

impl From<reqwest::Error> for Broken {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

/// Reads an address; the scheme may be left out.
fn address(text: &str) -> std::result::Result<Url, &'static str> {
    let spelled = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let url = Url::parse(&spelled).map_err(|_| "is no address")?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("does not begin with http:// or https:// and a host");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has more than a host, a port and a path");
    }
    Ok(url)
}

/// The server's own failures pass: without leader, overloaded, just started.
fn is_outage(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
        )
}

/// What sort of failure a status is. `limit` is that of a value.
fn kind(status: StatusCode, limit: usize) -> ErrorKind {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ErrorKind::Denied,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorKind::TooLarge { limit },
        status if is_outage(status) => ErrorKind::Unavailable,
        _ => ErrorKind::Protocol,
    }
}

/// The beginning of what Consul says about a failure.
fn said(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.trim().chars().take(MAX_SAID).collect()
}

/// An error with all its causes: the first only says that a request failed.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        let cases = [
            (500, ErrorKind::Unavailable),
            (503, ErrorKind::Unavailable),
            (429, ErrorKind::Unavailable),
            (401, ErrorKind::Denied),
            (403, ErrorKind::Denied),
            (413, ErrorKind::TooLarge { limit: 7 }),
            (400, ErrorKind::Protocol),
            (404, ErrorKind::Protocol),
        ];
        for (status, expected) in cases {
            assert_eq!(
                kind(StatusCode::from_u16(status).unwrap(), 7),
                expected,
                "{status}"
            );
        }
    }

    #[test]
    fn an_address_is_host_port_and_path_and_nothing_else() {
        assert_eq!(address("consul:8500").unwrap().as_str(), "http://consul:8500/");
        assert_eq!(address("https://[::1]:8501/consul").unwrap().path(), "/consul");
        for wrong in [
            "",
            "http://",
            "ftp://consul",
            "http://consul?dc=a",
            "not an address",
        ] {
            assert!(address(wrong).is_err(), "{wrong:?}");
        }
    }
}
