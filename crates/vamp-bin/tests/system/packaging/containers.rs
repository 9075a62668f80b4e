//! The container images: built, run, and asked.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;

use vamp_client::{Body, Change, Client};
use vamp_model::Kind;
use vamp_testkit::ports::{self, Lease};
use vamp_testkit::servers::{
    Docker, Etcd, ServerProcess, ThroughStore, Vamp, VampOptions, debian_with_haproxy,
};
use vamp_testkit::{programs, skip, wait};

use super::packaging;
use crate::support::{BASE, LIMIT, TestResult, lacks};

/// The image that the Dockerfiles begin with; here it is a Debian of our own, since nothing is pulled.
const BASE_IMAGE: &str = "haproxy:3.0-bookworm";

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
    docker.import(&base, BASE_IMAGE)?;
    for program in ["vamp", "vga"] {
        build(&docker, program)?;
    }
    the_server_serves_in_a_container(&docker, &service).await?;
    the_agent_serves_in_a_container(&docker, &service).await
}

/// Everything in one container: API, agent and HAProxy.
async fn the_server_serves_in_a_container(docker: &Docker, service: &Service) -> TestResult {
    let (api, statistics, gateway) = (ports::lease()?, ports::lease()?, ports::lease()?);
    let (api, statistics) = (api.address(), statistics.address());
    docker.run(&[
        "run",
        "--detach",
        "--name",
        "vamp",
        "--network",
        "host",
        "vamp",
        "serve",
        "--listen",
        &api.to_string(),
        "--gateway-bind",
        "127.0.0.1",
        "--statistics",
        &statistics.to_string(),
        "--virtual-hosts",
        "off",
    ])?;
    let client = Client::new(&format!("http://{api}"))?;
    until_serving(&client, service, &gateway).await?;
    ends_as_asked(docker, "vamp", &gateway)
}

/// The agent and its HAProxy in a container; the server and etcd are elsewhere.
async fn the_agent_serves_in_a_container(docker: &Docker, service: &Service) -> TestResult {
    let etcd = Etcd::start().await?;
    let (statistics, gateway) = (ports::lease()?, ports::lease()?);
    let mut vamp = Vamp::start(VampOptions::through_store(ThroughStore {
        url: etcd.store_url(),
        base: BASE.to_owned(),
        runtime_directory: "/run/vga".into(),
    }))
    .await?;
    docker.run(&[
        "run",
        "--detach",
        "--name",
        "vga",
        "--network",
        "host",
        "--env",
        "VAMP_KEY_VALUE_STORE_TYPE=etcd",
        "--env",
        &format!("VAMP_KEY_VALUE_STORE_CONNECTION={}", etcd.endpoint()),
        "--env",
        &format!("VAMP_KEY_VALUE_STORE_PATH={BASE}/gateways/haproxy/2.4/configuration"),
        "vga",
        "--statistics",
        &statistics.address().to_string(),
    ])?;
    let client = Client::new(&vamp.url())?;
    until_serving(&client, service, &gateway).await?;
    vamp.stop().await?;
    ends_as_asked(docker, "vga", &gateway)
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
    docker.run(&["stop", "--time", "60", container])?;
    let mut answer = String::new();
    asked.read_to_string(&mut answer)?;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{container}: {answer:?}");
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
