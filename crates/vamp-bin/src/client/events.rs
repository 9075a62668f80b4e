use futures::StreamExt as _;
use serde_json::Value;
use vamp_client::wire::{Event, EventQuery};
use vamp_client::{EventFilter, Followed, Page};

use super::arguments::EventsArguments;
use super::output::Format;
use super::{Session, failure};
use crate::display::table::Table;
use crate::{Error, Exit, Result};

/// How many events are shown without being asked for a number.
const USUAL: usize = 30;

pub(super) async fn run(session: &Session, arguments: &EventsArguments) -> Result<Exit> {
    let usual = if arguments.follow { 0 } else { USUAL };
    let past = past(session, arguments, arguments.limit.unwrap_or(usual)).await?;
    if !arguments.follow {
        let value = json(&past)?;
        session
            .output
            .value(arguments.output.output, &value, || table(&past))?;
        return Ok(Exit::Success);
    }
    for event in &past {
        print(session, arguments.output.output, event)?;
    }
    follow(session, arguments).await
}

/// The last events, the oldest first.
async fn past(session: &Session, arguments: &EventsArguments, limit: usize) -> Result<Vec<Event>> {
    let query = EventQuery {
        tags: arguments.tags.clone(),
        kind: arguments.kind.clone(),
        timestamp: None,
    };
    let mut events: Vec<Event> = Vec::new();
    let mut number = 1;
    while events.len() < limit {
        let page = session.client.events().query(&query, Page::number(number)).await;
        let page = page.map_err(|error| session.failed(error))?;
        let last = page.items.len() < Page::LARGEST as usize;
        events.extend(page.items);
        if last {
            break;
        }
        number += 1;
    }
    events.truncate(limit);
    events.reverse();
    Ok(events)
}

async fn follow(session: &Session, arguments: &EventsArguments) -> Result<Exit> {
    let filter = EventFilter {
        tags: arguments.tags.clone(),
        kind: arguments.kind.clone(),
    };
    let mut events = session.client.events().follow(filter);
    let mut connected = false;
    loop {
        let next = tokio::select! {
            next = events.next() => next,
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Interrupted),
        };
        match next {
            Some(Ok(Followed::Event(event))) => print(session, arguments.output.output, &event)?,
            Some(Ok(Followed::Connected)) => {
                if connected {
                    session.output.remark("connected again");
                }
                connected = true;
            }
            Some(Ok(Followed::Missed(count))) => {
                session.output.remark(&format!(
                    "{count} events could not be delivered; ask for them without -f"
                ));
            }
            Some(Ok(_)) => {}
            // A server that cannot be reached from the start is an error of the command; later ones pass.
            Some(Err(error)) if connected && error.is_temporary() => {
                session.output.remark(&format!("the connection is lost: {error}"));
            }
            Some(Err(error)) => return Err(failure::of(error, &session.server)),
            None => {
                return Err(Error::new(
                    Exit::Unreachable,
                    "the server has ended the stream of events",
                ));
            }
        }
    }
}

fn print(session: &Session, format: Format, event: &Event) -> Result<()> {
    let text = match format {
        Format::Table => format!("{}\n", line(event)),
        Format::Json => format!("{}\n", json(event)?),
        Format::Yaml => format!("---\n{}", vamp_model::to_yaml(event)),
    };
    session.output.text(&text)
}

fn json(value: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(value)
        .map_err(|error| Error::new(Exit::Failed, format!("cannot print events: {error}")))
}

fn table(events: &[Event]) -> Table {
    let mut table = Table::new(["TIME", "TYPE", "TAGS", "VALUE"]);
    for event in events {
        table.row(cells(event));
    }
    table
}

fn line(event: &Event) -> String {
    cells(event)
        .join("  ")
        .replace(char::is_control, " ")
        .trim_end()
        .to_owned()
}

fn cells(event: &Event) -> [String; 4] {
    [
        event.timestamp.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        event.kind.clone(),
        telling_tags(&event.tags).join(","),
        value(event.value.as_ref()),
    ]
}

/// The tags without those that another one begins with: `gateways` says nothing beside `gateways:shop`.
fn telling_tags(tags: &[String]) -> Vec<&str> {
    let implied = |tag: &str| {
        tags.iter()
            .any(|other| other.strip_prefix(tag).is_some_and(|rest| rest.starts_with(':')))
    };
    tags.iter()
        .map(String::as_str)
        .filter(|tag| !implied(tag))
        .collect()
}

/// The value in one line, not longer than people read.
fn value(value: Option<&Value>) -> String {
    const SHOWN: usize = 100;
    let text = match value {
        None | Some(Value::Null) => return String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN {
        return line;
    }
    let cut: String = line.chars().take(SHOWN - 1).collect();
    format!("{cut}…")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_one_line_whatever_it_says() {
        let event = |value: Value| Event {
            id: "1".to_owned(),
            version: None,
            tags: ["gateways", "gateways:shop/web/http", "deployed"]
                .map(str::to_owned)
                .to_vec(),
            value: Some(value),
            timestamp: "2031-04-05T06:07:08.9Z".parse().unwrap(),
            kind: "event".to_owned(),
        };
        let shown = line(&event(json!("name: x\nport: 1\u{1b}[31m")));
        assert_eq!(
            shown,
            "2031-04-05T06:07:08.900Z  event  gateways:shop/web/http,deployed  name: x port: 1 [31m"
        );
        assert!(line(&event(json!("x".repeat(1000)))).chars().count() < 200);
        insta::assert_snapshot!(table(&[event(json!({"weight": 5})), event(Value::Null)]), @r#"
        TIME                      TYPE   TAGS                             VALUE
        2031-04-05T06:07:08.900Z  event  gateways:shop/web/http,deployed  {"weight":5}
        2031-04-05T06:07:08.900Z  event  gateways:shop/web/http,deployed  -
        "#);
    }
}
