//! What the server says of itself.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use serde_json::json;
use support::{Server, soon};
use vamp_client::wire::Section;

#[tokio::test]
async fn all_parts_tell_of_themselves() {
    let server = Server::start().await;
    server
        .send(
            "PUT",
            "/api/v1/scales/wide",
            "{name: wide, cpu: 1, memory: 1MB, instances: 1}",
        )
        .await;
    let answer = server.get("/api/v1/info").await;
    let info = answer.json();
    assert_eq!(answer.status, 200, "{answer:?}");
    // S03-148: the head and all sections; the same run has the same name.
    for field in ["message", "version", "uuid", "running_since"] {
        assert!(info[field].is_string(), "{field} of {info}");
    }
    for section in Section::ALL {
        assert!(info[section.as_str()].is_object(), "{section:?} of {info}");
    }
    assert_eq!(
        server.get("/api/v1/information").await.json()["uuid"],
        info["uuid"]
    );
    let jvm = &info["jvm"];
    // S03-151: figures of the process.
    assert!(
        jvm["operating_system"]["system_load_average"].is_number(),
        "{jvm}"
    );
    assert!(
        jvm["memory"]["heap"]["used"].as_u64().unwrap() > 1_000_000,
        "{jvm}"
    );
    assert!(
        jvm["memory"]["heap"]["max"].as_u64() > jvm["memory"]["heap"]["used"].as_u64(),
        "{jvm}"
    );
    assert_eq!(
        info["persistence"]["database"]["type"],
        json!("in-memory [no persistence]")
    );
    assert_eq!(info["persistence"]["database"]["artifacts"]["scales"], json!(1));
    assert_eq!(
        info["gateway_driver"]["marshallers"],
        json!({"2.4": {"type": "haproxy"}})
    );
    assert_eq!(info["gateway_driver"]["agents"], json!([]));
    assert!(
        info["key_value"]["type"].is_string() && info["container_driver"]["type"].is_string(),
        "{info}"
    );
    server.stop().await;
}

#[tokio::test]
async fn only_the_parts_asked_for_tell_of_themselves() {
    let server = Server::start().await;
    let keys = async |path: &str| {
        let info = server.get(path).await.json();
        info.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    let head = ["message", "version", "uuid", "running_since"];
    // S03-149: the head and the sections named.
    assert_eq!(
        keys("/api/v1/info?on=JVM&on=pulse").await,
        [&head[..], &["jvm", "pulse"]].concat()
    );
    assert_eq!(keys("/api/v1/info?on=weather").await, head);
    let info = soon(server.client().info(&[Section::KeyValue])).await.unwrap();
    assert!(info.key_value.is_some() && info.jvm.is_none());
    assert_eq!(soon(server.client().agents()).await.unwrap(), []);
    server.stop().await;
}

#[tokio::test]
async fn a_part_that_does_not_answer_is_told_with_500_and_the_rest_of_the_document() {
    let server = Server::start().await;
    server.driver.set_unavailable(true);
    // The engine asks its drivers when there is something to do.
    let blueprint = "{name: shop, clusters: {web: [{breed: {name: w, deployable: acme/w}}]}}";
    server.send("POST", "/api/v1/deployments", blueprint).await;
    let told = soon(async {
        loop {
            let answer = server.get("/api/v1/info?on=container_driver&on=jvm").await;
            if answer.status != 200 {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    // S03-150: 500, the reason in the section, and everything else.
    assert_eq!(
        (told.status, &told.json()["container_driver"]["error"]),
        (500, &json!("No response."))
    );
    assert!(told.json()["jvm"].is_object() && told.json()["uuid"].is_string());
    let info = soon(server.client().info(&[])).await.unwrap();
    assert!(
        info.jvm.is_some(),
        "the typed client reads the document all the same"
    );
    server.stop().await;
}
