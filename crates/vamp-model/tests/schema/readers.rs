//! Readers know the fields that are described, and no others.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use vamp_model::schema::{Block, KINDS, Type, blocks};
use vamp_model::{
    Blueprint, Breed, Deployment, Escalation, Event, EventQuery, Format, FromText, Gateway, PathSegment,
    Problem, Problems, Rewrite, Route, Scale, Sla, StoredCondition, Template, ValuePath, Workflow, code,
    read, to_yaml,
};

use crate::maximal::{LeftOut, Sample, samples};

pub(crate) type Reader = fn(&str) -> Result<Value, Problems>;

/// What reads a document of a kind, and gives it as it is written.
pub(crate) fn reader(block: &Block) -> Option<Reader> {
    let reader: Reader = match block.name {
        "blueprint" => written::<Blueprint>,
        "breed" => written::<Breed>,
        "condition" => written::<StoredCondition>,
        "deployment" => written::<Deployment>,
        "event" => written::<Event>,
        "event_query" => written::<EventQuery>,
        "gateway" => written::<Gateway>,
        "escalation" => written::<Escalation>,
        "rewrite" => written::<Rewrite>,
        "route" => written::<Route>,
        "scale" => written::<Scale>,
        "sla" => written::<Sla>,
        "template" => written::<Template>,
        "workflow" => written::<Workflow>,
        _ => return None,
    };
    Some(reader)
}

fn written<T: FromText + Serialize>(text: &str) -> Result<Value, Problems> {
    read::<T>(text, Format::Yaml).map(|artifact| serde_json::to_value(artifact).unwrap())
}

/// Fields that need something else around them than a document that has everything, or nothing of the sort beside them.
pub(crate) const APART: &LeftOut = &[
    // Resolved before an artifact is read.
    ("blueprint", "import"),
    ("breed", "import"),
    ("condition", "import"),
    ("deployment", "import"),
    ("gateway", "import"),
    ("escalation", "import"),
    ("rewrite", "import"),
    ("route", "import"),
    ("scale", "import"),
    ("sla", "import"),
    ("template", "import"),
    ("workflow", "import"),
    // The other bound of the same side.
    ("time_range", "lt"),
    ("time_range", "gt"),
    // Leads to instances, and the path has one segment then.
    ("route", "selector"),
    ("gateway", "selector"),
    ("blueprint_gateway", "selector"),
    ("cluster_gateway", "selector"),
    ("deployment_gateway", "selector"),
];

/// Keys that are known only to be refused with a reason of their own.
const ALSO_KNOWN: &[(&str, &str)] = &[
    ("blueprint_gateway", "name"),
    // Tolerated without a value.
    ("cluster", "arguments"),
    ("cluster_gateway", "name"),
    ("cluster_gateway", "port"),
];

#[test]
fn a_document_with_every_field_is_read() {
    for block in KINDS {
        let Some(reader) = reader(block) else {
            continue;
        };
        for Sample { variant, value } in samples(block, APART) {
            let text = to_yaml(&value);
            // What a breed needs would be another service of a blueprint.
            if let Err(problems) = reader(&text)
                && problems
                    .iter()
                    .any(|problem| problem.code != code::UNRESOLVED_BREED_DEPENDENCY)
            {
                panic!("{} {variant}: {problems}\nin\n{text}", block.name);
            }
        }
    }
}

#[test]
fn fields_that_stand_apart_are_known_all_the_same() {
    for block in KINDS {
        let Some(reader) = reader(block) else {
            continue;
        };
        for Sample { value, .. } in samples(block, &[]) {
            let text = to_yaml(&value);
            if let Err(problems) = reader(&text) {
                let unknown = problems
                    .iter()
                    .find(|problem| problem.code == code::UNEXPECTED_ELEMENT && problem.path != "import");
                assert_eq!(unknown, None, "{}:\n{text}", block.name);
            }
        }
    }
}

