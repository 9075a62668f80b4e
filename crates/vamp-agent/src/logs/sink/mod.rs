//! What takes lines.

mod bulk;
mod events;
mod file;
mod outside;
mod stdout;
mod tcp;
mod udp;

use async_trait::async_trait;

use super::chunk::{Batch, Part};
use super::config::{SinkConfig, Target};
use super::encode::{Document, Read};

/// Why lines were not taken; they are tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(pub(crate) String);

/// What a sink tells while it works.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) read: Read,
    /// Why lines were rejected, the last one.
    pub(crate) rejection: Option<String>,
}

/// Takes lines in their order. Each sink lives in a thread of its own.
#[async_trait(?Send)]
pub(crate) trait Sink {
    /// Most lines and bytes that one call should get.
    fn most(&self) -> (usize, usize) {
        (1024, 256 * 1024)
    }

    /// Delivers, and notes in the batch what has become of each line. A call may be dropped at any moment.
    async fn deliver(&mut self, batch: &mut Batch, report: &mut Report) -> Result<(), Failure>;

    /// Notices, while there is nothing to deliver, that the other side goes; returns when it has.
    async fn watch(&mut self) -> Failure {
        std::future::pending().await
    }

    /// Lines that were delivered and have to be sent again, the oldest first: after a failure or the end, what may not have arrived. Told once.
    fn take_back(&mut self) -> Vec<Part> {
        Vec::new()
    }

    /// Opens anew what has a name, which may mean something else by now.
    fn reopen(&mut self) {}

    /// Completes what was delivered, before the end, and notes what becomes known of the lines in hand.
    async fn finish(&mut self, _in_hand: &mut Batch) {}
}

/// The sink that the settings describe.
pub(crate) fn build(config: &SinkConfig, host: &str) -> Box<dyn Sink> {
    let document = Document {
        host: host.to_owned(),
        kind: match &config.target {
            Target::Elasticsearch { .. } => "log",
            _ => "haproxy",
        },
    };
    let format = config.format;
    match &config.target {
        Target::Udp { address } => Box::new(udp::Udp::new(address.clone(), format, document)),
        Target::Tcp { address } => Box::new(tcp::Tcp::new(address.clone(), format, document)),
        Target::File {
            path,
            most_bytes,
            keep,
        } => Box::new(file::File::new(
            path.clone(),
            *most_bytes,
            *keep,
            format,
            document,
        )),
        Target::Elasticsearch { url, index } => {
            Box::new(bulk::Bulk::new(url.clone(), index.clone(), document))
        }
        Target::Events { url } => Box::new(events::Events::new(url.clone(), document)),
        Target::Stdout => Box::new(stdout::Stdout::new(format, document)),
    }
}
