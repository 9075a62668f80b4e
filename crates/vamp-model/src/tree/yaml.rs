//! YAML into a tree: the events of `saphyr-parser` with our own meaning of plain scalars.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::characters::Characters;
use super::source::BYTE_ORDER_MARK;
use super::yaml_marks::Marks;
use super::{Entry, Limits, Malformed, Mapping, Mark, Node, Plain, Scalar, Text, Value};

/// What the parser says where flow collections stand inside one another deeper than it can count.
const PARSER_DEPTH: &str = "recursion limit exceeded";

/// Every document of the text.
pub(super) fn parse<'t>(text: &'t str, limits: &Limits) -> Result<Vec<Node<'t>>, Malformed> {
    let content = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut builder = Builder::new(text, text.len() - content.len(), limits);
    let mut parser = Parser::new(Characters::new(content));
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let mark = builder.marks.place(error.marker());
            match error.info() {
                // The parser looks ahead, and meets its own limit, which is behind ours.
                PARSER_DEPTH => too_deep(builder.depth, mark),
                message => Malformed::syntax(mark, message.to_owned()),
            }
        })?;
        builder.take(event, &span)?;
    }
    Ok(builder.documents)
}

/// A collection that has begun and not ended.
struct Open<'t> {
    mark: Mark,
    anchor: usize,
    content: Content<'t>,
}

/// What an open collection has so far. The rest is at the end of the builder's lists, so that a collection that ends is copied into
/// exactly the room it needs.
enum Content<'t> {
    Sequence {
        /// How many elements of other collections stand before those of this one.
        before: usize,
    },
    Mapping {
        /// How many entries of other mappings stand before those of this one.
        before: usize,
        key: Option<Key<'t>>,
        /// Entries that `<<` brings in.
        merged: Vec<(Text<'t>, Entry<'t>)>,
    },
}

enum Key<'t> {
    Name(Text<'t>, Mark),
    Merge(Mark),
}

struct Builder<'t, 'l> {
    marks: Marks<'t>,
    limits: &'l Limits,
    depth: usize,
    documents: Vec<Node<'t>>,
    open: Vec<Open<'t>>,
    /// Elements of the sequences that are open.
    elements: Vec<Node<'t>>,
    /// Entries of the mappings that are open.
    entries: Vec<(Text<'t>, Entry<'t>)>,
    /// Whether the text can have aliases, so that values with anchors have to be kept.
    aliases: bool,
    anchors: HashMap<usize, Anchored<'t>>,
    copied: usize,
}

/// A value that an alias may ask for.
struct Anchored<'t> {
    node: Node<'t>,
    size: Size,
}

/// How many values a tree has, and how many collections are inside one another.
#[derive(Clone, Copy)]
struct Size {
    values: usize,
    depth: usize,
}

impl<'t, 'l> Builder<'t, 'l> {
    fn new(text: &'t str, before: usize, limits: &'l Limits) -> Self {
        Self {
            marks: Marks::new(text, before),
            limits,
            depth: limits.effective_depth(),
            documents: Vec::new(),
            open: Vec::with_capacity(16),
            elements: Vec::new(),
            entries: Vec::with_capacity(16),
            aliases: text.contains('*'),
            anchors: HashMap::new(),
            copied: 0,
        }
    }

