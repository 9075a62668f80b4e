//! The typed client against the real API: every method of it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use support::{Server, soon};
use vamp_client::{Artifacts, Body, Change, ErrorKind, Page, Precondition, View};
use vamp_model::{Blueprint, Breed, Format, Gateway, Intention, Kind, Readable, Reference, Scale, read};

fn parsed<T: Readable>(text: &str) -> T {
    read(text, Format::Yaml).unwrap()
}

const BLUEPRINT: &str = "
name: shop
clusters:
  web:
  - breed: {name: 'web:1', deployable: 'acme/web:1', ports: {http: 8080/http}}
    scale: {cpu: 1, memory: 64MB, instances: 1}
";

/// Creates, reads, lists, updates and deletes an artifact of any kind.
async fn lives<T>(artifacts: Artifacts<'_, T>, name: &str, artifact: T)
where
    T: Readable + serde::Serialize + PartialEq + std::fmt::Debug,
{
    let kind = T::KIND;
    assert_eq!(soon(artifacts.get(name)).await.unwrap(), None, "{kind}");
    let looked = soon(artifacts.create(&artifact, Change::validate()))
        .await
        .unwrap();
    assert_eq!(looked.revision, None, "{kind}");
    assert_eq!(soon(artifacts.get(name)).await.unwrap(), None, "{kind}");

    let new = Change {
        precondition: Precondition::Absent,
        ..Change::apply()
    };
    let created = soon(artifacts.create(&artifact, new)).await.unwrap();
    let found = soon(artifacts.get(name)).await.unwrap().unwrap();
    assert_eq!(found.revision, created.revision, "{kind}");
    if kind != Kind::Gateway {
        // Of gateways, `deployed` comes true by itself.
        assert_eq!(found.value, created.artifact, "{kind}");
    }
    assert_eq!(soon(artifacts.all()).await.unwrap().len(), 1, "{kind}");
    assert_eq!(
        soon(artifacts.list(Page { number: 2, size: 1 }))
            .await
            .unwrap()
            .items,
        [],
        "{kind}"
    );

    let revision = found.revision.unwrap();
    let same = soon(artifacts.update(name, &found.value, Change::if_revision(revision)))
        .await
        .unwrap();
    assert_eq!(
        same.revision,
        Some(revision),
        "{kind}: the same again is no change"
    );
    let stale = vamp_client::Revision(revision.0 + 1);
    for outcome in [
        soon(artifacts.update(name, &found.value, new)).await.map(drop),
        soon(artifacts.update(name, &found.value, Change::if_revision(stale)))
            .await
            .map(drop),
        soon(artifacts.delete(name, Change::if_revision(stale))).await,
    ] {
        assert_eq!(
            outcome.unwrap_err().kind(),
            ErrorKind::PreconditionFailed,
            "{kind}"
        );
    }
    let misnamed = soon(artifacts.update("other", &artifact, Change::apply()))
        .await
        .unwrap_err();
    assert_eq!(misnamed.kind(), ErrorKind::Refused, "{kind}: {misnamed}");
    assert!(misnamed.answer().unwrap().request_id.is_some());

    soon(artifacts.delete(name, Change::if_revision(revision)))
        .await
        .unwrap();
    soon(artifacts.delete(name, Change::apply())).await.unwrap();
    assert_eq!(soon(artifacts.get(name)).await.unwrap(), None, "{kind}");
}

#[tokio::test]
async fn artifacts_of_each_kind_live_and_go() {
    let server = Server::start().await;
    let client = server.client();
    lives(
        client.breeds(),
        "web:1",
        parsed::<Breed>("{name: 'web:1', deployable: 'acme/web:1', ports: {http: 8080/http}}"),
    )
    .await;
    lives(
        client.scales(),
        "small",
        parsed::<Scale>("{name: small, cpu: 0.5, memory: 64MB, instances: 2}"),
    )
    .await;
    let by_name = BLUEPRINT.replace(
        "{name: 'web:1', deployable: 'acme/web:1', ports: {http: 8080/http}}",
        "{ref: 'web:1'}",
    );
    lives(client.blueprints(), "shop", parsed::<Blueprint>(&by_name)).await;
    lives(
        client.gateways(),
        "a/9050",
        parsed::<Gateway>("{name: a/9050, port: 9050/http, routes: {x/y/z: {weight: 100%}}}"),
    )
    .await;
    server.stop().await;
}

#[tokio::test]
async fn breeds_that_stand_in_a_blueprint_are_told_apart_from_it() {
    let server = Server::start().await;
    let client = server.client();
    let written = soon(client.blueprints().create(&parsed(BLUEPRINT), Change::apply()))
        .await
        .unwrap();
    assert_eq!(written.breeds.len(), 1);
    assert_eq!(written.breeds[0].name.as_str(), "web:1");
    let breed = &written.artifact.clusters["web"].services[0].breed;
    assert!(
        matches!(breed, Reference::Named(name) if name.as_str() == "web:1"),
        "{breed:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_deployment_comes_and_goes() {
    let server = Server::start().await;
    let client = server.client();
    let deployments = client.deployments();
    assert_eq!(soon(deployments.get("shop")).await.unwrap(), None);
    assert_eq!(
        soon(deployments.as_blueprint("shop", View::default()))
            .await
            .unwrap(),
        None
    );

    let body = Body::of(&parsed::<Blueprint>(BLUEPRINT));
    let looked = soon(deployments.deploy(&body, Change::validate())).await.unwrap();
    assert_eq!((looked.artifact.name.as_str(), looked.breeds.len()), ("shop", 0));
    let deployed = soon(deployments.deploy(&body, Change::apply())).await.unwrap();
    assert_eq!(
        (deployed.artifact.name.as_str(), deployed.breeds.len()),
        ("shop", 1)
    );
    let again = soon(deployments.merge("second", &Body::yaml(BLUEPRINT), Change::apply()))
        .await
        .unwrap();
    assert_eq!(again.artifact.name.as_str(), "second");
    let listing = soon(deployments.list(Page::default())).await.unwrap();
    assert_eq!((listing.items.len(), listing.total), (2, 2));

    let found = soon(deployments.get("shop")).await.unwrap().unwrap();
    assert!(found.revision.is_some());
    let view = View {
        only_references: true,
    };
    let blueprint = soon(deployments.as_blueprint("shop", view))
        .await
        .unwrap()
        .unwrap();
    let going = soon(deployments.undeploy("shop", &Body::of(&blueprint), Change::apply()))
        .await
        .unwrap();
    let services = &going.artifact.clusters["web"].services;
    assert!(
        services
            .iter()
            .all(|service| service.status.intention == Intention::Undeployment),
        "{services:?}"
    );
    let refused = soon(deployments.undeploy("none", &Body::of(&blueprint), Change::apply()))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.kind(), refused.answer().unwrap().status),
        (ErrorKind::Refused, 400)
    );
    let absent = soon(client.documents(Kind::Deployment).delete("none", Change::apply()))
        .await
        .unwrap_err();
    assert_eq!(absent.kind(), ErrorKind::Absent);
    server.stop().await;
}

