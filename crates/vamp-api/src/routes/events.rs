//! Events: publishing and asking.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use utoipa::openapi::Required;
use vamp_client::wire::{ErrorItem, Event, EventQuery as WireQuery, NewEvent as WireEvent};
use vamp_engine::{EventFilter, EventQuery, NewEvent, Page};
use vamp_model::{Format, Limits, ValuePath, code, read_value_with};

use super::describe::{answer, answer_as, document, list_of, named, operation, pages, schema, text, texts};
use super::{Checks, Document, Endpoint, artifact, stream, time_range};
use crate::http::query::Query;
use crate::http::{Answer, Ask, Failure, Paging};
use crate::shared::Shared;

const TAG: &str = "events";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let filters = || {
        [
            texts(
                "tag",
                "A tag that an event must have; all of them where it comes several times.",
            ),
            text("type", "The sort of event."),
        ]
    };
    let query_body = || {
        document(
            "What is asked for, in place of the parameters.",
            Required::False,
            &schema::<WireQuery>(),
        )
    };
    let query_operation = operation(
        TAG,
        "query_events",
        "The events that meet the query, the newest first.",
    )
    .parameters(Some(pages()))
    .parameters(Some(filters()))
    .parameter(text(
        "timestamp",
        "A range of time, as JSON: `{\"gte\":\"now-10m\"}`.",
    ))
    .request_body(Some(query_body()))
    .response(
        "200",
        answer(
            "A page; values that are no text are JSON in text.",
            &list_of(schema::<Event>()),
        ),
    );
    let publish_operation = operation(TAG, "publish_event", "Publishes an event.")
        .request_body(Some(document(
            "The event.",
            Required::True,
            &schema::<WireEvent>(),
        )))
        .response("201", answer("The event as it is stored.", &schema::<Event>()));
    let stream_operation = operation(
        TAG,
        "follow_events",
        "The events from now on, as server-sent events.",
    )
    .parameters(Some(filters()))
    .request_body(Some(query_body()))
    .response(
        "200",
        answer_as(
            "A stream that does not end by itself.",
            stream::MEDIA_TYPE,
            &named("Event"),
        ),
    );
    vec![
        Endpoint::new(
            Method::GET,
            "/events",
            Checks::with(Document::Optional),
            query_operation,
            query,
        ),
        Endpoint::new(Method::POST, "/events", Checks::WRITE, publish_operation, publish),
        Endpoint::new(
            Method::GET,
            "/events/stream",
            Checks::unchecked(Document::Optional),
            stream_operation,
            stream::follow,
        ),
    ]
}

async fn publish(shared: Arc<Shared>, ask: Ask) -> Result<Answer, Failure> {
    let limits = artifact::limits(&shared);
    let body = mapping(&ask.text, &limits)?;
    let event = new_event(body).map_err(|failure| failure.located(&ask.text, &limits, 0))?;
    let stored = shared.engine.publish(event).await?;
    ask.answer(StatusCode::CREATED, &native(&stored))
}

async fn query(shared: Arc<Shared>, ask: Ask) -> Result<Answer, Failure> {
    let paging = Paging::of(&ask.query)?;
    let asked = Asked::of(&shared, &ask)?;
    let time = time_range::parse(asked.timestamp.as_ref(), shared.options.clock.now())?;
    let mut query = EventQuery {
        filter: asked.filter,
        time,
        page: Page {
            offset: paging.offset(),
            limit: paging.limit(),
        },
    };
    if asked.count {
        query.page = Page { offset: 0, limit: 0 };
        let total = shared.engine.events(query).await?.total;
        return ask.answer(StatusCode::OK, &json!({ "value": total }));
    }
    let found = shared.engine.events(query).await?;
    let items: Vec<Event> = found.items.iter().map(as_text).collect();
    ask.page(paging, found.total, &items)
}

/// What a query asks for.
pub(super) struct Asked {
    pub(super) filter: EventFilter,
    timestamp: Option<Value>,
    count: bool,
}

impl Asked {
    /// The body where there is one, else the parameters.
    pub(super) fn of(shared: &Shared, ask: &Ask) -> Result<Self, Failure> {
        let limits = artifact::limits(shared);
        if ask.text.trim().is_empty() {
            return Self::of_parameters(&ask.query, &limits);
        }
        let body = mapping(&ask.text, &limits)?;
        Self::of_body(body).map_err(|failure| failure.located(&ask.text, &limits, 0))
    }

    fn of_parameters(query: &Query, limits: &Limits) -> Result<Self, Failure> {
        let timestamp = query.get("timestamp").filter(|text| !text.is_empty());
        let filter = EventFilter {
            tags: query.all("tag").map(str::to_owned).collect(),
            kind: query.get("type").map(str::to_owned),
        };
        Ok(Self {
            filter,
            timestamp: timestamp.map(|text| value(text, limits)).transpose()?,
            count: false,
        })
    }