    fn take(&mut self, event: Event<'_>, span: &Span) -> Result<(), Malformed> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let decorated = anchor > 0 || tag.is_some();
                let mark = self.marks.scalar(span, style, decorated);
                let merges = style == ScalarStyle::Plain && tag.is_none() && text == "<<";
                if merges && self.begin_merge(mark) {
                    return Ok(());
                }
                let source = self.source_of(&text, style, mark);
                let scalar = self.scalar(source, style, tag.as_deref(), mark, span)?;
                self.add(Value::Scalar(scalar), mark, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), "seq", span)?;
                let before = self.elements.len();
                let mark = self.marks.sequence(span);
                self.begin(Content::Sequence { before }, mark, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), "map", span)?;
                let content = Content::Mapping {
                    before: self.entries.len(),
                    key: None,
                    merged: Vec::new(),
                };
                let mark = self.marks.mapping(span);
                self.begin(content, mark, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::DocumentStart(_) => {
                self.anchors.clear();
                Ok(())
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    /// A scalar's text: part of the document where it stands there without escapes and line breaks.
    fn source_of(&self, text: &str, style: ScalarStyle, mark: Mark) -> Text<'t> {
        let source = self.marks.source(mark);
        let inside = match style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                source.get(1..source.len().saturating_sub(1)).unwrap_or_default()
            }
            ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => source,
        };
        if inside == text {
            return inside.into();
        }
        // A text of the parser has room for more than it holds; a copy has the size that it needs.
        text.to_owned().into()
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

    /// Notes that the value to come is merged, where a key is expected.
    fn begin_merge(&mut self, mark: Mark) -> bool {
        match self.open.last_mut() {
            Some(Open {
                content: Content::Mapping { key, .. },
                ..
            }) if key.is_none() => {
                *key = Some(Key::Merge(mark));
                true
            }
            _ => false,
        }
    }

    fn begin(&mut self, content: Content<'t>, mark: Mark, anchor: usize) -> Result<(), Malformed> {
        check_depth(self.open.len() + 1, self.depth, mark)?;
        self.open.push(Open {
            mark,
            anchor,
            content,
        });
        Ok(())
    }

    fn end(&mut self, span: &Span) -> Result<(), Malformed> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        // A list that is a key is marked from bracket to bracket.
        let mark = if self.expects_key() {
            Mark::new(open.mark.start(), self.marks.span(span).end())
        } else {
            open.mark
        };
        let value = match open.content {
            Content::Sequence { before } => Value::Sequence(self.elements.drain(before..).collect()),
            Content::Mapping { before, merged, .. } => {
                let own = self.entries.len() - before;
                let entries = self.entries.drain(before..);
                let entries = if merged.is_empty() {
                    entries.collect()
                } else {
                    entries.chain(merged).collect()
                };
                Value::Mapping(Mapping::new(entries, own))
            }
        };
        self.add(value, mark, open.anchor)
    }

    fn alias(&mut self, anchor: usize, span: &Span) -> Result<(), Malformed> {
        let mark = self.marks.span(span);
        let Some(Anchored { node, size }) = self.anchors.get(&anchor) else {
            let inside = self.open.iter().any(|open| open.anchor == anchor);
            let message = if inside {
                "an alias stands inside what it stands for"
            } else {
                "the anchor of an alias stands in another document"
            };
            return Err(Malformed::syntax(mark, message));
        };
        // Both are asked before anything is copied: an alias that is refused costs nothing.
        check_depth(self.open.len() + size.depth, self.depth, mark)?;
        count_copies(&mut self.copied, size.values, self.limits, mark)?;
        let value = node.value.clone();
        self.add(value, mark, 0)
    }

    /// Puts a finished value where it belongs: into the innermost open collection, or among the documents.
    fn add(&mut self, value: Value<'t>, mark: Mark, anchor: usize) -> Result<(), Malformed> {
        let node = Node { value, mark };
        if anchor > 0 && self.aliases {
            let size = size(&node);
            count_copies(&mut self.copied, size.values, self.limits, mark)?;
            let node = node.clone();
            self.anchors.insert(anchor, Anchored { node, size });
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        match &mut open.content {
            Content::Sequence { .. } => self.elements.push(node),
            Content::Mapping { key, merged, .. } => match key.take() {
                None => {
                    if open.mark.start() == mark.start() {
                        open.mark = mark;
                    }
                    *key = Some(Key::Name(key_text(node)?, mark));
                }
                Some(Key::Name(name, key)) => self.entries.push((name, Entry { key, node })),
                Some(Key::Merge(at)) => merge(node, at, merged)?,
            },
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        source: Text<'t>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        mark: Mark,
        span: &Span,
    ) -> Result<Scalar<'t>, Malformed> {
        let Some(tag) = tag else {
            return Ok(match style {
                ScalarStyle::Plain => Scalar::plain(source),
                _ => Scalar::text(source),
            });
        };
        if !tag.is_yaml_core_schema() {
            return Err(self.forbidden(tag, span));
        }
        let scalar = Scalar::plain(source);
        let fits = match tag.suffix.as_str() {
            "str" => return Ok(Scalar::text(scalar.source)),
            "int" => matches!(scalar.plain, Plain::Int(_) | Plain::Huge),
            "float" => matches!(scalar.plain, Plain::Float(_) | Plain::Int(_)),
            "bool" => matches!(scalar.plain, Plain::Bool(_)),
            "null" => scalar.is_null(),
            "timestamp" => matches!(scalar.plain, Plain::Timestamp(_)),
            _ => return Err(self.forbidden(tag, span)),
        };
        match (fits, scalar.plain) {
            (true, Plain::Int(value)) if tag.suffix == "float" => Ok(Scalar {
                // Whole numbers beyond 2^53 lose digits here, as they do in every float.
                plain: Plain::Float(value as f64),
                source: scalar.source,
            }),
            (true, _) => Ok(scalar),
            (false, _) => Err(Malformed::syntax(
                mark,
                format!("'{}' is no value of the tag !!{}", scalar.source, tag.suffix),
            )),
        }
    }

    fn refuse_tag(&mut self, tag: Option<&Tag>, expected: &str, span: &Span) -> Result<(), Malformed> {
        match tag {
            Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == expected) => {
                Err(self.forbidden(tag, span))
            }
            _ => Ok(()),
        }
    }

    fn forbidden(&mut self, tag: &Tag, span: &Span) -> Malformed {
        let name = format!("{}{}", tag.handle, tag.suffix);
        Malformed::syntax(
            self.marks.tag(span),
            format!("Can't construct a resource for {name}"),
        )
    }
}

