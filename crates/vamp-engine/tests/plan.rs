//! The plan by itself: a function of what is wanted, what is there, and the moment.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use std::time::Duration;

use jiff::Timestamp;
use vamp_drivers::{
    Failure, InstanceState, ObservedInstance, ObservedService, PortSpec, ScaleSpec, ServiceId, ServiceSpec,
};
use vamp_engine::reconcile::{Command, Desired, Milestone, Moment, Observed, Plan, State, Traffic, plan};
use vamp_model::{Deployable, Intention, Phase, PortKind};

fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn after(seconds: u64) -> Timestamp {
    start() + Duration::from_secs(seconds)
}

fn spec(number: usize, instances: u32) -> ServiceSpec {
    ServiceSpec {
        id: ServiceId {
            deployment: format!("d{number}"),
            cluster: "web".to_owned(),
            service: "web:1".to_owned(),
        },
        deployable: Deployable {
            kind: None,
            definition: "acme/web:1".to_owned(),
        },
        ports: vec![PortSpec {
            name: "http".to_owned(),
            number: 8080,
            kind: PortKind::Http,
        }],
        environment: indexmap::IndexMap::new(),
        health_checks: Vec::new(),
        scale: ScaleSpec {
            cpu: None,
            memory: None,
            instances,
        },
    }
}

fn wanted(instances: u32) -> Desired {
    Desired::new(
        spec(0, instances),
        Some(0),
        State::initiated(Intention::Deployment, start()),
    )
}

fn leaving() -> Desired {
    let mut desired = wanted(1);
    desired.state = State::initiated(Intention::Undeployment, start());
    desired.generation = 5;
    desired
}

/// What is there after the driver was told `desired`, with instances in these states.
fn there(desired: &Desired, states: &[InstanceState]) -> ObservedService {
    let instances = states.iter().enumerate().map(|(number, state)| ObservedInstance {
        name: format!("i{number}"),
        host: "10.0.0.1".to_owned(),
        ports: [("http".to_owned(), 31_000)].into_iter().collect(),
        state: *state,
        current: true,
        since: start(),
    });
    ObservedService {
        id: desired.spec.id.clone(),
        fingerprint: desired.fingerprint.to_string(),
        wanted: desired.spec.scale.instances,
        going: false,
        instances: instances.collect(),
        failure: None,
    }
}

fn observed(services: Vec<ObservedService>) -> Observed {
    Observed::new(vec![Some(services)])
}

fn planned(desired: &Desired, services: Vec<ObservedService>, moment: &Moment) -> Plan {
    plan(std::slice::from_ref(desired), &observed(services), moment)
}

/// The only step, with everything that it says.
fn step(plan: &Plan) -> (Vec<Command>, Phase, Option<Milestone>) {
    let [step] = plan.steps.as_slice() else {
        panic!("{plan:?}");
    };
    (
        step.commands.clone(),
        step.state.status.phase.clone(),
        step.milestone,
    )
}

#[test]
fn a_service_that_is_not_there_is_deployed() {
    let moment = Moment::at(after(1));
    let plan = planned(&wanted(2), Vec::new(), &moment);
    assert_eq!(step(&plan), (vec![Command::Deploy(0)], Phase::Updating, None));
    // S04-084: it is looked at again when its time is over.
    assert_eq!(plan.next, Some(after(600)));
}

#[test]
fn one_that_differs_is_deployed_again_and_told() {
    let desired = wanted(2);
    let mut other = there(&desired, &[InstanceState::Ready]);
    other.wanted = 1;
    let plan = planned(&desired, vec![other], &Moment::at(after(1)));
    assert_eq!(
        step(&plan),
        (
            vec![Command::Deploy(0)],
            Phase::Updating,
            Some(Milestone::Redeploy)
        )
    );
    let mut foreign = there(&desired, &[InstanceState::Ready, InstanceState::Ready]);
    foreign.fingerprint = "another".to_owned();
    let plan = planned(&desired, vec![foreign], &Moment::at(after(1)));
    // S04-083: what somebody else made of it is put right.
    assert_eq!(step(&plan).0, [Command::Deploy(0)]);
}

