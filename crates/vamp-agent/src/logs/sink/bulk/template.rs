//! The template of the index, in the words of each version.

use serde_json::{Value, json};

use crate::logs::index::IndexName;

/// Version of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    major: u32,
    minor: u32,
}

impl Version {
    /// Reads the answer to `GET /`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let answer: Value = serde_json::from_str(text).ok()?;
        let version = answer.get("version")?;
        let mut numbers = version.get("number")?.as_str()?.split('.');
        let mut next = || numbers.next()?.parse().ok();
        let (major, minor) = (next()?, next()?);
        let is_open_search = version.get("distribution").and_then(Value::as_str) == Some("opensearch");
        // OpenSearch 1.0 began where Elasticsearch 7.10 was.
        Some(if is_open_search {
            Self { major: 8, minor: 0 }
        } else {
            Self { major, minor }
        })
    }

    /// The type of documents, where there still are types.
    pub(super) fn document_type(self) -> Option<&'static str> {
        (self.major < 7).then_some("log")
    }

    /// Where the template goes, and what it says: texts are not taken apart, the time is a time.
    pub(super) fn template(self, index: &IndexName) -> (String, Value) {
        let pattern = index.pattern();
        let keyword = if self.major < 5 {
            json!({ "type": "string", "index": "not_analyzed", "ignore_above": 1024 })
        } else {
            json!({ "type": "keyword", "ignore_above": 1024 })
        };
        let text = json!({ "type": if self.major < 5 { "string" } else { "text" } });
        let mapping = json!({
            "dynamic_templates": [{
                "strings_as_keyword": { "match_mapping_type": "string", "mapping": keyword },
            }],
            "properties": { "@timestamp": { "type": "date" }, "message": text },
        });
        let settings = json!({ "index.refresh_interval": "5s" });
        let stem = index.stem();
        if (self.major, self.minor) >= (7, 8) {
            let inner = json!({ "settings": settings, "mappings": mapping });
            // Above the templates that come with the server.
            let template = json!({ "index_patterns": [pattern], "priority": 200, "template": inner });
            return (format!("_index_template/{stem}"), template);
        }
        let mappings = match self.document_type() {
            Some(kind) => json!({ kind: mapping }),
            None => mapping,
        };
        let mut template = json!({ "settings": settings, "mappings": mappings });
        let (key, patterns) = if self.major < 6 {
            ("template", json!(pattern))
        } else {
            ("index_patterns", json!([pattern]))
        };
        if let Some(template) = template.as_object_mut() {
            template.insert(key.to_owned(), patterns);
        }
        (format!("_template/{stem}"), template)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: &str) -> Version {
        Version::read(&format!(r#"{{"version":{{"number":"{number}"}}}}"#)).unwrap()
    }

    #[test]
    fn each_version_gets_its_own_words() {
        let index = IndexName::of_agents("");
        let (path, old) = version("2.4.6").template(&index);
        assert_eq!(
            (path.as_str(), &old["template"]),
            ("_template/vamp-vga", &json!("vamp-vga-*"))
        );
        assert_eq!(old["mappings"]["log"]["properties"]["message"]["type"], "string");
        let (_, six) = version("6.8.0").template(&index);
        assert_eq!(six["index_patterns"], json!(["vamp-vga-*"]));
        let (path, new) = version("8.15.1").template(&index);
        assert_eq!(path, "_index_template/vamp-vga");
        assert_eq!(
            new["template"]["mappings"]["properties"]["@timestamp"]["type"],
            "date"
        );
        let open = r#"{"version":{"distribution":"opensearch","number":"2.19.1"}}"#;
        assert_eq!(Version::read(open).unwrap().document_type(), None);
        assert_eq!(version("2.4.6").document_type(), Some("log"));
        assert_eq!(Version::read("{}"), None);
    }
}
