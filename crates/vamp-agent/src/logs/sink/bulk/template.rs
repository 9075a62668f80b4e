//! The template of the index, in the words of each version.

use serde_json::{Value, json};

use crate::logs::index::IndexName;

/// Raised when what the template says changes: one that somebody has edited under its number is left alone.
const EDITION: u64 = 1;

/// Above the templates that come with the server.
const PRIORITY: usize = 200;

/// Paths of the templates of either kind.
const COMPOSABLE: &str = "_index_template";
const LEGACY: &str = "_template";

/// What is wanted of a list of templates.
pub(super) const LISTED: &str = "filter_path=index_templates.name,index_templates.index_template.index_patterns,\
    index_templates.index_template.version,index_templates.index_template._meta.managed,*.index_patterns,*.template,*.version";

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

    /// Whether templates are composed of parts, and the one with the highest priority counts alone.
    fn is_composable(self) -> bool {
        (self.major, self.minor) >= (7, 8)
    }

    /// Where ours goes.
    pub(super) fn path(self, index: &IndexName) -> String {
        let kind = if self.is_composable() { COMPOSABLE } else { LEGACY };
        format!("{kind}/{}", name(index))
    }

    /// Where the server lists what may speak against ours. Templates of the old kind count where none of the new kind does.
    pub(super) fn lists(self) -> &'static [&'static str] {
        if self.is_composable() {
            &[COMPOSABLE, LEGACY]
        } else {
            &[LEGACY]
        }
    }

    /// What speaks against putting ours, in such a list: ours is there, or somebody else's names the index and would count no more.
    pub(super) fn objection(self, list: &str, index: &IndexName) -> Result<Option<String>, String> {
        let list: Value = serde_json::from_str(list)
            .map_err(|error| format!("its list of templates is no JSON: {error}"))?;
        let own = name(index);
        let found = |(name, template): (&str, &Value)| {
            if name == own {
                let edition = template.get("version").and_then(Value::as_u64);
                return (edition.is_none_or(|edition| edition >= EDITION))
                    .then(|| format!("{name} is there"));
            }
            let is_of_server = template.pointer("/_meta/managed") == Some(&Value::Bool(true));
            // Of the old kind each that names the index counts, whatever else does.
            let is_replaced = self.is_composable() && !is_of_server && names(template, &index.at(0));
            is_replaced.then(|| format!("{name} names the index"))
        };
        Ok(templates(&list).find_map(found))
    }

    /// What the template says: texts are not taken apart, the time is a time.
    pub(super) fn template(self, index: &IndexName) -> Value {
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
        if self.is_composable() {
            let inner = json!({ "settings": settings, "mappings": mapping });
            // Two at one priority may not name the same index: the longer pattern, which is the narrower one, wins.
            let priority = PRIORITY + pattern.len();
            return json!({
                "index_patterns": [pattern],
                "priority": priority,
                "version": EDITION,
                "template": inner,
            });
        }
        let mappings = match self.document_type() {
            Some(kind) => json!({ kind: mapping }),
            None => mapping,
        };
        // Of several that name an index each counts, and the higher order wins: any other one.
        let mut template = json!({ "order": -1, "settings": settings, "mappings": mappings });
        let (key, patterns) = if self.major < 6 {
            ("template", json!(pattern))
        } else {
            ("index_patterns", json!([pattern]))
        };
        if let Some(template) = template.as_object_mut() {
            template.insert(key.to_owned(), patterns);
            if self.major >= 6 {
                template.insert("version".to_owned(), json!(EDITION));
            }
        }
        template
    }
}

/// Ours, for all indices of one name: `vamp-log-lines-vamp-vga`.
fn name(index: &IndexName) -> String {
    let pattern = index.pattern();
    let stem = pattern.trim_end_matches(['*', '-', '.', '_']).replace('*', "_");
    format!("vamp-log-lines-{stem}")
}

/// Templates of a list with their names, of either kind.
fn templates(list: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let composable = list.get("index_templates").and_then(Value::as_array);
    let composable = composable.into_iter().flatten().filter_map(|item| {
        let name = item.get("name")?.as_str()?;
        Some((name, item.get("index_template")?))
    });
    let legacy = list.as_object().into_iter().flatten();
    let legacy = legacy.filter(|(name, _)| *name != "index_templates");
    composable.chain(legacy.map(|(name, template)| (name.as_str(), template)))
}

