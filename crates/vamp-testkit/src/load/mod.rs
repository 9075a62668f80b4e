//! A client that loads a gateway and counts exactly what was not answered.
//!
//! It never retries. Kinds of connections run side by side ([`ConnectionKind`]): *fresh*, one request each; *busy keep-alive*,
//! request after request; *idle keep-alive*, with a pause of some hundred milliseconds between two requests; *websockets*, which stay open
//! and say something now and then.
//!
//! # What counts as lost
//!
//! A server may close a connection; it may not do so with a request on its way that the client had no reason to hold back.
//!
//! - **Announced close**: the answer carried `Connection: close`, or the client saw the connection closed *before* it committed
//!   itself to the next request. The next request goes over a new connection. Nothing is lost.
//! - **Lost** ([`Loss`]): a request the client had committed itself to, and that got no complete answer with a status of 2xx. Of a
//!   websocket, a message whose echo did not come; one that is ended before the client ends it has lost its next message, whenever that was.
//!
//! # Distance
//!
//! On one machine a client sees a close microseconds after it happened, so it almost never writes into a connection that is
//! being closed. Over a network the news travels for half a round trip, and so does the request: whatever a client sends from one
//! round trip before the close is visible *at the server* is lost. Idle connections therefore behave like those of a client at a
//! distance ([`LoadOptions::round_trip`]): the client looks at the connection, commits itself, and its bytes reach the socket
//! one round trip later (the way of the news and the way of the bytes together). A close that it had seen before it committed
//! itself counts as announced; one that happened while the bytes travelled has cost the request.
//!
//! # Example
//!
//! ```no_run
//! # async fn example(gateway: std::net::SocketAddr) -> Result<(), vamp_testkit::Error> {
//! use std::time::{Duration, Instant};
//! use vamp_testkit::load::{LoadClient, LoadOptions};
//!
//! let load = LoadClient::start(LoadOptions::new(gateway))?;
//! let before = load.snapshot();
//! let first = load.first_answer_from("2.0");
//! let changed = Instant::now();
//! // … give version 2.0 its first traffic …
//! let first = first.within(Duration::from_secs(5)).await?;
//! println!("routed anew after {:?}", first.received - changed);
//!
//! let window = load.snapshot().since(&before);
//! println!("2.0 gave {:.1} % of {} answers", window.share("2.0"), window.answered());
//! let total = load.stop().await;
//! assert_eq!(total.lost(), 0, "{total}");
//! # Ok(())
//! # }
//! ```

mod client;
mod connection;
mod counters;
mod observe;
mod options;
mod outcome;
mod websocket;
mod worker;

pub use client::LoadClient;
pub use counters::Snapshot;
pub use observe::{Answer, Observation};
pub use options::{LoadOptions, Thinking};
pub use outcome::{ConnectionKind, Loss, Lost};
