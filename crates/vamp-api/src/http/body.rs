//! Bodies of requests, up to a limit.

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, EXPECT};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;

use super::Failure;

/// How much of a body that is too large is read and thrown away, so that its sender gets to read the answer: senders look
/// for one only when they have sent all.
const DRAINED: u64 = 64 * 1024 * 1024;

/// The body, which is UTF-8 and not larger than the limit.
pub(super) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<String, Failure> {
    let announced = announced(headers);
    let too_large = || Failure::too_large(limit);
    if announced.is_some_and(|length| length > limit as u64) {
        let waits = headers.contains_key(EXPECT);
        if waits || announced.is_some_and(|length| length > DRAINED) {
            return Err(too_large().closing());
        }
        return Err(drain(body, 0)
            .await
            .map_or_else(|_| too_large().closing(), |()| too_large()));
    }
    let mut body = body;
    let mut bytes = BytesMut::with_capacity(announced.unwrap_or(0) as usize);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| broken(&error))?.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > limit {
            let read = (bytes.len() + data.len()) as u64;
            drop(bytes);
            return Err(drain(body, read)
                .await
                .map_or_else(|_| too_large().closing(), |()| too_large()));
        }
        bytes.extend_from_slice(&data);
    }
    text(bytes.freeze())
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn broken(error: &axum::Error) -> Failure {
    Failure::bad_request(format!("The body of the request is broken: {error}")).closing()
}

/// More than is worth reading.
struct Endless;

/// Reads to the end, unless that is too far.
async fn drain(mut body: Body, mut read: u64) -> Result<(), Endless> {
    while let Some(frame) = body.frame().await {
        let data = frame.map_err(|_| Endless)?;
        read += data.data_ref().map_or(0, Bytes::len) as u64;
        if read > DRAINED {
            return Err(Endless);
        }
    }
    Ok(())
}

fn text(bytes: Bytes) -> Result<String, Failure> {
    String::from_utf8(bytes.into()).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
        let start = good
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        let column = 1 + String::from_utf8_lossy(&good[start..]).chars().count();
        let message = "Error: the text is not UTF-8.".to_owned();
        let item = vamp_client::wire::ErrorItem {
            code: vamp_model::code::YAML_PARSING.to_owned(),
            path: String::new(),
            line: Some(line),
            column: Some(column),
            message: message.clone(),
            hint: None,
        };
        Failure::bad_request(message).with_errors(vec![item])
    })
}
