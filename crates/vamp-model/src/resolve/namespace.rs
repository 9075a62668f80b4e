//! Settings with the namespace in them, such as `/vamp/${namespace}`.

use super::ResolveError;
use super::error::parse;
use super::output::{LONGEST_VALUE, fill_in};
use crate::{ValueReference, lookup};

/// What stands for a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NamespaceForm {
    /// Its name.
    Name,
    /// Its lookup name, which may stand in the name of an index.
    LookupName,
}

/// Resolves settings with `$namespace` in them.
///
/// The namespace of a name such as `company-team` has a parent, `company`, which is `$parent`. Nothing else can be
/// referred to.
#[derive(Debug, Clone, Copy)]
pub struct NamespaceResolver<'n> {
    name: &'n str,
    form: NamespaceForm,
    is_forced: bool,
}

impl<'n> NamespaceResolver<'n> {
    /// A resolver of the namespace of that name.
    #[must_use]
    pub const fn new(name: &'n str, form: NamespaceForm) -> Self {
        Self {
            name,
            form,
            is_forced: false,
        }
    }

    /// The same resolver; forced, it refuses settings in which `$namespace` does not occur. That is the setting
    /// `vamp.model.resolvers.force-namespace`; it does not count for the addresses and tables of SQL databases and for
    /// the identity of an agent.
    #[must_use]
    pub const fn forced(self, is_forced: bool) -> Self {
        Self { is_forced, ..self }
    }

    /// The setting with the namespace in it.
    ///
    /// # Errors
    /// A text that cannot be parsed, a reference to something else, or none to the namespace where it is forced.
    pub fn resolve(&self, setting: &str) -> Result<String, ResolveError> {
        let template = parse(setting)?;
        let mut has_namespace = false;
        let resolved = fill_in(&template, LONGEST_VALUE, |reference| {
            match self.name_of(reference) {
                Some(name) => {
                    has_namespace |= name == self.name;
                    Ok(self.formed(name))
                }
                None => Err(ResolveError::NotANamespace {
                    text: setting.to_owned(),
                }),
            }
        })?;
        if self.is_forced && !has_namespace {
            return Err(ResolveError::MissingNamespace {
                text: setting.to_owned(),
            });
        }
        Ok(resolved)
    }

    /// The name of the namespace that is referred to.
    fn name_of(&self, reference: &ValueReference) -> Option<&'n str> {
        let ValueReference::Local(name) = reference else {
            return None;
        };
        match name.as_str() {
            "namespace" => Some(self.name),
            "parent" => self.name.split_once('-').map(|(parent, _)| parent),
            _ => None,
        }
    }

    fn formed(&self, name: &str) -> String {
        match self.form {
            NamespaceForm::Name => name.to_owned(),
            NamespaceForm::LookupName => lookup::namespace(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_filled_in_by_name_or_by_lookup_name() {
        let by_name = NamespaceResolver::new("company-team", NamespaceForm::Name);
        let cases = [
            ("/vamp/${namespace}", "/vamp/company-team"),
            ("/vamp/$namespace", "/vamp/company-team"),
            ("${ namespace }/$parent", "company-team/company"),
            ("cost$$", "cost$"),
            ("plain", "plain"),
            ("", ""),
        ];
        for (setting, expected) in cases {
            assert_eq!(by_name.resolve(setting).as_deref(), Ok(expected), "{setting}");
        }
        let by_lookup_name = NamespaceResolver::new("orchard", NamespaceForm::LookupName);
        assert_eq!(
            by_lookup_name.resolve("vamp-pulse-$namespace").as_deref(),
            Ok("vamp-pulse-5e131cb6f35f9bb20f45167d32a7420c743cc0e7")
        );
    }

    #[test]
    fn nothing_else_can_be_referred_to() {
        let resolver = NamespaceResolver::new("orchard", NamespaceForm::Name);
        for setting in [
            "$other",
            "$parent",
            "$namespace.host",
            "${a.b.c}",
            "$config://namespace",
        ] {
            let refused = resolver.resolve(setting).unwrap_err();
            assert_eq!(refused.code(), "ParserError", "{setting}");
            assert_eq!(
                refused.to_string(),
                format!("Cannot parse: Cannot parse the namespace in: {setting}.")
            );
        }
        let broken = resolver.resolve("5$ each").unwrap_err();
        assert_eq!(
            broken.to_string(),
            "Cannot parse: '5$ each': no name follows a `$`; `$$` stands for one `$` (character 2)."
        );
    }

    #[test]
    fn a_setting_without_namespace_is_refused_where_it_is_forced() {
        let resolver = NamespaceResolver::new("company-team", NamespaceForm::Name).forced(true);
        assert_eq!(
            resolver.resolve("/vamp/$namespace").as_deref(),
            Ok("/vamp/company-team")
        );
        for setting in ["/vamp", "", "/vamp/$parent", "/vamp/$$namespace"] {
            let refused = resolver.resolve(setting).unwrap_err();
            assert_eq!(
                refused.to_string(),
                format!("Cannot parse: No namespace in: {setting}.")
            );
        }
        assert_eq!(resolver.forced(false).resolve("/vamp").as_deref(), Ok("/vamp"));
    }
}
