//! The container images: built, run, and asked.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;

use vamp_client::{Body, Change, Client};
use vamp_model::Kind;
use vamp_testkit::ports::{self, Lease};
use vamp_testkit::servers::{Docker, Etcd, ServerProcess, debian_with_haproxy};
use vamp_testkit::{programs, skip, wait};

use super::packaging;
use crate::support::{BASE, LIMIT, TestResult, lacks};

/// The image that the Dockerfiles begin with; here it is a Debian of our own, since nothing is pulled.
const BASE_IMAGE: &str = "haproxy:3.0-bookworm";

const PAGE: &str = include_str!("../../../../../docs/src/install.md");

/// What images of HAProxy say, since it is its soft stop. `docker import` does not take it.
const SIGNAL_OF_BASE: &str = "STOPSIGNAL SIGUSR1";

#[tokio::test(flavor = "multi_thread")]
async fn the_images_are_built_of_the_programs_and_serve() -> TestResult {
    if lacks(&["dockerd", "debootstrap", "etcd"]) {
        return Ok(());
    }
    if !rustix::process::geteuid().is_root() {
        skip::because("the Docker engine needs root");
        return Ok(());
    }
    let service = Service::start().await?;
    let base = debian_with_haproxy()?;
    let docker = Docker::start().await?;
    docker.import(&base, "debian")?;
    build_base(&docker)?;
    for program in ["vamp", "vga"] {
        build(&docker, program)?;
    }
    the_server_serves_in_a_container(&docker, &service).await?;
    server_and_agent_serve_in_containers(&docker, &service).await?;
    the_agent_runs_as_root_as_the_page_says(&docker).await
}

/// Everything in one container: API, agent and HAProxy.
async fn the_server_serves_in_a_container(docker: &Docker, service: &Service) -> TestResult {
    let (api, statistics, gateway) = (ports::lease()?, ports::lease()?, ports::lease()?);
    let (api, statistics) = (api.address(), statistics.address());
    let (api, statistics) = (api.to_string(), statistics.to_string());
    let places = ["--listen", &api, "--statistics", &statistics];
    run(
        docker,
        "vamp",
        &[],
        &[&["vamp", "serve"], &places[..], GATEWAYS].concat(),
    )?;
    let client = Client::new(&format!("http://{api}"))?;
    until_serving(&client, service, &gateway).await?;
    ends_as_asked(docker, "vamp", &gateway)
}

/// Gateways on this machine alone.
const GATEWAYS: &[&str] = &["--gateway-bind", "127.0.0.1", "--virtual-hosts", "off"];

/// Starts a container, which has the time to end that the page on installing gives it.
fn run(docker: &Docker, name: &str, options: &[&str], image_and_words: &[&str]) -> TestResult {
    let how = ["run", "--detach", "--network", "host", "--stop-timeout", "90"];
    docker.run(&[&how[..], &["--name", name], options, image_and_words].concat())?;
    Ok(())
}

/// The server in one container, the agent and its HAProxy in another, as they are packaged: nothing says where HAProxy's sockets are.
async fn server_and_agent_serve_in_containers(docker: &Docker, service: &Service) -> TestResult {
    let etcd = Etcd::start().await?;
    let (api, statistics, gateway) = (ports::lease()?, ports::lease()?, ports::lease()?);
    let (api, statistics) = (api.address().to_string(), statistics.address().to_string());
    let store = etcd.store_url();
    let meeting = ["--agent", "off", "--kv", &store, "--kv-base", BASE];
    let server = [&["vamp", "serve", "--listen", &api], &meeting[..], GATEWAYS].concat();
    run(docker, "server", &[], &server)?;
    let environment = [
        "VAMP_KEY_VALUE_STORE_TYPE=etcd".to_owned(),
        format!("VAMP_KEY_VALUE_STORE_CONNECTION={}", etcd.endpoint()),
        format!("VAMP_KEY_VALUE_STORE_PATH={BASE}/gateways/haproxy/2.4/configuration"),
    ];
    let environment: Vec<&str> = environment
        .iter()
        .flat_map(|variable| ["--env", variable])
        .collect();
    run(docker, "vga", &environment, &["vga", "--statistics", &statistics])?;
    let client = Client::new(&format!("http://{api}"))?;
    until_serving(&client, service, &gateway).await?;
    ends_as_asked(docker, "vga", &gateway)?;
    docker.run(&["stop", "server"])?;
    ended_well(docker, "server")
}

