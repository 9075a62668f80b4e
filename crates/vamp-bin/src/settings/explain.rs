//! `--explain-config`: every setting, its value, and where it comes from.

use super::schema::SETTINGS;
use super::{Origin, Settings};
use crate::display::table::Table;

/// A table of all settings; `effective` tells the value that is used, defaults included.
pub(crate) fn explain(settings: &Settings, effective: impl Fn(&str) -> String) -> String {
    let mut table = Table::new(["SETTING", "VALUE", "FROM", "VARIABLE", "MEANING"]);
    for setting in SETTINGS {
        let origin = settings
            .given(setting.key)
            .map_or(Origin::Default, |given| given.origin.clone());
        let value = masked(&effective(setting.key));
        table.row([
            setting.key.to_owned(),
            value,
            origin.to_string(),
            setting.variable(),
            setting.about.to_owned(),
        ]);
    }
    table.to_string()
}

impl Settings {
    /// See [`explain`].
    pub(crate) fn explain(&self, effective: impl Fn(&str) -> String) -> String {
        explain(self, effective)
    }
}

/// The text without user names and passwords of addresses. What stands before any `@` may be a password that was not encoded.
pub(crate) fn masked(text: &str) -> String {
    let parts = text.split(',').map(|part| {
        let Some((scheme, rest)) = part.split_once("://") else {
            return part.to_owned();
        };
        match rest.rfind('@') {
            Some(at) => format!("{scheme}://***{}", rest.get(at..).unwrap_or_default()),
            None => part.to_owned(),
        }
    });
    parts.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_addresses_are_masked() {
        assert_eq!(
            masked("http://root:pass@etcd:2379,http://b:1"),
            "http://***@etcd:2379,http://b:1"
        );
        assert_eq!(
            masked("etcd://root:a/b?c@etcd:2379/vamp"),
            "etcd://***@etcd:2379/vamp"
        );
        assert_eq!(masked("/vamp/a@b"), "/vamp/a@b");
    }
}
