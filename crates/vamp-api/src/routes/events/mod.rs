//! Events: publishing and asking.

mod stream;

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use utoipa::openapi::Required;
use vamp_client::wire::{ErrorItem, Event, EventQuery as WireQuery, NewEvent as WireEvent};
use vamp_engine::{EventFilter, EventQuery, NewEvent, Page, TimeRange};
use vamp_model::{Aggregation, Format, InvalidTimeExpression, ParsedText, code, read_with};

use super::describe::{answer, answer_as, document, list_of, named, operation, pages, schema, text, texts};
use super::{Checks, Document, Endpoint, artifact};
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
    let event =
        read_with(&ask.text, Format::Auto, &limits).map_err(|problems| Failure::problems(&problems))?;
    let stored = shared.engine.publish(new_event(event)).await?;
    ask.answer(StatusCode::CREATED, &native(&stored))
}

fn new_event(event: vamp_model::Event) -> NewEvent {
    NewEvent {
        kind: event.kind.to_string(),
        value: event.value.unwrap_or_default(),
        at: event.timestamp.map(|time| time.moment()),
        version: event.version,
        ..NewEvent::new(event.tags)
    }
}

async fn query(shared: Arc<Shared>, ask: Ask) -> Result<Answer, Failure> {
    let paging = Paging::of(&ask.query)?;
    let parsed = artifact::parsed(&shared, &ask.text)?;
    let asked = asked(&shared, &ask, &parsed)?;
    let counts = match asked.aggregator.as_ref().map(|aggregator| aggregator.kind) {
        None => false,
        Some(Aggregation::Count) => true,
        Some(other) => {
            let message = format!("The aggregator '{other}' is not supported yet, only 'count' is.");
            return Err(complaint(
                &parsed,
                code::NOT_SUPPORTED,
                "aggregator.type",
                message,
            ));
        }
    };
    let range = asked.time.resolve(shared.options.clock.now());
    let (from, to) = range.map_err(|InvalidTimeExpression(text)| {
        let message = format!("Event timestamp cannot be parsed: '{text}'.");
        complaint(&parsed, code::EVENT_TIMESTAMP, "timestamp", message)
    })?;
    let mut query = EventQuery {
        filter: filter(asked),
        time: TimeRange { from, to },
        page: Page {
            offset: paging.offset(),
            limit: paging.limit(),
        },
    };
    if counts {
        query.page = Page { offset: 0, limit: 0 };
        let total = shared.engine.events(query).await?.total;
        return ask.answer(StatusCode::OK, &json!({ "value": total }));
    }
    let found = shared.engine.events(query).await?;
    let items: Vec<Event> = found.items.iter().map(as_text).collect();
    ask.page(paging, found.total, &items)
}

/// What is asked for: the body where there is one, else the parameters.
fn asked(shared: &Shared, ask: &Ask, parsed: &ParsedText<'_>) -> Result<vamp_model::EventQuery, Failure> {
    let told = |problems| Failure::problems(&problems);
    if !ask.text.trim().is_empty() {
        return parsed.read_event_request().map_err(told);
    }
    let limits = artifact::limits(shared);
    let time = ask.query.get("timestamp").filter(|text| !text.is_empty());
    let time = time
        .map(|text| read_with(text, Format::Auto, &limits))
        .transpose();
    Ok(vamp_model::EventQuery {
        tags: ask.query.all("tag").map(str::to_owned).collect(),
        kind: ask.query.get("type").map(str::to_owned),
        time: time.map_err(told)?.unwrap_or_default(),
        aggregator: None,
    })
}

/// Which events a request asks for, at whatever time.
fn filter_of(shared: &Shared, ask: &Ask) -> Result<EventFilter, Failure> {
    let parsed = artifact::parsed(shared, &ask.text)?;
    asked(shared, ask, &parsed).map(filter)
}

fn filter(asked: vamp_model::EventQuery) -> EventFilter {
    EventFilter {
        tags: asked.tags.into_iter().collect(),
        kind: asked.kind,
    }
}

/// What is wrong with a query that could be read.
fn complaint(parsed: &ParsedText<'_>, code: &str, path: &str, message: String) -> Failure {
    let item = ErrorItem {
        code: code.to_owned(),
        path: path.to_owned(),
        line: None,
        column: None,
        message: message.clone(),
        hint: None,
    };
    Failure::bad_request(message)
        .with_errors(vec![item])
        .located(parsed, 0)
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
