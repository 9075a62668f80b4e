//! The ways to use a connection for requests, one task each connection.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior},
};

use super::{
    client::Shared,
    connection::{Asked, Connection, History},
    outcome::{ConnectionKind, Loss},
};

/// A new connection for each request, one every `pace`.
pub(super) async fn fresh(shared: Arc<Shared>, pace: Duration, mut end: watch::Receiver<bool>) {
    let kind = ConnectionKind::Fresh;
    let mut ticks = paced(pace);
    while next(&mut ticks, &mut end).await && shared.commit(kind) {
        let begun = History::new();
        let asked = match shared.connect().await {
            Ok(mut connection) => connection.ask(&shared.options, true).await,
            Err(loss) => Asked::Lost(loss),
        };
        match asked {
            Asked::Answered(answered) => shared.answered(kind, answered),
            // The server accepted the connection and closed it before it read anything: nothing announced that.
            Asked::ClosedBefore => shared.lost(kind, Loss::Unanswered, begun),
            Asked::Lost(loss) => shared.lost(kind, loss, begun),
        }
    }
}

/// One connection, a request every `pace`, a new connection when it is closed.
pub(super) async fn busy(shared: Arc<Shared>, pace: Duration, mut end: watch::Receiver<bool>) {
    let mut ticks = paced(pace);
    let mut kept = None;
    while next(&mut ticks, &mut end).await
        && request(&shared, ConnectionKind::Busy, Duration::ZERO, &mut kept).await
    {}
}

/// One connection, a request as soon as the last one is answered, a new connection when it is closed.
pub(super) async fn restless(shared: Arc<Shared>, end: watch::Receiver<bool>) {
    let mut kept = None;
    while !*end.borrow() && request(&shared, ConnectionKind::Busy, Duration::ZERO, &mut kept).await {
        if kept.is_none() {
            // One that is refused at once is not tried again at once.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// One connection, a pause between two requests, a new connection when it is closed.
pub(super) async fn idle(
    shared: Arc<Shared>,
    pauses: RangeInclusive<Duration>,
    mut end: watch::Receiver<bool>,
) {
    let mut kept = None;
    let round_trip = shared.options.round_trip;
    loop {
        let pause = rand::random_range(pauses.clone());
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = end.wait_for(|end| *end) => return,
        }
        if !request(&shared, ConnectionKind::Idle, round_trip, &mut kept).await {
            return;
        }
    }
}

/// One request over the kept connection, or over a new one when that has been closed with notice. False when the client is to end.
///
/// Between the look at the connection and the writing lies the round trip: what happens to the connection meanwhile, a client at that
/// distance could not know when it wrote.
async fn request(
    shared: &Shared,
    kind: ConnectionKind,
    round_trip: Duration,
    kept: &mut Option<Connection>,
) -> bool {
    if kept.as_ref().is_some_and(|connection| !connection.is_open()) {
        *kept = None;
        shared.closed_with_notice();
    }
    if !shared.commit(kind) {
        return false;
    }
    let mut opened = kept.is_none();
    loop {
        let begun = History::new();
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => match shared.connect().await {
                Ok(connection) => connection,
                Err(loss) => {
                    shared.lost(kind, loss, begun);
                    return true;
                }
            },
        };
        if !opened && !round_trip.is_zero() {
            tokio::time::sleep(round_trip).await;
        }
        match connection.ask(&shared.options, false).await {
            Asked::Answered(answered) if answered.closes => {
                shared.answered(kind, answered);
                shared.closed_with_notice();
            }
            Asked::Answered(answered) => {
                shared.answered(kind, answered);
                connection.settle().await;
                *kept = Some(connection);
            }
            // The close was seen before the first byte was written, by a client that has no distance.
            Asked::ClosedBefore if !opened && round_trip.is_zero() => {
                shared.closed_with_notice();
                opened = true;
                continue;
            }
            Asked::ClosedBefore => shared.lost(kind, Loss::Unanswered, connection.history()),
            Asked::Lost(loss) => shared.lost(kind, loss, connection.history()),
        }
        return true;
    }
}

/// Ticks from a random start, so that the connections do not send all at once; a tick that was missed is not caught up.
fn paced(pace: Duration) -> tokio::time::Interval {
    let pace = pace.max(Duration::from_millis(1));
    let start = Instant::now() + pace.mul_f64(rand::random_range(0.0..1.0));
    let mut ticks = tokio::time::interval_at(start, pace);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks
}

/// Waits for the next tick; false when the client is to end.
async fn next(ticks: &mut tokio::time::Interval, end: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        _ = ticks.tick() => true,
        _ = end.wait_for(|end| *end) => false,
    }
}