#[test]
fn a_key_that_is_not_described_is_refused_in_every_block() {
    let all = all_keys();
    let mut failures = BTreeSet::new();
    for block in KINDS {
        let Some(reader) = reader(block) else {
            continue;
        };
        for Sample { value, .. } in samples(block, APART) {
            let problems = problems_of(reader, &value);
            let unread: Vec<&Problem> = problems
                .iter()
                .filter(|problem| problem.code == code::NOT_SUPPORTED)
                .collect();
            let mut places = Vec::new();
            collect(block, &value, &mut Vec::new(), &mut places);
            for (path, inside) in places {
                let place = path.iter().cloned().collect::<ValuePath>().to_string();
                let is_read = !unread.iter().any(|problem| place.starts_with(&problem.path));
                // What Vamp finds is not looked at when it is posted.
                let mut changed = value.clone();
                let mapping = at(&mut changed, &path).as_object_mut().unwrap();
                let is_open = inside.others.is_some() && mapping["type"] == "custom";
                if !is_read || is_open || inside.name == "target" {
                    continue;
                }
                let is_unknown =
                    |key: &&&str| inside.field(key).is_none() && !ALSO_KNOWN.contains(&(inside.name, **key));
                let unknown = all.iter().filter(is_unknown);
                mapping.extend(unknown.clone().map(|key| ((*key).to_owned(), Value::Null)));
                let refused = problems_of(reader, &changed);
                for key in unknown {
                    let key = PathSegment::Key((*key).to_owned());
                    let path: ValuePath = path.iter().cloned().chain([key]).collect();
                    let path = path.to_string();
                    let is_refused =
                        |problem: &Problem| problem.code == code::UNEXPECTED_ELEMENT && problem.path == path;
                    if !refused.iter().any(is_refused) {
                        failures.insert(format!("{}: {path}", block.name));
                    }
                }
            }
        }
    }
    let failures: Vec<String> = failures.into_iter().collect();
    assert!(
        failures.is_empty(),
        "{} keys are read and not described:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// What is wrong with a document.
fn problems_of(reader: Reader, value: &Value) -> Vec<Problem> {
    match reader(&to_yaml(value)) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().cloned().collect(),
    }
}

/// Every key that stands anywhere in the language.
fn all_keys() -> Vec<&'static str> {
    let mut keys: Vec<&'static str> = blocks().iter().flat_map(|block| block.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    // Accepted in every mapping.
    keys.retain(|key| *key != "kind");
    keys
}

/// The places of all blocks in a document.
fn collect(
    block: &'static Block,
    value: &Value,
    path: &mut Vec<PathSegment>,
    places: &mut Vec<(Vec<PathSegment>, &'static Block)>,
) {
    let Some(map) = value.as_object() else { return };
    places.push((path.clone(), block));
    for (key, value) in map {
        let Some(field) = block.field(key) else { continue };
        path.push(PathSegment::Key(key.clone()));
        if let Some(inside) = field.value.block() {
            below(field.value, inside, value, path, places);
        }
        path.pop();
    }
}

fn below(
    kind: Type,
    inside: &'static Block,
    value: &Value,
    path: &mut Vec<PathSegment>,
    places: &mut Vec<(Vec<PathSegment>, &'static Block)>,
) {
    match (kind, value) {
        (Type::Mapping { value: kind, .. }, Value::Object(map)) => {
            for (key, value) in map {
                path.push(PathSegment::Key(key.clone()));
                below(*kind, inside, value, path, places);
                path.pop();
            }
        }
        (Type::List(kind), Value::Array(list)) => {
            for (index, value) in list.iter().enumerate() {
                path.push(PathSegment::Index(index));
                below(*kind, inside, value, path, places);
                path.pop();
            }
        }
        _ => collect(inside, value, path, places),
    }
}

fn at<'v>(value: &'v mut Value, path: &[PathSegment]) -> &'v mut Value {
    path.iter().fold(value, |value, segment| match segment {
        PathSegment::Key(key) => &mut value[key.as_str()],
        PathSegment::Index(index) => &mut value[*index],
    })
}
