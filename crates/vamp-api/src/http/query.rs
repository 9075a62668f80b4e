//! Parameters behind the `?`.

use percent_encoding::percent_decode;

use super::Failure;

/// The parameters of a request, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(query: Option<&str>) -> Self {
        let pairs = query
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty());
        let decoded = |text: &str| {
            let text = text.replace('+', " ");
            percent_decode(text.as_bytes()).decode_utf8_lossy().into_owned()
        };
        Self(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decoded(name), decoded(value)))
                .collect(),
        )
    }

    /// The first value of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.iter();
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every value of this name.
    pub(crate) fn all<'q>(&'q self, name: &'q str) -> impl Iterator<Item = &'q str> {
        let named = self.0.iter().filter(move |(key, _)| key == name);
        named.map(|(_, value)| value.as_str())
    }

    /// Whether it is on; off where nothing is said.
    pub(crate) fn boolean(&self, name: &str) -> Result<bool, Failure> {
        let Some(value) = self.get(name).filter(|value| !value.is_empty()) else {
            return Ok(false);
        };
        match value.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(true),
            "false" | "no" | "off" | "0" => Ok(false),
            _ => Err(malformed(name, value, "Boolean")),
        }
    }

    /// A number, where one is given.
    pub(crate) fn integer(&self, name: &str) -> Result<Option<i32>, Failure> {
        match self.get(name).filter(|value| !value.is_empty()) {
            Some(value) => match value.parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(malformed(name, value, "32-bit signed integer")),
            },
            None => Ok(None),
        }
    }
}

fn malformed(name: &str, value: &str, wanted: &str) -> Failure {
    Failure::bad_request(format!(
        "The query parameter '{name}' was malformed:\n'{value}' is not a valid {wanted} value"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_repeated_ones_kept_and_booleans_known_in_many_words() {
        let query = Query::parse(Some("tag=a%3Ab&tag=c+d&on=YES&off=0&empty=&flag"));
        let tags: Vec<_> = query.all("tag").collect();
        assert_eq!(tags, ["a:b", "c d"]);
        assert!(query.boolean("on").unwrap());
        assert!(!query.boolean("off").unwrap() && !query.boolean("flag").unwrap());
        assert!(!query.boolean("none").unwrap());
        assert_eq!(query.integer("empty").unwrap(), None);
        let failure = query.boolean("tag").unwrap_err();
        assert_eq!(
            failure.body.message,
            "The query parameter 'tag' was malformed:\n'a:b' is not a valid Boolean value"
        );
    }
}
