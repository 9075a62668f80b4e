//! A value together with the way that leads to it.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

use crate::path::{write_index, write_key};
use crate::tree::{Entry, Mapping, Mark, Node, Value};

/// A value of a document and the keys and indices that lead to it.
#[derive(Debug, Clone)]
pub(super) struct Place<'t> {
    pub(super) node: &'t Node<'t>,
    /// Where to point at: the value, or its key where the value is null or long.
    pub(super) mark: Mark,
    /// The last step; the document has none.
    segment: Option<Segment<'t>>,
    /// The steps before it.
    parent: Option<Rc<Step<'t>>>,
    /// All of them, made for the first place below. Most places have none below.
    steps: OnceCell<Rc<Step<'t>>>,
}

#[derive(Debug)]
struct Step<'t> {
    parent: Option<Rc<Self>>,
    segment: Segment<'t>,
}

#[derive(Debug, Clone, Copy)]
enum Segment<'t> {
    Key(&'t str),
    Index(usize),
}

/// How much of the leftovers a message shows, in bytes.
const SHOWN_VALUE: usize = 2_000;

/// How much of a key paths and messages show, in bytes, so that many problems below a long key stay small.
const SHOWN_KEY: usize = 500;

/// The text, or its beginning and an ellipsis.
pub(super) fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(most)]))
}

impl<'t> Place<'t> {
    pub(super) fn root(node: &'t Node<'t>) -> Self {
        Self {
            node,
            mark: node.mark,
            segment: None,
            parent: None,
            steps: OnceCell::new(),
        }
    }

    /// The way to this value, for those below it.
    fn steps(&self) -> Option<Rc<Step<'t>>> {
        let step = |segment| {
            let parent = self.parent.clone();
            Rc::new(Step { parent, segment })
        };
        let segment = self.segment?;
        Some(Rc::clone(self.steps.get_or_init(|| step(segment))))
    }

    fn step(&self, segment: Segment<'t>, node: &'t Node<'t>, mark: Mark) -> Self {
        Self {
            node,
            mark,
            segment: Some(segment),
            parent: self.steps(),
            steps: OnceCell::new(),
        }
    }

    /// The value of an entry, pointing at it, or at its key where it is null or a collection.
    pub(super) fn under(&self, key: &'t str, entry: &'t Entry<'t>) -> Self {
        self.step(Segment::Key(key), &entry.node, entry.pointer())
    }

    /// The value under a key, pointing at the key.
    pub(super) fn key(&self, key: &'t str, key_mark: Mark, node: &'t Node<'t>) -> Self {
        self.step(Segment::Key(key), node, key_mark)
    }

    /// The same value, pointing at something else.
    pub(super) fn marked(&self, mark: Mark) -> Self {
        Self { mark, ..self.clone() }
    }

    /// The same way to another value, such as a key that is read as a value.
    pub(super) fn with_node<'n>(&self, node: &'n Node<'n>) -> Place<'n>
    where
        't: 'n,
    {
        Place {
            node,
            mark: self.mark,
            segment: self.segment,
            parent: self.parent.clone(),
            steps: OnceCell::new(),
        }
    }

    pub(super) fn elements(&self, nodes: &'t [Node<'t>]) -> impl Iterator<Item = Self> {
        nodes
            .iter()
            .enumerate()
            .map(|(index, node)| self.step(Segment::Index(index), node, node.mark))
    }

    pub(super) fn mapping(&self) -> Option<&'t Mapping<'t>> {
        match &self.node.value {
            Value::Mapping(mapping) => Some(mapping),
            Value::Scalar(_) | Value::Sequence(_) => None,
        }
    }

    /// The last key of the way, or `/` for the document.
    pub(super) fn last_key(&self) -> String {
        let key = self.segments_from_the_end().find_map(|segment| match segment {
            Segment::Key(key) => Some(key),
            Segment::Index(_) => None,
        });
        key.unwrap_or("/").to_owned()
    }

    fn segments_from_the_end(&self) -> impl Iterator<Item = Segment<'t>> {
        let before = std::iter::successors(self.parent.as_deref(), |step| step.parent.as_deref());
        self.segment.into_iter().chain(before.map(|step| step.segment))
    }

    fn segments(&self) -> Vec<Segment<'t>> {
        let mut segments: Vec<Segment<'t>> = self.segments_from_the_end().collect();
        segments.reverse();
        segments
    }

    /// The way as problems tell it, in the notation of [`crate::ValuePath`].
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for segment in self.segments() {
            match segment {
                Segment::Key(key) => write_key(&mut path, &shortened(key, SHOWN_KEY)),
                Segment::Index(index) => write_index(&mut path, index),
            }
        }
        path
    }

    /// The document reduced to this value, as compact JSON.
    pub(super) fn reduced(&self) -> String {
        let (mut before, mut after) = (String::new(), String::new());
        for segment in self.segments() {
            match segment {
                Segment::Key(key) => {
                    before.push('{');
                    before.push_str(&serde_json::Value::from(shortened(key, SHOWN_KEY)).to_string());
                    before.push(':');
                    after.insert(0, '}');
                }
                Segment::Index(_) => {
                    before.push('[');
                    after.insert(0, ']');
                }
            }
        }
        let value = self.node.to_json().to_string();
        format!("{before}{}{after}", shortened(&value, SHOWN_VALUE))
    }

    /// What the value is, in words.
    pub(super) fn describe(&self) -> String {
        match &self.node.value {
            Value::Sequence(_) => "a list".to_owned(),
            Value::Mapping(_) => "a mapping".to_owned(),
            Value::Scalar(scalar) if scalar.is_null() => "nothing".to_owned(),
            Value::Scalar(scalar) => {
                format!("{} '{}'", scalar.describe(), shortened(&scalar.source, 100))
            }
        }
    }
}
