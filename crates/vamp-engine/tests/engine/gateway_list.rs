//! The list of the deployed gateways in the key-value store.

use std::time::Duration;

use tokio::time::Instant;
use vamp_drivers::simulated::SimulatedOptions;
use vamp_engine::{EngineOptions, Request};
use vamp_kv::{Key, KeyValueStore as _};
use vamp_model::Kind;

use crate::support::{Rig, Trouble, shop, slow};

const KEY: &str = "/vamp/default/gateways";

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

/// What stands at the key; programs read the same through manifest and pieces.
async fn list(rig: &Rig) -> Option<String> {
    let found = rig.key_value.get(&key(KEY)).await.unwrap()?;
    let text = String::from_utf8(found.value.to_vec()).unwrap();
    let read = rig.hand_over().gateway_list().read().await.unwrap();
    // Between the two a reader finds the newer one.
    (read.as_deref() == Some(&*text)).then_some(text)
}

/// The names in the list.
async fn names(rig: &Rig) -> Option<Vec<String>> {
    let list: serde_json::Value = serde_json::from_str(&list(rig).await?).unwrap();
    let gateways = list.as_array().unwrap().iter();
    Some(
        gateways
            .map(|gateway| gateway["name"].as_str().unwrap().to_owned())
            .collect(),
    )
}

async fn becomes(rig: &Rig, expected: &[&str]) {
    rig.wait(&format!("the list is {expected:?}"), async || {
        names(rig).await.is_some_and(|names| names == expected)
    })
    .await;
}

async fn external(rig: &Rig, name: &str, port: u16) {
    let yaml = format!("name: {name}\nport: {port}\nroutes: {{'[h:81]': {{weight: 100%}}}}");
    rig.create(&yaml).await.unwrap();
}

async fn delete(rig: &Rig, name: &str) {
    let request = Request::default();
    let deleted = rig.engine().delete(Kind::Gateway, name, &request).await;
    assert!(deleted.unwrap());
}