#[test]
fn it_is_done_when_all_instances_are_ready_and_not_before() {
    let mut desired = wanted(2);
    let moment = Moment::at(after(1));
    let starting = there(&desired, &[InstanceState::Ready, InstanceState::Starting]);
    let first = planned(&desired, vec![starting.clone()], &moment);
    assert_eq!(step(&first), (Vec::new(), Phase::Updating, None));
    desired.state = first.steps[0].state.clone();
    let ready: Vec<bool> = desired
        .state
        .instances
        .iter()
        .map(|instance| instance.deployed)
        .collect();
    assert_eq!(ready, [true, false]);
    assert!(
        planned(&desired, vec![starting], &moment).steps.is_empty(),
        "known already"
    );

    let all = there(&desired, &[InstanceState::Ready, InstanceState::Ready]);
    let second = planned(&desired, vec![all.clone()], &moment);
    assert_eq!(
        step(&second),
        (Vec::new(), Phase::Done, Some(Milestone::Deployed))
    );
    desired.state = second.steps[0].state.clone();
    let third = planned(&desired, vec![all], &Moment::at(after(100_000)));
    // S04-088: nothing more is told, and there is nothing to wait for.
    assert_eq!(third, Plan::default());
}

#[test]
fn nothing_is_concluded_from_a_driver_that_does_not_answer() {
    let moment = Moment::at(after(100_000));
    for desired in [wanted(1), leaving()] {
        let plan = plan(&[desired], &Observed::new(vec![None]), &moment);
        assert!(plan.steps.is_empty());
    }
}

#[test]
fn a_failure_after_the_wish_is_the_services_own_and_goes_when_it_works() {
    let mut desired = wanted(1);
    let mut failing = there(&desired, &[]);
    failing.failure = Some(Failure {
        reason: "the instance i0 ended with exit status 3".to_owned(),
        log_tail: vec!["no database".to_owned()],
        at: after(2),
        count: 1,
    });
    let plan = planned(&desired, vec![failing.clone()], &Moment::at(after(3)));
    let (commands, phase, milestone) = step(&plan);
    let Phase::Failed { notification } = &phase else {
        panic!("{phase:?}");
    };
    assert!(
        notification.ends_with("exit status 3\nno database"),
        "{notification}"
    );
    assert_eq!((commands, milestone), (Vec::new(), Some(Milestone::Failed)));
    desired.state = plan.steps[0].state.clone();
    assert!(
        planned(&desired, vec![failing.clone()], &Moment::at(after(4)))
            .steps
            .is_empty()
    );

    let mut works = there(&desired, &[InstanceState::Ready]);
    works.failure = failing.failure.clone();
    let plan = planned(&desired, vec![works], &Moment::at(after(5)));
    assert_eq!(step(&plan).1, Phase::Done);
    // The same failure again is an old one: an instance of a service that worked is replaced, and that is no failure yet.
    desired.state = plan.steps[0].state.clone();
    let plan = planned(&desired, vec![failing], &Moment::at(after(6)));
    assert_eq!(step(&plan).1, Phase::Updating);
}

#[test]
fn one_that_takes_too_long_is_given_up_and_left_alone() {
    let mut desired = wanted(1);
    desired.state.status.phase = Phase::Updating;
    let starting = there(&desired, &[InstanceState::Starting]);
    assert_eq!(
        planned(&desired, vec![starting.clone()], &Moment::at(after(599))).next,
        Some(after(600))
    );
    let plan = planned(&desired, vec![starting.clone()], &Moment::at(after(600)));
    let (commands, phase, milestone) = step(&plan);
    assert!(matches!(phase, Phase::Failed { .. }) && commands.is_empty());
    assert_eq!(milestone, Some(Milestone::Failed));
    desired.state = plan.steps[0].state.clone();
    for services in [vec![starting], Vec::new()] {
        let plan = planned(&desired, services, &Moment::at(after(100_000)));
        // S04-084: no command until somebody asks again.
        assert!(plan.steps.iter().all(|step| step.commands.is_empty()));
    }
    let again = Desired {
        state: desired.state.again(Intention::Deployment, after(100_000)),
        ..desired
    };
    // S04-086: asked for again it has the whole time.
    assert_eq!(
        step(&planned(&again, Vec::new(), &Moment::at(after(100_001)))).0,
        [Command::Deploy(0)]
    );
}

