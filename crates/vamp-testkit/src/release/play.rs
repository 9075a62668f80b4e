//! Playing the release.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use tokio::time::sleep;
use vamp_client::{Body, Change, Client};
use vamp_model::Deployment;

use super::{
    error::Error,
    event::Event,
    outcome::{Outcome, StepResult},
    routed::RoutedAnew,
    sample::{CLUSTER_GATEWAY, DEPLOYMENT, Version, set_share},
    step::Step,
};
use crate::{
    load::{LoadClient, LoadOptions, Observation, Snapshot},
    wait,
};

/// HAProxy hands out its weights in rounds of as many requests as all weights together, at most 100 here, and a change takes effect
/// within a round: so many answers after the first that was routed anew, only the new weights count.
const ROUNDS: u64 = 200;

/// The pause between two looks at the deployment and the counters.
const LOOK: Duration = Duration::from_millis(100);

/// How the release is played.
#[derive(Debug, Clone)]
pub struct PlayOptions {
    /// So many answers are counted after each change has taken effect; 4,000 make 20,000 and more in all.
    pub requests_per_step: u64,
    /// Requests per second, about.
    pub rate: f64,
    /// A state that does not come within this time fails the release.
    pub limit: Duration,
}

impl Default for PlayOptions {
    fn default() -> Self {
        Self {
            requests_per_step: 4_000,
            rate: 500.0,
            limit: Duration::from_secs(60),
        }
    }
}

/// Plays the whole release on the server of `client`: the sample's gateway opens at `gateway`. What happens is told to `tell`.
///
/// # Errors
/// The API refused a step, or a state did not come in time. Lost requests and wrong shares are no errors: the outcome tells them.
pub async fn play(
    client: &Client,
    gateway: SocketAddr,
    options: &PlayOptions,
    tell: impl FnMut(Event),
) -> Result<Outcome, Error> {
    let mut release = Release::new(client.clone(), gateway, options.clone(), tell);
    for step in Step::ALL {
        release.step(step).await?;
    }
    release.finish().await
}

/// A release that is played step by step, so that something can be done between two steps, and during one.
#[derive(Debug)]
pub struct Release<Tell> {
    client: Client,
    gateway: SocketAddr,
    options: PlayOptions,
    tell: Tell,
    load: Option<LoadClient>,
    steps: Vec<StepResult>,
    told_instances: Option<[(usize, usize); 2]>,
}

impl<Tell: FnMut(Event)> Release<Tell> {
    /// A release of which nothing has happened yet.
    pub fn new(client: Client, gateway: SocketAddr, options: PlayOptions, tell: Tell) -> Self {
        Self {
            client,
            gateway,
            options,
            tell,
            load: None,
            steps: Vec::new(),
            told_instances: None,
        }
    }

    /// Does one step, waits until it has taken effect, and counts the requests that [`PlayOptions::requests_per_step`] asks for.
    ///
    /// # Errors
    /// As [`play`].
    pub async fn step(&mut self, step: Step) -> Result<(), Error> {
        (self.tell)(Event::Began(step));
        let before = self.load.as_ref().map(LoadClient::snapshot);
        let routed_after = self.change(step).await?;
        self.settle(step, before, routed_after).await
    }

    /// The load client, once the first step is done.
    #[must_use]
    pub fn load(&self) -> Option<&LoadClient> {
        self.load.as_ref()
    }

    /// Stops the load client, and says what came of the release.
    ///
    /// # Errors
    /// [`Error::NotBegun`] when no step was done: nothing has been counted then.
    pub async fn finish(mut self) -> Result<Outcome, Error> {
        let load = self.load.take().ok_or(Error::NotBegun)?;
        Ok(Outcome {
            steps: self.steps,
            total: load.stop().await,
        })
    }

    /// Makes the change of the step and waits until it has taken effect.
    async fn change(&mut self, step: Step) -> Result<Option<Duration>, Error> {
        match step {
            Step::Deploy => {
                let body = Body::yaml(Version::First.blueprint(self.gateway));
                let deployed = self.client.deployments().deploy(&body, Change::apply()).await;
                deployed.map_err(|source| Error::Api { step, source })?;
                self.until(step, "version 1.0 ready", |deployment| {
                    Version::First.is_ready_in(deployment)
                })
                .await?;
                self.until_served(step).await?;
                Ok(None)
            }
            Step::Merge => {
                let body = Body::yaml(Version::Second.blueprint(self.gateway));
                let merged = self
                    .client
                    .deployments()
                    .merge(DEPLOYMENT, &body, Change::apply())
                    .await;
                merged.map_err(|source| Error::Api { step, source })?;
                self.until(step, "version 2.0 ready", |deployment| {
                    Version::Second.is_ready_in(deployment)
                })
                .await?;
                Ok(None)
            }
            Step::Shift(share) => self.shift(step, share).await.map(Some),
            Step::Remove => {
                let body = Body::yaml(Version::First.blueprint(self.gateway));
                let removed = self
                    .client
                    .deployments()
                    .undeploy(DEPLOYMENT, &body, Change::apply())
                    .await;
                removed.map_err(|source| Error::Api { step, source })?;
                self.until(step, "version 1.0 gone", |deployment| {
                    Version::First.service_in(deployment).is_none()
                })
                .await?;
                Ok(None)
            }
        }
    }

