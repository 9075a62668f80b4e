//! Transactions: the only writes whose answer says which version they made.

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize, Serializer};

use super::layout::physical;
use crate::{Key, Version};

/// Operations that are carried out together or not at all.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Transaction<'a> {
    operations: Vec<Operation<'a>>,
}

#[derive(Debug, Serialize)]
struct Operation<'a> {
    #[serde(rename = "KV")]
    kv: Kv<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Kv<'a> {
    verb: &'static str,
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_base64")]
    value: Option<&'a Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
}

fn as_base64<S: Serializer>(value: &Option<&Bytes>, serializer: S) -> Result<S::Ok, S::Error> {
    let bytes = value.map_or(&[][..], |value| value);
    serializer.collect_str(&Base64Display::new(bytes, &STANDARD))
}

impl<'a> Transaction<'a> {
    fn with(
        mut self,
        verb: &'static str,
        key: &'a Key,
        value: Option<&'a Bytes>,
        index: Option<u64>,
        session: Option<&'a str>,
    ) -> Self {
        let key = physical(key);
        let kv = Kv {
            verb,
            key,
            value,
            index,
            session,
        };
        self.operations.push(Operation { kv });
        self
    }

    /// Goes on only if the key has this version.
    pub(super) fn expect(self, key: &'a Key, version: Version) -> Self {
        self.with("check-index", key, None, Some(version.number()), None)
    }

    /// Writes the key only if it is absent.
    pub(super) fn create(self, key: &'a Key, value: &'a Bytes) -> Self {
        self.with("cas", key, Some(value), Some(0), None)
    }

    /// Writes the key, whatever was there, and binds it to the session if there is one.
    ///
    /// What was there is removed first, in the same step: a write keeps the session that a key is bound to, and one of an equal
    /// value keeps the version.
    pub(super) fn replace(self, key: &'a Key, value: &'a Bytes, session: Option<&'a str>) -> Self {
        let verb = if session.is_some() { "lock" } else { "set" };
        self.remove(key).with(verb, key, Some(value), None, session)
    }

    /// Goes on only if the key has no value.
    pub(super) fn absent(self, key: &'a Key) -> Self {
        self.with("check-not-exists", key, None, None, None)
    }

    /// Goes on only if the key has a value.
    pub(super) fn present(self, key: &'a Key) -> Self {
        self.with("get", key, None, None, None)
    }

    pub(super) fn remove(self, key: &'a Key) -> Self {
        self.with("delete", key, None, None, None)
    }

    /// How many operations there are.
    pub(super) fn len(&self) -> usize {
        self.operations.len()
    }

    /// The text that is sent.
    pub(super) fn text(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }
}

/// The answer to a transaction, good or refused.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Outcome {
    results: Option<Vec<Done>>,
    errors: Option<Vec<Refused>>,
}

#[derive(Debug, Deserialize)]
struct Done {
    #[serde(rename = "KV")]
    kv: Written,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    modify_index: u64,
}

/// The operation that did not find what it had to.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Refused {
    /// Its place in the transaction.
    #[serde(rename = "OpIndex")]
    pub(super) operation: usize,
    /// In Consul's words.
    #[serde(rename = "What")]
    pub(super) why: String,
}

impl Outcome {
    /// The version that the last write made.
    pub(super) fn version(&self) -> Option<Version> {
        let last = self.results.as_ref()?.last()?;
        Some(Version::from_number(last.kv.modify_index))
    }

    /// The operations that were refused, by their places. Consul names them all.
    pub(super) fn all_refused(&self) -> impl Iterator<Item = usize> + '_ {
        self.errors.iter().flatten().map(|refused| refused.operation)
    }

    /// What was refused first, if something was.
    pub(super) fn refused(&self) -> Option<&Refused> {
        self.errors.as_ref()?.first()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_is_written_as_consul_reads_it() {
        let (guard, key): (Key, Key) = ("/vamp/leader".parse().unwrap(), "/vamp/key".parse().unwrap());
        let value = Bytes::from_static(b"\xff\x00");
        let transaction = Transaction::default()
            .expect(&guard, Version::from_number(3))
            .replace(&key, &value, Some("s"));
        let expected = r#"[{"KV":{"Verb":"check-index","Key":"vamp/leader","Index":3}},{"KV":{"Verb":"delete","Key":"vamp/key"}},{"KV":{"Verb":"lock","Key":"vamp/key","Value":"/wA=","Session":"s"}}]"#;
        assert_eq!(String::from_utf8(transaction.text().unwrap()).unwrap(), expected);
    }

    #[test]
    fn the_version_is_that_of_the_last_write() {
        let answer = r#"{"Results":[{"KV":{"LockIndex":0,"Key":"a","Flags":0,"Value":null,"CreateIndex":7,"ModifyIndex":9}}],"Errors":null}"#;
        let outcome: Outcome = serde_json::from_str(answer).unwrap();
        assert_eq!(outcome.version(), Some(Version::from_number(9)));
        assert!(outcome.refused().is_none());
    }
}
