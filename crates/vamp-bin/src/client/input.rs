//! Files with artifacts: read whole and checked before anything is sent, then cut into single documents.

use vamp_client::Body;
use vamp_model::import::Imported;
use vamp_model::{Format, Kind, Outline, code, outline};

use crate::display::Complaint;
use crate::input::Input;

/// One artifact, ready to be sent.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// The line of the file where it starts.
    pub(super) line: usize,
    pub(super) body: Body,
    /// Whether places in the body are places in the file.
    pub(super) as_written: bool,
}

impl Input {
    /// The artifacts in it.
    ///
    /// # Errors
    /// Everything that is wrong with them. What they import is on the server, which tells what is wrong with these.
    pub(super) fn items(&self) -> Result<Vec<Item>, Vec<Complaint>> {
        let on_the_server = |_: Kind, _: &str| Imported::Unknown;
        let parsed = self.parsed().map_err(|problems| self.complaints(&problems))?;
        if let Err(problems) = parsed.read_documents(&on_the_server) {
            let found = problems
                .iter()
                .filter(|problem| problem.code != code::NOT_CHECKED);
            let complaints = self.complaints(found);
            if !complaints.is_empty() {
                return Err(complaints);
            }
        }
        let documents = parsed.outline().map_err(|problems| self.complaints(&problems))?;
        let texts = self.cut(&documents);
        let items = documents
            .into_iter()
            .zip(texts)
            .map(|(document, text)| self.item(document, text));
        Ok(items.collect())
    }

    fn item(&self, document: Outline, as_written: Option<String>) -> Item {
        let is_as_written = as_written.is_some();
        let body = match (as_written, self.format) {
            (Some(text), Format::Json) => Body::json(text),
            (Some(text), _) => Body::yaml(text),
            (None, _) => Body::of(&document.value),
        };
        Item {
            kind: document.kind,
            name: document.name,
            line: document.line,
            body,
            as_written: is_as_written,
        }
    }

    /// The text of each document, with as many lines before it as in the file, so that places in errors are those of the
    /// file; none where it cannot be cut out.
    fn cut(&self, documents: &[Outline]) -> Vec<Option<String>> {
        if documents.len() == 1 {
            return vec![Some(self.text.clone())];
        }
        let lines: Vec<&str> = self.text.split_inclusive('\n').collect();
        let starts: Vec<usize> = documents
            .iter()
            .map(|document| document.line.saturating_sub(1))
            .collect();
        let pieces = documents.iter().enumerate().map(|(position, document)| {
            let begin = *starts.get(position)?;
            let end = starts.get(position + 1).copied().unwrap_or(lines.len());
            let own = lines.get(begin..end)?;
            let ends = own
                .iter()
                .skip(1)
                .position(|line| is_marker(line))
                .map_or(own.len(), |marker| marker + 1);
            let piece = format!("{}{}", "\n".repeat(begin), own.get(..ends)?.concat());
            // A list of documents, or two on one line: then the piece is something else.
            let read = outline(&piece, self.format).ok()?;
            (read.len() == 1 && read.first() == Some(document)).then_some(piece)
        });
        pieces.collect()
    }
}

/// Whether a line begins or ends a YAML document.
fn is_marker(line: &str) -> bool {
    let rest = line.strip_prefix("---").or_else(|| line.strip_prefix("..."));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "\
# scales
---
kind: scale
name: small
cpu: 0.1
memory: 64MB
--- # the next one
kind: breeds
name: web:1
deployable: acme/web:1
...
";

    fn items(text: &str) -> Vec<Item> {
        Input::new("shop.yml", text.to_owned(), None)
            .unwrap()
            .items()
            .unwrap()
    }

    #[test]
    fn each_document_is_sent_as_it_is_written_at_its_own_lines() {
        let items = items(TWO);
        let named: Vec<_> = items
            .iter()
            .map(|item| (item.kind, item.name.as_str(), item.line))
            .collect();
        assert_eq!(named, [(Kind::Scale, "small", 3), (Kind::Breed, "web:1", 8)]);
        assert!(items.iter().all(|item| item.as_written));
        assert_eq!(
            items[0].body,
            Body::yaml("\n\nkind: scale\nname: small\ncpu: 0.1\nmemory: 64MB\n")
        );
        let text = "\n\n\n\n\n\n\nkind: breeds\nname: web:1\ndeployable: acme/web:1\n";
        assert_eq!(items[1].body, Body::yaml(text));
    }

    #[test]
    fn documents_of_a_list_are_sent_as_they_are_written_where_each_has_lines_of_its_own() {
        let scale = |name: &str| format!("{{kind: scale, name: {name}, cpu: 1, memory: 1MB}}");
        let in_lines = items(&format!("- {}\n- {}\n", scale("a"), scale("b")));
        assert!(in_lines.iter().all(|item| item.as_written));
        let in_one_line = items(&format!("[{}, {}]", scale("a"), scale("b")));
        assert!(in_one_line.iter().all(|item| !item.as_written));
        assert_eq!((in_one_line[1].name.as_str(), in_one_line[1].line), ("b", 1));
        let body = format!("{:?}", in_one_line[1].body);
        assert!(body.contains("json") && body.contains("cpu"), "{body}");
    }

    #[test]
    fn json_is_recognised_whatever_the_file_is_called() {
        let text = "{\"kind\": \"scale\", \"name\": \"a\\ud83d\\ude00\", \"cpu\": 1, \"memory\": \"1MB\"}";
        assert_eq!(items(text)[0].name, "a😀");
    }

    #[test]
    fn everything_wrong_is_told_at_its_place() {
        let text = "kind: scale\nname: a\ncpu: x\nmemory: 1MB\n---\nkind: scales\nname: b\ncpus: 1\n";
        let complaints = Input::new("a.yml", text.to_owned(), None)
            .unwrap()
            .items()
            .unwrap_err();
        let told: String = complaints.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(told, @r#"
        a.yml:3:6: Unexpected type for path 'cpu'.
          3 | cpu: x
            |      ^
          hint: expected a quantity of cores such as 0.5 or 500m, found text 'x'
        a.yml:6:1: Can't find any value for path: /cpu
          6 | kind: scales
            | ^^^^
        a.yml:6:1: Can't find any value for path: /memory
          6 | kind: scales
            | ^^^^
        a.yml:8:1: Unexpected in DSL: {"cpus":1}
          8 | cpus: 1
            | ^^^^
          hint: did you mean `cpu`?
        "#);
    }

    #[test]
    fn only_a_marker_at_the_begin_of_a_line_ends_a_document() {
        assert!(is_marker("---\n") && is_marker("...") && is_marker("--- # x\n"));
        assert!(!is_marker("----\n") && !is_marker(" ---\n"));
    }
}