    /// Gives 2.0 a share, and says how long it took until a request was routed by it.
    async fn shift(&mut self, step: Step, share: u8) -> Result<Duration, Error> {
        let api = |source| Error::Api { step, source };
        let gateways = self.client.gateways();
        let found = gateways.get(CLUSTER_GATEWAY).await.map_err(api)?;
        let Some(mut gateway) = found.map(|found| found.value) else {
            return Err(self.timed_out(
                step,
                "the gateway of the cluster",
                Duration::ZERO,
                "it is not there",
            ));
        };
        let old_share = Version::Second.weight_in(&gateway);
        set_share(&mut gateway, share);

        let (first, came) = self.watch_routing(old_share)?;
        let called = Instant::now();
        gateways
            .update(CLUSTER_GATEWAY, &gateway, Change::apply())
            .await
            .map_err(api)?;
        if first.within(self.options.limit).await.is_err() {
            return Err(self.timed_out(
                step,
                "a request routed anew",
                self.options.limit,
                "the weights are stored",
            ));
        }
        let came = came.get().copied().unwrap_or_else(Instant::now);
        Ok(came.saturating_duration_since(called))
    }

    /// The proof that a request was routed anew, and when the first one was.
    fn watch_routing(&self, old_share: u8) -> Result<(Observation, Arc<OnceLock<Instant>>), Error> {
        let load = self.load.as_ref().ok_or(Error::NotBegun)?;
        let mut routed = RoutedAnew::new(old_share);
        let begun = Instant::now();
        let came = Arc::new(OnceLock::new());
        let found = Arc::clone(&came);
        let observation = load.first_answer(move |answer| {
            if answer.sent < begun {
                return false;
            }
            match routed.see(&*answer.version == Version::Second.text(), answer.received) {
                Some(at) => found.set(at).is_ok(),
                None => false,
            }
        });
        Ok((observation, came))
    }

    /// Counts so many requests as the options ask for.
    async fn settle(
        &mut self,
        step: Step,
        before: Option<Snapshot>,
        routed_after: Option<Duration>,
    ) -> Result<(), Error> {
        let settled = self.new_round(step, routed_after.is_some()).await?;
        let enough = self.options.requests_per_step;
        // The load has a limit of its own; a gateway that answers nothing at all must not hold this up for ever.
        let longest =
            self.options.limit + Duration::from_secs_f64(enough as f64 * 4.0 / self.options.rate.max(1.0));
        let end = Instant::now() + longest;
        loop {
            let total = self.load.as_ref().ok_or(Error::NotBegun)?.snapshot();
            let window = total.since(&settled);
            let done = window.answered() + window.lost() >= enough;
            (self.tell)(Event::Counted {
                window: window.clone(),
                total: total.clone(),
            });
            if done {
                let counted = before.map_or_else(|| total.clone(), |before| total.since(&before));
                let result = StepResult {
                    step,
                    counted,
                    settled: window,
                    routed_after,
                };
                (self.tell)(Event::Done(result.clone()));
                self.steps.push(result);
                return Ok(());
            }
            if Instant::now() > end {
                return Err(self.timed_out(step, "the requests to be counted", longest, &window.to_string()));
            }
            // It is only told of: what the step waited for has come already.
            let _ = self.look().await;
            sleep(LOOK).await;
        }
    }

    /// What had been counted when only the weights of the step were in effect.
    async fn new_round(&self, step: Step, weights_changed: bool) -> Result<Snapshot, Error> {
        let load = self.load.as_ref().ok_or(Error::NotBegun)?;
        if weights_changed {
            let begun = load.snapshot().answered() + ROUNDS;
            let counted = wait::until(self.options.limit, || async {
                load.snapshot().answered() >= begun
            });
            if counted.await.is_err() {
                return Err(self.timed_out(
                    step,
                    "the requests of two rounds",
                    self.options.limit,
                    "routed anew",
                ));
            }
        }
        Ok(load.snapshot())
    }

    /// Waits until the deployment is as `wish` wants it, telling on the way.
    async fn until(
        &mut self,
        step: Step,
        what: &'static str,
        wish: impl Fn(&Deployment) -> bool,
    ) -> Result<(), Error> {
        let end = Instant::now() + self.options.limit;
        loop {
            let seen = self.look().await;
            if seen.as_ref().is_ok_and(&wish) {
                return Ok(());
            }
            if Instant::now() > end {
                let seen = seen.map_or_else(|why| why, |deployment| vamp_model::to_json(&deployment));
                return Err(self.timed_out(step, what, self.options.limit, &seen));
            }
            if let Some(load) = &self.load {
                let total = load.snapshot();
                (self.tell)(Event::Counted {
                    window: total.clone(),
                    total,
                });
            }
            sleep(LOOK).await;
        }
    }

    /// Waits until the gateway answers, and sets the load client on it.
    async fn until_served(&mut self, step: Step) -> Result<(), Error> {
        let served = wait::until_answered(self.options.limit, self.gateway, "/");
        if served.await.is_err() {
            return Err(self.timed_out(step, "an answer of the gateway", self.options.limit, "deployed"));
        }
        let options = LoadOptions {
            rate: self.options.rate,
            ..LoadOptions::new(self.gateway)
        };
        self.load = Some(LoadClient::start(options)?);
        Ok(())
    }

    /// Reads the deployment and tells of its instances when they have changed; why it could not be read, otherwise.
    async fn look(&mut self) -> Result<Deployment, String> {
        let found = self.client.deployments().get(DEPLOYMENT).await;
        let deployment = match found {
            Ok(Some(found)) => found.value,
            Ok(None) => return Err("there is none".to_owned()),
            Err(error) => return Err(error.to_string()),
        };
        let now = [
            Version::First.instances_in(&deployment),
            Version::Second.instances_in(&deployment),
        ];
        if self.told_instances != Some(now) {
            self.told_instances = Some(now);
            let [first, second] = now;
            (self.tell)(Event::Instances { first, second });
        }
        Ok(deployment)
    }

    fn timed_out(&self, step: Step, what: &'static str, limit: Duration, seen: &str) -> Error {
        Error::TimedOut {
            step,
            what,
            limit,
            seen: seen.to_owned(),
        }
    }
}
