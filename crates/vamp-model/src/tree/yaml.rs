//! YAML into a tree: the events of `saphyr-parser` with our own meaning of plain scalars.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::{Entry, Limits, Malformed, Mapping, Mark, Node, Plain, Scalar, Value};

/// Every document of the text.
pub(super) fn parse(text: &str, limits: &Limits) -> Result<Vec<Node>, Malformed> {
    let mut builder = Builder::new(limits);
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            // At the end of a text without line break the parser points behind it.
            let place = mark(error.marker()).min(end(text));
            Malformed::syntax(place, error.info().to_owned())
        })?;
        builder.take(event, mark(&span.start))?;
    }
    Ok(builder.documents)
}

fn mark(marker: &Marker) -> Mark {
    Mark::new(marker.line(), marker.col() + 1)
}

/// Where the text ends.
fn end(text: &str) -> Mark {
    let unified = text.replace("\r\n", "\n");
    let lines = unified.split(['\n', '\r']);
    let (count, last) = lines.fold((0, ""), |(count, _), line| (count + 1, line));
    Mark::new(count, last.chars().count() + 1)
}

/// A collection that has begun and not ended.
struct Open {
    mark: Mark,
    anchor: usize,
    content: Content,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping {
        entries: Mapping,
        /// Keys that `<<` brings in; own keys go first.
        merged: Vec<(String, Entry)>,
        key: Option<Key>,
    },
}

enum Key {
    Name(String, Mark),
    Merge(Mark),
}

struct Builder<'l> {
    limits: &'l Limits,
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    copied: usize,
}