/// Whether a template is meant for the index in particular, and not for all there are.
fn names(template: &Value, index: &str) -> bool {
    let patterns = template.get("index_patterns").and_then(Value::as_array);
    let old = template.get("template").and_then(Value::as_str);
    let mut patterns = patterns
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .chain(old);
    patterns.any(|pattern| pattern != "*" && matches(pattern, index))
}

/// Whether a pattern with stars fits a name.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(rest) = name.strip_prefix(before) else {
        return false;
    };
    (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| matches(after, rest)))
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
        let old = version("2.4.6").template(&index);
        assert_eq!(version("2.4.6").path(&index), "_template/vamp-log-lines-vamp-vga");
        assert_eq!(old["template"], "vamp-vga-*");
        assert_eq!(old["mappings"]["log"]["properties"]["message"]["type"], "string");
        let six = version("6.8.0").template(&index);
        assert_eq!(six["index_patterns"], json!(["vamp-vga-*"]));
        let new = version("8.15.1").template(&index);
        assert_eq!(
            version("8.15.1").path(&index),
            "_index_template/vamp-log-lines-vamp-vga"
        );
        assert_eq!(
            new["template"]["mappings"]["properties"]["@timestamp"]["type"],
            "date"
        );
        let open = r#"{"version":{"distribution":"opensearch","number":"2.19.1"}}"#;
        assert_eq!(Version::read(open).unwrap().document_type(), None);
        assert_eq!(version("2.4.6").document_type(), Some("log"));
        assert_eq!(Version::read("{}"), None);
    }

    #[test]
    fn the_narrower_of_two_patterns_has_the_higher_priority() {
        let priority = |index: &IndexName| version("8.15.1").template(index)["priority"].as_u64();
        let (wide, narrow) = (IndexName::of_agents(""), IndexName::of_agents("shop"));
        assert!(priority(&wide) < priority(&narrow));
    }

    #[test]
    fn ours_is_put_where_it_is_not_and_nobody_elses_would_count_no_more() {
        let index = IndexName::parse("logstash-%{+YYYY.MM.dd}").unwrap();
        let composable = |name: &str, template: Value| {
            json!({ "index_templates": [{ "name": name, "index_template": template }] }).to_string()
        };
        let legacy = |name: &str, template: Value| json!({ name: template }).to_string();
        let own = "vamp-log-lines-logstash";
        let theirs = json!({ "index_patterns": ["logstash-*"], "priority": 1 });
        let built_in = json!({ "index_patterns": ["logs*-*"], "_meta": { "managed": true } });
        for (number, list, is_put) in [
            ("8.15.1", "{}".to_owned(), true),
            ("8.15.1", composable(own, json!({ "version": EDITION })), false),
            ("8.15.1", composable(own, json!({ "version": EDITION - 1 })), true),
            ("8.15.1", composable("logstash", theirs), false),
            ("8.15.1", composable("logs", built_in), true),
            (
                "8.15.1",
                composable("all", json!({ "index_patterns": ["*"] })),
                true,
            ),
            (
                "8.15.1",
                composable("other", json!({ "index_patterns": ["logs-*-*"] })),
                true,
            ),
            (
                "8.15.1",
                legacy("logstash", json!({ "index_patterns": ["logstash-*"] })),
                false,
            ),
            // Each counts, and theirs more than ours.
            (
                "6.8.0",
                legacy("logstash", json!({ "index_patterns": ["logstash-*"] })),
                true,
            ),
            (
                "2.4.6",
                legacy("logstash", json!({ "template": "logstash-*" })),
                true,
            ),
            ("2.4.6", legacy(own, json!({ "template": "logstash-*" })), false),
        ] {
            let objection = version(number).objection(&list, &index).unwrap();
            assert_eq!(objection.is_none(), is_put, "{number} {list}: {objection:?}");
        }
        assert!(version("8.15.1").objection("<html>", &index).is_err());
    }
}