/// The text of a key. A sequence of scalars, as in `[10.0.0.5:80]: {}`, is an external route written without quotes.
fn key_text(node: Node<'_>) -> Result<Text<'_>, Malformed> {
    match node.value {
        Value::Scalar(scalar) if scalar.is_null() => Err(Malformed::syntax(node.mark, "a key is missing")),
        Value::Scalar(scalar) => Ok(scalar.into_key()),
        Value::Sequence(elements) => {
            let texts: Option<Vec<String>> = elements
                .into_iter()
                .map(|element| match element.value {
                    Value::Scalar(scalar) => Some(scalar.into_key().to_string()),
                    Value::Sequence(_) | Value::Mapping(_) => None,
                })
                .collect();
            texts
                .map(|texts| format!("[{}]", texts.join(", ")).into())
                .ok_or_else(|| Malformed::syntax(node.mark, "a key is a scalar"))
        }
        Value::Mapping(_) => Err(Malformed::syntax(node.mark, "a key is a scalar, not a mapping")),
    }
}

/// Takes over the keys of a mapping, or of several of which the first ones win.
fn merge<'t>(node: Node<'t>, at: Mark, merged: &mut Vec<(Text<'t>, Entry<'t>)>) -> Result<(), Malformed> {
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

/// Whether so many mappings and sequences may stand inside one another. What aliases bring in counts, too: every walk over a tree
/// takes as much stack as it is deep.
fn check_depth(depth: usize, most: usize, at: Mark) -> Result<(), Malformed> {
    if depth <= most {
        return Ok(());
    }
    Err(too_deep(most, at))
}

fn too_deep(most: usize, at: Mark) -> Malformed {
    let message =
        format!("mappings and sequences stand inside one another deeper than the limit `depth` of {most}");
    Malformed::limit(at, message)
}

/// Counts values that are copied, so that aliases of aliases cannot fill the memory.
fn count_copies(copied: &mut usize, values: usize, limits: &Limits, at: Mark) -> Result<(), Malformed> {
    *copied = copied.saturating_add(values);
    let most = limits.alias_values;
    if *copied <= most {
        return Ok(());
    }
    let message = format!("anchors and aliases copy more values than the limit `alias_values` of {most}");
    Err(Malformed::limit(at, message))
}

fn size(node: &Node<'_>) -> Size {
    let inside = match &node.value {
        Value::Scalar(_) => return Size { values: 1, depth: 0 },
        Value::Sequence(nodes) => add_up(nodes.iter().map(size)),
        Value::Mapping(mapping) => add_up(mapping.iter().map(|(_, entry)| size(&entry.node))),
    };
    Size {
        values: inside.values + 1,
        depth: inside.depth + 1,
    }
}

fn add_up(sizes: impl Iterator<Item = Size>) -> Size {
    sizes.fold(Size { values: 0, depth: 0 }, |sum, size| Size {
        values: sum.values + size.values,
        depth: sum.depth.max(size.depth),
    })
}
