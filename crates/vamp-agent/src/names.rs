//! Whose proxy is which: the names that stand before the sections and servers of a configuration.

use std::collections::HashMap;

/// Gateways and routes by the names of their proxies.
#[derive(Debug, Default)]
pub(crate) struct Names {
    proxies: HashMap<String, Owner>,
    /// Instances by the names of their servers, where they were asked for.
    #[cfg(feature = "logs")]
    instances: HashMap<String, String>,
}

/// To whom a proxy belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) gateway: String,
    /// Nothing for the gateway itself.
    pub(crate) route: Option<String>,
}

/// The gateway whose pool this proxy is: what comes to a pool has come to the gateway, and goes on to a route.
pub(crate) fn gateway_of_pool(proxy: &str) -> Option<&str> {
    let is_lookup_name = |name: &&str| name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    proxy.strip_prefix("o_").filter(is_lookup_name)
}

/// What stands between a gateway and its route.
const ROUTE: &str = "//";

impl Names {
    /// Reads `# frontend: shop/9050` and `# frontend: shop/9050//shop/web/http` before the line `frontend …` of each.
    pub(crate) fn read(text: &str) -> Self {
        let mut names = Self::default();
        let mut told: Option<&str> = None;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("# frontend: ") {
                told = Some(name);
            } else if let Some(proxy) = line.strip_prefix("frontend ") {
                let name = told.take();
                // A gateway's pool is no entrance of its own.
                if let Some(name) = name.filter(|_| gateway_of_pool(proxy.trim_end()).is_none()) {
                    names
                        .proxies
                        .insert(proxy.trim_end().to_owned(), Owner::read(name));
                }
            } else if !line.is_empty() {
                told = None;
            }
        }
        names
    }

    /// Reads `# server: web-1` before the line `server …` of each instance, too.
    #[cfg(feature = "logs")]
    pub(crate) fn and_servers(mut self, text: &str) -> Self {
        let mut told: Option<&str> = None;
        for line in text.lines().map(str::trim_start) {
            if let Some(name) = line.strip_prefix("# server: ") {
                told = Some(name);
                continue;
            }
            let server = line
                .strip_prefix("server ")
                .and_then(|rest| rest.split(' ').next());
            if let (Some(name), Some(server)) = (told.take(), server) {
                self.instances.insert(server.to_owned(), name.to_owned());
            }
        }
        self
    }

    pub(crate) fn owner(&self, proxy: &str) -> Option<&Owner> {
        self.proxies.get(proxy)
    }

    /// The instance behind a server.
    #[cfg(feature = "logs")]
    pub(crate) fn instance(&self, server: &str) -> Option<&str> {
        self.instances.get(server).map(String::as_str)
    }
}

impl Owner {
    fn read(name: &str) -> Self {
        match name.split_once(ROUTE) {
            Some((gateway, route)) => Self {
                gateway: gateway.to_owned(),
                route: Some(route.to_owned()),
            },
            None => Self {
                gateway: name.to_owned(),
                route: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gateways_and_routes_have_their_proxies_and_pools_have_none() {
        let names = Names::read(
            "# frontend: billing/9070\nfrontend a6a58\n  bind :1\n\n# frontend: other billing/9070\nfrontend o_a6a58\n\n\
             # frontend: billing/9070//billing/web/http\nfrontend 2878c\n\n# frontend: lonely\nbackend x\nfrontend own\n",
        );
        let gateway = names.owner("a6a58").unwrap();
        assert_eq!(
            (gateway.gateway.as_str(), gateway.route.as_deref()),
            ("billing/9070", None)
        );
        assert_eq!(
            names.owner("2878c").unwrap().route.as_deref(),
            Some("billing/web/http")
        );
        assert_eq!(names.owner("o_a6a58"), None);
        assert_eq!(
            names.owner("own"),
            None,
            "a frontend of the user has no name of ours"
        );
    }

    #[cfg(feature = "logs")]
    #[test]
    fn instances_have_their_servers() {
        let text = "backend 2878c\n  # server: web-1\n  server d7bfe 10.4.0.11:31401 weight 100 check\n  \
                    # server: lonely\n  balance leastconn\n  server own 10.4.0.12:31401\n";
        let names = Names::read(text).and_servers(text);
        assert_eq!(
            [names.instance("d7bfe"), names.instance("own")],
            [Some("web-1"), None]
        );
    }
}
