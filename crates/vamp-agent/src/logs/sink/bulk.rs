//! Elasticsearch's `_bulk`, for 2.x to 9.x and OpenSearch.

mod answer;
mod template;

use async_trait::async_trait;
use reqwest::{StatusCode, Url};
use serde_json::Value;
use tokio::time::Instant;
use vamp_io::backoff::Backoff;

use super::{Failure, Report, Sink};
use crate::error::innermost;
use crate::logs::chunk::{Batch, Fate};
use crate::logs::config::Format;
use crate::logs::encode::{Document, encode};
use crate::logs::index::IndexName;
use answer::Item;
use template::Version;

/// Lines of one request, until the server says that it is too much.
const MOST_LINES: usize = 2000;

/// Bytes of the lines of one request; its body has about three times as many.
const MOST_BYTES: usize = 512 * 1024;

/// Puts lines into an index. Each has an id of its own, so that one that is sent again is there once.
pub(super) struct Bulk {
    client: Option<reqwest::Client>,
    url: Url,
    index: IndexName,
    document: Document,
    /// Of the server.
    version: Option<Version>,
    /// When the template of the index is looked after, and not before.
    template_due: Option<Instant>,
    template_pauses: Backoff,
    /// Whether it was said that it cannot be put.
    is_template_told: bool,
    most_lines: usize,
    /// Whether a request is under way; still so at the next call when it was given up.
    is_asking: bool,
}

impl Bulk {
    pub(super) fn new(url: Url, index: IndexName, document: Document) -> Self {
        Self {
            client: None,
            url,
            index,
            document,
            version: None,
            template_due: None,
            template_pauses: Backoff::standard(),
            is_template_told: false,
            most_lines: MOST_LINES,
            is_asking: false,
        }
    }

    fn failure(&self, reason: impl std::fmt::Display) -> Failure {
        let (host, port) = (
            self.url.host_str().unwrap_or_default(),
            self.url.port_or_known_default(),
        );
        Failure(format!(
            "elasticsearch {host}:{}: {reason}",
            port.unwrap_or_default()
        ))
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        let whole = format!("{}/{path}", url.path().trim_end_matches('/'));
        url.set_path(&whole);
        url
    }