impl<'l> Builder<'l> {
    fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            documents: Vec::new(),
            open: Vec::new(),
            anchors: HashMap::new(),
            copied: 0,
        }
    }

    fn take(&mut self, event: Event<'_>, mark: Mark) -> Result<(), Malformed> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_key = self.expects_key();
                let merges = is_key && style == ScalarStyle::Plain && tag.is_none() && text == "<<";
                if merges {
                    return self.begin_merge(mark);
                }
                // A text of the parser has room for 160 bytes and more; a copy has the size that it needs.
                let scalar = scalar(String::from(text.as_ref()), style, tag, mark)?;
                self.add(Value::Scalar(scalar), mark, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                refuse_tag(tag.as_deref(), "seq", mark)?;
                self.begin(Content::Sequence(Vec::new()), mark, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                refuse_tag(tag.as_deref(), "map", mark)?;
                let content = Content::Mapping {
                    entries: Mapping::default(),
                    merged: Vec::new(),
                    key: None,
                };
                self.begin(content, mark, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor) else {
                    return Err(Malformed::syntax(
                        mark,
                        "an alias stands inside what it stands for",
                    ));
                };
                let mut copying = Copying {
                    limits: self.limits,
                    copied: &mut self.copied,
                    at: mark,
                };
                let node = copying.copy(node, self.open.len())?;
                self.add(node.value, mark, 0)
            }
            Event::DocumentStart(_) => {
                self.anchors.clear();
                Ok(())
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn expects_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open {
                content: Content::Mapping { key: None, .. },
                ..
            })
        )
    }

    fn begin_merge(&mut self, mark: Mark) -> Result<(), Malformed> {
        if let Some(Open {
            content: Content::Mapping { key, .. },
            ..
        }) = self.open.last_mut()
        {
            *key = Some(Key::Merge(mark));
        }
        Ok(())
    }

    fn begin(&mut self, content: Content, mark: Mark, anchor: usize) -> Result<(), Malformed> {
        check_depth(self.open.len(), self.limits, mark)?;
        self.open.push(Open {
            mark,
            anchor,
            content,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Malformed> {
        let Some(Open {
            mark,
            anchor,
            content,
        }) = self.open.pop()
        else {
            return Ok(());
        };
        let value = match content {
            Content::Sequence(nodes) => Value::Sequence(nodes),
            Content::Mapping {
                mut entries, merged, ..
            } => {
                for (key, entry) in merged {
                    entries.insert_if_absent(key, entry);
                }
                Value::Mapping(entries)
            }
        };
        self.add(value, mark, anchor)
    }

    /// Puts a finished value where it belongs: into the innermost open collection, or among the documents.
    fn add(&mut self, value: Value, mark: Mark, anchor: usize) -> Result<(), Malformed> {
        let node = Node { value, mark };
        if anchor > 0 {
            let mut copying = Copying {
                limits: self.limits,
                copied: &mut self.copied,
                at: mark,
            };
            let kept = copying.copy(&node, self.open.len())?;
            self.anchors.insert(anchor, kept);
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        match &mut open.content {
            Content::Sequence(nodes) => nodes.push(node),
            Content::Mapping { entries, merged, key } => match key.take() {
                None => *key = Some(Key::Name(key_text(node)?, mark)),
                Some(Key::Name(name, key)) => {
                    entries.insert(name, Entry { key, node });
                }
                Some(Key::Merge(at)) => merge(node, at, merged)?,
            },
        }
        Ok(())
    }
}

/// The text of a key. A sequence of scalars, as in `[10.0.0.5:80]: {}`, is an external route written without quotes.
fn key_text(node: Node) -> Result<String, Malformed> {
    match node.value {
        Value::Scalar(scalar) if scalar.is_null() => Err(Malformed::syntax(node.mark, "a key is missing")),
        Value::Scalar(scalar) => Ok(scalar.into_key()),
        Value::Sequence(elements) => {
            let texts: Option<Vec<String>> = elements
                .into_iter()
                .map(|element| match element.value {
                    Value::Scalar(scalar) => Some(scalar.into_key()),
                    Value::Sequence(_) | Value::Mapping(_) => None,
                })
                .collect();
            texts
                .map(|texts| format!("[{}]", texts.join(", ")))
                .ok_or_else(|| Malformed::syntax(node.mark, "a key is a scalar"))
        }
        Value::Mapping(_) => Err(Malformed::syntax(node.mark, "a key is a scalar, not a mapping")),
    }
}

/// Takes over the keys of a mapping, or of several of which the first ones win.
fn merge(node: Node, at: Mark, merged: &mut Vec<(String, Entry)>) -> Result<(), Malformed> {
    match node.value {
        Value::Mapping(mapping) => {
            merged.extend(mapping);
            Ok(())
        }
        Value::Sequence(nodes) => nodes.into_iter().try_for_each(|node| match node.value {
            Value::Mapping(mapping) => {
                merged.extend(mapping);
                Ok(())
            }
            _ => Err(Malformed::syntax(at, "a merge key `<<` takes mappings")),
        }),
        Value::Scalar(_) => Err(Malformed::syntax(at, "a merge key `<<` takes mappings")),
    }
}

/// Whether one more mapping or sequence may stand inside `around` others. What aliases bring in counts, too: every walk over a tree
/// takes as much stack as it is deep.
fn check_depth(around: usize, limits: &Limits, at: Mark) -> Result<(), Malformed> {
    if around < limits.depth {
        return Ok(());
    }
    let message = format!(
        "more than {} mappings and sequences inside one another",
        limits.depth
    );
    Err(Malformed::limit(at, message))
}

/// Copies of trees, counted so that aliases of aliases cannot fill the memory.
struct Copying<'c> {
    limits: &'c Limits,
    copied: &'c mut usize,
    /// Where the copy is asked for.
    at: Mark,
}

impl Copying<'_> {
    /// A copy that will stand inside `around` mappings and sequences.
    fn copy(&mut self, node: &Node, around: usize) -> Result<Node, Malformed> {
        *self.copied += 1;
        let most = self.limits.alias_values;
        if *self.copied > most {
            let message = format!("anchors and aliases copy more than {most} values");
            return Err(Malformed::limit(self.at, message));
        }
        let value = match &node.value {
            Value::Scalar(scalar) => Value::Scalar(scalar.clone()),
            Value::Sequence(nodes) => {
                check_depth(around, self.limits, self.at)?;
                let copies = nodes.iter().map(|node| self.copy(node, around + 1));
                Value::Sequence(copies.collect::<Result<_, _>>()?)
            }
            Value::Mapping(mapping) => {
                check_depth(around, self.limits, self.at)?;
                let mut entries = Mapping::default();
                for (key, entry) in mapping.iter() {
                    let node = self.copy(&entry.node, around + 1)?;
                    entries.insert(key.clone(), Entry { key: entry.key, node });
                }
                Value::Mapping(entries)
            }
        };
        Ok(Node {
            value,
            mark: node.mark,
        })
    }
}

fn scalar(
    text: String,
    style: ScalarStyle,
    tag: Option<Cow<'_, Tag>>,
    mark: Mark,
) -> Result<Scalar, Malformed> {
    let Some(tag) = tag else {
        return Ok(match style {
            ScalarStyle::Plain => Scalar::plain(text),
            _ => Scalar::text(text),
        });
    };
    if !tag.is_yaml_core_schema() {
        return Err(forbidden(&tag, mark));
    }
    let scalar = Scalar::plain(text);
    let fits = match tag.suffix.as_str() {
        "str" => return Ok(Scalar::text(scalar.source)),
        "int" => matches!(scalar.plain, Plain::Int(_) | Plain::Huge),
        "float" => matches!(scalar.plain, Plain::Float(_) | Plain::Int(_)),
        "bool" => matches!(scalar.plain, Plain::Bool(_)),
        "null" => scalar.is_null(),
        "timestamp" => matches!(scalar.plain, Plain::Timestamp(_)),
        _ => return Err(forbidden(&tag, mark)),
    };
    match (fits, &scalar.plain) {
        (true, Plain::Int(value)) if tag.suffix == "float" => Ok(Scalar {
            // Whole numbers beyond 2^53 lose digits here, as they do in every float.
            plain: Plain::Float(*value as f64),
            source: scalar.source,
        }),
        (true, _) => Ok(scalar),
        (false, _) => Err(Malformed::syntax(
            mark,
            format!("'{}' is no value of the tag !!{}", scalar.source, tag.suffix),
        )),
    }
}

fn refuse_tag(tag: Option<&Tag>, expected: &str, mark: Mark) -> Result<(), Malformed> {
    match tag {
        Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == expected) => Err(forbidden(tag, mark)),
        _ => Ok(()),
    }
}

fn forbidden(tag: &Tag, mark: Mark) -> Malformed {
    let name = format!("{}{}", tag.handle, tag.suffix);
    Malformed::syntax(mark, format!("Can't construct a resource for {name}"))
}