#[tokio::test(start_paused = true)]
async fn the_list_of_deployed_gateways_is_as_the_api_shows_them_and_in_order() {
    let rig = Rig::with(slow()).await;
    rig.wait("there is a list", async || list(&rig).await.is_some())
        .await;
    assert_eq!(list(&rig).await.as_deref(), Some("[]"), "there is no gateway");

    external(&rig, "zeta", 8090).await;
    external(&rig, "alpha", 8091).await;
    becomes(&rig, &["alpha", "zeta"]).await;
    rig.deploy(&shop(&[("web:1.0", 1)], true)).await;
    rig.pass(Duration::from_millis(1500)).await;
    assert!(rig.gateway("shop/web/http").await.is_some());
    // The one without an instance takes part in no configuration yet.
    becomes(&rig, &["alpha", "zeta", "shop/9050"]).await;
    rig.settle().await;
    // S06-069: fewer segments come first, whatever the letters; then the names count.
    let expected = ["alpha", "zeta", "shop/9050", "shop/web/http"];
    becomes(&rig, &expected).await;
    let mut shown = Vec::new();
    for name in expected {
        let gateway = rig.gateway(name).await.unwrap();
        assert!(gateway.deployed);
        shown.push(vamp_model::to_json(&gateway));
    }
    // S06-069: it is one JSON array of gateways in full form, on one line without blanks between its values.
    assert_eq!(list(&rig).await.unwrap(), format!("[{}]", shown.join(",")));

    delete(&rig, "alpha").await;
    becomes(&rig, &["zeta", "shop/9050", "shop/web/http"]).await;
    delete(&rig, "zeta").await;
    let name = "shop".parse().unwrap();
    rig.engine()
        .undeploy_all(&name, &Request::default())
        .await
        .unwrap();
    rig.wait("the deployment is gone", async || {
        rig.deployment("shop").await.is_none()
    })
    .await;
    delete(&rig, "shop/9050").await;
    becomes(&rig, &[]).await;
    assert_eq!(list(&rig).await.as_deref(), Some("[]"));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_has_not_changed_is_not_written_again() {
    let mut rig = Rig::new().await;
    rig.deploy(&shop(&[("web:1.0", 1), ("web:1.1", 1)], true)).await;
    rig.settle().await;
    becomes(&rig, &["shop/9050", "shop/web/http"]).await;
    rig.pass(Duration::from_secs(5)).await;
    let before = list(&rig).await;

    rig.key_value.writes();
    // Several looks at everything, and a server that knows nothing of what was written.
    rig.pass(Duration::from_secs(300)).await;
    rig.restart().await;
    rig.pass(Duration::from_secs(300)).await;
    assert_eq!(rig.key_value.writes(), 0);

    // What somebody took away is there again with the next look.
    rig.key_value.delete(&key(KEY)).await.unwrap();
    let period = EngineOptions::new("/run/vamp").reconcile_period;
    rig.pass(period + Duration::from_secs(5)).await;
    assert_eq!(list(&rig).await, before);
}

#[tokio::test(start_paused = true)]
async fn the_list_follows_an_outage_and_a_store_that_comes_back_empty() {
    let rig = Rig::new().await;
    external(&rig, "before", 8090).await;
    becomes(&rig, &["before"]).await;
    rig.pass(Duration::from_secs(5)).await;

    rig.key_value.set_away(true);
    external(&rig, "meanwhile", 8091).await;
    rig.pass(Duration::from_secs(60)).await;
    rig.key_value.set_away(false);
    let back = Instant::now();
    becomes(&rig, &["before", "meanwhile"]).await;
    assert!(back.elapsed() <= Duration::from_secs(2), "{:?}", back.elapsed());
    rig.pass(Duration::from_secs(5)).await;

    let entries = rig.key_value.list(&key("/vamp")).await.unwrap();
    rig.key_value.set_away(true);
    rig.pass(Duration::from_secs(1)).await;
    rig.key_value
        .empty(entries.into_iter().map(|entry| entry.key))
        .await;
    rig.key_value.set_away(false);
    let back = Instant::now();
    becomes(&rig, &["before", "meanwhile"]).await;
    assert!(back.elapsed() <= Duration::from_secs(2), "{:?}", back.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_list_that_cannot_be_written_holds_no_configuration_back() {
    for trouble in [Trouble::Denied, Trouble::Hangs] {
        let mut rig = Rig::without_engine(SimulatedOptions::default());
        // Nothing but the tries of the list itself can bring it back.
        rig.options.reconcile_period = Duration::from_secs(3600);
        rig.start_agent().await;
        rig.start().await;
        external(&rig, "before", 8090).await;
        becomes(&rig, &["before"]).await;
        rig.pass(Duration::from_secs(5)).await;
        let at_list = key("/vamp/default/gateways/list");
        rig.key_value.set_trouble(Some((at_list, trouble)));
        for port in 8091..8095 {
            let name = format!("g{port}");
            let began = Instant::now();
            external(&rig, &name, port).await;
            rig.settle().await;
            assert!(began.elapsed() < Duration::from_millis(500), "{trouble:?}");
            assert!(rig.agent().text().contains(&name), "{trouble:?}");
            let publication = rig.engine().publication();
            assert!(publication.complete && publication.failure.is_none());
            // The tries go on, and the plain text is written.
            rig.pass(Duration::from_secs(3)).await;
            let plain = key("/vamp/default/gateways/haproxy/2.4/configuration");
            let plain = rig.key_value.get(&plain).await.unwrap().unwrap().value;
            assert!(String::from_utf8_lossy(&plain) == rig.agent().text());
        }
        assert_eq!(names(&rig).await.unwrap(), ["before"], "{trouble:?}");
        assert_eq!(rig.count(&["key-value:ERROR"]).await, 0);

        rig.key_value.set_trouble(None);
        let over = Instant::now();
        becomes(&rig, &["before", "g8091", "g8092", "g8093", "g8094"]).await;
        assert!(over.elapsed() <= Duration::from_secs(31), "{:?}", over.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_on_its_way_while_another_server_takes_over_is_refused() {
    let rig = Rig::new().await;
    external(&rig, "before", 8090).await;
    becomes(&rig, &["before"]).await;
    rig.pass(Duration::from_secs(5)).await;

    // The configuration is written, and the list comes to a halt on its way.
    let at_list = key("/vamp/default/gateways/list");
    rig.key_value.set_trouble(Some((at_list.clone(), Trouble::Hangs)));
    external(&rig, "stale", 8091).await;
    rig.settle().await;
    rig.pass(Duration::from_secs(2)).await;
    let leader = key("/vamp/default/leader/haproxy/2.4");
    assert!(rig.key_value.get(&leader).await.unwrap().is_some());
    rig.key_value.put(&leader, "another".into(), None).await.unwrap();
    rig.key_value.set_trouble(None);
    rig.pass(Duration::from_secs(30)).await;
    assert_eq!(names(&rig).await.unwrap(), ["before"]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_leads_no_longer_does_not_even_try_to_write_the_list() {
    let rig = Rig::new().await;
    external(&rig, "before", 8090).await;
    becomes(&rig, &["before"]).await;
    rig.pass(Duration::from_secs(5)).await;

    let at_list = key("/vamp/default/gateways/list");
    rig.key_value.set_trouble(Some((at_list, Trouble::Denied)));
    external(&rig, "stale", 8091).await;
    rig.settle().await;
    rig.pass(Duration::from_secs(2)).await;
    let leader = key("/vamp/default/leader/haproxy/2.4");
    rig.key_value.put(&leader, "another".into(), None).await.unwrap();
    external(&rig, "unheard", 8092).await;
    rig.pass(Duration::from_secs(2)).await;
    rig.key_value.writes();
    rig.key_value.set_trouble(None);
    rig.pass(Duration::from_secs(120)).await;
    assert_eq!(rig.key_value.writes(), 0);
    assert_eq!(names(&rig).await.unwrap(), ["before"]);
}

#[tokio::test(start_paused = true)]
async fn the_list_follows_a_store_that_takes_writes_again() {
    let mut rig = Rig::without_engine(SimulatedOptions::default());
    rig.options.reconcile_period = Duration::from_secs(3600);
    rig.start().await;
    external(&rig, "before", 8090).await;
    becomes(&rig, &["before"]).await;
    rig.pass(Duration::from_secs(5)).await;

    rig.key_value.set_full(true);
    external(&rig, "meanwhile", 8091).await;
    rig.pass(Duration::from_secs(5)).await;
    rig.key_value.set_full(false);
    let over = Instant::now();
    becomes(&rig, &["before", "meanwhile"]).await;
    assert!(over.elapsed() <= Duration::from_secs(2), "{:?}", over.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_last_list_is_written_by_a_server_that_ends() {
    let mut rig = Rig::without_engine(SimulatedOptions::default());
    rig.start().await;
    rig.wait("there is a list", async || list(&rig).await.is_some())
        .await;
    external(&rig, "last", 8090).await;
    rig.wait("it is handed over", async || rig.engine().publication().complete)
        .await;
    let engine = rig.engine().clone();
    rig.crash();
    engine.stop().await;
    assert_eq!(names(&rig).await.unwrap(), ["last"]);
}
