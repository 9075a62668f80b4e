//! Blueprints in all their forms, and what must fit together in them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod breeds;
mod cluster_gateways;
mod escalations;
mod gateways;
mod health_checks;
mod lookups;
mod order;
mod refusals;
mod structure;
mod variables;

use vamp_model::{Blueprint, Cluster, Format, Problem, Reference, Service, read};

fn blueprint(text: &str) -> Blueprint {
    read(text, Format::Yaml).unwrap()
}

/// A blueprint of one cluster `c`.
fn of_cluster(cluster: &str) -> Blueprint {
    blueprint(&format!("{{name: bp, clusters: {{c: {cluster}}}}}"))
}

/// The only cluster of such a blueprint.
fn cluster(text: &str) -> Cluster {
    of_cluster(text).clusters["c"].clone()
}

/// The problem that validation meets first.
#[track_caller]
fn refused(text: &str) -> Problem {
    read::<Blueprint>(text, Format::Yaml).unwrap_err().first().clone()
}

/// Each text is refused with that code, a message that contains the words, and nothing else.
#[track_caller]
fn all_refused(cases: &[(String, &str, &str)]) {
    for (text, expected, words) in cases {
        let problems = read::<Blueprint>(text, Format::Yaml).unwrap_err();
        let first = problems.first();
        assert_eq!(first.code, *expected, "{text}: {problems}");
        assert!(first.message.contains(words), "{text}: {problems}");
        assert_eq!(problems.len(), 1, "{text}: {problems}");
    }
}

fn breed_of(service: &Service) -> &str {
    match &service.breed {
        Reference::Named(name) => name.as_str(),
        Reference::Inline(breed) => breed.name.as_str(),
    }
}

fn breeds(blueprint: &Blueprint) -> Vec<&str> {
    blueprint.clusters["c"].services.iter().map(breed_of).collect()
}
