use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;
use vamp_client::wire::NewEvent;
use vamp_client::{Client, Options};
use vamp_haproxy::log::{LogLine, LogRecord};
use vamp_io::backoff::Backoff;
use vamp_io::clock::Clock;
use vamp_io::shutdown::Shutdown;

use super::closed::Closed;
use super::config::MetricsConfig;
use super::counters::MetricsStatus;
use super::events::events;
use super::learned::Learned;
use super::tally::Tally;
use crate::error::{Error, ErrorKind, Result, innermost};
use crate::logs::refusal::is_final;
use crate::logs::source::Observer;
use crate::logs::thread;
use crate::names::gateway_of_pool;

/// Events that are under way at the same time: the server writes those to its disk together.
const AT_ONCE: usize = 16;

/// Counts records, and publishes what they amount to from a thread of its own.
#[derive(Debug)]
pub struct MetricsPublisher {
    shared: Arc<Shared>,
    ending: Shutdown,
    give_up: Shutdown,
    done: oneshot::Receiver<()>,
}

/// Reads the state of the metrics, also for somebody else than the one who publishes them.
#[derive(Debug, Clone)]
pub struct MetricsStatusReader {
    shared: Arc<Shared>,
}

/// What the reader of lines and the thread share.
#[derive(Debug)]
struct Shared {
    server: String,
    state: Mutex<State>,
    /// Told when a bucket is over.
    turned: Notify,
}

#[derive(Debug)]
struct State {
    tally: Tally,
    working: bool,
    last_error: Option<String>,
}

impl MetricsPublisher {
    /// Begins. The [observer](Self::observer) has to be handed to the log path; the server need not be there.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration): a setting cannot work. [`ErrorKind::Logs`](crate::ErrorKind::Logs): the
    /// machine gives no thread.
    pub fn start(config: &MetricsConfig, clock: Arc<dyn Clock>) -> Result<Self> {
        config.validate()?;
        let failed = |kind, message: String| Error::new(kind, "publish metrics to", config.name(), message);
        let mut options = Options::default();
        options.request_timeout = config.patience;
        let client = Client::with_options(&config.server, options)
            // What stands above the cause names the address, in which a password may be.
            .map_err(|error| failed(ErrorKind::Configuration, innermost(&error)))?;
        let shared = Arc::new(Shared {
            server: config.name(),
            state: Mutex::new(State {
                tally: Tally::new(config, clock.now().as_millisecond()),
                working: true,
                last_error: None,
            }),
            turned: Notify::new(),
        });
        let (ending, give_up) = (Shutdown::new(), Shutdown::new());
        let work = Work {
            shared: shared.clone(),
            client,
            names: Learned::new(config.configuration.clone()),
            agent: config.agent.clone(),
            clock,
            longest_rest: config.bucket,
            ending: ending.clone(),
        };
        let giving_up = give_up.clone();
        let done = thread::spawn("vamp-metrics", move || work.run(giving_up))
            .map_err(|error| failed(ErrorKind::Logs, error.to_string()).caused_by(error))?;
        Ok(Self {
            shared,
            ending,
            give_up,
            done,
        })
    }

    /// What has to hear the lines: the argument of [`LogForwarder::start_observed`](crate::logs::LogForwarder::start_observed).
    #[must_use]
    pub fn observer(&self) -> Observer {
        let shared = self.shared.clone();
        Box::new(move |line, received| {
            if let LogLine::Record(record) = line {
                shared.count(record, received);
            }
        })
    }

    /// The state at this moment.
    #[must_use]
    pub fn status(&self) -> MetricsStatus {
        self.shared.status()
    }

    /// Something that reads the state later.
    #[must_use]
    pub fn status_reader(&self) -> MetricsStatusReader {
        MetricsStatusReader {
            shared: self.shared.clone(),
        }
    }

    /// Ends, after the log path has: the bucket that is open is closed, and the server has so long to take what waits. What then still
    /// waits is counted as dropped. Returns the last state.
    pub async fn stop(mut self, limit: Duration) -> MetricsStatus {
        self.ending.trigger();
        if timeout(limit, &mut self.done).await.is_err() {
            self.give_up.trigger();
            // An error means that the thread is gone.
            let _ = (&mut self.done).await;
        }
        self.shared.status()
    }
}

impl Drop for MetricsPublisher {
    fn drop(&mut self) {
        self.give_up.trigger();
    }
}

impl MetricsStatusReader {
    /// The state at this moment.
    #[must_use]
    pub fn status(&self) -> MetricsStatus {
        self.shared.status()
    }
}

