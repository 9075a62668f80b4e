use std::sync::Arc;
use std::time::Duration;

use vamp_io::clock::{Clock, SystemClock};

use crate::{Hosts, Origins};

/// Settings of the API. The listener, and so the address, is the caller's.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ApiOptions {
    /// The name that may stand in front of the API's path, `/{namespace}/api/v1/…`. Default: `default`.
    pub namespace: String,
    /// How many leading segments of every path are dropped, for a proxy in front that adds some. Default: 0.
    pub strip_path_segments: usize,
    /// How long an answer may take to begin; then the caller is told 503, while a change goes on. Event streams are not cut.
    /// Default: 10 s.
    pub response_timeout: Duration,
    /// The largest body that a request may have, in bytes. Default: 8 MiB.
    pub body_limit: usize,
    /// How long an event stream may be silent before a sign of life is sent. Default: 15 s.
    pub keep_alive: Duration,
    /// How many connections may be open; more wait to be accepted. Default: 1024.
    pub connections: usize,
    /// How long requests under way may take to finish after the wish to end. Default: 5 s.
    pub shutdown_grace: Duration,
    /// How [`info`](vamp_client::wire::Info) greets. Default: the greeting that clients know.
    pub greeting: String,
    /// From which web pages browsers may call the API; requests from others are answered with 403. Default: from those of the
    /// server itself.
    pub origins: Origins,
    /// Under which names the server may be called; other requests are answered with 403. Default: `localhost`, the loopback
    /// addresses and the address at which the connection arrived.
    pub hosts: Hosts,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl Default for ApiOptions {
    fn default() -> Self {
        Self {
            namespace: "default".to_owned(),
            strip_path_segments: 0,
            response_timeout: Duration::from_secs(10),
            body_limit: 8 * 1024 * 1024,
            keep_alive: Duration::from_secs(15),
            connections: 1024,
            shutdown_grace: Duration::from_secs(5),
            greeting: "Hi, I'm Vamp! How are you?".to_owned(),
            origins: Origins::default(),
            hosts: Hosts::default(),
            clock: Arc::new(SystemClock),
        }
    }
}
