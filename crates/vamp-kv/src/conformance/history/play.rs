//! Playing a plan: writers, watchers and what happens to the server.

use std::path::Path;
use std::time::Duration;

use futures::future::{join_all, try_join, try_join_all};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::watch;
use tokio::time::Instant;

use super::record::{Action, Fault, Line, Seen, Told};
use super::recorder::Recorder;
use super::writer::Writer;
use crate::conformance::outages::{BACK_WITHIN, Server, retried};
use crate::conformance::watching::{Told as Event, Watcher};
use crate::conformance::{Failure, Outcome};
use crate::{Entry, Key, KeyValueStore, WatchEvent};

/// What is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// All choices follow from it; how the calls meet in time does not, so that the same seed may give another history.
    pub seed: u64,
    /// How many calls each writer makes at least; they go on until the last fault is over.
    pub calls: u32,
    /// How often the server is killed or frozen.
    pub faults: u32,
}

const WRITERS: usize = 3;
const WATCHERS: usize = 5;

/// Few enough that writers meet.
pub(super) const KEYS: [&str; 4] = ["a", "b", "c", "d"];

/// How many calls a writer makes at most. Beyond it a history would be too long to be checked in a moment.
const MOST_CALLS: u32 = 400;

/// For so long nothing is written before the last read: what a thawed server still finds in its buffers it has carried out by then.
const QUIET: Duration = Duration::from_secs(1);

/// Three writers and five watchers of keys below `base`, which nobody else uses, while the server is killed and frozen; then the check.
/// With several stores, which are clients of one server, the writers and watchers take turns in using them.
///
/// # Errors
/// A call that failed for another reason than an outage, a server that could not be started, and what is [wrong](super::Wrong) with the
/// history. It is kept in the directory `keep` then, under a name that the failure tells.
pub async fn check_store(
    plan: Plan,
    stores: &[&dyn KeyValueStore],
    server: Option<&mut dyn Server>,
    base: &Key,
    keep: &Path,
) -> Result<(), Failure> {
    let Some(first) = stores.first() else {
        return Err(Failure::new("a history needs a store"));
    };
    let name = format!("{}-{}", first.name(), plan.seed);
    let game = Game::new(plan, stores, base.join(&name)?);
    let played = game.play(server).await.map_err(|failure| failure.to_string());
    let history = game.recorder.into_history(first.name(), plan.seed);
    let wrong = match played {
        Ok(()) => history.check().map_err(|wrong| wrong.to_string()),
        Err(failure) => Err(failure),
    };
    wrong.map_err(|wrong| {
        let path = keep.join(format!("{name}.jsonl"));
        let kept = match history.write(&path) {
            Ok(()) => format!("kept in {}", path.display()),
            Err(error) => format!("which could not be kept in {}: {error}", path.display()),
        };
        Failure::new(format!(
            "{wrong} (history of {}, seed {}, {kept})",
            first.name(),
            plan.seed
        ))
    })
}

/// How far the game is.
#[derive(Debug, Clone)]
enum Phase {
    /// The server is killed and frozen.
    Faults,
    /// Nothing happens to the server any more.
    Calm,
    /// This is there, and nobody writes any more.
    End(Vec<Option<Seen>>),
}

struct Game<'a> {
    plan: Plan,
    stores: &'a [&'a dyn KeyValueStore],
    base: Key,
    recorder: Recorder,
    phase: watch::Sender<Phase>,
}