    fn of_body(mut body: Map<String, Value>) -> Result<Self, Failure> {
        let tags = body.shift_remove("tags").map(tags).transpose()?;
        let kind = body
            .shift_remove("type")
            .map(|kind| word("type", kind))
            .transpose()?;
        let timestamp = body.shift_remove("timestamp");
        let count = body
            .shift_remove("aggregator")
            .map(aggregator)
            .transpose()?
            .is_some();
        nothing_else(&body)?;
        Ok(Self {
            filter: EventFilter {
                tags: tags.unwrap_or_default(),
                kind,
            },
            timestamp,
            count,
        })
    }
}

/// Only counting is known; what else the language has is an error that says so.
fn aggregator(aggregator: Value) -> Result<(), Failure> {
    let Value::Object(mut fields) = aggregator else {
        return Err(unexpected_type("aggregator"));
    };
    let Some(kind) = fields.shift_remove("type") else {
        return Err(missing("/aggregator/type"));
    };
    let kind = word("type", kind)?;
    match kind.to_ascii_lowercase().as_str() {
        "count" => Ok(()),
        "min" | "max" | "average" | "sum" => Err(problem(
            code::NOT_SUPPORTED,
            format!("The aggregator '{kind}' is not supported yet, only 'count' is."),
        )),
        _ => Err(Failure::bad_request(format!("Unsupported aggregator: {kind}."))),
    }
}

fn new_event(mut body: Map<String, Value>) -> Result<NewEvent, Failure> {
    let tags = body.shift_remove("tags").ok_or_else(|| missing("/tags"))?;
    let mut event = NewEvent::new(self::tags(tags)?);
    if let Some(kind) = body.shift_remove("type") {
        event = event.of_kind(word("type", kind)?);
    }
    if let Some(value) = body.shift_remove("value") {
        event = event.with_value(value);
    }
    if let Some(version) = body.shift_remove("version") {
        event = event.with_version(word("version", version)?);
    }
    if let Some(timestamp) = body.shift_remove("timestamp") {
        let timestamp = word("timestamp", timestamp)?;
        let at = timestamp
            .parse()
            .map_err(|_| Failure::bad_request(format!("Event timestamp cannot be parsed: '{timestamp}'.")))?;
        event = event.at(at);
    }
    nothing_else(&body)?;
    Ok(event)
}

/// One tag or a list of them.
fn tags(value: Value) -> Result<BTreeSet<String>, Failure> {
    let values = match value {
        Value::Array(values) => values,
        value => vec![value],
    };
    values.into_iter().map(|value| word("tags", value)).collect()
}

fn word(path: &str, value: Value) -> Result<String, Failure> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(unexpected_type(path)),
    }
}

/// A mapping, whose nulls count as absent.
fn mapping(text: &str, limits: &Limits) -> Result<Map<String, Value>, Failure> {
    match value(text, limits)? {
        Value::Object(fields) => Ok(fields.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        _ => Err(unexpected_type("/")),
    }
}

fn value(text: &str, limits: &Limits) -> Result<Value, Failure> {
    read_value_with(text, Format::Auto, limits).map_err(|problems| Failure::problems(&problems))
}

fn nothing_else(rest: &Map<String, Value>) -> Result<(), Failure> {
    if rest.is_empty() {
        return Ok(());
    }
    let message = format!("Unexpected in DSL: {}", Value::Object(rest.clone()));
    let items = rest.keys().map(|key| ErrorItem {
        path: ValuePath::new().key(key).to_string(),
        ..item(code::UNEXPECTED_ELEMENT, &message)
    });
    let items = items.collect();
    Err(Failure::bad_request(message).with_errors(items))
}

fn missing(path: &str) -> Failure {
    problem(
        code::MISSING_PATH_VALUE,
        format!("Can't find any value for path: {path}"),
    )
}

pub(super) fn unexpected_type(path: &str) -> Failure {
    problem(
        code::UNEXPECTED_TYPE,
        format!("Unexpected type for path '{path}'."),
    )
}

fn problem(code: &str, message: String) -> Failure {
    let item = item(code, &message);
    Failure::bad_request(message).with_errors(vec![item])
}

fn item(code: &str, message: &str) -> ErrorItem {
    ErrorItem {
        code: code.to_owned(),
        path: String::new(),
        line: None,
        column: None,
        message: message.to_owned(),
        hint: None,
    }
}

/// An event with its value as it is.
pub(super) fn native(event: &vamp_engine::Event) -> Event {
    Event {
        id: event.id(),
        version: event.version.clone(),
        tags: event.tags.iter().cloned().collect(),
        value: Some(event.value.clone()).filter(|value| !value.is_null()),
        timestamp: event.at,
        kind: event.kind.clone(),
    }
}

/// An event with its value as text, as queries have always answered.
fn as_text(event: &vamp_engine::Event) -> Event {
    let mut shown = native(event);
    shown.value = Some(Value::String(match shown.value {
        None => String::new(),
        Some(Value::String(text)) => text,
        Some(value) => value.to_string(),
    }));
    shown
}
