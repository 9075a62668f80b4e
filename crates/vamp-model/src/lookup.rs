//! Lookup names: stable hashed identifiers that other programs see — HAProxy proxy names, metrics, cookies.
//!
//! The algorithm is fixed: SHA-1 over `class <class>@<key>` with the salt `v1`, printed as one big integer in lower-case
//! hexadecimal, so leading zeros are dropped.

use sha1::{Digest, Sha1};

use crate::{GatewayName, Name, RoutePath, Target};

/// What is hashed before the key of an artifact.
macro_rules! class {
    ($class:literal) => {
        concat!("class io.vamp.model.artifact.", $class, "@")
    };
}

const GATEWAY: &str = class!("Gateway");

/// SHA-1 of `text` followed by `salt`, as hexadecimal without leading zeros.
#[must_use]
pub fn hash(text: &str, salt: &str) -> String {
    hash_of([text, salt])
}

fn hash_of<'t>(pieces: impl IntoIterator<Item = &'t str>) -> String {
    let mut hash = Sha1::new();
    for piece in pieces {
        hash.update(piece.as_bytes());
    }
    // Whole bytes into an array: a configuration has ten names for each gateway, and a string grows slowly by single characters.
    let mut hex = [0; 40];
    for (digits, byte) in hex.chunks_exact_mut(2).zip(hash.finalize()) {
        digits.copy_from_slice(&[digit(byte >> 4), digit(byte & 0xf)]);
    }
    let hex = str::from_utf8(&hex).unwrap_or_default();
    hex.trim_start_matches('0').to_owned()
}

const fn digit(nibble: u8) -> u8 {
    if nibble < 10 {
        b'0' + nibble
    } else {
        b'a' - 10 + nibble
    }
}

fn of_class(class: &str, key: &str) -> String {
    hash_of([class, key, "v1"])
}

/// The lookup name of a deployment.
#[must_use]
pub fn deployment(name: &str) -> String {
    of_class(class!("Deployment"), name)
}

/// The lookup name of a breed.
#[must_use]
pub fn breed(name: &str) -> String {
    of_class(class!("DefaultBreed"), name)
}

/// The lookup name of a gateway; an anonymous one has the empty name.
#[must_use]
pub fn gateway(name: &str) -> String {
    of_class(GATEWAY, name)
}

/// The lookup name of a route inside a gateway. The gateway's name counts as one item, whatever its slashes.
#[must_use]
pub fn route(gateway_name: Option<&GatewayName>, path: &RoutePath) -> String {
    let gateway = gateway_name.map_or("", GatewayName::as_str);
    let segments = path.segments();
    let stars = std::iter::repeat_n("/*", 4_usize.saturating_sub(segments.len()));
    let segments = segments.iter().flat_map(|segment| ["/", segment.as_str()]);
    let key = [GATEWAY, gateway, "/*/*/*"];
    hash_of(key.into_iter().chain(segments).chain(stars).chain(["v1"]))
}

/// The lookup name of a stored route.
#[must_use]
pub fn stored_route(name: &Name) -> String {
    of_class(class!("DefaultRoute"), name.as_str())
}

/// The lookup name of a reference to a breed that is not written out.
#[must_use]
pub fn breed_reference(name: &str) -> String {
    of_class(class!("BreedReference"), name)
}

/// The lookup name of a workflow.
#[must_use]
pub fn workflow(name: &str) -> String {
    of_class(class!("Workflow"), name)
}

/// The lookup name of a namespace.
#[must_use]
pub fn namespace(name: &str) -> String {
    hash_of(["class io.vamp.common.Namespace@", name, "v1"])
}

/// The lookup name of a target: an instance, a chained gateway or an external address.
#[must_use]
pub fn target(target: &Target) -> String {
    match target {
        Target::Internal { name, .. } => of_class(class!("InternalRouteTarget"), name),
        Target::External { url } => of_class(class!("ExternalRouteTarget"), url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_have_lookup_names_too() {
        let known = [
            ("default", "82b5a4ec1bdc8398233a686b76092f33e5403b5e"),
            ("vamp", "3e33bd3325992a28f16bce1253215b858c919245"),
            ("orchard", "5e131cb6f35f9bb20f45167d32a7420c743cc0e7"),
        ];
        for (name, lookup_name) in known {
            // S06-001: names of indices contain the hash of the namespace that they always had.
            assert_eq!(namespace(name), lookup_name);
        }
    }

    #[test]
    fn lookup_names_are_those_that_other_programs_know() {
        // S02-001: SHA-1 over the class, `@`, the key and the salt, in lower-case hexadecimal.
        assert_eq!(deployment("sava"), "b745761242ab5566a44b556e62764beed46fa8de");
        assert_eq!(
            gateway("sava_gateway"),
            "ebcec0d294fc399c5ee972c43a854e3b643d5ece"
        );
        assert_eq!(breed("a"), "f06a492cbc28edd311512562e7e05cf923e39bda");
        assert_eq!(breed_reference("a"), "36355eaf793aa1f2507fa11d82d24d0e7ba6d877");
        let cases = [
            // S02-005: gateway, three stars, and the segments of the path filled up with stars to four.
            (
                Some("sava/sava/webport"),
                "sava/sava/sava:1.0.0/webport",
                "fef540f1c9e4eb21e045d935eac990d0d5d25825",
            ),
            (Some("vamp"), "sava", "ec6129b90571c3f9737d86f16e82eabe2a3ae820"),
            (None, "one/web", "948f40b30390613deb16656eee404fe0c8883e55"),
            // S02-006: an external path is one segment with its brackets.
            (
                Some("gw"),
                "[http://example.org:8080]",
                "306446fc9ebace5152263a060599717e1a6cb1a",
            ),
        ];
        for (name, path, expected) in cases {
            let name: Option<GatewayName> = name.map(|name| name.parse().unwrap());
            assert_eq!(route(name.as_ref(), &path.parse().unwrap()), expected, "{path}");
        }
    }

    #[test]
    fn leading_zeros_of_a_digest_are_dropped() {
        // S02-007: a digest that begins with zeros is shorter than 40 characters.
        assert_eq!(gateway("gw107"), "f72ec539aae6179c36082e3efdddbf8918aa11");
    }
}
