//! Identifiers. Metrics are keyed by them and users' cookies contain them: they stay as they are.

use crate::text::Word;

/// What stands before a gateway's lookup name in the name of its pool.
pub(crate) const POOL: &str = "o_";

/// What stands before a route's lookup name in the name of its conditional hop.
pub(crate) const HOP: &str = "im_";

/// What stands before a gateway's lookup name in the file name of the socket of its entrance.
pub(crate) const VIRTUAL_HOST: &str = "v_";

/// The fixed proxy of all virtual hosts.
pub(crate) const VIRTUAL_HOSTS: &str = "virtual_hosts";

/// The name of an ACL: the first 16 characters of the hash of what it tests.
pub(crate) fn acl(definition: &str) -> Word<'static> {
    let mut hash = vamp_model::lookup::hash(definition, "0000");
    hash.truncate(16);
    Word::trusted(hash)
}

#[cfg(test)]
mod tests {
    use vamp_model::{GatewayName, RoutePath, Target, lookup};

    use super::*;

    #[test]
    fn the_name_of_a_test_is_the_beginning_of_the_hash_of_its_definition() {
        let cases = [
            // S02-079: a test of the user agent.
            ("req.fhdr(User-Agent) -m sub 'Firefox'", "7b796e5d25d870c6"),
            // S02-078: one that was written raw.
            ("hdr_sub(user-agent) Android", "29c278b48a0ff033"),
            ("req.hdr(host) shop.example.test", "26e3850ece6f142a"),
            ("req.cook(beta) -m found", "e3b8ac7e88324f02"),
            ("req.cook_cnt(beta) eq 0", "7bd9ae9a7455db31"),
            ("req.hdr_cnt(x-canary) gt 0", "f8c8b2704b3896a8"),
            ("req.hdr_cnt(x-canary) eq 0", "d7990586a55b14d3"),
            ("req.fhdr(x-region) -m sub 'eu'", "77e0f645998d2099"),
            ("url_beg /beta", "a73d1477cdfbb587"),
            ("hdr(host) -i pay.example.test", "3c3049210dcbee99"),
            // S02-008: zeros at the beginning are dropped before it is cut.
            ("hdr(host) -i h26.test", "e5075eb0f2966bfe"),
        ];
        for (definition, name) in cases {
            assert_eq!(acl(definition).as_str(), name, "{definition}");
        }
    }

    #[test]
    fn gateways_routes_and_targets_have_the_names_that_others_know() {
        for (name, expected) in [
            ("billing/ledger/sql", "b068ab32fbae2c0d017e68a4f1aec80432faa090"),
            // S02-004: the whole name with its slashes is the key.
            ("billing/web/http", "31c49d7aa393da10af9e8b1934772931814b66bd"),
            // S02-002: gateways are of the class Gateway.
            ("storefront", "bfe48aba2e98b4af6543ac2eb666fbf739fa195e"),
            ("billing/9070", "a6a58b45c00a27beaffec92b472b4d9758b61478"),
            ("legacy", "d217d9cd757b90d295b08b7740a6bc3ae77d8f35"),
            ("assets", "2ab5d3e0d5e9f717b66075c7d1f20aa112500ab3"),
            ("gw107", "f72ec539aae6179c36082e3efdddbf8918aa11"),
        ] {
            assert_eq!(lookup::gateway(name), expected, "{name}");
        }
        for (gateway, path, expected) in [
            (
                "billing/web/http",
                "billing/web/web:1/http",
                "5b177a83cff0d20f23395cf5d2a4da9af1287c25",
            ),
            (
                "billing/web/http",
                "billing/web/web:2/http",
                "7070e143fc25455a00a8f289f88d2fe78ad0312f",
            ),
            (
                "storefront",
                "billing/9070",
                "76e2759351b9250d2509233dc074d66c8daa1347",
            ),
            (
                "storefront",
                "refunds/9071",
                "66328f834398011a48f4ac44d1cc44d0e38cfa80",
            ),
            (
                "legacy",
                "[192.0.2.17:8080]",
                "5d9bf5713bc461c43add1313419587b7d80e9e3d",
            ),
            ("shop", "(1.0)", "4bdfca9625619e15e3f1023c82942cd83b2bee67"),
        ] {
            let (gateway, path): (GatewayName, RoutePath) = (gateway.parse().unwrap(), path.parse().unwrap());
            assert_eq!(lookup::route(Some(&gateway), &path), expected, "{gateway} {path}");
        }
        let internal = |name: &str| Target::Internal {
            name: name.to_owned(),
            host: None,
            port: 1,
        };
        for (target, expected) in [
            (internal("ledger-0"), "f115123098fa32a321748706f930bcd00a0d9472"),
            (
                internal("billing/9070"),
                "544c5f3a0c63981665fd9861dc7d4875fa1a197b",
            ),
            (
                Target::External {
                    url: "192.0.2.17:8080".to_owned(),
                },
                "2ed012b0d26b6a1b3167024a18f8847149f74573",
            ),
        ] {
            assert_eq!(lookup::target(&target), expected, "{target:?}");
        }
    }
}