/// With the directory for HAProxy's sockets that root needs, since that of the image is another user's.
async fn the_agent_runs_as_root_as_the_page_says(docker: &Docker) -> TestResult {
    let options = "--user 0 --tmpfs /run/vga:mode=700";
    assert!(PAGE.contains(options));
    let statistics = ports::lease()?;
    let address = statistics.address().to_string();
    let words = ["vga", "--store=text-file:///none", "--statistics", &address];
    run(docker, "root", &options.split(' ').collect::<Vec<_>>(), &words)?;
    wait::until_answered(LIMIT, statistics.address(), "/health").await?;
    docker.run(&["stop", "root"])?;
    ended_well(docker, "root")
}

/// Gives the imported image what the usual base has.
fn build_base(docker: &Docker) -> TestResult {
    let context = tempfile::tempdir()?;
    let dockerfile = format!("FROM debian\n{SIGNAL_OF_BASE}\n");
    fs::write(context.path().join("Dockerfile"), dockerfile)?;
    let context = context.path().display().to_string();
    docker.run(&["build", "--network", "host", "--tag", BASE_IMAGE, &context])?;
    Ok(())
}

/// Builds the image as the Dockerfile says: in a directory that has the program.
fn build(docker: &Docker, program: &str) -> TestResult {
    let context = tempfile::tempdir()?;
    fs::copy(programs::find(program)?, context.path().join(program))?;
    let dockerfile = packaging(&format!("docker/{program}.Dockerfile"));
    docker.run(&[
        "build",
        "--network",
        "host",
        "--tag",
        program,
        "--file",
        &dockerfile.display().to_string(),
        &context.path().display().to_string(),
    ])?;
    Ok(())
}

/// Stores a gateway that leads to the service, and waits until it does.
async fn until_serving(client: &Client, service: &Service, gateway: &Lease) -> TestResult {
    let port = gateway.number();
    let to = service.address();
    let yaml =
        format!("name: edge\nkind: gateways\nport: {port}/http\nroutes:\n  \"[{to}]\": {{weight: 100%}}\n");
    let body = Body::yaml(yaml);
    wait::until(LIMIT, || async {
        let stored = client
            .documents(Kind::Gateway)
            .create(&body, Change::apply())
            .await;
        stored.is_ok()
            || client
                .gateways()
                .get("edge")
                .await
                .is_ok_and(|found| found.is_some())
    })
    .await?;
    wait::until_answered(LIMIT, gateway.address(), "/").await?;
    Ok(())
}

/// `docker stop`: HAProxy finishes what is asked of it, the program ends well, and nothing had to be killed.
fn ends_as_asked(docker: &Docker, container: &str, gateway: &Lease) -> TestResult {
    let mut asked = TcpStream::connect(gateway.address())?;
    asked.set_read_timeout(Some(LIMIT))?;
    asked.write_all(b"GET /slow?ms=4000 HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n")?;
    docker.run(&["stop", container])?;
    let mut answer = String::new();
    asked.read_to_string(&mut answer)?;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{container}: {answer:?}");
    ended_well(docker, container)
}

/// The program ended by itself, since it was asked to.
fn ended_well(docker: &Docker, container: &str) -> TestResult {
    let ended = docker.run(&[
        "inspect",
        "--format",
        "{{.State.ExitCode}} {{.State.OOMKilled}}",
        container,
    ])?;
    assert_eq!(ended, "0 false", "{}", docker.logs(container)?);
    Ok(())
}

/// The service that the gateways lead to, outside of all containers.
struct Service {
    _process: ServerProcess,
    port: Lease,
}

impl Service {
    async fn start() -> Result<Self, Box<dyn std::error::Error>> {
        let port = ports::lease()?;
        let log = Path::new("/dev/null");
        let mut process = ServerProcess::new("sample-service", log);
        let mut command = Command::new(programs::find("sample-service")?);
        command.args(["--port", &port.number().to_string()]);
        process.start(command)?;
        wait::until_answered(LIMIT, port.address(), "/").await?;
        Ok(Self {
            _process: process,
            port,
        })
    }

    fn address(&self) -> SocketAddr {
        self.port.address()
    }
}
