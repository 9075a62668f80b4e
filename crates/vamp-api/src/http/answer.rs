//! What is answered when a request succeeds.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What a header's value may not hold as it is.
const HEADER: &AsciiSet = &CONTROLS.add(b'%');

/// A request that succeeds.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

impl Answer {
    /// Bytes of this media type.
    pub(crate) fn raw(status: StatusCode, media_type: &'static str, bytes: Bytes) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(media_type))]);
        Self {
            status,
            headers,
            body: Body::from(bytes),
        }
    }

    /// A body that is produced while it is sent.
    pub(crate) fn stream(media_type: &'static str, body: Body) -> Self {
        Self {
            body,
            ..Self::raw(StatusCode::OK, media_type, Bytes::new())
        }
    }

    /// No body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Body::empty(),
        }
    }

    /// The same answer with a header whose value is any text; what a header cannot hold is percent-encoded.
    pub(crate) fn with_header(self, name: HeaderName, value: &str) -> Self {
        let encoded = utf8_percent_encode(value, HEADER).to_string();
        self.with_encoded_header(name, &encoded)
    }

    /// The same answer with a header whose value is visible ASCII.
    pub(crate) fn with_encoded_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::try_from(value) {
            self.headers.append(name, value);
        }
        self
    }

    /// The same answer with the revision of what it shows, if it has one.
    pub(crate) fn with_revision(self, revision: Option<u64>) -> Self {
        match revision {
            Some(revision) => self.with_header(ETAG, &format!("\"{revision}\"")),
            None => self,
        }
    }

    /// The same answer with remarks.
    pub(crate) fn with_notices<'n>(self, notices: impl IntoIterator<Item = &'n str>) -> Self {
        self.with_texts(vamp_client::wire::NOTICE, notices)
    }

    /// The same answer with the names of inline breeds that have changed.
    pub(crate) fn with_changed_breeds<'n>(self, names: impl IntoIterator<Item = &'n str>) -> Self {
        self.with_texts(vamp_client::wire::CHANGED_BREED, names)
    }

    fn with_texts<'t>(self, header: &'static str, texts: impl IntoIterator<Item = &'t str>) -> Self {
        let name = HeaderName::from_static(header);
        texts
            .into_iter()
            .fold(self, |answer, text| answer.with_header(name.clone(), text))
    }

    pub(crate) fn respond(self) -> Response {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}
