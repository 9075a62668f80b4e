//! What goes over the wire beside artifacts: the same types on both sides.
//!
//! Artifacts travel in the form of `vamp-model`. With the feature `openapi` each type describes itself as a schema.

mod agent;
mod error;
mod event;
mod info;

pub use agent::{AgentFailure, AgentHaproxy, AgentStatus, Applied};
pub use error::{ErrorBody, ErrorItem};
pub use event::{Event, EventQuery, NewEvent, TimeRange};
pub use info::{Info, Section};

/// The media type of JSON.
pub const JSON: &str = "application/json";
/// The media type of plain text.
pub const TEXT: &str = "text/plain; charset=UTF-8";
/// The media type of YAML.
pub const YAML: &str = "application/x-yaml";
/// The header that says how many elements a list has in all.
pub const TOTAL_COUNT: &str = "x-total-count";
/// The header with a remark on an answer that succeeded; it may come several times, percent-encoded where it is not ASCII.
pub const NOTICE: &str = "x-vamp-notice";
/// The header that names an inline breed which was stored with its blueprint and was not there with this content before; it may come several
/// times, percent-encoded where it is not ASCII.
pub const CHANGED_BREED: &str = "x-vamp-changed-breed";
/// The header by which a caller says how long an answer may be held: `wait=SECONDS` (RFC 7240).
pub const PREFER: &str = "prefer";
/// The header that says from which state of the server's store a configuration was made.
pub const REVISION: &str = "x-vamp-revision";
/// The header with the hashes of the configurations from which a much smaller one is meant, separated by commas.
pub const SHRINK_MEANT_FROM: &str = "x-vamp-shrink-meant-from";
/// The header that names a request in the server's log.
pub const REQUEST_ID: &str = "x-request-id";
/// The name of the record in an event stream that says how many events were missed.
pub const MISSED: &str = "vamp-missed";
