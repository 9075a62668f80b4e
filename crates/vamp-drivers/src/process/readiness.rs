//! Whether an instance is ready, from its start to its end.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures::future::join_all;
use indexmap::IndexMap;
use tokio::time::Instant;
use vamp_model::HealthCheck;

use super::probe::Probe;
use crate::{InstanceState, ServiceSpec};

/// The pause between two looks at an instance that starts, at first and at last: most are there soon.
const STARTING: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(250));
/// Health checks of no interval are not made without a pause.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);
/// Nor without a limit.
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(100);
/// How long a port without a health check may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// What is looked at, and how often.
#[derive(Debug, Clone)]
pub(super) struct Check {
    probe: Probe,
    timeout: Duration,
    interval: Duration,
    /// So many failures in a row make the instance ill.
    failures: u32,
    /// Before that they do not count.
    counts_from: Duration,
}

/// The checks of an instance: the service's, or, where it has none, that its ports accept connections, which is not looked at
/// again once they do.
#[derive(Debug, Clone)]
pub(super) struct Checks {
    checks: Vec<Check>,
    once: bool,
    start_limit: Duration,
    ill_limit: Duration,
}

/// What the checks say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is so from now on, for this reason where it is ill.
    Is(InstanceState),
    /// It was not ready, or ill, for too long.
    GivenUp(String),
}

impl Checks {
    pub(super) fn new(
        spec: &ServiceSpec,
        host: IpAddr,
        ports: &IndexMap<String, u16>,
        start_limit: Duration,
        ill_limit: Duration,
    ) -> Self {
        let address = |port: &str| {
            let number = ports.get(port).copied().unwrap_or_default();
            SocketAddr::new(host, number)
        };
        let of_service: Vec<Check> = spec
            .health_checks
            .iter()
            .map(|check| Check::of(check, address(check.port.as_str())))
            .collect();
        let once = of_service.is_empty();
        let checks = if once {
            ports.keys().map(|port| Check::connect(address(port))).collect()
        } else {
            of_service
        };
        let delay = checks
            .iter()
            .map(|check: &Check| check.counts_from)
            .max()
            .unwrap_or_default();
        Self {
            checks,
            once,
            start_limit: delay + start_limit,
            ill_limit,
        }
    }

    /// Watches an instance that was started `age` ago and is in this state, and tells each change. It ends when there is nothing
    /// more to tell.
    pub(super) async fn watch(self, age: Duration, state: InstanceState, mut tell: impl FnMut(Verdict)) {
        let begin = Instant::now();
        let mut progress = Progress {
            since: begin,
            state,
            failures: vec![0; self.checks.len()],
            last: None,
        };
        if self.checks.is_empty() && state == InstanceState::Starting {
            return tell(Verdict::Is(InstanceState::Ready));
        }
        let mut pause = STARTING.0;
        let mut due: Vec<Instant> = vec![begin; self.checks.len()];
        loop {
            if self.once && progress.state == InstanceState::Ready {
                return;
            }
            let Some(next) = due.iter().min().copied() else {
                return;
            };
            tokio::time::sleep_until(next).await;
            let now = Instant::now();
            let asked: Vec<usize> = (0..due.len()).filter(|check| due[*check] <= now).collect();
            let answers = join_all(asked.iter().map(|check| {
                let check = &self.checks[*check];
                check.probe.ask(check.timeout)
            }))
            .await;
            let starting = progress.state == InstanceState::Starting;
            for (check, answer) in asked.into_iter().zip(answers) {
                let rule = &self.checks[check];
                progress.note(check, answer, age + begin.elapsed() >= rule.counts_from);
                let interval = if starting {
                    pause.min(rule.interval)
                } else {
                    rule.interval
                };
                due[check] = now + interval;
            }
            pause = (pause * 3 / 2).min(STARTING.1);
            let verdict = progress.judge(&self, age + begin.elapsed(), Instant::now());
            if let Some(verdict) = verdict {
                let given_up = matches!(verdict, Verdict::GivenUp(_));
                if verdict == Verdict::Is(InstanceState::Ready) && starting {
                    // From now on each in its own time.
                    let now = Instant::now();
                    due = self.checks.iter().map(|check| now + check.interval).collect();
                }
                tell(verdict);
                if given_up {
                    return;
                }
            }
        }
    }
}

impl Check {
    fn of(check: &HealthCheck, address: SocketAddr) -> Self {
        let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
        Self {
            probe: Probe::Get(address, check.path.clone()),
            timeout: seconds(check.timeout.get()).max(SHORTEST_TIMEOUT),
            interval: seconds(check.interval.get()).max(SHORTEST_INTERVAL),
            failures: check.failures.max(1),
            counts_from: seconds(check.initial_delay.get()),
        }
    }

    fn connect(address: SocketAddr) -> Self {
        Self {
            probe: Probe::Connect(address),
            timeout: CONNECT_TIMEOUT,
            interval: STARTING.1,
            failures: 1,
            counts_from: Duration::ZERO,
        }
    }
}

/// How far an instance is, from what its checks have said so far.
#[derive(Debug)]
struct Progress {
    state: InstanceState,
    /// Since when it is in this state.
    since: Instant,
    /// Failures in a row of each check; none since the last success.
    failures: Vec<u32>,
    /// What the last failure said.
    last: Option<String>,
}

