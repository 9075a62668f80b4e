//! Where the gateways' part of the configuration comes from.

#[cfg(feature = "server")]
mod server;
#[cfg(feature = "text-file")]
mod text_file;
#[cfg(any(feature = "server", feature = "text-file"))]
mod told;

use futures::stream::BoxStream;
use vamp_kv::handover::{HandOver, HandedOver, Received};

#[cfg(feature = "server")]
pub use server::VampServer;
#[cfg(feature = "text-file")]
pub use text_file::TextFile;

/// Where the gateways' part of the configuration comes from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Source {
    /// A key-value store, in which the agent registers, too.
    Store(HandOver),
    /// A file that another program writes. Nobody hears what the agent made of it but those who ask the agent.
    #[cfg(feature = "text-file")]
    TextFile(TextFile),
    /// The Vamp server itself, to which the agent reports nothing.
    #[cfg(feature = "server")]
    Server(VampServer),
}

impl From<HandOver> for Source {
    fn from(hand_over: HandOver) -> Self {
        Self::Store(hand_over)
    }
}

#[cfg(feature = "text-file")]
impl From<TextFile> for Source {
    fn from(file: TextFile) -> Self {
        Self::TextFile(file)
    }
}

#[cfg(feature = "server")]
impl From<VampServer> for Source {
    fn from(server: VampServer) -> Self {
        Self::Server(server)
    }
}

impl Source {
    /// What stands there, each time that it changes; absent and empty values, too. Errors tell of outages, and the stream goes on.
    pub(crate) fn watch(&self) -> BoxStream<'static, vamp_kv::Result<HandedOver>> {
        match self {
            Self::Store(hand_over) => hand_over.watch_all(),
            #[cfg(feature = "text-file")]
            Self::TextFile(file) => file.watch(),
            #[cfg(feature = "server")]
            Self::Server(server) => server.watch(),
        }
    }

    /// What stands there now, for those sources that do not look by themselves from time to time.
    pub(crate) async fn current(&self) -> vamp_kv::Result<Option<Received>> {
        match self {
            Self::Store(hand_over) => hand_over.current().await,
            #[cfg(feature = "text-file")]
            Self::TextFile(_) => Ok(None),
            #[cfg(feature = "server")]
            Self::Server(_) => Ok(None),
        }
    }

    /// The hash of the text that stands there now, where it is told without reading the text.
    pub(crate) async fn current_hash(&self) -> vamp_kv::Result<Option<String>> {
        match self {
            Self::Store(hand_over) => hand_over.current_hash().await,
            #[cfg(feature = "text-file")]
            Self::TextFile(_) => Ok(None),
            #[cfg(feature = "server")]
            Self::Server(_) => Ok(None),
        }
    }

    /// Where the agent registers, if it can.
    pub(crate) fn register(&self) -> Option<HandOver> {
        match self {
            Self::Store(hand_over) => Some(hand_over.clone()),
            #[cfg(feature = "text-file")]
            Self::TextFile(_) => None,
            #[cfg(feature = "server")]
            Self::Server(_) => None,
        }
    }
}