#[tokio::test]
async fn texts_go_as_they_are_and_their_places_come_back() {
    let server = Server::start().await;
    let client = server.client();
    let two = "kind: scale\nname: a\ncpu: 1\nmemory: 1MB\ninstances: 1\n---\nkind: scale\nname: b\ncpu: many\nmemory: 1MB\ninstances: 1\n";
    let error = soon(client.root().update(&Body::yaml(two), Change::apply()))
        .await
        .unwrap_err();
    let told = &error.answer().unwrap().errors[0];
    assert_eq!(
        (told.line, told.column, told.path.as_str()),
        (Some(9), Some(6), "cpu"),
        "{error}"
    );
    let sent = soon(
        client
            .root()
            .create(&Body::yaml(two.replace("many", "2")), Change::apply()),
    )
    .await
    .unwrap();
    assert_eq!(sent.body.as_array().unwrap().len(), 2);
    let documents = client.documents(Kind::Scale);
    let names: Vec<_> = soon(documents.all())
        .await
        .unwrap()
        .into_iter()
        .map(|value| value["name"].clone())
        .collect();
    assert_eq!(names, ["a", "b"]);
    let gone = Body::json(r#"[{"kind":"scale","name":"a"},{"kind":"scale","name":"c"}]"#);
    let sent = soon(client.root().delete(&gone, Change::apply())).await.unwrap();
    assert_eq!(sent.body, serde_json::json!([true, false]));
    server.stop().await;
}