impl<'a> Game<'a> {
    fn new(plan: Plan, stores: &'a [&'a dyn KeyValueStore], base: Key) -> Self {
        Self {
            plan,
            stores,
            base,
            recorder: Recorder::default(),
            phase: watch::Sender::new(Phase::Faults),
        }
    }

    async fn play(&self, server: Option<&mut dyn Server>) -> Outcome {
        let writers = join_all((1..=WRITERS).map(|number| self.write(number)));
        let watchers = try_join_all((1..=WATCHERS).map(|number| self.watch(number)));
        let writing = async {
            let faults = async {
                if let Some(server) = server {
                    self.harm(server).await?;
                }
                self.phase.send_replace(Phase::Calm);
                Ok(())
            };
            let (faults, writers) = futures::future::join(faults, writers).await;
            writers.into_iter().chain([faults]).collect::<Outcome>()?;
            self.end().await
        };
        try_join(writing, watchers).await.map(drop)
    }

    /// Choices that follow from the seed, other ones for each who asks.
    fn choices(&self, of: usize) -> StdRng {
        StdRng::seed_from_u64(self.plan.seed.wrapping_mul(1_000).wrapping_add(of as u64))
    }

    fn store(&self, number: usize) -> &'a dyn KeyValueStore {
        self.stores[number % self.stores.len()]
    }

    fn key(&self, key: usize) -> Result<Key, Failure> {
        Ok(self.base.join(KEYS[key])?)
    }

    /// Kills and freezes the server.
    async fn harm(&self, server: &mut dyn Server) -> Outcome {
        let mut choices = self.choices(0);
        for _ in 0..self.plan.faults {
            pause(&mut choices, 200..700).await;
            let began = self.recorder.now();
            let what = if choices.random_bool(0.5) {
                server.kill().await?;
                pause(&mut choices, 0..800).await;
                server.start_again().await?;
                "kill"
            } else {
                server.freeze().await?;
                pause(&mut choices, 200..2_500).await;
                server.thaw().await?;
                "freeze"
            };
            self.recorder.note(|ended| {
                Line::Fault(Fault {
                    what: what.to_owned(),
                    began,
                    ended,
                })
            });
        }
        Ok(())
    }

    async fn write(&self, number: usize) -> Outcome {
        let mut choices = self.choices(number);
        let mut writer = Writer {
            recorder: &self.recorder,
            base: &self.base,
            store: self.store(number),
            name: format!("writer {number}"),
            known: [None; KEYS.len()],
        };
        // Each has to see that the server answers again when all faults are over.
        let (mut calls, mut answered_since) = (0, 0);
        while calls < MOST_CALLS && (calls < self.plan.calls || answered_since < 3) {
            calls += 1;
            let value = number as u64 * 1_000_000 + u64::from(calls);
            if writer.call(&mut choices, value).await? {
                if !matches!(*self.phase.borrow(), Phase::Faults) {
                    answered_since += 1;
                }
                pause(&mut choices, 0..20).await;
            } else {
                pause(&mut choices, 50..200).await;
            }
        }
        Ok(())
    }

    /// Reads what is there when all is over, and lets the watchers go when they know it.
    async fn end(&self) -> Outcome {
        tokio::time::sleep(QUIET).await;
        let mut state = Vec::new();
        for (index, key) in KEYS.into_iter().enumerate() {
            let place = self.key(index)?;
            let began = self.recorder.now();
            let found = seen(retried(|| self.store(0).get(&place)).await?.as_ref())?;
            self.recorder.call("end", key, began, true, Action::Get { found });
            state.push(found);
        }
        self.phase.send_replace(Phase::End(state));
        Ok(())
    }

    /// The third watcher reads slowly, the fourth and the fifth drop their watch now and then and open another.
    async fn watch(&self, number: usize) -> Outcome {
        let mut choices = self.choices(10 + number);
        for opening in 1_u32.. {
            let name = format!("watch {number}.{opening}");
            let patience = if number > 3 {
                choices.random_range(300..2_000)
            } else {
                u64::MAX
            };
            let slow = (number == 3).then_some(50..200);
            if self
                .watch_once(&name, number, Duration::from_millis(patience), slow, &mut choices)
                .await?
            {
                self.recorder.note(|_| Line::Open { watch: name });
                break;
            }
        }
        Ok(())
    }

    /// Opens a watch and reads it until patience runs out, or to the end; says whether it was the end.
    async fn watch_once(
        &self,
        name: &str,
        number: usize,
        patience: Duration,
        slow: Option<std::ops::Range<u64>>,
        choices: &mut StdRng,
    ) -> Result<bool, Failure> {
        let (since, opened) = (self.recorder.now(), Instant::now());
        let mut watcher = Watcher::new(self.store(number), &self.base);
        let mut end = None;
        loop {
            let told = watcher.next(Duration::from_millis(100)).await?;
            for (key, found) in news(&told, &watcher)? {
                self.recorder.note(|at| {
                    Line::Told(Told {
                        watch: name.to_owned(),
                        key: key.to_owned(),
                        since,
                        at,
                        found,
                    })
                });
            }
            let phase = self.phase.borrow().clone();
            if let Phase::End(state) = phase {
                let ended = *end.get_or_insert_with(Instant::now);
                if self.knows(&watcher, &state)? || ended.elapsed() > BACK_WITHIN {
                    return Ok(true);
                }
            } else if opened.elapsed() > patience {
                return Ok(false);
            } else if let (Some(slow), Event::Event(_)) = (&slow, &told) {
                pause(choices, slow.clone()).await;
            }
        }
    }

    fn knows(&self, watcher: &Watcher, state: &[Option<Seen>]) -> Result<bool, Failure> {
        for (index, expected) in state.iter().enumerate() {
            if seen(watcher.state().get(&self.key(index)?))? != *expected {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// What a watch has told of which key.
fn news(told: &Event, watcher: &Watcher) -> Result<Vec<(&'static str, Option<Seen>)>, Failure> {
    let one = |key: &Key, entry: Option<&Entry>| {
        let known = KEYS.into_iter().find(|known| *known == key.name());
        let known =
            known.ok_or_else(|| Failure::new(format!("the watch told of {key}, which nobody wrote")))?;
        Ok::<_, Failure>((known, seen(entry)?))
    };
    match told {
        Event::Event(WatchEvent::Put(entry)) => Ok(vec![one(&entry.key, Some(entry))?]),
        Event::Event(WatchEvent::Deleted(key)) => Ok(vec![one(key, None)?]),
        Event::Event(WatchEvent::ListingComplete) => {
            let listed = |key| watcher.state().values().find(|entry| entry.key.name() == key);
            KEYS.into_iter()
                .map(|key| Ok((key, seen(listed(key))?)))
                .collect()
        }
        _ => Ok(Vec::new()),
    }
}

pub(super) fn seen(entry: Option<&Entry>) -> Result<Option<Seen>, Failure> {
    let Some(entry) = entry else { return Ok(None) };
    let value = std::str::from_utf8(&entry.value)
        .ok()
        .and_then(|text| text.parse().ok());
    let value = value.ok_or_else(|| Failure::new(format!("{entry:?} was written by nobody")))?;
    Ok(Some(Seen {
        value,
        version: entry.version.number(),
    }))
}

async fn pause(choices: &mut StdRng, milliseconds: std::ops::Range<u64>) {
    tokio::time::sleep(Duration::from_millis(choices.random_range(milliseconds))).await;
}
