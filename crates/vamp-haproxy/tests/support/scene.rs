//! A real HAProxy with generated gateways, and services behind them that say what reached them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
#[cfg(feature = "runtime")]
use vamp_haproxy::Change;
use vamp_haproxy::base::{BaseOptions, Statistics, base};
#[cfg(feature = "runtime")]
use vamp_haproxy::diff::{ChangedFile, DiffOptions, diff_with};
#[cfg(feature = "runtime")]
use vamp_haproxy::runtime::{RuntimeClient, Worker};
use vamp_haproxy::{Document, GenerateOptions, generate};
use vamp_model::{Gateway, Target};
use vamp_testkit::ports::{self, Lease};
use vamp_testkit::servers::Haproxy;

/// One answer takes at most this long.
const LIMIT: Duration = Duration::from_secs(5);

/// A service that answers HTTP with its name and, below it, the head of the request.
pub(crate) struct Service {
    name: String,
    port: Lease,
    accepting: JoinHandle<()>,
}

impl Service {
    pub(crate) async fn start(name: &str) -> Self {
        let (port, listener) = ports::listen().unwrap();
        listener.set_nonblocking(true).unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        let answer = name.to_owned();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answer.clone()));
            }
        });
        Self {
            name: name.to_owned(),
            port,
            accepting,
        }
    }

    pub(crate) fn target(&self) -> Target {
        super::instance(&self.name, "127.0.0.1", self.port.number())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(stream: TcpStream, name: String) {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while matches!(stream.read_line(&mut head).await, Ok(length) if length > 0) {
        if !head.ends_with("\r\n\r\n") {
            continue;
        }
        let body = format!("{name}\n{head}");
        let closes = head.contains("Connection: close");
        head.clear();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nX-Vamp-Version: {name}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).await.is_err() || closes {
            return;
        }
    }
}

/// HAProxy with gateways on loopback.
pub(crate) struct Scene {
    pub(crate) haproxy: Haproxy,
    pub(crate) base: BaseOptions,
    pub(crate) options: GenerateOptions,
    statistics: Lease,
    virtual_hosts: Lease,
    _sockets: TempDir,
}

impl Scene {
    pub(crate) async fn start(gateways: &[Gateway]) -> Self {
        Self::start_with(gateways, |_| {}).await
    }

    pub(crate) async fn start_with(gateways: &[Gateway], change: impl FnOnce(&mut BaseOptions)) -> Self {
        Self::start_as(gateways, |base, _| change(base)).await
    }

    pub(crate) async fn start_as(
        gateways: &[Gateway],
        change: impl FnOnce(&mut BaseOptions, &mut GenerateOptions),
    ) -> Self {
        let sockets = tempfile::Builder::new().prefix("vh").tempdir().unwrap();
        let (statistics, virtual_hosts) = (ports::lease().unwrap(), ports::lease().unwrap());
        let mut options = GenerateOptions::new(sockets.path());
        options.bind_address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        options.virtual_hosts = Some(virtual_hosts.address());
        let mut base = BaseOptions::default();
        base.statistics = Some(Statistics::at(statistics.address()));
        change(&mut base, &mut options);
        let haproxy = Haproxy::start(&text(gateways, &base, &options), statistics.address())
            .await
            .unwrap();
        Self {
            haproxy,
            base,
            options,
            statistics,
            virtual_hosts,
            _sockets: sockets,
        }
    }

    pub(crate) async fn reload(&mut self, gateways: &[Gateway]) {
        let text = text(gateways, &self.base, &self.options);
        self.haproxy.reload(&text).await.unwrap();
    }

    /// The whole configuration with these gateways, and the contents of the map of virtual hosts.
    pub(crate) fn wanted(&self, gateways: &[Gateway]) -> (Document, String) {
        let generated = generate(gateways, &self.options).unwrap();
        let map = generated.files.into_iter().map(|file| file.text).collect();
        (Document::parse(text(gateways, &self.base, &self.options)), map)
    }

    /// Brings HAProxy, which runs with the one, to the other, and says how.
    #[cfg(feature = "runtime")]
    pub(crate) async fn lead(&mut self, from: &[Gateway], to: &[Gateway]) -> Change {
        let ((running, old_map), (wanted, new_map)) = (self.wanted(from), self.wanted(to));
        let mut options = DiffOptions::default();
        let map = self
            .options
            .virtual_hosts_map
            .as_ref()
            .map(|map| map.to_str().unwrap());
        options.files.extend(map.map(|path| ChangedFile {
            path,
            running: Some(&old_map),
            wanted: Some(&new_map),
        }));
        let change = diff_with(&running, &wanted, &options);
        match &change {
            Change::Nothing => {}
            Change::Runtime(commands) => {
                let worker = RuntimeClient::new(self.haproxy.master_socket()).of_worker(Worker::Current);
                worker.carry_out(commands, LIMIT).await.unwrap();
            }
            Change::Reload(_) => self.haproxy.reload(&wanted.to_string()).await.unwrap(),
        }
        change
    }

    /// Ends HAProxy and starts another one.
    pub(crate) async fn restart(&mut self, gateways: &[Gateway]) {
        self.haproxy.stop().await.unwrap();
        let text = text(gateways, &self.base, &self.options);
        self.haproxy = Haproxy::start(&text, self.statistics()).await.unwrap();
    }

    pub(crate) fn statistics(&self) -> SocketAddr {
        self.statistics.address()
    }

    pub(crate) fn virtual_hosts(&self) -> SocketAddr {
        self.virtual_hosts.address()
    }
}

fn text(gateways: &[Gateway], base_options: &BaseOptions, options: &GenerateOptions) -> String {
    let generated = generate(gateways, options).unwrap();
    assert_eq!(generated.omissions, []);
    for file in &generated.files {
        std::fs::write(&file.path, &file.text).unwrap();
    }
    format!("{}\n{}", base(base_options), generated.config)
}

/// The whole answer to one request on a connection of its own; `head` are further header lines, each with its line break.
pub(crate) async fn request(address: SocketAddr, path: &str, host: &str, head: &str) -> String {
    let ask = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{head}Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    tokio::time::timeout(LIMIT, ask).await.unwrap()
}

/// Asks for a path so many times, one after the other, and counts the answers of one service.
pub(crate) async fn count(address: SocketAddr, path: &str, times: usize, service: &str) -> usize {
    let mut count = 0;
    for _ in 0..times {
        let answer = request(address, path, "gateway", "").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        count += usize::from(body.lines().next() == Some(service));
    }
    count
}