#[test]
fn one_that_leaves_waits_until_it_has_no_traffic() {
    let desired = leaving();
    let running = || vec![there(&desired, &[InstanceState::Ready])];
    let mut moment = Moment::at(after(100));
    let none = planned(&desired, running(), &moment);
    assert!(none.steps.iter().all(|step| step.commands.is_empty()) && none.waits_for_agents);

    moment.traffic = Traffic {
        publications: vec![(4, after(1)), (6, after(95)), (7, after(99))],
        applied: 4,
    };
    let published = planned(&desired, running(), &moment);
    assert!(published.waits_for_agents);
    assert_eq!(published.next, Some(after(105)), "for agents that never apply it");

    moment.traffic.applied = 6;
    let applied = planned(&desired, running(), &moment);
    assert_eq!(step(&applied).0, [Command::Undeploy(0)]);
    moment.traffic.applied = 0;
    moment.now = after(105);
    assert_eq!(
        step(&planned(&desired, running(), &moment)).0,
        [Command::Undeploy(0)]
    );

    let mut going = running();
    going[0].going = true;
    let plan = planned(&desired, going, &moment);
    assert!(
        plan.steps
            .iter()
            .all(|step| step.commands.is_empty() && !step.gone)
    );
    let gone = planned(&desired, Vec::new(), &moment);
    // S04-087: when nothing is left of it, the record goes, and that is told.
    assert!(gone.steps[0].gone && gone.steps[0].milestone == Some(Milestone::Undeployed));
}

#[test]
fn a_pause_after_a_failed_command_is_kept() {
    let desired = wanted(1);
    let mut moment = Moment::at(after(1));
    moment.pauses.insert(desired.spec.id.clone(), after(9));
    let plan = planned(&desired, Vec::new(), &moment);
    assert!(plan.steps.is_empty());
    assert_eq!(plan.next, Some(after(9)));
    moment.now = after(9);
    assert_eq!(
        step(&planned(&desired, Vec::new(), &moment)).0,
        [Command::Deploy(0)]
    );
}

#[test]
fn what_no_driver_can_run_says_so_and_what_moved_to_another_driver_leaves_the_first() {
    let mut homeless = wanted(1);
    homeless.driver = None;
    let plan = planned(&homeless, Vec::new(), &Moment::at(after(1)));
    assert!(matches!(step(&plan).1, Phase::Failed { .. }));

    let mut moved = wanted(1);
    moved.driver = Some(1);
    let everywhere = there(&moved, &[InstanceState::Ready]);
    let both = Observed::new(vec![Some(vec![everywhere.clone()]), Some(vec![everywhere])]);
    let plan = vamp_engine::reconcile::plan(&[moved], &both, &Moment::at(after(1)));
    assert_eq!(step(&plan).0, [Command::Undeploy(0)]);
}

#[test]
fn in_the_time_after_a_start_what_was_ready_counts_as_ready() {
    let mut desired = wanted(1);
    let moment = Moment::at(after(1));
    let ready = planned(&desired, vec![there(&desired, &[InstanceState::Ready])], &moment);
    desired.state = ready.steps[0].state.clone();
    let found_again = vec![there(&desired, &[InstanceState::Starting])];
    let warm = Moment {
        warm_up: true,
        ..moment.clone()
    };
    assert!(planned(&desired, found_again.clone(), &warm).steps.is_empty());
    let later = planned(&desired, found_again, &moment);
    assert!(
        later.steps[0]
            .state
            .instances
            .iter()
            .all(|instance| !instance.deployed)
    );
    let ill = planned(&desired, vec![there(&desired, &[InstanceState::Ill])], &warm);
    assert!(
        ill.steps[0]
            .state
            .instances
            .iter()
            .all(|instance| !instance.deployed)
    );
}

#[test]
fn ten_thousand_services_as_wanted_make_no_step() {
    let moment = Moment::at(after(1));
    let mut desired: Vec<Desired> = (0..10_000)
        .map(|number| {
            let state = State::initiated(Intention::Deployment, start());
            Desired::new(spec(number, 2), Some(0), state)
        })
        .collect();
    let services = desired
        .iter()
        .map(|desired| there(desired, &[InstanceState::Ready, InstanceState::Ready]));
    let observed = observed(services.collect());
    let first = plan(&desired, &observed, &moment);
    assert_eq!(first.steps.len(), 10_000);
    for step in first.steps {
        desired[step.index].state = step.state;
    }
    assert_eq!(plan(&desired, &observed, &moment), Plan::default());
}
