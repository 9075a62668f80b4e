use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout, timeout_at};
use vamp_io::clock::Clock;
use vamp_io::shutdown::Shutdown;

use super::config::{LogConfig, SinkConfig, Target};
use super::counters::LogStatus;
use super::queue::Queue;
use super::runner::Runner;
use super::sink;
use super::source::{Observer, Reader, SourceCounters, Sources};
use super::spooler::{SpoolPlace, Spooler};
use crate::error::{Error, ErrorKind, Result};
use crate::hash::sha256_hex;

/// How long a sink that was told to give up may take to hear it; one that hangs in the kernel does not.
const LAST_WORD: Duration = Duration::from_secs(1);

/// A spool has at least this many bytes.
const LEAST_SPOOL: u64 = 1024 * 1024;

/// The log path at work: a thread that reads, and a thread for each sink.
#[derive(Debug)]
pub struct LogForwarder {
    status: LogStatusReader,
    give_up: Shutdown,
    /// Closed to end the reader.
    stop: Option<OwnedFd>,
    reader: Option<oneshot::Receiver<()>>,
    runners: Vec<oneshot::Receiver<()>>,
    /// Told to open files anew, one for each sink.
    reopen: Vec<Arc<Notify>>,
}

/// Reads the state of the log path, also for somebody else than the one who runs it.
#[derive(Debug, Clone)]
pub struct LogStatusReader {
    counters: Arc<SourceCounters>,
    sinks: Vec<(String, Arc<Queue>)>,
}

impl LogForwarder {
    /// Opens the sockets and begins.
    ///
    /// # Errors
    /// [`ErrorKind::Logs`](crate::ErrorKind::Logs): a socket cannot be opened, or the machine gives no thread.
    pub fn start(config: &LogConfig, clock: Arc<dyn Clock>) -> Result<Self> {
        Self::start_observed(config, clock, None)
    }

    /// The same with somebody who hears each line, such as one who counts them.
    ///
    /// # Errors
    /// As [`LogForwarder::start`].
    pub fn start_observed(
        config: &LogConfig,
        clock: Arc<dyn Clock>,
        observer: Option<Observer>,
    ) -> Result<Self> {
        Self::begin(config, clock, observer, Some(Sources::open(config)?))
    }

    /// The same, and sockets that cannot be opened, say because another program has the port, are tried again until they can:
    /// [`LogStatus::source_error`] says so meanwhile.
    ///
    /// # Errors
    /// [`ErrorKind::Logs`](crate::ErrorKind::Logs): the machine gives no thread.
    pub fn start_in_time(
        config: &LogConfig,
        clock: Arc<dyn Clock>,
        observer: Option<Observer>,
    ) -> Result<Self> {
        Self::begin(config, clock, observer, None)
    }

    fn begin(
        config: &LogConfig,
        clock: Arc<dyn Clock>,
        observer: Option<Observer>,
        sources: Option<Sources>,
    ) -> Result<Self> {
        let counters = Arc::new(SourceCounters::default());
        let give_up = Shutdown::new();
        let mut sinks = Vec::new();
        let mut runners = Vec::new();
        let mut reopen = Vec::new();
        for sink in &config.sinks {
            let queue = Arc::new(Queue::new(config.buffer));
            let spooler = Spooler::new(sink.name(), queue.clone(), spool_of(config, sink));
            let told = Arc::new(Notify::new());
            runners.push(spawn_sink(
                sink,
                &config.host,
                queue.clone(),
                spooler,
                told.clone(),
                give_up.clone(),
            )?);
            reopen.push(told);
            sinks.push((sink.name(), queue));
        }
        let mut reader = Reader {
            queues: sinks.iter().map(|(_, queue)| queue.clone()).collect(),
            counters: counters.clone(),
            // A million lines a millisecond are more than there will ever be.
            first: u64::try_from(clock.now().as_millisecond()).unwrap_or(0) << 20,
            clock,
            observer,
        };
        // Its ends are not inherited: the HAProxy that this process starts, and leaves running, would keep the reader from its end.
        let (ended, stop) = io::pipe().map_err(no_thread)?;
        let (ended, stop) = (OwnedFd::from(ended), OwnedFd::from(stop));
        let (done, reader_done) = oneshot::channel();
        let config = config.clone();
        thread::Builder::new()
            .name("vamp-log-reader".to_owned())
            .spawn(move || {
                let sources = sources.or_else(|| Sources::open_in_time(&config, &ended, &reader.counters));
                if let Some(sources) = sources {
                    // Whoever hears of the end finds no socket any more: it goes with them.
                    sources.read(&ended, &mut reader);
                }
                reader.queues.iter().for_each(|queue| queue.close());
                // Nobody may wait any more.
                let _ = done.send(());
            })
            .map_err(no_thread)?;
        Ok(Self {
            status: LogStatusReader { counters, sinks },
            give_up,
            stop: Some(stop),
            reader: Some(reader_done),
            runners,
            reopen,
        })
    }

