//! The pass of the reconciler that finds nothing to do, which is what it does nearly always.

#![allow(missing_docs, reason = "criterion's macros make functions that nobody calls")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use indexmap::IndexMap;
use jiff::Timestamp;
use vamp_drivers::{
    InstanceState, ObservedInstance, ObservedService, PortSpec, ScaleSpec, ServiceId, ServiceSpec,
};
use vamp_engine::reconcile::{Desired, Moment, Observed, State, plan};
use vamp_model::{Deployable, Intention, PortKind};

const INSTANCES: u32 = 2;

fn specification(number: usize) -> ServiceSpec {
    ServiceSpec {
        id: ServiceId {
            deployment: format!("shop-{number}"),
            cluster: "web".to_owned(),
            service: "web:1.0.0".to_owned(),
        },
        deployable: Deployable {
            kind: None,
            definition: "registry.example.com/shop/web:1.0.0".to_owned(),
        },
        ports: vec![PortSpec {
            name: "http".to_owned(),
            number: 8080,
            kind: PortKind::Http,
        }],
        environment: IndexMap::new(),
        health_checks: Vec::new(),
        scale: ScaleSpec {
            cpu: None,
            memory: None,
            instances: INSTANCES,
        },
    }
}

fn running(desired: &Desired) -> ObservedService {
    let id = desired.spec.id.clone();
    let instances = (0..INSTANCES).map(|number| ObservedInstance {
        name: format!("{}-{number}", id.deployment),
        host: "127.0.0.1".to_owned(),
        ports: [("http".to_owned(), 20_000)].into_iter().collect(),
        state: InstanceState::Ready,
        current: true,
        since: Timestamp::UNIX_EPOCH,
    });
    ObservedService {
        fingerprint: desired.fingerprint.to_string(),
        wanted: INSTANCES,
        going: false,
        instances: instances.collect(),
        failure: None,
        id,
    }
}

/// So many services that all run as wanted, and what was learned of them in the passes before.
fn settled(count: usize, moment: &Moment) -> (Vec<Desired>, Observed) {
    let state = State::initiated(Intention::Deployment, Timestamp::UNIX_EPOCH);
    let mut desired: Vec<Desired> = (0..count)
        .map(|number| Desired::new(specification(number), Some(0), state.clone()))
        .collect();
    let observed = Observed::new(vec![Some(desired.iter().map(running).collect())]);
    for _ in 0..4 {
        for step in plan(&desired, &observed, moment).steps {
            desired[step.index].state = step.state;
        }
    }
    (desired, observed)
}

fn passes(criterion: &mut Criterion) {
    let moment = Moment::at(Timestamp::UNIX_EPOCH + Duration::from_secs(60));
    let mut group = criterion.benchmark_group("engine/pass without a change");
    for count in [100, 1000, 10_000] {
        let (desired, observed) = settled(count, &moment);
        let left = plan(&desired, &observed, &moment).steps;
        assert!(left.is_empty(), "there is something to do: {:?}", left.first());
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| plan(black_box(&desired), black_box(&observed), &moment));
        });
    }
    group.finish();
}

criterion_group!(engine, passes);
criterion_main!(engine);
