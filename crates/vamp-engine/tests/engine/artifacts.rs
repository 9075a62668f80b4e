//! Breeds, scales and blueprints, and what is told of them.

use futures::StreamExt as _;
use vamp_engine::{
    ErrorKind, EventFilter, EventQuery, Mode, NewEvent, Page, Precondition, Request, Subscribed,
};
use vamp_model::{AnyArtifact, Blueprint, Breed, Format, Kind, Reference, Scale, read};

use crate::support::{Rig, shop};

fn breed(yaml: &str) -> AnyArtifact {
    AnyArtifact::Breed(read::<Breed>(yaml, Format::Yaml).unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_artifact_is_created_replaced_and_deleted() {
    let rig = Rig::new().await;
    let engine = rig.engine();
    let first = engine
        .create(breed("name: a\ndeployable: x"), &Request::default())
        .await
        .unwrap();
    assert!(first.created && first.changed && first.artifact.revision == 1);
    let same = engine
        .create(breed("name: a\ndeployable: x"), &Request::default())
        .await
        .unwrap();
    assert!(!same.created && !same.changed && same.artifact.revision == 1);
    let next = engine
        .update("a", breed("name: a\ndeployable: y"), &Request::default())
        .await
        .unwrap();
    assert!(!next.created && next.changed && next.artifact.revision == 2);

    let listing = engine.list(Kind::Breed, Page::first(30)).await.unwrap();
    assert_eq!((listing.total, listing.items[0].revision), (1, 2));
    let history = engine.history(Kind::Breed, "a").await.unwrap();
    assert_eq!(
        history.iter().map(|past| past.revision).collect::<Vec<_>>(),
        [2, 1]
    );
    assert_eq!(history[1].artifact, Some(breed("name: a\ndeployable: x")));

    assert!(
        engine
            .delete(Kind::Breed, "a", &Request::default())
            .await
            .unwrap()
    );
    assert!(
        !engine
            .delete(Kind::Breed, "a", &Request::default())
            .await
            .unwrap()
    );
    assert!(engine.get(Kind::Breed, "a").await.unwrap().is_none());
    let mut told: Vec<String> = rig.told().await;
    told.retain(|tags| tags.starts_with("archive"));
    let expected = ["create", "create", "update", "delete"].map(|how| format!("archive:{how} breeds:a"));
    assert_eq!(told, expected);
}

#[tokio::test(start_paused = true)]
async fn a_precondition_that_does_not_hold_is_told_with_what_is_there() {
    let rig = Rig::new().await;
    let engine = rig.engine();
    let asked = |precondition| Request {
        precondition,
        ..Request::default()
    };
    let a = || breed("name: a\ndeployable: x");
    let error = engine
        .update("a", a(), &asked(Precondition::Present))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed { actual: None });
    engine.create(a(), &asked(Precondition::Absent)).await.unwrap();
    let error = engine
        .create(a(), &asked(Precondition::Absent))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed { actual: Some(1) });
    let old = asked(Precondition::Revisions(vec![4, 5]));
    assert!(engine.delete(Kind::Breed, "a", &old).await.is_err());
    let right = asked(Precondition::Revisions(vec![1]));
    assert!(engine.delete(Kind::Breed, "a", &right).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn the_breeds_inside_a_blueprint_become_artifacts_of_their_own() {
    let rig = Rig::new().await;
    let blueprint: Blueprint = read(&shop(&[("web:1.0", 1), ("web:1.1", 1)], true), Format::Yaml).unwrap();
    let request = Request {
        source: Some("the text".to_owned()),
        ..Request::default()
    };
    let answer = rig
        .engine()
        .create(AnyArtifact::Blueprint(blueprint), &request)
        .await
        .unwrap();
    assert_eq!(answer.breeds.len(), 2);
    let AnyArtifact::Blueprint(stored) = answer.artifact.artifact else {
        panic!("no blueprint");
    };
    let services = &stored.clusters["web"].services;
    assert_eq!(services[0].breed, Reference::Named("web:1.0".parse().unwrap()));
    assert!(rig.engine().get(Kind::Breed, "web:1.1").await.unwrap().is_some());
    let events = rig.all_events().await;
    // S04-110: archive events carry the text of the request.
    assert!(events.len() == 3 && events.iter().all(|event| event.value == "the text"));
    assert!(events.iter().all(|event| event.kind == "archive"));
}

#[tokio::test(start_paused = true)]
async fn looking_only_stores_nothing() {
    let rig = Rig::new().await;
    let request = Request {
        mode: Mode::ValidateOnly,
        ..Request::default()
    };
    let answer = rig
        .engine()
        .create(breed("name: a\ndeployable: x"), &request)
        .await
        .unwrap();
    assert_eq!(answer.artifact.revision, 0);
    rig.engine()
        .create(breed("name: a\ndeployable: x"), &Request::default())
        .await
        .unwrap();
    assert!(rig.engine().delete(Kind::Breed, "a", &request).await.unwrap());
    assert!(rig.engine().get(Kind::Breed, "a").await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn what_is_no_artifact_of_its_own_is_refused() {
    let rig = Rig::new().await;
    let mut scale: Scale = read("name: s\ncpu: 1\nmemory: 1GB\ninstances: 1", Format::Yaml).unwrap();
    scale.name = None;
    let error = rig
        .engine()
        .create(AnyArtifact::Scale(scale), &Request::default())
        .await
        .unwrap_err();
    assert_eq!(error.message(), "Can't find any value for path: /name");
    rig.deploy(&shop(&[("web:1.0", 1)], false)).await;
    let deployment = rig.deployment("shop").await.unwrap();
    let engine = rig.engine();
    let request = Request::default();
    let put = engine
        .update("shop", AnyArtifact::Deployment(deployment), &request)
        .await;
    assert_eq!(put.unwrap_err().kind(), ErrorKind::Invalid);
    assert!(engine.delete(Kind::Deployment, "shop", &request).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn events_are_published_queried_and_told() {
    let rig = Rig::new().await;
    let engine = rig.engine();
    let mut told = engine.subscribe(EventFilter::tagged(["metrics"]));
    for (event, message) in [
        // S04-106: no event without tags.
        (
            NewEvent::new(Vec::<String>::new()),
            "Publishing an event without tags is not allowed.",
        ),
        (
            NewEvent::new(["a"]).of_kind("not this"),
            "Unsupported event type 'not this', only alphanumerics, '-' and '_' are allowed.",
        ),
    ] {
        let error = engine.publish(event).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.message().as_str()),
            (ErrorKind::Invalid, message)
        );
    }
    engine.publish(NewEvent::new(["other"])).await.unwrap();
    let stored = engine
        .publish(
            NewEvent::new(["metrics:rate", "gateways:a/b"])
                .of_kind("metrics")
                .with_value(41.5),
        )
        .await
        .unwrap();
    // S04-114: a subscriber gets what it asked for. S04-107: by the text before the colon, too.
    let Some(Subscribed::Event(event)) = told.next().await else {
        panic!("nothing told");
    };
    assert_eq!(*event, stored);
    let query = EventQuery {
        filter: EventFilter::tagged(["gateways", "metrics:rate"]),
        ..EventQuery::default()
    };
    // S04-108: events that carry all the tags.
    assert_eq!(
        engine.events(query).await.unwrap().items,
        std::slice::from_ref(&stored)
    );
    let since = engine.events_since(EventFilter::default(), 0, 10).await.unwrap();
    assert_eq!(since.last(), Some(&stored));
}

#[tokio::test(start_paused = true)]
async fn an_engine_says_what_it_is_made_of() {
    let rig = Rig::new().await;
    rig.deploy(&shop(&[("web:1.0", 1)], true)).await;
    rig.settle().await;
    let info = rig.engine().info();
    assert_eq!((info.gateways, info.deployments), (2, 1));
    assert_eq!(info.drivers[0].name, "simulated");
    assert_eq!(info.marshaller, ("haproxy".to_owned(), "2.4".to_owned()));
    assert_eq!(info.publication.hash, rig.agent().applied());
    assert!(info.publication.complete && info.publication.omissions.is_empty());
    let agents = rig.engine().agents().await.unwrap();
    assert_eq!(
        agents[0].applied.as_ref().map(|applied| applied.hash.clone()),
        info.publication.hash
    );
}
