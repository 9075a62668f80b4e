//! The programs that the tests run: this very test program, told by a variable what to be.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use vamp_drivers::Driver as _;
use vamp_drivers::process::{ProcessConfig, ProcessDriver};
use vamp_io::clock::SystemClock;

use crate::bench;

/// The variable that says what to be.
pub(crate) const ROLE: &str = "VAMP_TEST_ROLE";

/// The command line of these programs.
pub(crate) fn command_line() -> String {
    let this = std::env::current_exe().unwrap();
    format!(
        "{} --exact program::program --nocapture --test-threads 1",
        shell_words::quote(this.to_str().unwrap())
    )
}

#[tokio::test]
async fn program() {
    match std::env::var(ROLE).as_deref() {
        Ok("serves") => serve().await,
        Ok("never-ready") => std::future::pending().await,
        Ok("ends") => {
            say("\nI cannot go on\nreally\n");
            std::process::exit(3);
        }
        Ok("server") => server().await,
        _ => {}
    }
}

fn say(text: &str) {
    use std::io::Write as _;
    std::io::stdout().write_all(text.as_bytes()).unwrap();
}

/// Answers each request: with 200, on `/health` with 503 while there is a file `ill` in the working directory, on
/// `/environment` with the environment.
async fn serve() {
    let port = std::env::var("PORT")
        .or_else(|_| std::env::var("PORT_WEB"))
        .unwrap();
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await.unwrap();
    say(&format!("serves on {port}\n"));
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(answer(stream));
    }
}

async fn answer(mut stream: TcpStream) {
    let mut request = vec![0; 4096];
    let length = stream.read(&mut request).await.unwrap_or_default();
    let request = String::from_utf8_lossy(&request[..length]).into_owned();
    let (status, body) = if request.starts_with("GET /environment ") {
        let variables: Vec<String> = std::env::vars()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        ("200 OK", variables.join("\n"))
    } else if request.starts_with("GET /health ") && Path::new("ill").exists() {
        ("503 Service Unavailable", String::new())
    } else {
        ("200 OK", String::new())
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
}

/// A server that deploys what the variable `SERVICES` says, a number of services of two instances, changes them without end, and
/// waits to be killed.
async fn server() {
    let config: ProcessConfig = serde_json::from_str(&std::env::var("CONFIG").unwrap()).unwrap();
    let services: usize = std::env::var("SERVICES").unwrap().parse().unwrap();
    let restless = std::env::var_os("RESTLESS").is_some();
    let driver = ProcessDriver::start(config, Arc::new(SystemClock)).await.unwrap();
    for round in 0_u64.. {
        for number in 0..services {
            let mut spec = bench::serving(&bench::id(&format!("survivor-{number}")));
            spec.scale.instances = 2;
            if restless {
                spec.environment.insert("ROUND".to_owned(), round.to_string());
                spec.scale.instances = 1 + u32::try_from(round % 3).unwrap();
            }
            driver.deploy(&spec).await.unwrap();
            if restless && round % 5 == 4 {
                driver.undeploy(&spec.id).await.unwrap();
            }
        }
        if !restless {
            std::future::pending::<()>().await;
        }
        // So that starts and ends get their turn, too.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