    /// The state at this moment.
    #[must_use]
    pub fn status(&self) -> LogStatus {
        self.status.status()
    }

    /// Something that reads the state later.
    #[must_use]
    pub fn status_reader(&self) -> LogStatusReader {
        self.status.clone()
    }

    /// Opens the files of sinks anew: for whoever has renamed one that nothing is written to at present, and wants it closed.
    pub fn reopen(&self) {
        self.reopen.iter().for_each(|reopen| reopen.notify_one());
    }

    /// Ends: reads what has come, and gives the sinks so long to take what waits. What then still waits is kept in the spool, or counted as
    /// dropped where there is none. Returns the last state.
    pub async fn stop(mut self, limit: Duration) -> LogStatus {
        let deadline = Instant::now() + limit;
        self.stop = None;
        if let Some(reader) = self.reader.take() {
            // An error means that the thread is gone.
            let _ = timeout_at(deadline, reader).await;
        }
        let mut late = Vec::new();
        for mut runner in self.runners.drain(..) {
            if timeout_at(deadline, &mut runner).await.is_err() {
                late.push(runner);
            }
        }
        self.give_up.trigger();
        for runner in late {
            let _ = timeout(LAST_WORD, runner).await;
        }
        self.status.status()
    }
}

impl Drop for LogForwarder {
    fn drop(&mut self) {
        self.stop = None;
        self.give_up.trigger();
    }
}

impl LogStatusReader {
    /// The state at this moment.
    #[must_use]
    pub fn status(&self) -> LogStatus {
        let sinks = self.sinks.iter().map(|(name, queue)| {
            let mut status = queue.snapshot();
            status.sink.clone_from(name);
            status
        });
        LogStatus {
            received: self.counters.received.load(Ordering::Relaxed),
            truncated: self.counters.truncated.load(Ordering::Relaxed),
            source_error: self.counters.error.lock().clone(),
            sinks: sinks.collect(),
        }
    }
}

/// Each sink has a directory of its own, named after it and what else makes it another one.
fn spool_of(config: &LogConfig, sink: &SinkConfig) -> Option<SpoolPlace> {
    let spool = config.spool.as_ref()?;
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '.' {
            c
        } else {
            '_'
        }
    };
    let path = match &sink.target {
        Target::Elasticsearch { url, .. } => url.path(),
        _ => "",
    };
    let whole = format!("{} {:?} {path}", sink.name(), sink.format);
    let mut name: String = sink.name().chars().map(plain).collect();
    name.push('-');
    name.extend(sha256_hex(whole.as_bytes()).chars().take(8));
    Some(SpoolPlace {
        directory: spool.directory.join(name),
        bytes: spool.bytes.max(LEAST_SPOOL),
    })
}

fn spawn_sink(
    config: &SinkConfig,
    host: &str,
    queue: Arc<Queue>,
    spooler: Spooler,
    reopen: Arc<Notify>,
    give_up: Shutdown,
) -> Result<oneshot::Receiver<()>> {
    let config = config.clone();
    let host = host.to_owned();
    let work = move || {
        let sink = sink::build(&config, &host);
        Runner::new(config.name(), queue, spooler, sink, config.patience, reopen).run(give_up)
    };
    super::thread::spawn("vamp-log-sink", work).map_err(no_thread)
}

fn no_thread(source: io::Error) -> Error {
    Error::new(ErrorKind::Logs, "start", "the log path", source.to_string()).caused_by(source)
}
