//! Commands to a running HAProxy.

mod support;

use std::time::Duration;

use support::scene::{Scene, Service, count};
use support::{gateway, route};
use vamp_haproxy::runtime::{ErrorKind, RuntimeClient};
use vamp_haproxy::{Change, Document, diff, generate};
use vamp_testkit::ports;

fn without_haproxy() -> bool {
    vamp_testkit::skip::without("haproxy")
}

#[tokio::test]
async fn the_difference_of_two_weights_is_live_after_its_commands() {
    if without_haproxy() {
        return;
    }
    let port = ports::lease().unwrap();
    let (one, two) = (Service::start("one").await, Service::start("two").await);
    let edge = |first: u8, second: u8| {
        let routes = [
            ("a", route(first, [one.target()])),
            ("b", route(second, [two.target()])),
        ];
        [gateway("edge", &port.number().to_string(), routes)]
    };
    let scene = Scene::start(&edge(100, 0)).await;
    assert_eq!(count(port.address(), "/", 20, "two").await, 0);
    let worker = scene.haproxy.worker().await;
    let client = RuntimeClient::new(scene.haproxy.master_socket());

    let mut before = Document::from(&generate(&edge(100, 0), &scene.options).unwrap().config);
    for (first, second) in [(95, 5), (50, 50), (0, 100)] {
        let after = Document::from(&generate(&edge(first, second), &scene.options).unwrap().config);
        let Change::Runtime(commands) = diff(&before, &after) else {
            panic!("weights need a reload")
        };
        for command in commands {
            // S02-171: the command is taken without a word.
            assert_eq!(client.execute(&format!("@1 {command}")).await.unwrap(), "");
        }
        let expected = usize::from(second) * 20 / 100;
        assert_eq!(
            count(port.address(), "/", 20, "two").await,
            expected,
            "{second} %"
        );
        before = after;
    }
    assert_eq!(scene.haproxy.worker().await, worker, "no reload");
}

#[tokio::test]
async fn several_commands_have_one_answer_and_refusals_are_answers() {
    if without_haproxy() {
        return;
    }
    let scene = Scene::start(&[]).await;
    let client = RuntimeClient::new(scene.haproxy.master_socket());
    let answer = client
        .execute("show proc;@1 set server a/b weight 3")
        .await
        .unwrap();
    assert!(
        answer.starts_with("#<PID>") && answer.ends_with("No such backend."),
        "{answer}"
    );
    let broken = client.execute("show proc\nreload").await.unwrap_err();
    assert_eq!(
        (broken.kind(), broken.is_temporary()),
        (ErrorKind::Command, false)
    );
}

#[tokio::test]
async fn nobody_and_somebody_who_does_not_answer_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.sock");
    let client = RuntimeClient::new(&path).with_time_limit(Duration::from_millis(50));
    let nobody = client.execute("show info").await.unwrap_err();
    assert_eq!(
        (nobody.kind(), nobody.is_temporary()),
        (ErrorKind::Unavailable, true)
    );
    assert!(nobody.to_string().contains("x.sock"), "{nobody}");

    let _listener = tokio::net::UnixListener::bind(&path).unwrap();
    let silent = client.execute("show info").await.unwrap_err();
    assert_eq!(
        (silent.kind(), silent.is_temporary()),
        (ErrorKind::TimedOut, true)
    );
}
