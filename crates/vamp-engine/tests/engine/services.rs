//! Services on their way: scaled, ending, failing, given up and called back.

use std::time::Duration;

use vamp_drivers::{ErrorKind as DriverErrorKind, InstanceState};
use vamp_engine::Request;
use vamp_model::{Intention, Phase};

use crate::support::{Rig, id, shop, slow};

#[tokio::test(start_paused = true)]
async fn scaling_down_takes_instances_out_of_traffic_and_to_nothing_works() {
    let mut options = slow();
    options.drain_delay = Duration::from_millis(500);
    let rig = Rig::with(options).await;
    rig.deploy(&shop(&[("web:1.0", 3)], false)).await;
    rig.settle().await;
    for instances in [1, 0] {
        rig.deploy(&shop(&[("web:1.0", instances)], false)).await;
        rig.settle().await;
        let service = rig.service("shop", "web:1.0").await.unwrap();
        assert_eq!(service.instances.len(), usize::try_from(instances).unwrap());
        let gateway = rig.gateway("shop/web/http").await.unwrap();
        assert_eq!(
            gateway.routes[0].inline().unwrap().targets.len(),
            service.instances.len()
        );
    }
    assert!(!rig.gateway("shop/web/http").await.unwrap().deployed);
    assert_eq!(rig.driver.calls().deploy, 3, "each change is told once");
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_ends_is_out_of_traffic_until_it_is_replaced() {
    let rig = Rig::with(slow()).await;
    rig.deploy(&shop(&[("web:1.0", 2)], false)).await;
    rig.settle().await;
    let first = rig
        .driver
        .instances(&id("shop", "web", "web:1.0"), InstanceState::Ready)[0]
        .clone();
    rig.driver.crash(&first, "ended with exit status 1", &[]);
    rig.wait("it is out of the targets", async || {
        rig.gateway("shop/web/http").await.unwrap().routes[0]
            .inline()
            .unwrap()
            .targets
            .len()
            == 1
    })
    .await;
    // S04-081: updating, then done with the new instance.
    assert_eq!(
        rig.service("shop", "web:1.0").await.unwrap().status.phase,
        Phase::Updating
    );
    rig.settle().await;
    let service = rig.service("shop", "web:1.0").await.unwrap();
    assert_eq!(service.instances.len(), 2);
    assert!(service.instances.iter().all(|instance| instance.name != first));
    assert_eq!(rig.driver.calls().deploy, 1, "the driver replaces by itself");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_keeps_ending_has_failed_with_the_reason_until_it_works() {
    let rig = Rig::with(slow()).await;
    let service_id = id("shop", "web", "web:1.0");
    rig.driver
        .end_at_start(&service_id, Some("ended with exit status 3"));
    rig.deploy(&shop(&[("web:1.0", 1)], false)).await;
    let failed = async || {
        matches!(
            rig.service("shop", "web:1.0").await.unwrap().status.phase,
            Phase::Failed { .. }
        )
    };
    rig.wait("it has failed", failed).await;
    let Phase::Failed { notification } = rig.service("shop", "web:1.0").await.unwrap().status.phase else {
        panic!("not failed");
    };
    assert!(
        notification.contains("Deployment service error for deployment 'shop' and service 'web:1.0'")
            && notification.contains("ended with exit status 3"),
        "{notification}"
    );
    assert_eq!(rig.count(&["synchronization:failed"]).await, 1);
    rig.driver.end_at_start(&service_id, None);
    rig.settle().await;
    assert_eq!(rig.count(&["synchronization:deployed"]).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_takes_too_long_is_given_up_until_somebody_asks_again() {
    let mut rig = Rig::without_engine(slow());
    rig.options.deployment_timeout = Duration::from_secs(30);
    rig.start().await;
    let service_id = id("shop", "web", "web:1.0");
    rig.driver.hold_back(&service_id, true);
    rig.deploy(&shop(&[("web:1.0", 1)], false)).await;
    rig.pass(Duration::from_secs(29)).await;
    assert_eq!(
        rig.service("shop", "web:1.0").await.unwrap().status.phase,
        Phase::Updating
    );
    rig.pass(Duration::from_secs(2)).await;
    let service = rig.service("shop", "web:1.0").await.unwrap();
    // S04-084: it becomes Failed, with a message.
    let Phase::Failed { notification } = &service.status.phase else {
        panic!("{:?}", service.status);
    };
    assert!(notification.contains("within 30 s"), "{notification}");

    rig.deploy(&shop(&[("web:1.0", 1)], false)).await;
    // S04-031: asked for again, it begins anew; S04-086: with the whole time.
    rig.pass(Duration::from_secs(20)).await;
    assert_eq!(
        rig.service("shop", "web:1.0").await.unwrap().status.phase,
        Phase::Updating
    );
    rig.driver.hold_back(&service_id, false);
    rig.settle().await;
}

#[tokio::test(start_paused = true)]
async fn without_a_time_limit_nothing_is_given_up() {
    let mut rig = Rig::without_engine(slow());
    rig.options.deployment_timeout = Duration::ZERO;
    rig.start().await;
    rig.driver.hold_back(&id("shop", "web", "web:1.0"), true);
    rig.deploy(&shop(&[("web:1.0", 1)], false)).await;
    rig.pass(Duration::from_secs(100_000)).await;
    // S04-085: 0 never fails a service.
    assert_eq!(
        rig.service("shop", "web:1.0").await.unwrap().status.phase,
        Phase::Updating
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_on_its_way_out_can_be_called_back() {
    let mut options = slow();
    options.stop_delay = Duration::from_secs(5);
    let rig = Rig::with(options).await;
    rig.deploy(&shop(&[("web:1.0", 1)], false)).await;
    rig.settle().await;
    let name = "shop".parse().unwrap();
    rig.engine()
        .undeploy_all(&name, &Request::default())
        .await
        .unwrap();
    rig.wait("it is told to end", async || rig.driver.look()[0].going)
        .await;
    rig.deploy(&shop(&[("web:1.0", 1)], false)).await;
    // S04-030: its intention is to be deployed again.
    let service = rig.service("shop", "web:1.0").await.unwrap();
    assert_eq!(service.status.intention, Intention::Deployment);
    rig.settle().await;
    assert_eq!(
        rig.weights("shop/web/http").await,
        [("shop/web/web:1.0/http".to_owned(), 100)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_driver_that_never_can_is_not_asked_again() {
    let rig = Rig::new().await;
    rig.driver.fail(
        vamp_drivers::simulated::Operation::Deploy,
        1,
        DriverErrorKind::Definition,
    );
    rig.deploy(&shop(&[("web:1.0", 1)], false)).await;
    rig.wait("it has failed", async || {
        let service = rig.service("shop", "web:1.0").await.unwrap();
        matches!(service.status.phase, Phase::Failed { .. })
    })
    .await;
    rig.pass(Duration::from_secs(1000)).await;
    assert_eq!(rig.driver.calls().deploy, 1);
    rig.deploy(&shop(&[("web:1.0", 1)], false)).await;
    rig.settle().await;
}
