//! What is handed over to the gateway agents, as a text: for people, for agents of old, and for agents that reach no key-value store.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use tokio::time::{Instant, timeout_at};
use vamp_client::wire::{PREFER, REVISION, SHRINK_MEANT_FROM, TEXT};
use vamp_engine::Received;

use super::describe::{answer_as, header, nothing, operation, plain_text, segment};
use super::{Checks, Document, Endpoint};
use crate::http::{Answer, Failure};
use crate::shared::Shared;

/// SHA-256 of the empty text.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The longest time that an answer is held.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

pub(super) fn endpoints() -> Vec<Endpoint> {
    let of_marshaller = |path: &str, id: &str| {
        let operation = described(id)
            .parameter(segment("type", "The type of the configuration, `haproxy`."))
            .parameter(segment("name", "Its name, such as `2.4`."));
        let checks = Checks::unchecked(Document::None);
        Endpoint::new(Method::GET, path, checks, operation, |shared, ask| async move {
            configuration(&shared, &ask.name, &ask.second_name, &ask.headers).await
        })
    };
    let of_version = Endpoint::new(
        Method::GET,
        "/haproxy/{name}",
        Checks::unchecked(Document::None),
        described("haproxyConfiguration")
            .parameter(segment("name", "The name of the configuration, such as `2.4`.")),
        |shared, ask| async move { configuration(&shared, "haproxy", &ask.name, &ask.headers).await },
    );
    vec![
        of_marshaller("/vga/{type}/{name}/configuration", "configuration"),
        of_marshaller("/vga/{type}/{name}/config", "config"),
        of_version,
    ]
}

fn described(id: &str) -> utoipa::openapi::path::OperationBuilder {
    operation(
        "system",
        id,
        "The gateways' part of the configuration that was handed over last; empty where there is none.",
    )
    .parameter(header(
        "If-None-Match",
        "The `ETag` of the text that the caller has: only another one is sent.",
    ))
    .parameter(header(
        "Prefer",
        "`wait=SECONDS`: the answer is held until there is another text than that, at most 30 s and four fifths of the time that any \
         answer may take.",
    ))
    .response("200", answer_as("The text.", TEXT, &plain_text()))
    .response("304", nothing("There is no other text."))
}

async fn configuration(
    shared: &Arc<Shared>,
    kind: &str,
    name: &str,
    headers: &HeaderMap,
) -> Result<Answer, Failure> {
    let known = known(headers);
    let deadline = Instant::now() + wait(shared, headers);
    // Before the store is asked, so that nothing is missed.
    let mut changes = shared.engine.configuration_changes();
    loop {
        let found = shared.engine.configuration(kind, name).await?;
        let tag = tag(found.as_ref());
        if !known.contains(&tag.as_str()) {
            return Ok(answered(found, &tag));
        }
        let changed = tokio::select! {
            changed = timeout_at(deadline, changes.changed()) => matches!(changed, Ok(Ok(()))),
            () = shared.closing.wait() => false,
        };
        if !changed {
            let unchanged = Answer::empty(StatusCode::NOT_MODIFIED);
            return Ok(unchanged.with_encoded_header(ETAG, &format!("\"{tag}\"")));
        }
    }
}

/// The hash of the text, with the one from which a shrink is meant: a reader who has the text learns of that, too.
fn tag(found: Option<&Received>) -> String {
    let Some(Received {
        hash,
        shrink_meant_from,
        ..
    }) = found
    else {
        return NOTHING.to_owned();
    };
    match shrink_meant_from.first() {
        Some(from) => format!("{hash}+{from}"),
        None => hash.clone(),
    }
}

fn answered(found: Option<Received>, tag: &str) -> Answer {
    let text = |text: String| Answer::raw(StatusCode::OK, TEXT, text.into());
    let tagged = |answer: Answer| {
        answer
            .with_encoded_header(ETAG, &format!("\"{tag}\""))
            .with_encoded_header(VARY, PREFER)
    };
    let Some(received) = found else {
        return tagged(text(String::new()));
    };
    let answer = tagged(text(received.text))
        .with_encoded_header(HeaderName::from_static(REVISION), &received.revision.to_string());
    if received.shrink_meant_from.is_empty() {
        return answer;
    }
    let from = received.shrink_meant_from.join(", ");
    answer.with_encoded_header(HeaderName::from_static(SHRINK_MEANT_FROM), &from)
}

/// The tags of the texts that the caller has.
fn known(headers: &HeaderMap) -> Vec<&str> {
    let lists = headers.get_all(IF_NONE_MATCH).into_iter();
    let tags = lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','));
    tags.map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"'))
        .collect()
}

/// How long the caller would like to wait for another text; not at all where it does not say.
fn wait(shared: &Shared, headers: &HeaderMap) -> Duration {
    let lists = headers.get_all(PREFER).into_iter();
    let preferences = lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split([',', ';']));
    let seconds = preferences
        .filter_map(|preference| preference.trim().strip_prefix("wait="))
        .find_map(|seconds| seconds.trim_matches('"').parse().ok());
    let longest = LONGEST_WAIT.min(shared.options.response_timeout * 4 / 5);
    Duration::from_secs(seconds.unwrap_or(0)).min(longest)
}
