use serde_core::Serialize;
use serde_core::ser::{SerializeMap, Serializer};

use super::{Block, Field, KINDS, Type};
use crate::{Kind, PathSegment, ValuePath};

/// What a path of the language leads to. Prints as a page for people.
///
/// As JSON it is a mapping of the path, of what is told of the field (as [`Field`] is serialised), of what is told of the block,
/// and of the block's fields.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Explanation {
    /// The path in full: `blueprint.clusters.<cluster>.services[].scale`.
    pub path: String,
    /// The field; absent where the path is that of a kind.
    pub field: Option<&'static Field>,
    /// The block that stands there; absent where the value is no mapping, nor a list or mapping of such.
    pub block: Option<&'static Block>,
}

/// A path with a step that the language does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownName {
    /// The path up to there; empty where there is no such kind.
    pub within: String,
    /// The step.
    pub name: String,
    /// The known name that was probably meant.
    pub nearest: Option<&'static str>,
    /// All known names there; none where nothing follows.
    pub known: Vec<&'static str>,
}

impl std::error::Error for UnknownName {}

impl Serialize for UnknownName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("within", &self.within)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("nearest", &self.nearest)?;
        map.serialize_entry("known", &self.known)?;
        map.end()
    }
}

/// What a path of the language means: a kind such as `blueprint`, or one with fields behind it such as
/// `blueprint.clusters.services.scale.cpu`.
///
/// Kinds may be in singular or plural; parts of artifacts such as `cluster` may begin a path, too. Keys that the user chooses may be
/// left out, and so may indices: `blueprint.clusters.web.services[0]` is the same as `blueprint.clusters.services`.
///
/// ```
/// use vamp_model::schema::explain;
///
/// let cpu = explain("blueprint.clusters.services.scale.cpu")?;
/// assert_eq!(cpu.field.and_then(|field| field.unit), Some("cores"));
/// assert_eq!(explain("blueprint.cluster").unwrap_err().nearest, Some("clusters"));
/// # Ok::<(), vamp_model::schema::UnknownName>(())
/// ```
///
/// # Errors
/// [`UnknownName`] with the names that are known at that place.
pub fn explain(path: &str) -> Result<Explanation, UnknownName> {
    let steps = steps(path);
    let mut steps = steps.iter().map(String::as_str);
    let first = steps.next().unwrap_or_default();
    let block = beginning(first).ok_or_else(|| no_beginning(first))?;
    let mut walk = Walk {
        explanation: Explanation {
            path: block.name.to_owned(),
            field: None,
            block: Some(block),
        },
        may_be_key: false,
        is_open: false,
    };
    for step in steps {
        walk.step(step)?;
    }
    Ok(walk.explanation)
}

/// Every block of the language, kinds first, then their parts in the order in which they are met.
#[must_use]
pub fn blocks() -> Vec<&'static Block> {
    let mut found: Vec<&'static Block> = KINDS.to_vec();
    let mut position = 0;
    while let Some(block) = found.get(position).copied() {
        for part in block.fields.iter().filter_map(|field| field.value.block()) {
            if !found.iter().any(|known| std::ptr::eq(*known, part)) {
                found.push(part);
            }
        }
        position += 1;
    }
    found
}

/// The steps of a path without indices. What is no path in the notation of [`ValuePath`] is cut at its dots.
fn steps(path: &str) -> Vec<String> {
    let path = path.trim().trim_end_matches('.').replace("[]", "");
    match path.parse::<ValuePath>() {
        Ok(parsed) => {
            let keys = parsed.segments().iter().filter_map(|segment| match segment {
                PathSegment::Key(key) => Some(key.clone()),
                PathSegment::Index(_) => None,
            });
            keys.collect()
        }
        Err(_) => path.split('.').map(str::to_owned).collect(),
    }
}

/// The block with which a path begins.
fn beginning(name: &str) -> Option<&'static Block> {
    let name = name.to_lowercase().replace(['-', ' '], "_");
    let kind = Kind::parse(&name);
    let blocks = blocks();
    let mut blocks = blocks.iter().copied();
    blocks.find(|block| block.name == name || (kind.is_some() && block.kind == kind))
}

fn no_beginning(name: &str) -> UnknownName {
    let all: Vec<&'static str> = blocks().iter().map(|block| block.name).collect();
    UnknownName {
        nearest: crate::read::nearest(name, all.iter().copied()),
        ..unknown("", name, KINDS.iter().map(|block| block.name).collect())
    }
}

fn unknown(within: &str, name: &str, known: Vec<&'static str>) -> UnknownName {
    UnknownName {
        within: within.to_owned(),
        name: name.to_owned(),
        nearest: crate::read::nearest(name, known.iter().copied()),
        known,
    }
}

struct Walk {
    explanation: Explanation,
    /// Whether the next step may be a key that the user chooses.
    may_be_key: bool,
    /// Whether all further steps are the user's own.
    is_open: bool,
}

impl Walk {
    fn step(&mut self, step: &str) -> Result<(), UnknownName> {
        let block = self.explanation.block;
        if let Some(field) = block.and_then(|block| block.field(step)) {
            self.enter(field);
            return Ok(());
        }
        if self.is_open || std::mem::take(&mut self.may_be_key) {
            return Ok(());
        }
        let known = block.map(|block| block.keys().collect()).unwrap_or_default();
        Err(unknown(&self.explanation.path, step, known))
    }

    fn enter(&mut self, field: &'static Field) {
        let path = &mut self.explanation.path;
        path.push('.');
        path.push_str(field.name);
        self.may_be_key = false;
        self.is_open = false;
        let mut value = &field.value;
        loop {
            match value {
                Type::Mapping { key, value: inner } => {
                    self.may_be_key = true;
                    // The value of a mapping of scalars is the field itself.
                    if inner.block().is_some() {
                        path.push_str(&format!(".<{}>", key.what));
                    }
                    value = inner;
                }
                Type::List(inner) => {
                    if inner.block().is_some() {
                        path.push_str("[]");
                    }
                    value = inner;
                }
                Type::Anything | Type::Data => {
                    self.is_open = true;
                    break;
                }
                _ => break,
            }
        }
        self.explanation.field = Some(field);
        self.explanation.block = field.value.block();
    }
}

impl Serialize for Explanation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("path", &self.path)?;
        if let Some(field) = self.field {
            map.serialize_entry("field", field)?;
        }
        if let Some(block) = self.block {
            map.serialize_entry("block", block)?;
        }
        map.end()
    }
}
