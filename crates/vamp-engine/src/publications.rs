//! What was handed over so far, and how far that has come.

use std::collections::VecDeque;

use jiff::Timestamp;
use vamp_kv::handover::AgentStatus;

use crate::PublicationInfo;
use crate::reconcile::Traffic;

/// How many publications are remembered, to know how far an agent is.
const REMEMBERED: usize = 256;

/// What was handed over so far.
#[derive(Debug, Default)]
pub(crate) struct Publications {
    /// The oldest first.
    past: VecDeque<Past>,
    pub(crate) revision: u64,
    pub(crate) failure: Option<String>,
    pub(crate) omissions: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

#[derive(Debug)]
struct Past {
    hash: String,
    generation: u64,
    at: Timestamp,
}

impl Publications {
    pub(crate) fn add(&mut self, hash: String, generation: u64, at: Timestamp) {
        match self.past.back_mut() {
            Some(last) if last.hash == hash && last.generation == generation => {}
            _ => self.past.push_back(Past { hash, generation, at }),
        }
        while self.past.len() > REMEMBERED {
            self.past.pop_front();
        }
    }

    /// The newest generation that was handed over.
    pub(crate) fn generation(&self) -> u64 {
        self.past.back().map_or(0, |past| past.generation)
    }

    pub(crate) fn info(&self, generation: u64) -> PublicationInfo {
        let last = self.past.back();
        PublicationInfo {
            hash: last.map(|past| past.hash.clone()),
            revision: self.revision,
            at: last.map(|past| past.at),
            complete: last.is_some_and(|past| past.generation >= generation) && self.failure.is_none(),
            failure: self.failure.clone(),
            omissions: self.omissions.clone(),
            warnings: self.warnings.clone(),
        }
    }

    /// How far changes have come to these agents. Where no agent is there, what is handed over is as far as it gets.
    pub(crate) fn traffic(&self, agents: Option<&[AgentStatus]>) -> Traffic {
        let applied_by = |agent: &AgentStatus| {
            let hash = &agent.applied.as_ref()?.hash;
            let newest = self.past.iter().rev().find(|past| past.hash == *hash)?;
            Some(newest.generation)
        };
        let applied = agents.map_or(0, |agents| {
            agents
                .iter()
                .map(|agent| applied_by(agent).unwrap_or(0))
                .min()
                .unwrap_or_else(|| self.generation())
        });
        Traffic {
            publications: self.past.iter().map(|past| (past.generation, past.at)).collect(),
            applied,
        }
    }
}
