//! Packages from outside that must not be in the lock file.

use std::collections::BTreeMap;

use crate::failure::Failure;

/// A package that must not be used, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ban {
    name: String,
    reason: String,
}

/// Packages of which there must be one version: two would be two TLS stacks.
const ONCE: &[&str] = &["rustls", "ring", "tokio-rustls", "rustls-webpki"];

/// The list `deny` in the section `[bans]` of `deny.toml`, which `cargo deny` reads too. It holds one entry a line, so that it can be
/// read here without a TOML parser; a line that cannot be read is an error, not an entry less.
pub(crate) fn bans(deny_toml: &str) -> Result<Vec<Ban>, Failure> {
    let lines = deny_toml
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != "[bans]");
    let lines = lines.skip_while(|line| *line != "deny = [").skip(1);
    let entries = lines
        .take_while(|line| *line != "]")
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let bans = entries
        .map(|line| {
            ban(line).ok_or_else(|| Failure::Failed(format!("deny.toml: cannot read the ban {line}")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if bans.is_empty() {
        return Err(Failure::Failed(
            "deny.toml: no list `deny = [` in the section [bans]".to_owned(),
        ));
    }
    Ok(bans)
}

/// `{ crate = "name", reason = "why" },`
fn ban(line: &str) -> Option<Ban> {
    let fields = line.strip_prefix("{ crate = \"")?.strip_suffix("\" },")?;
    let (name, reason) = fields.split_once("\", reason = \"")?;
    Some(Ban {
        name: name.to_owned(),
        reason: reason.to_owned(),
    })
}

/// Banned packages that are locked, and those that are there twice but may be only once.
pub(crate) fn violations(locked: &BTreeMap<String, Vec<String>>, bans: &[Ban]) -> Vec<String> {
    let banned = bans.iter().filter(|ban| locked.contains_key(&ban.name));
    let mut found: Vec<String> = banned
        .map(|ban| format!("{} is in Cargo.lock and banned: {}", ban.name, ban.reason))
        .collect();
    for name in ONCE {
        let versions = locked.get(*name).map(Vec::as_slice).unwrap_or_default();
        if versions.len() > 1 {
            found.push(format!(
                "{name} is there in the versions {}: one TLS stack is enough",
                versions.join(", ")
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENY: &str = "[licenses]\n\n[bans]\nmultiple-versions = \"warn\"\ndeny = [\n    \
        # Why these.\n    { crate = \"openssl\", reason = \"one TLS stack\" },\n]\nskip = [\n    { crate = \"syn\" },\n]\n";

    fn locked(packages: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        let owned = |versions: &[&str]| versions.iter().map(ToString::to_string).collect();
        packages
            .iter()
            .map(|(name, versions)| ((*name).to_owned(), owned(versions)))
            .collect()
    }

    #[test]
    fn the_bans_of_cargo_deny_are_read() {
        let bans = bans(DENY).unwrap();
        assert_eq!(
            bans,
            [Ban {
                name: "openssl".into(),
                reason: "one TLS stack".into()
            }]
        );
    }

    #[test]
    fn a_ban_that_cannot_be_read_is_an_error() {
        assert!(bans(&DENY.replace("crate =", "name =")).is_err());
        assert!(bans("[bans]\n").is_err());
    }

    #[test]
    fn a_banned_package_and_a_second_tls_stack_are_found() {
        let bans = bans(DENY).unwrap();
        assert!(
            violations(
                &locked(&[("rustls", &["0.23.1"]), ("syn", &["1.0.0", "2.0.0"])]),
                &bans
            )
            .is_empty()
        );
        let found = violations(
            &locked(&[("openssl", &["0.10.0"]), ("rustls", &["0.22.0", "0.23.1"])]),
            &bans,
        );
        assert_eq!(found[0], "openssl is in Cargo.lock and banned: one TLS stack");
        assert_eq!(
            found[1],
            "rustls is there in the versions 0.22.0, 0.23.1: one TLS stack is enough"
        );
    }

    #[test]
    fn the_real_list_can_be_read() {
        assert!(bans(include_str!("../../../deny.toml")).unwrap().len() > 5);
    }
}
