//! `sample-service`: the small HTTP service that the samples and the tests release.
//!
//! It answers with its name and version, is ready after a delay, and on SIGTERM goes on answering until nobody asks any more:
//! `Connection: close` on each answer, 503 on the health path, and a bounded time for all of it.

mod websocket;

use std::{
    convert::Infallible,
    io::Write,
    net::{IpAddr, SocketAddr},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use clap::Parser;
use http_body_util::Full;
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{CONNECTION, CONTENT_TYPE, HeaderMap, HeaderValue},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// `/slow` waits at most this long.
const SLOWEST: Duration = Duration::from_secs(60);

/// A small HTTP service that answers with its name and version.
///
/// Paths: `/health` (200 when ready, else 503), `/slow?ms=N` (answers after N milliseconds), any other (answers at once). A websocket may
/// be opened on any path, and says what it is told.
#[derive(Debug, Clone, Parser)]
#[command(after_help = "Example: PORT=8080 sample-service --name shop --version 2.0 --ready-after 300ms")]
struct Arguments {
    /// The name in every answer (header X-Vamp-Service).
    #[arg(long, env = "NAME", default_value = "sample")]
    name: HeaderText,
    /// The version in every answer (header X-Vamp-Version).
    #[arg(long, env = "VERSION", default_value = "1.0")]
    version: HeaderText,
    /// The address to listen on.
    #[arg(long, env = "BIND", default_value = "127.0.0.1")]
    bind: IpAddr,
    /// The port to listen on.
    #[arg(long, env = "PORT")]
    port: u16,
    /// How long after its start it is ready; until then every answer is a 503.
    #[arg(long, env = "READY_AFTER", default_value = "0ms", value_parser = duration)]
    ready_after: Duration,
    /// After SIGTERM it ends once no request has been asked for this long…
    #[arg(long, env = "DRAIN_QUIET", default_value = "200ms", value_parser = duration)]
    drain_quiet: Duration,
    /// …and at the latest after this long, whatever is still unanswered.
    #[arg(long, env = "DRAIN_LIMIT", default_value = "10s", value_parser = duration)]
    drain_limit: Duration,
}

/// Text that may stand in a header.
#[derive(Debug, Clone)]
struct HeaderText {
    text: String,
    header: HeaderValue,
}

impl std::str::FromStr for HeaderText {
    type Err = hyper::header::InvalidHeaderValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self {
            text: text.to_owned(),
            header: HeaderValue::from_str(text)?,
        })
    }
}

/// `300ms`, `2s`.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let number: u64 = number
        .parse()
        .map_err(|_| "expected a whole number and a unit, such as 300ms or 2s".to_owned())?;
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => Ok(Duration::from_secs(number)),
        _ => Err(format!("unknown unit '{unit}': ms or s")),
    }
}

/// What all connections share.
#[derive(Debug)]
struct Service {
    arguments: Arguments,
    started: Instant,
    draining: AtomicBool,
    in_flight: AtomicUsize,
    /// When the last request came in or was answered: microseconds after the start.
    last_activity: AtomicU64,
}

impl Service {
    fn is_ready(&self) -> bool {
        self.started.elapsed() >= self.arguments.ready_after
    }

    fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    fn touch(&self) {
        let now = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.last_activity.store(now, Ordering::SeqCst);
    }

    /// How long nothing has been asked or answered; zero while a request is being answered.
    fn quiet_for(&self) -> Duration {
        if self.in_flight.load(Ordering::SeqCst) > 0 {
            return Duration::ZERO;
        }
        let last = Duration::from_micros(self.last_activity.load(Ordering::SeqCst));
        self.started.elapsed().saturating_sub(last)
    }