impl Shared {
    fn count(&self, record: &LogRecord<'_>, received: i64) {
        if gateway_of_pool(record.frontend_name()).is_some() {
            return;
        }
        if self.state.lock().tally.add(record, received) {
            self.turned.notify_one();
        }
    }

    fn status(&self) -> MetricsStatus {
        let state = self.state.lock();
        MetricsStatus {
            server: self.server.clone(),
            working: state.working,
            last_error: state.last_error.clone(),
            counters: state.tally.snapshot(),
        }
    }

    /// The server has taken an event.
    fn works(&self) {
        let mut state = self.state.lock();
        state.tally.counters.events += 1;
        if !std::mem::replace(&mut state.working, true) {
            tracing::info!(server = self.server, "metrics are taken again");
        }
    }

    /// The server does not take what waits.
    fn fails(&self, bucket: Closed, reason: String) {
        let mut state = self.state.lock();
        state.tally.give_back(bucket);
        state.tally.counters.retries += 1;
        if std::mem::replace(&mut state.working, false) {
            tracing::warn!(server = self.server, reason, "metrics are not taken; they wait");
        }
        state.last_error = Some(reason);
    }

    /// The server will never take an event.
    fn refuses(&self, reason: String) {
        let mut state = self.state.lock();
        state.tally.counters.rejected += 1;
        if state.last_error.as_ref() != Some(&reason) {
            tracing::warn!(server = self.server, reason, "an event of metrics is refused");
        }
        state.last_error = Some(reason);
    }
}

/// What the thread does.
struct Work {
    shared: Arc<Shared>,
    client: Client,
    names: Learned,
    agent: String,
    clock: Arc<dyn Clock>,
    longest_rest: Duration,
    /// Told when nothing comes any more.
    ending: Shutdown,
}

impl Work {
    async fn run(mut self, give_up: Shutdown) {
        tokio::select! {
            () = give_up.wait() => {}
            () = self.work() => {}
        }
        self.shared.state.lock().tally.abandon();
    }

    async fn work(&mut self) {
        let mut backoff = Backoff::watch();
        loop {
            let is_last = self.ending.is_triggered();
            match self.next(is_last) {
                Some(bucket) => {
                    if self.publish(bucket).await {
                        backoff.reset();
                    } else {
                        tokio::time::sleep(backoff.next_delay()).await;
                    }
                }
                None if is_last => return,
                None => self.rest().await,
            }
        }
    }

    /// The oldest bucket that waits.
    fn next(&self, is_last: bool) -> Option<Closed> {
        let now = self.clock.now().as_millisecond();
        let tally = &mut self.shared.state.lock().tally;
        if is_last {
            tally.end(now);
        } else {
            tally.turn(now);
        }
        tally.take()
    }

    /// Until the bucket that is open is over, or the end.
    async fn rest(&self) {
        let next = self.shared.state.lock().tally.next_turn();
        let left = next.saturating_sub(self.clock.now().as_millisecond());
        let left = Duration::from_millis(u64::try_from(left).unwrap_or_default());
        tokio::select! {
            // A clock may be put forward meanwhile.
            () = tokio::time::sleep(left.min(self.longest_rest)) => {}
            () = self.shared.turned.notified() => {}
            () = self.ending.wait() => {}
        }
    }

    /// Publishes what is left of a bucket, some events at a time; false when the server does not take it now.
    async fn publish(&mut self, mut bucket: Closed) -> bool {
        let mut left = match bucket.events.take() {
            Some(left) => left,
            None => {
                self.names.look();
                events(&bucket, &self.names, &self.agent).into()
            }
        };
        while !left.is_empty() {
            let next: Vec<NewEvent> = left.drain(..left.len().min(AT_ONCE)).collect();
            let answers = join_all(next.iter().map(|event| self.publish_one(event))).await;
            let mut failure = None;
            for (event, answer) in next.into_iter().zip(answers).rev() {
                if let Err(reason) = answer {
                    left.push_front(event);
                    failure = Some(reason);
                }
            }
            if let Some(reason) = failure {
                bucket.events = Some(left);
                self.shared.fails(bucket, reason);
                return false;
            }
        }
        self.shared.state.lock().tally.published();
        true
    }

    /// Fails with the reason where the same event may be taken later.
    async fn publish_one(&self, event: &NewEvent) -> std::result::Result<(), String> {
        match self.client.events().publish(event).await {
            Ok(_) => self.shared.works(),
            Err(error) if is_final(&error) => {
                self.shared.refuses(error.to_string());
            }
            Err(error) => return Err(error.to_string()),
        }
        Ok(())
    }
}