impl Progress {
    fn note(&mut self, check: usize, answer: Result<(), String>, counts: bool) {
        match answer {
            Ok(()) => self.failures[check] = 0,
            Err(reason) => {
                // While it starts, a failure is just not a success.
                if counts || self.state != InstanceState::Ready {
                    self.failures[check] = self.failures[check].saturating_add(1);
                }
                self.last = Some(reason);
            }
        }
    }

    fn judge(&mut self, checks: &Checks, age: Duration, now: Instant) -> Option<Verdict> {
        let all_well = self.failures.iter().all(|failures| *failures == 0);
        let one_ill = || {
            let mut each = self.failures.iter().zip(&checks.checks);
            each.any(|(failures, check)| *failures >= check.failures)
        };
        let reason = || {
            self.last
                .clone()
                .unwrap_or_else(|| "its health checks have not passed".to_owned())
        };
        let next = match self.state {
            InstanceState::Starting | InstanceState::Ill if all_well => InstanceState::Ready,
            InstanceState::Starting if age >= checks.start_limit => {
                let limit = checks.start_limit;
                return Some(Verdict::GivenUp(format!(
                    "was not ready within {limit:?}: {}",
                    reason()
                )));
            }
            InstanceState::Ill if now >= self.since + checks.ill_limit => {
                let limit = checks.ill_limit;
                return Some(Verdict::GivenUp(format!("was ill for {limit:?}: {}", reason())));
            }
            InstanceState::Ready if one_ill() => InstanceState::Ill,
            _ => return None,
        };
        self.state = next;
        self.since = now;
        Some(Verdict::Is(next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::sample;
    use vamp_model::{Protocol, Seconds};

    fn checks(initial_delay: u32, failures: u32) -> Checks {
        let mut spec = sample::spec("true");
        spec.health_checks = ["/a", "/b"]
            .map(|path| HealthCheck {
                path: path.to_owned(),
                port: "web".parse().unwrap(),
                initial_delay: Seconds::new(initial_delay),
                timeout: Seconds::new(1),
                interval: Seconds::new(10),
                failures,
                protocol: Protocol::Http,
            })
            .to_vec();
        let ports = IndexMap::from([("web".to_owned(), 1)]);
        let host = IpAddr::from([127, 0, 0, 1]);
        Checks::new(
            &spec,
            host,
            &ports,
            Duration::from_secs(60),
            Duration::from_secs(30),
        )
    }

    struct Watched {
        checks: Checks,
        progress: Progress,
        begin: Instant,
    }

    impl Watched {
        fn new(checks: Checks, state: InstanceState) -> Self {
            let begin = Instant::now();
            let progress = Progress {
                state,
                since: begin,
                failures: vec![0; 2],
                last: None,
            };
            Self {
                checks,
                progress,
                begin,
            }
        }

        /// What both checks say so many seconds after the start.
        fn at(&mut self, seconds: u64, answers: [bool; 2]) -> Option<Verdict> {
            let age = Duration::from_secs(seconds);
            for (check, well) in answers.into_iter().enumerate() {
                let answer = if well { Ok(()) } else { Err("down".to_owned()) };
                let counts = age >= self.checks.checks[check].counts_from;
                self.progress.note(check, answer, counts);
            }
            self.progress.judge(&self.checks, age, self.begin + age)
        }
    }

    #[test]
    fn an_instance_is_ready_when_all_its_checks_pass() {
        let mut watched = Watched::new(checks(0, 3), InstanceState::Starting);
        assert_eq!(watched.at(0, [false, false]), None);
        assert_eq!(watched.at(1, [true, false]), None);
        assert_eq!(
            watched.at(2, [true, true]),
            Some(Verdict::Is(InstanceState::Ready))
        );
        assert_eq!(watched.at(3, [true, true]), None);
    }

    #[test]
    fn so_many_failures_in_a_row_make_it_ill_and_one_success_well() {
        let mut watched = Watched::new(checks(0, 3), InstanceState::Ready);
        for second in 0..6 {
            // Never three in a row.
            assert_eq!(watched.at(second, [second % 3 == 0, true]), None, "{second}");
        }
        assert_eq!(watched.at(10, [true, false]), None);
        assert_eq!(watched.at(11, [true, false]), None);
        let ill = Some(Verdict::Is(InstanceState::Ill));
        assert_eq!(watched.at(12, [true, false]), ill);
        assert_eq!(watched.at(13, [true, false]), None);
        assert_eq!(
            watched.at(14, [true, true]),
            Some(Verdict::Is(InstanceState::Ready))
        );
    }

    #[test]
    fn failures_during_the_initial_delay_do_not_count() {
        let mut watched = Watched::new(checks(20, 1), InstanceState::Ready);
        assert_eq!(watched.at(19, [false, true]), None);
        assert_eq!(
            watched.at(20, [false, true]),
            Some(Verdict::Is(InstanceState::Ill))
        );
    }

    #[test]
    fn it_is_given_up_when_it_is_not_ready_or_ill_for_too_long() {
        let mut starting = Watched::new(checks(20, 3), InstanceState::Starting);
        assert_eq!(
            starting.at(79, [false, true]),
            None,
            "the initial delay comes on top"
        );
        let said = Verdict::GivenUp("was not ready within 80s: down".to_owned());
        assert_eq!(starting.at(80, [false, true]), Some(said));

        let mut ill = Watched::new(checks(0, 1), InstanceState::Ill);
        assert_eq!(ill.at(29, [false, true]), None);
        let said = Verdict::GivenUp("was ill for 30s: down".to_owned());
        assert_eq!(ill.at(30, [false, true]), Some(said));
    }
}
