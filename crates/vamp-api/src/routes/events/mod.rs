//! Events: publishing and asking.

pub(super) mod fields;
mod stream;
mod time_range;

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use utoipa::openapi::Required;
use vamp_client::wire::{Event, EventQuery as WireQuery, NewEvent as WireEvent};
use vamp_engine::{EventFilter, EventQuery, NewEvent, Page};
use vamp_model::{Limits, code};

use super::describe::{answer, answer_as, document, list_of, named, operation, pages, schema, text, texts};
use super::{Checks, Document, Endpoint, artifact};
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
    let body = fields::mapping(&ask.text, &limits)?;
    let event = new_event(body).map_err(|failure| failure.located(&ask.text, &limits, 0))?;
    let stored = shared.engine.publish(event).await?;
    ask.answer(StatusCode::CREATED, &native(&stored))
}

async fn query(shared: Arc<Shared>, ask: Ask) -> Result<Answer, Failure> {
    let paging = Paging::of(&ask.query)?;
    let asked = Asked::of(&shared, &ask)?;
    let now = shared.options.clock.now();
    let time = time_range::parse(asked.timestamp.as_ref(), now)
        .map_err(|failure| failure.located(&ask.text, &artifact::limits(&shared), 0))?;
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
        let body = fields::mapping(&ask.text, &limits)?;
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
            timestamp: timestamp.map(|text| fields::value(text, limits)).transpose()?,
            count: false,
        })
    }

    fn of_body(mut body: Map<String, Value>) -> Result<Self, Failure> {
        let tags = body.shift_remove("tags").map(fields::tags).transpose()?;
        let kind = body
            .shift_remove("type")
            .map(|kind| fields::word("type", kind))
            .transpose()?;
        let timestamp = body.shift_remove("timestamp");
        let count = body
            .shift_remove("aggregator")
            .map(aggregator)
            .transpose()?
            .is_some();
        fields::nothing_else(&body)?;
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
    const TYPE: &str = "aggregator.type";
    let Value::Object(mut aggregator) = aggregator else {
        return Err(fields::unexpected_type("aggregator"));
    };
    let Some(kind) = aggregator.shift_remove("type") else {
        return Err(fields::missing("aggregator", "/aggregator/type"));
    };
    let kind = fields::word(TYPE, kind)?;
    match kind.to_ascii_lowercase().as_str() {
        "count" => Ok(()),
        "min" | "max" | "average" | "sum" => {
            let message = format!("The aggregator '{kind}' is not supported yet, only 'count' is.");
            Err(fields::problem(code::NOT_SUPPORTED, TYPE, message))
        }
        _ => {
            let message = format!("Unsupported aggregator: {kind}.");
            Err(fields::problem("UnsupportedAggregatorError", TYPE, message))
        }
    }
}

fn new_event(mut body: Map<String, Value>) -> Result<NewEvent, Failure> {
    let tags = body
        .shift_remove("tags")
        .ok_or_else(|| fields::missing("", "/tags"))?;
    let mut event = NewEvent::new(fields::tags(tags)?);
    if let Some(kind) = body.shift_remove("type") {
        event = event.of_kind(fields::word("type", kind)?);
    }
    if let Some(value) = body.shift_remove("value") {
        event = event.with_value(value);
    }
    if let Some(version) = body.shift_remove("version") {
        event = event.with_version(fields::word("version", version)?);
    }
    if let Some(timestamp) = body.shift_remove("timestamp") {
        let timestamp = fields::word("timestamp", timestamp)?;
        let at = timestamp
            .parse()
            .map_err(|_| fields::unreadable_moment("timestamp", &timestamp))?;
        event = event.at(at);
    }
    fields::nothing_else(&body)?;
    Ok(event)
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
