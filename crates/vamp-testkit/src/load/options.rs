//! What load to send, and where.

use std::{net::SocketAddr, ops::RangeInclusive, time::Duration};

/// What load to send, and where. [`LoadOptions::new`] gives about 500 requests per second over about 170 connections.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LoadOptions {
    /// Where to: an address of this machine, the load client refuses others.
    pub target: SocketAddr,
    /// The `Host` header; by default the target's address.
    pub host: String,
    /// The path that is asked for; `/` by default.
    pub path: String,
    /// Requests per second over all connections, 500 by default. The idle connections send what their pauses give, the rest is
    /// shared evenly between the fresh and the busy ones. It is a wish and a limit: a slow server gets fewer.
    pub rate: f64,
    /// How many fresh connections may be open at once; 32 by default, 0 for none.
    pub fresh: usize,
    /// How many busy keep-alive connections there are; 8 by default, 0 for none.
    pub busy: usize,
    /// How many idle keep-alive connections there are; 128 by default, 0 for none.
    pub idle: usize,
    /// How long an idle connection pauses between two requests, chosen anew each time; 100 ms to 2 s by default.
    pub idle_pause: RangeInclusive<Duration>,
    /// The round trip between the clients of the idle connections and the server; 100 ms by default, as between two
    /// continents. See [the module](super).
    pub round_trip: Duration,
    /// More keep-alive connections, in groups of the same think time; none by default.
    pub thinking: Vec<Thinking>,
    /// How many websockets there are, each open for as long as the client runs; 0 by default.
    pub websockets: usize,
    /// How long a websocket pauses between an echo and the next message; 100 ms by default.
    pub websocket_pause: Duration,
    /// How long a connection may take to be accepted, 2 s by default.
    pub connect_limit: Duration,
    /// How long an answer may take, 10 s by default.
    pub answer_limit: Duration,
    /// After so many requests the client ends by itself; 1,000,000 by default.
    pub most_requests: u64,
    /// After this time the client ends by itself; 30 minutes by default.
    pub longest: Duration,
}

/// Keep-alive connections that think between an answer and the next request. [`LoadOptions::rate`] does not hold for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thinking {
    /// How many.
    pub connections: usize,
    /// The pause. Without any they ask as fast as they are answered and count as busy ones, else as idle ones, at the distance of these.
    pub time: Duration,
}

impl LoadOptions {
    /// The defaults for this target.
    #[must_use]
    pub fn new(target: SocketAddr) -> Self {
        Self {
            target,
            host: target.to_string(),
            path: "/".to_owned(),
            rate: 500.0,
            fresh: 32,
            busy: 8,
            idle: 128,
            idle_pause: Duration::from_millis(100)..=Duration::from_secs(2),
            round_trip: Duration::from_millis(100),
            thinking: Vec::new(),
            websockets: 0,
            websocket_pause: Duration::from_millis(100),
            connect_limit: Duration::from_secs(2),
            answer_limit: Duration::from_secs(10),
            most_requests: 1_000_000,
            longest: Duration::from_secs(30 * 60),
        }
    }

    /// The pause between two requests of one fresh and of one busy connection.
    pub(super) fn paces(&self) -> Paces {
        let mean_pause = (*self.idle_pause.start() + *self.idle_pause.end()).as_secs_f64() / 2.0;
        let idle_rate = self.idle as f64 / (mean_pause + self.round_trip.as_secs_f64()).max(0.001);
        let rest = (self.rate - idle_rate).max(1.0);
        let kinds = f64::from(u8::from(self.fresh > 0) + u8::from(self.busy > 0)).max(1.0);
        let pace = |connections: usize| Duration::from_secs_f64(connections as f64 * kinds / rest);
        Paces {
            fresh: pace(self.fresh),
            busy: pace(self.busy),
        }
    }
}

/// The pause between two requests of one connection.
#[derive(Debug)]
pub(super) struct Paces {
    pub(super) fresh: Duration,
    pub(super) busy: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rates_of_all_connections_add_up_to_the_wish() {
        let options = LoadOptions::new(SocketAddr::from(([127, 0, 0, 1], 1)));
        let paces = options.paces();
        let fresh = options.fresh as f64 / paces.fresh.as_secs_f64();
        let busy = options.busy as f64 / paces.busy.as_secs_f64();
        let idle = options.idle as f64 / 1.15;
        assert!(
            (fresh + busy + idle - 500.0).abs() < 0.01,
            "{fresh} + {busy} + {idle}"
        );
    }

    #[test]
    fn without_fresh_connections_the_busy_ones_send_the_rest() {
        let options = LoadOptions {
            fresh: 0,
            idle: 0,
            ..LoadOptions::new(SocketAddr::from(([127, 0, 0, 1], 1)))
        };
        let busy = options.busy as f64 / options.paces().busy.as_secs_f64();
        assert!((busy - 500.0).abs() < 0.01, "{busy}");
    }
}