    fn client(&mut self) -> Result<reqwest::Client, Failure> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        let options = vamp_io::http::Options {
            // The one who calls has a limit for the whole.
            total_timeout: None,
            ..vamp_io::http::Options::default()
        };
        let client = vamp_io::http::client(options).map_err(|error| self.failure(innermost(&error)))?;
        self.client = Some(client.clone());
        Ok(client)
    }

    async fn ask_version(&mut self, client: &reqwest::Client) -> Result<Version, Failure> {
        let answer = client.get(self.at("")).send().await;
        let text = self.text(answer).await?;
        let version = Version::read(&text).ok_or_else(|| self.failure("it does not say its version"))?;
        self.version = Some(version);
        self.template_due = Some(Instant::now());
        self.template_pauses.reset();
        Ok(version)
    }

    /// Sees to it that the index has a template. Without one lines are taken all the same, and it is tried again before later ones.
    async fn look_after_template(&mut self, client: &reqwest::Client, version: Version) {
        if self.template_due.is_none_or(|due| due > Instant::now()) {
            return;
        }
        // Before it is asked: a try that hangs ends with the try of the lines, and must not come before the next one.
        self.template_due = Some(Instant::now() + self.template_pauses.next_delay());
        match self.put_template(client, version).await {
            Ok(said) => {
                self.template_due = None;
                self.is_template_told = false;
                tracing::debug!(index = %self.index, said, "the template of the log lines' index");
            }
            Err(failure) if !self.is_template_told => {
                self.is_template_told = true;
                let reason = failure.0;
                tracing::warn!(
                    reason,
                    "the log lines' index is without a template of ours; it is tried again"
                );
            }
            Err(failure) => tracing::debug!(reason = failure.0, "the template is not put"),
        }
    }

    async fn put_template(&self, client: &reqwest::Client, version: Version) -> Result<String, Failure> {
        for list in version.lists() {
            let mut url = self.at(list);
            url.set_query(Some(template::LISTED));
            let answer = client.get(url).send().await;
            let listed = self.text(answer).await?;
            let objection = version.objection(&listed, &self.index);
            if let Some(objection) = objection.map_err(|reason| self.failure(reason))? {
                return Ok(objection);
            }
        }
        let (path, template) = (version.path(&self.index), version.template(&self.index));
        let answer = client.put(self.at(&path)).json(&template).send().await;
        self.text(answer).await?;
        Ok(format!("{path} is put"))
    }

    async fn text(&self, answer: reqwest::Result<reqwest::Response>) -> Result<String, Failure> {
        let answer = answer.map_err(|error| self.failure(innermost(&error)))?;
        let status = answer.status();
        let text = answer
            .text()
            .await
            .map_err(|error| self.failure(innermost(&error)))?;
        if status.is_success() {
            return Ok(text);
        }
        let start: String = text.chars().take(300).collect();
        Err(self.failure(format!("{status}: {start}")))
    }

    fn body(&self, batch: &Batch, version: Version, report: &mut Report) -> Vec<u8> {
        let mut body = Vec::new();
        let mut source = Vec::new();
        for line in batch.lines() {
            source.clear();
            let at = encode(&line, Format::Json, &self.document, &mut report.read, &mut source);
            let mut action = serde_json::json!({
                "_index": self.index.at(at),
                "_id": format!("{}-{:x}", self.document.host, line.sequence),
            });
            if let (Some(kind), Some(action)) = (version.document_type(), action.as_object_mut()) {
                action.insert("_type".to_owned(), Value::from(kind));
            }
            body.extend_from_slice(serde_json::json!({ "create": action }).to_string().as_bytes());
            body.push(b'\n');
            body.extend_from_slice(&source);
            body.push(b'\n');
        }
        body
    }

    /// Too much at once, or something that nobody understands: less at once, at last each line alone.
    fn refused_whole(
        &mut self,
        status: StatusCode,
        batch: &mut Batch,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let reason = format!("the server answers {status}");
        if let [fate] = batch.fates.as_mut_slice() {
            *fate = Fate::Rejected;
            report.rejection = Some(reason);
            return Ok(());
        }
        self.most_lines = (batch.len() / 2).max(1);
        Err(self.failure(reason))
    }
}

#[async_trait(?Send)]
impl Sink for Bulk {
    fn most(&self) -> (usize, usize) {
        (self.most_lines, MOST_BYTES)
    }

    async fn deliver(&mut self, batch: &mut Batch, report: &mut Report) -> Result<(), Failure> {
        if std::mem::take(&mut self.is_asking) {
            // A server that is too slow for so many would never come to an end with them.
            self.most_lines = (self.most_lines / 2).max(1);
        }
        let client = self.client()?;
        let version = match self.version {
            Some(version) => version,
            None => self.ask_version(&client).await?,
        };
        self.look_after_template(&client, version).await;
        let body = self.body(batch, version, report);
        let mut url = self.at("_bulk");
        url.set_query(Some("filter_path=errors,items.*.status,items.*.error"));
        let request = client
            .post(url)
            .header("content-type", "application/x-ndjson")
            .body(body);
        self.is_asking = true;
        let answer = request.send().await.map_err(|error| {
            self.is_asking = false;
            // It may come back with another version, or without its data.
            self.version = None;
            self.failure(innermost(&error))
        })?;
        let status = answer.status();
        if matches!(status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::BAD_REQUEST) {
            self.is_asking = false;
            return self.refused_whole(status, batch, report);
        }
        let text = self.text(Ok(answer)).await;
        self.is_asking = false;
        let text = text?;
        let items = answer::read(&text, batch.len()).map_err(|reason| self.failure(reason))?;
        let mut busy = None;
        for (fate, item) in batch.fates.iter_mut().zip(items) {
            *fate = match item {
                Item::Taken => Fate::Delivered,
                Item::Busy(reason) => {
                    busy.get_or_insert(reason);
                    Fate::Open
                }
                Item::Refused(reason) => {
                    report.rejection = Some(reason);
                    Fate::Rejected
                }
            };
        }
        if let Some(reason) = busy {
            return Err(self.failure(format!("some lines are to come again: {reason}")));
        }
        self.most_lines = (self.most_lines * 2).min(MOST_LINES);
        Ok(())
    }
}
