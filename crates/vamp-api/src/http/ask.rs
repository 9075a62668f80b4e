//! A request, read as far as every route needs it.

use axum::http::header::{HOST, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use serde::Serialize;
use vamp_engine::{Mode, Precondition, Request};

use super::paging::Place;
use super::query::Query;
use super::{Answer, Failure, Notation, Paging};

/// A request that has passed the checks of its route.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) notation: Notation,
    /// The name in the path, decoded; empty where the route has none.
    pub(crate) name: String,
    /// The second name in the path; empty where the route has none.
    pub(crate) second_name: String,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    /// As the caller wrote it.
    pub(crate) uri: Uri,
    /// The body; empty where there is none.
    pub(crate) text: String,
}

impl Ask {
    /// An answer with a body.
    pub(crate) fn answer<T: Serialize>(&self, status: StatusCode, body: &T) -> Result<Answer, Failure> {
        let bytes = self.notation.write(body)?;
        Ok(Answer::raw(status, self.notation.media_type(), bytes))
    }

    /// An answer with a page of a list.
    pub(crate) fn page<T: Serialize>(
        &self,
        paging: Paging,
        total: u64,
        items: &[T],
    ) -> Result<Answer, Failure> {
        let host = self.headers.get(HOST).and_then(|host| host.to_str().ok());
        let place = Place {
            host: host.unwrap_or("localhost"),
            uri: &self.uri,
        };
        let answer = self.answer(StatusCode::OK, &items)?;
        Ok(paging.describe(answer, total, &place))
    }

    /// Whether nothing shall be changed.
    fn validate_only(&self) -> Result<bool, Failure> {
        self.query.boolean("validate_only")
    }

    /// How a change is asked for.
    pub(crate) fn request(&self) -> Result<Request, Failure> {
        let mode = if self.validate_only()? {
            Mode::ValidateOnly
        } else {
            Mode::Apply
        };
        Ok(Request {
            mode,
            precondition: self.precondition()?,
            source: Some(self.text.clone()).filter(|text| !text.is_empty()),
        })
    }

    /// The state that `If-Match` and `If-None-Match` demand.
    fn precondition(&self) -> Result<Precondition, Failure> {
        let header = |name| match self.headers.get(&name).map(HeaderValue::to_str) {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value.trim())),
            Some(Err(_)) => Err(Failure::bad_request(format!("The header '{name}' is no text."))),
        };
        match (header(IF_MATCH)?, header(IF_NONE_MATCH)?) {
            (None, None) => Ok(Precondition::None),
            (Some("*"), None) => Ok(Precondition::Present),
            (None, Some("*")) => Ok(Precondition::Absent),
            (Some(tags), None) => {
                let revisions = tags.split(',').map(|tag| revision(tag.trim()));
                revisions.collect::<Result<_, _>>().map(Precondition::Revisions)
            }
            (None, Some(_)) => Err(Failure::bad_request(
                "The header 'If-None-Match' can only be '*': the artifact does not exist.",
            )),
            (Some(_), Some(_)) => Err(Failure::bad_request(
                "The headers 'If-Match' and 'If-None-Match' exclude each other.",
            )),
        }
    }
}

/// The revision that an entity tag stands for.
fn revision(tag: &str) -> Result<u64, Failure> {
    let number = tag
        .strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'))
        .and_then(|number| number.parse().ok());
    number.ok_or_else(|| {
        Failure::bad_request(format!(
            "The header 'If-Match' holds '*' or revisions in quotes, as in 'ETag', but not: {tag}"
        ))
    })
}
