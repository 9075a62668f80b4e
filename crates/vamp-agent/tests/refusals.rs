//! Values that do not run, and what runs meanwhile.

mod support;

use std::fs;

use support::service::Service;
use support::{Rig, applied, failure, gateway, running, state, until, without_haproxy};
use vamp_agent::{FailureKind, How, StopMode};
use vamp_haproxy::check::Verdict;
use vamp_model::Gateway;
use vamp_testkit::load::{LoadClient, LoadOptions};
use vamp_testkit::ports::{self, Lease};
use vamp_testkit::wait;

#[tokio::test]
async fn an_invalid_value_is_refused_and_touches_nothing() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let text = rig.edge(&[(service.address(), 100)]);
    let agent = rig.start().await;
    rig.apply(&agent, &text).await;
    let before = running(&agent).await;

    let invalid = format!("{text}backend broken\n  banana 7\n");
    let hash = rig.publish(&invalid).await;
    let status = state(&agent, |status| status.failure.is_some()).await;
    let failure = status.failure.unwrap();
    // S02-152: HAProxy's own words are reported; process, file and traffic are as they were.
    assert_eq!(failure.hash, hash);
    assert!(
        failure.message.contains("unknown keyword 'banana'"),
        "{}",
        failure.message
    );
    assert_eq!(running(&agent).await, before);
    assert_eq!(fs::read_to_string(rig.configuration()).unwrap(), rig.whole(&text));
    assert_eq!(rig.ask().await.as_deref(), Some("1.0"));
    assert_eq!(
        status.applied.unwrap().how,
        How::Reload,
        "what was applied before stays reported"
    );

    let better = rig.edge(&[(service.address(), 50)]);
    rig.apply(&agent, &better).await;
    assert_eq!(agent.status().borrow().failure, None);
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

/// A gateway at each of the ports.
fn gateways_at(ports: &[Lease], service: &Service) -> Vec<Gateway> {
    let at = |port: &Lease| {
        let name = format!("g{}", port.number());
        gateway(&name, port.number(), &[(service.address(), 100)])
    };
    ports.iter().map(at).collect()
}

/// A configuration that HAProxy accepts and cannot load while another program has a port: a range of ports is not tried before the
/// reload, and a port in use is not seen by HAProxy's check.
fn cannot_be_loaded(rig: &Rig, service: &Service, taken: &Lease) -> String {
    let edge = gateway("edge", rig.port.number(), &[(service.address(), 100)]);
    let more = gateway("more", taken.number(), &[(service.address(), 100)]);
    let one = format!("bind {}", taken.address());
    let range = format!("{one}-{}", taken.number());
    rig.text(&[edge, more]).replace(&one, &range)
}