    async fn answer(
        self: &Arc<Self>,
        request: Request<Incoming>,
        ends: watch::Receiver<bool>,
    ) -> Response<Full<Bytes>> {
        let _in_flight = InFlight::new(self);
        if self.is_ready() && websocket::is_asked_for(&request) {
            return websocket::open(self, request, ends);
        }
        let mut response = self.respond(&request).await;
        if self.is_draining() {
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    async fn respond(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if !self.is_ready() {
            return self.text(StatusCode::SERVICE_UNAVAILABLE, "not ready yet\n".to_owned());
        }
        match request.uri().path() {
            "/health" if self.is_draining() => {
                self.text(StatusCode::SERVICE_UNAVAILABLE, "draining\n".to_owned())
            }
            "/health" => self.text(StatusCode::OK, "ready\n".to_owned()),
            "/slow" => match milliseconds(request.uri().query().unwrap_or_default()) {
                Some(wait) if wait <= SLOWEST => {
                    tokio::time::sleep(wait).await;
                    self.own_answer()
                }
                _ => self.text(
                    StatusCode::BAD_REQUEST,
                    "expected /slow?ms=N with N from 0 to 60000\n".to_owned(),
                ),
            },
            _ => self.own_answer(),
        }
    }

    fn own_answer(&self) -> Response<Full<Bytes>> {
        self.text(
            StatusCode::OK,
            format!("{} {}\n", self.arguments.name.text, self.arguments.version.text),
        )
    }

    fn text(&self, status: StatusCode, body: String) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        self.introduce(headers);
        response
    }

    /// Name and version.
    fn introduce(&self, headers: &mut HeaderMap) {
        headers.insert("x-vamp-service", self.arguments.name.header.clone());
        headers.insert("x-vamp-version", self.arguments.version.header.clone());
    }
}

/// A request that is being answered, also when its client goes away and the answer is given up.
struct InFlight<'a>(&'a Service);

impl<'a> InFlight<'a> {
    fn new(service: &'a Service) -> Self {
        service.in_flight.fetch_add(1, Ordering::SeqCst);
        service.touch();
        Self(service)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.touch();
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The number in `ms=N`.
fn milliseconds(query: &str) -> Option<Duration> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("ms="))?;
    value.parse().ok().map(Duration::from_millis)
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("cannot serve: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> std::io::Result<()> {
    // Before the port is open: whoever sees it open may send the signal.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let address = SocketAddr::new(arguments.bind, arguments.port);
    let listener = TcpListener::bind(address).await?;
    say(&format!(
        "{} {} listens on {address}",
        arguments.name.text, arguments.version.text
    ));

    let service = Arc::new(Service {
        arguments,
        started: Instant::now(),
        draining: AtomicBool::new(false),
        in_flight: AtomicUsize::new(0),
        last_activity: AtomicU64::new(0),
    });
    let (end, ends) = watch::channel(false);
    let accepting = tokio::spawn(accept(listener, Arc::clone(&service), ends));

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    say("draining");
    service.draining.store(true, Ordering::SeqCst);
    service.touch();
    let drained = drain(&service).await;
    // Only now is the port closed: a connection that was on its way has been answered.
    accepting.abort();
    end.send_replace(true);
    // Connections that are idle close at once; the rest had their time.
    let closed = tokio::time::timeout(Duration::from_millis(100), end.closed())
        .await
        .is_ok();
    say(if drained && closed {
        "ended, nothing unanswered"
    } else {
        "ended at the limit of the drain"
    });
    Ok(())
}

/// True when it became quiet before the limit.
async fn drain(service: &Service) -> bool {
    let limit = tokio::time::Instant::now() + service.arguments.drain_limit;
    while service.quiet_for() < service.arguments.drain_quiet {
        if tokio::time::Instant::now() >= limit {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    true
}

async fn accept(listener: TcpListener, service: Arc<Service>, ends: watch::Receiver<bool>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are small and complete: waiting to fill a packet would only delay them.
                let _ = stream.set_nodelay(true);
                tokio::spawn(serve(stream, Arc::clone(&service), ends.clone()));
            }
            // Out of file handles, mostly: others have to be closed before it can go on.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// A connection of HAProxy is not ended sooner for being idle: a request that came just then would be lost.
const IDLE: Duration = Duration::from_secs(3600);

async fn serve(stream: TcpStream, service: Arc<Service>, mut ends: watch::Receiver<bool>) {
    let of_websockets = ends.clone();
    let answering = service_fn(move |request| {
        let (service, ends) = (Arc::clone(&service), of_websockets.clone());
        async move { Ok::<_, Infallible>(service.answer(request, ends).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .serve_connection(TokioIo::new(stream), answering)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let asked_to_end = async {
        // Told, or the teller is gone: both are the end.
        let _ = ends.wait_for(|end| *end).await;
    };
    // How a connection ended is the client's to tell.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = asked_to_end => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// One line on the standard output; nobody has to read it.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
