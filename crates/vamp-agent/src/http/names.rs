//! Whose proxy is which: the names that stand before the sections of a configuration.

use std::collections::HashMap;

/// Gateways and routes by the names of their proxies.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, Owner>);

/// To whom a proxy belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) gateway: String,
    /// Nothing for the gateway itself.
    pub(super) route: Option<String>,
}

/// What stands between a gateway and its route.
const ROUTE: &str = "//";

impl Names {
    /// Reads `# frontend: shop/9050` and `# frontend: shop/9050//shop/web/http` before the line `frontend …` of each.
    pub(super) fn read(text: &str) -> Self {
        let mut names = HashMap::new();
        let mut told: Option<&str> = None;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("# frontend: ") {
                told = Some(name);
            } else if let Some(proxy) = line.strip_prefix("frontend ") {
                let name = told.take();
                // A gateway's pool is no entrance of its own.
                if let Some(name) = name.filter(|_| !proxy.starts_with("o_")) {
                    names.insert(proxy.trim_end().to_owned(), Owner::read(name));
                }
            } else if !line.is_empty() {
                told = None;
            }
        }
        Self(names)
    }

    pub(super) fn owner(&self, proxy: &str) -> Option<&Owner> {
        self.0.get(proxy)
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
}