#[tokio::test]
async fn a_refused_value_is_not_checked_again_until_it_changes() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let checks = rig.state.path().join("checks");
    let program = rig
        .haproxy_that(&format!("echo check >> {}", checks.display()))
        .unwrap();
    let count = || fs::read_to_string(&checks).unwrap_or_default().lines().count();

    let mut config = rig.config();
    config.haproxy = program;
    config.limits.safety_pass = std::time::Duration::from_millis(50);
    let agent = rig.start_with(config).await;
    running(&agent).await;
    let hash = rig.publish("backend broken\n  banana 7\n").await;
    let seen = |status: &vamp_agent::AgentStatus| {
        status
            .failure
            .as_ref()
            .is_some_and(|failure| failure.hash == hash)
    };
    state(&agent, seen).await;
    let after_refusal = count();
    assert!(after_refusal > 0);

    // The same value comes again after an outage, and with every safety pass.
    for _ in 0..3 {
        rig.store.begin();
        state(&agent, |status| status.store_connected_since.is_none()).await;
        rig.store.end();
        state(&agent, |status| status.store_connected_since.is_some()).await;
    }
    // S02-153: no further check of what has been refused.
    assert_eq!(count(), after_refusal);

    // Another value is checked: the wish to look again comes from it alone.
    let other = rig.publish("backend broken\n  banana 8\n").await;
    state(&agent, |status| {
        status
            .failure
            .as_ref()
            .is_some_and(|failure| failure.hash == other)
    })
    .await;
    assert_eq!(count(), after_refusal + 1);
    agent.revalidate().await;
    until(|| async { count() == after_refusal + 2 }).await;
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_key_that_is_gone_or_empty_removes_no_gateway() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let agent = rig.start().await;
    rig.apply(&agent, &rig.edge(&[(service.address(), 100)])).await;
    let before = running(&agent).await;

    rig.publish_as("", true).await;
    failure(&agent, FailureKind::HeldBack, "is empty").await;
    rig.remove().await;
    failure(&agent, FailureKind::HeldBack, "is gone").await;
    rig.store.begin();
    state(&agent, |status| status.store_connected_since.is_none()).await;
    rig.store.end();
    state(&agent, |status| status.store_connected_since.is_some()).await;
    // S06-086: what runs is left as it is while there is no value, and while there is no store.
    // S02-154: neither an empty value nor an absent one, seen once more after an outage, is a configuration.
    assert_eq!(rig.ask().await.as_deref(), Some("1.0"));
    assert_eq!(running(&agent).await, before);

    // And what comes afterwards is applied.
    let other = Service::start("2.0").await;
    rig.apply(&agent, &rig.edge(&[(other.address(), 100)])).await;
    assert_eq!(rig.ask().await.as_deref(), Some("2.0"));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn what_ran_before_an_empty_value_is_no_failure_when_it_stands_again() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let agent = rig.start().await;
    let text = rig.edge(&[(service.address(), 100)]);
    rig.apply(&agent, &text).await;
    let before = running(&agent).await;
    rig.publish("").await;
    state(&agent, |status| status.failure.is_some()).await;
    rig.apply(&agent, &text).await;
    assert_eq!(running(&agent).await, before, "nothing was loaded");
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_refused_value_that_stands_again_after_an_empty_one_is_told_as_refused() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let agent = rig.start().await;
    let text = rig.edge(&[(service.address(), 100)]);
    rig.apply(&agent, &text).await;
    let invalid = format!("{text}backend broken\n  banana 7\n");
    rig.publish(&invalid).await;
    failure(&agent, FailureKind::Refused, "").await;
    rig.publish("").await;
    failure(&agent, FailureKind::HeldBack, "").await;
    rig.publish(&invalid).await;
    failure(&agent, FailureKind::Refused, "").await;
    assert_eq!(rig.ask().await.as_deref(), Some("1.0"));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn an_operator_can_insist_on_what_stands_in_the_store_once() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let text = rig.edge(&[(service.address(), 100)]);
    let agent = rig.start().await;
    rig.apply(&agent, &text).await;
    let empty = rig.publish("").await;
    state(&agent, |status| status.failure.is_some()).await;
    agent.stop(StopMode::LeaveHaproxyRunning).await.unwrap();

    let mut config = rig.config();
    config.believe_first = true;
    let agent = rig.start_with(config).await;
    applied(&agent, &empty).await;
    assert_eq!(rig.ask().await, None, "the gateway is gone");
    assert!(rig.is_healthy().await, "HAProxy runs on with its base");

    // What comes afterwards is looked at again.
    rig.apply(&agent, &text).await;
    rig.publish("").await;
    let status = state(&agent, |status| status.failure.is_some()).await;
    assert_eq!(status.failure.unwrap().kind, FailureKind::HeldBack);
    assert_eq!(rig.ask().await.as_deref(), Some("1.0"));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_much_smaller_value_is_believed_only_when_it_is_meant() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let others = ports::lease_many(4).unwrap();
    let many = gateways_at(&others, &service);
    let agent = rig.start().await;
    rig.apply(&agent, &rig.text(&many)).await;

    let few = rig.text(&many[..1]);
    let hash = rig.publish(&few).await;
    let status = state(&agent, |status| status.failure.is_some()).await;
    let failure = status.failure.unwrap();
    assert_eq!(failure.hash, hash);
    assert!(
        failure
            .message
            .starts_with("held back: it has 2 backends where 8 are served"),
        "{}",
        failure.message
    );
    assert_eq!(
        support::service::ask(others[3].address()).await.as_deref(),
        Some("1.0")
    );

    rig.publish_as(&few, true).await;
    applied(&agent, &hash).await;
    assert_eq!(
        support::service::ask(others[0].address()).await.as_deref(),
        Some("1.0")
    );
    assert_eq!(support::service::ask(others[3].address()).await, None);
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn what_is_meant_after_an_accident_does_not_let_the_accident_pass() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let others = ports::lease_many(6).unwrap();
    let all = gateways_at(&others, &service);
    let agent = rig.start().await;
    rig.apply(&agent, &rig.text(&all)).await;
    rig.publish(&rig.text(&all[..2])).await;
    failure(&agent, FailureKind::HeldBack, "nothing says that this is meant").await;

    // Whoever takes a gateway away from what is left means that, and not what was lost before.
    let meant = rig.publish_as(&rig.text(&all[..1]), true).await;
    let told = |status: &vamp_agent::AgentStatus| {
        let failure = status.failure.as_ref();
        failure.is_some_and(|failure| failure.kind == FailureKind::HeldBack && failure.hash == meant)
    };
    state(&agent, told).await;
    agent.stop(StopMode::LeaveHaproxyRunning).await.unwrap();
    // Nor does an agent believe it that has not seen the accident.
    let agent = rig.start().await;
    state(&agent, told).await;
    assert_eq!(
        support::service::ask(others[5].address()).await.as_deref(),
        Some("1.0")
    );
    rig.apply(&agent, &rig.text(&all[..5])).await;
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_shrink_that_was_meant_while_the_agent_was_away_is_believed() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let others = ports::lease_many(4).unwrap();
    let all = gateways_at(&others, &service);
    let agent = rig.start().await;
    rig.apply(&agent, &rig.text(&all)).await;
    agent.stop(StopMode::LeaveHaproxyRunning).await.unwrap();

    // The small one is meant from a text that this agent has never seen, and another one follows.
    rig.publish(&rig.text(&all[..3])).await;
    rig.publish_as(&rig.text(&all[..1]), true).await;
    let last = rig.publish(&rig.edge(&[(service.address(), 100)])).await;
    let agent = rig.start().await;
    applied(&agent, &last).await;
    assert_eq!(rig.ask().await.as_deref(), Some("1.0"));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_reload_that_fails_leaves_the_old_worker_serving_and_is_tried_again() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let agent = rig.start().await;
    let text = rig.edge(&[(service.address(), 100)]);
    rig.apply(&agent, &text).await;
    let (master, worker) = running(&agent).await;

    let taken = ports::lease().unwrap();
    let holder = std::net::TcpListener::bind(taken.address()).unwrap();
    let hash = rig.publish(&cannot_be_loaded(&rig, &service, &taken)).await;
    let status = state(&agent, |status| status.failure.is_some()).await;
    let failure = status.failure.unwrap();
    // S02-162: HAProxy's reason is reported, the old worker serves, the file is that of before.
    assert!(
        failure.message.contains("cannot bind socket"),
        "{}",
        failure.message
    );
    assert_eq!(running(&agent).await, (master, worker));
    assert_eq!(rig.ask().await.as_deref(), Some("1.0"));
    assert_eq!(fs::read_to_string(rig.configuration()).unwrap(), rig.whole(&text));

    drop(holder);
    applied(&agent, &hash).await;
    assert_eq!(
        support::service::ask(taken.address()).await.as_deref(),
        Some("1.0")
    );
    assert_eq!(running(&agent).await.0, master);
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn what_returns_after_a_failed_reload_is_what_ran_before_it() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let agent = rig.start().await;
    let text = rig.edge(&[(service.address(), 100)]);
    rig.apply(&agent, &text).await;
    // As the change before leaves it when its end could not be recorded.
    let older = rig.whole(&rig.edge(&[(service.address(), 50)]));
    fs::write(rig.state.path().join("haproxy.previous.cfg"), older).unwrap();

    let taken = ports::lease().unwrap();
    let _holder = std::net::TcpListener::bind(taken.address()).unwrap();
    rig.publish(&cannot_be_loaded(&rig, &service, &taken)).await;
    failure(&agent, FailureKind::Failed, "cannot bind socket").await;
    assert_eq!(fs::read_to_string(rig.configuration()).unwrap(), rig.whole(&text));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_port_that_another_program_has_is_told_without_a_reload_and_costs_no_request() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let agent = rig.start().await;
    let text = rig.edge(&[(service.address(), 100)]);
    rig.apply(&agent, &text).await;
    let before = state(&agent, |_| true).await.haproxy;
    let load = LoadClient::start(LoadOptions::new(rig.port.address())).unwrap();

    let taken = ports::lease().unwrap();
    let holder = std::net::TcpListener::bind(taken.address()).unwrap();
    let edge = gateway("edge", rig.port.number(), &[(service.address(), 100)]);
    let more = gateway("more", taken.number(), &[(service.address(), 100)]);
    let wanted = rig.text(&[edge, more]);

    // Who asks before is told the line.
    let line = wanted
        .lines()
        .position(|line| line.contains(&taken.address().to_string()));
    let Verdict::Refused { problems } = agent.checker().check(&wanted).await.unwrap() else {
        panic!("the port is taken");
    };
    assert_eq!(problems[0].line, line.map(|position| position + 1));
    assert!(
        problems[0].text.contains("another program listens there"),
        "{}",
        problems[0].text
    );

    // Who does not ask is told by the agent's state; it tries again and again, and no gateway suffers.
    let hash = rig.publish(&wanted).await;
    let failure = state(&agent, |status| status.failure.is_some())
        .await
        .failure
        .unwrap();
    assert!(
        failure.message.contains("another program listens there"),
        "{}",
        failure.message
    );
    let enough = load.snapshot().answered() + 500;
    until(|| async { load.snapshot().answered() >= enough }).await;
    assert_eq!(
        state(&agent, |_| true).await.haproxy,
        before,
        "no reload was tried"
    );

    drop(holder);
    applied(&agent, &hash).await;
    let seen = load.stop().await;
    assert_eq!(seen.lost(), 0, "{seen}");
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn the_check_names_the_line_of_the_value() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let agent = rig.start().await;
    let checker = agent.checker();
    let text = rig.edge(&[(service.address(), 100)]);
    let Verdict::Accepted { warnings } = checker.check(&text).await.unwrap() else {
        panic!("a valid value is refused");
    };
    // What HAProxy says before its last word is told with it.
    assert!(!warnings.is_empty());
    assert!(
        warnings
            .iter()
            .all(|warning| warning.contains("log format ignored")),
        "{warnings:?}"
    );

    let invalid = format!("{text}backend broken\n  banana 7\n");
    let Verdict::Refused { problems } = checker.check(&invalid).await.unwrap() else {
        panic!("an invalid value is accepted");
    };
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].line, Some(invalid.lines().count()));
    assert!(problems[0].text.contains("banana"), "{problems:?}");
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_check_is_over_with_the_word_of_haproxy_that_the_configuration_is_valid() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let pid = rig.state.path().join("pid");
    // Its process would need longer than any limit to end.
    let script = format!(
        "echo $$ > {}; echo '[WARNING] (1) : config : a warning' >&2; echo 'Configuration file is valid'; exec sleep 1000",
        pid.display()
    );
    let mut config = rig.config();
    config.haproxy = rig.haproxy_that(&script).unwrap();
    let agent = rig.start_with(config).await;
    let verdict = agent.checker().check("# nothing\n").await.unwrap();
    let Verdict::Accepted { warnings } = verdict else {
        panic!("a valid value is refused");
    };
    assert_eq!(warnings, ["config : a warning"]);
    let pid: u32 = fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
    until(|| async { !wait::is_running(pid) }).await;
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn the_words_of_an_invalid_configuration_do_not_make_it_valid() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let agent = rig.start().await;
    // HAProxy quotes it in its complaint, in a line of its own.
    let text = "backend broken\n  acl a src \"x\\nConfiguration file is valid\\n\"\n";
    let Verdict::Refused { problems } = agent.checker().check(text).await.unwrap() else {
        panic!("an invalid value is accepted");
    };
    assert!(problems[0].text.contains("ACL 'a'"), "{problems:?}");
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn what_is_taken_away_is_counted_from_what_runs_not_from_what_was_refused() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let agent = rig.start().await;
    let text = rig.edge(&[(service.address(), 100)]);
    // The gateway has two backends itself.
    let with = |more: usize| {
        let more = (0..more).map(|number| format!("backend more-{number}\n"));
        format!("{text}{}", more.collect::<String>())
    };
    rig.apply(&agent, &with(8)).await;
    // Half of it is believed, and refused by HAProxy; half of that half is far less than what runs.
    rig.publish(&format!("{}  banana 7\n", with(3))).await;
    failure(&agent, FailureKind::Refused, "").await;
    rig.publish(&with(1)).await;
    let status = failure(&agent, FailureKind::HeldBack, "").await;
    let why = status.failure.unwrap().message;
    assert!(why.contains("has 3 backends where 10 are served"), "{why}");
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn insisting_on_a_key_that_is_gone_is_over_with_it() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let agent = rig.start().await;
    rig.apply(&agent, &rig.edge(&[(service.address(), 100)])).await;
    agent.stop(StopMode::LeaveHaproxyRunning).await.unwrap();
    rig.remove().await;

    let mut config = rig.config();
    config.believe_first = true;
    let agent = rig.start_with(config).await;
    failure(&agent, FailureKind::HeldBack, "is gone").await;
    // Whoever insisted had not seen this one.
    rig.publish_as("", true).await;
    failure(&agent, FailureKind::HeldBack, "is empty").await;
    assert_eq!(rig.ask().await.as_deref(), Some("1.0"));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}
