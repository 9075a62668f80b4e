//! What earlier versions have stored is read on.

use vamp_model::{AnyArtifact, Kind, to_json};
use vamp_store::{ArtifactStore as _, Batch, Write};

use crate::support::Rig;

/// Artifacts as versions stored them that kept what the API shows.
const EARLIER: [(&str, &str, &str); 6] = [
    (
        "breeds",
        "web:1",
        r#"{"name":"web:1","kind":"breeds","metadata":{},"deployable":{"type":"process","definition":"serve"},"ports":{"http":"8080/http"},"environment_variables":{"MODE":"quick","CATALOG[CATALOG_URL]":"x"},"constants":{},"arguments":[],"dependencies":{}}"#,
    ),
    (
        "scales",
        "tiny",
        r#"{"name":"tiny","kind":"scales","metadata":{},"cpu":0.1,"memory":"96.00MB","instances":1}"#,
    ),
    (
        "blueprints",
        "shop",
        r#"{"name":"shop","kind":"blueprints","metadata":{"Team":"Red"},"gateways":{"9050":{"port":"9050","sticky":null,"virtual_hosts":[],"selector":null,"routes":{"web/http":{"metadata":{},"lookup_name":"1","selector":null,"weight":"100%","balance":"default","condition":null,"condition_strength":null,"rewrites":[]}}}},"clusters":{"web":{"metadata":{},"services":[{"breed":{"reference":"web:1"},"environment_variables":{},"scale":{"reference":"tiny"},"arguments":[],"dialects":{}}],"gateways":{},"dialects":{}}},"environment_variables":{},"dialects":{}}"#,
    ),
    (
        "gateways",
        "shop/web/http",
        r#"{"name":"shop/web/http","kind":"gateways","metadata":{},"lookup_name":"1","internal":true,"deployed":false,"port":"40007/http","sticky":null,"virtual_hosts":["http.web.shop.vamp"],"selector":null,"routes":{"shop/web/web:1/http":{"metadata":{},"lookup_name":"2","selector":null,"weight":"100%","balance":"default","condition":null,"condition_strength":"0%","rewrites":[]}}}"#,
    ),
    (
        "gateways",
        "edge",
        r#"{"name":"edge","kind":"gateways","metadata":{},"lookup_name":"1","internal":false,"deployed":true,"port":"8090/http","sticky":null,"virtual_hosts":["edge.vamp"],"selector":null,"routes":{"shop/web/http":{"metadata":{},"lookup_name":"2","selector":null,"weight":"100%","balance":"default","condition":{"condition":"< hdr_sub(user-agent) Android >"},"condition_strength":"10%","rewrites":[]}}}"#,
    ),
    (
        "deployments",
        "shop",
        r#"{"name":"shop","kind":"deployments","metadata":{"Team":"Red"},"lookup_name":"1","clusters":{"web":{"metadata":{},"services":[{"status":{"intention":"Deployment","since":"2026-01-01T00:00:00Z","phase":{"name":"Initiated","since":"2026-01-01T00:00:00Z"}},"breed":{"name":"web:1","kind":"breeds","metadata":{},"deployable":{"type":"process","definition":"serve"},"ports":{"http":"8080/http"},"environment_variables":{"MODE":"quick","CATALOG[CATALOG_URL]":"x"},"constants":{},"arguments":[],"dependencies":{}},"environment_variables":{"CATALOG":"y"},"scale":{"cpu":0.1,"memory":"96.00MB","instances":1},"instances":[],"arguments":[],"dependencies":{},"dialects":{}}],"gateways":{},"dialects":{}}},"ports":{},"environment_variables":{"web.environment_variables.MODE":"slow"},"hosts":{},"dialects":{}}"#,
    ),
];

#[tokio::test(start_paused = true)]
async fn what_was_stored_in_the_form_that_the_api_shows_is_read_and_goes_on() {
    let mut rig = Rig::without_engine(Default::default());
    let batch = Batch {
        writes: EARLIER
            .iter()
            .map(|(kind, name, content)| Write::put(*kind, *name, *content))
            .collect(),
        ..Batch::default()
    };
    rig.store.commit(batch).await.unwrap();
    rig.start_agent().await;
    rig.start().await;
    rig.settle().await;

    for (kind, name, content) in &EARLIER[..3] {
        let kind = Kind::ALL
            .into_iter()
            .find(|known| known.plural() == *kind)
            .unwrap();
        let read = rig.engine().get(kind, name).await.unwrap().unwrap();
        let without_lookup = |text: &str| {
            let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
            if let Some(route) = value.pointer_mut("/gateways/9050/routes/web~1http") {
                route.as_object_mut().unwrap().remove("lookup_name");
            }
            value
        };
        assert_eq!(without_lookup(&to_json(&read.artifact)), without_lookup(content));
        assert_eq!(read.revision, 1);
    }
    let edge = rig.gateway("edge").await.unwrap();
    assert_eq!(edge.port.unwrap().number(), 8090);
    assert_eq!(
        edge.routes[0]
            .inline()
            .unwrap()
            .condition_strength
            .unwrap()
            .value(),
        10
    );
    assert_eq!(
        rig.gateway("shop/web/http").await.unwrap().port.unwrap().number(),
        40_007
    );
    let service = rig.service("shop", "web:1").await.unwrap();
    let seen: Vec<_> = service
        .environment_variables
        .iter()
        .map(|(name, variable)| {
            (
                name.as_str(),
                variable.alias.as_deref(),
                variable.value.as_deref().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [("MODE", None, "slow"), ("CATALOG", Some("CATALOG_URL"), "y")]
    );
    assert_eq!(service.instances.len(), 1, "it runs");

    // Sent back as it is shown, it is stored in the form of today.
    let shop = rig
        .engine()
        .get(Kind::Deployment, "shop")
        .await
        .unwrap()
        .unwrap()
        .artifact;
    rig.deploy(&to_json(&shop)).await;
    rig.settle().await;
    let text = rig
        .store
        .get("deployments", "shop")
        .await
        .unwrap()
        .unwrap()
        .content;
    assert!(
        text.contains(r#""environment_variables":[{"name":"web.environment_variables.MODE","value":"slow""#),
        "{text}"
    );
    let before = rig.deployment("shop").await;
    rig.restart().await;
    rig.settle().await;
    let after = rig.deployment("shop").await;
    assert_eq!(
        after.map(|shop| to_json(&AnyArtifact::from(shop))),
        before.map(|shop| to_json(&AnyArtifact::from(shop)))
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_stored_and_makes_no_sense_is_told_and_never_taken_for_absent() {
    let rig = Rig::new().await;
    let batch = Batch {
        writes: vec![
            Write::put("breeds", "web:1", r#"{"name":"web:1"}"#),
            Write::put("slas", "quick", "no JSON"),
        ],
        ..Batch::default()
    };
    rig.store.commit(batch).await.unwrap();
    for (kind, name) in [(Kind::Breed, "web:1"), (Kind::Sla, "quick")] {
        let error = rig.engine().get(kind, name).await.unwrap_err();
        assert_eq!(error.kind(), vamp_engine::ErrorKind::Internal);
        assert!(error.to_string().contains(&format!("{kind}/{name}")), "{error}");
        assert!(rig.engine().list(kind, vamp_store::Page::ALL).await.is_err());
    }
    let error = rig
        .try_deploy(
            "{name: shop, clusters: {web: web:1}}",
            &vamp_engine::Request::default(),
        )
        .await
        .unwrap_err();
    assert_eq!(error.kind(), vamp_engine::ErrorKind::Internal, "{error}");
}
