//! The environment of an instance.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;

use indexmap::IndexMap;
use sha2::{Digest as _, Sha256};

use super::kernel::{INSTANCE, STATE};
use crate::definition::refused;
use crate::{PortSpec, Result, ServiceSpec};

/// The name of the variable in which an instance finds the number of a port: `PORT_WEB` for `web`; what is neither a letter nor a
/// digit becomes `_`.
pub(crate) fn port_variable(port: &str) -> String {
    let letters = port.chars().map(|c| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    });
    "PORT_".chars().chain(letters).collect()
}

/// The names of the variables that the driver sets, whatever the service says.
fn own_variables(ports: &[PortSpec]) -> Vec<String> {
    let mut names: Vec<String> = ports.iter().map(|port| port_variable(&port.name)).collect();
    if ports.len() == 1 {
        names.push("PORT".to_owned());
    }
    names.extend([INSTANCE.to_owned(), STATE.to_owned()]);
    names
}

/// Refuses names and values that no process can have, and returns the service's variables that the driver replaces.
pub(super) fn check(spec: &ServiceSpec) -> Result<Vec<String>> {
    let mut seen = BTreeSet::new();
    for port in &spec.ports {
        let variable = port_variable(&port.name);
        if !seen.insert(variable.clone()) {
            let message = format!("two ports have names that both become the variable {variable}");
            return Err(refused(spec, message));
        }
    }
    for (name, value) in &spec.environment {
        if name.is_empty() || name.contains(['=', '\0']) {
            let message = format!("no process can have an environment variable called {name:?}");
            return Err(refused(spec, message));
        }
        if value.contains('\0') {
            let message = format!("the environment variable {name} contains a zero byte");
            return Err(refused(spec, message));
        }
    }
    let own = own_variables(&spec.ports);
    Ok(own
        .into_iter()
        .filter(|name| spec.environment.contains_key(name))
        .collect())
}

/// Everything that an instance finds in its environment: what it inherits, what the service sets, what the driver sets; later ones
/// win.
pub(super) fn of_instance(
    inherited: impl IntoIterator<Item = (String, OsString)>,
    environment: &IndexMap<String, String>,
    ports: &IndexMap<String, u16>,
    state: &str,
    instance: &str,
) -> BTreeMap<String, OsString> {
    let mut all: BTreeMap<String, OsString> = inherited.into_iter().collect();
    let set = environment
        .iter()
        .map(|(name, value)| (name.clone(), value.into()));
    all.extend(set);
    for (name, number) in ports {
        all.insert(port_variable(name), number.to_string().into());
    }
    if let (1, Some(number)) = (ports.len(), ports.values().next()) {
        all.insert("PORT".to_owned(), number.to_string().into());
    }
    all.insert(INSTANCE.to_owned(), instance.into());
    all.insert(STATE.to_owned(), state.into());
    all
}

/// A SHA-256 over names and values, in hexadecimal digits: the environment may hold secrets and is not written down.
pub(super) fn hash(environment: &BTreeMap<String, OsString>) -> String {
    let mut hash = Sha256::new();
    for (name, value) in environment {
        hash.update(name.as_bytes());
        hash.update(b"=");
        hash.update(value.as_bytes());
        hash.update(b"\0");
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(ports: &[(&str, u16)]) -> IndexMap<String, u16> {
        ports
            .iter()
            .map(|(name, number)| ((*name).to_owned(), *number))
            .collect()
    }

    fn value<'a>(environment: &'a BTreeMap<String, OsString>, name: &str) -> Option<&'a str> {
        environment.get(name).and_then(|value| value.to_str())
    }

    #[test]
    fn the_driver_wins_over_the_service_and_the_service_over_what_is_inherited() {
        let inherited = [("LANG", "C"), ("PATH", "/bin")].map(|(n, v)| (n.to_owned(), OsString::from(v)));
        let set = [("LANG", "de"), ("PORT", "80"), ("EMPTY", "")]
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .into();
        let all = of_instance(inherited, &set, &ports(&[("web", 10_001)]), "state", "web-1");
        for (name, expected) in [
            ("LANG", Some("de")),
            ("PATH", Some("/bin")),
            ("EMPTY", Some("")),
            ("PORT", Some("10001")),
            ("PORT_WEB", Some("10001")),
            (INSTANCE, Some("web-1")),
            ("HOME", None),
        ] {
            assert_eq!(value(&all, name), expected, "{name}");
        }
    }

    #[test]
    fn with_several_ports_there_is_no_plain_port() {
        let all = of_instance(
            [],
            &IndexMap::new(),
            &ports(&[("web", 1), ("web-ops", 2)]),
            "s",
            "i",
        );
        assert_eq!(value(&all, "PORT"), None);
        assert_eq!(value(&all, "PORT_WEB_OPS"), Some("2"));
    }

    #[test]
    fn the_hash_tells_environments_apart() {
        let hash_of = |name: &str, value: &str| hash(&[(name.to_owned(), value.into())].into());
        assert_eq!(hash_of("A", "1"), hash_of("A", "1"));
        assert_ne!(hash_of("A", "1"), hash_of("A", "2"));
        assert_eq!(hash_of("A", "1").len(), 64);
    }
}
