//! Which store the agent takes its configuration from.

use vamp_kv::{Key, StoreConfig};

use super::arguments::VgaArguments;
use crate::{Error, Result};

/// The store that is named, in either way, and the key below which everything stands if its address says so.
pub(super) fn store(arguments: &VgaArguments) -> Result<(StoreConfig, Option<Key>)> {
    let (store, base) = match &given(arguments.store.as_ref()) {
        Some(url) => {
            if given(arguments.store_type.as_ref()).is_some()
                || given(arguments.store_connection.as_ref()).is_some()
            {
                return Err(Error::usage(
                    "the store is named twice: by --store, and by --storeType and --storeConnection",
                )
                .hint("the environment counts, too: VAMP_GATEWAY_AGENT_STORE, VAMP_KEY_VALUE_STORE_TYPE and VAMP_KEY_VALUE_STORE_CONNECTION"));
            }
            StoreConfig::from_url(url).map_err(|error| Error::usage(error.to_string()).because(error))?
        }
        None => (of_kind(arguments)?, None),
    };
    if !store.is_shared() {
        return Err(
            Error::usage("a store in memory cannot be reached from another process")
                .hint(format!("this version knows {}", shared_kinds())),
        );
    }
    Ok((with_token(store, given(arguments.store_token.as_ref()))?, base))
}

fn given(value: Option<&String>) -> Option<String> {
    value.filter(|value| !value.trim().is_empty()).cloned()
}

fn of_kind(arguments: &VgaArguments) -> Result<StoreConfig> {
    let missing = |flag: &str, variable: &str| {
        Error::usage(format!("the key-value store is not named: {flag} is missing"))
            .hint(format!("give {flag} or set {variable}; --help shows an example"))
    };
    let kind = given(arguments.store_type.as_ref())
        .ok_or_else(|| missing("--storeType", "VAMP_KEY_VALUE_STORE_TYPE"))?;
    if !StoreConfig::kinds().contains(&kind.as_str()) {
        return Err(
            Error::usage(format!("there is no key-value store '{kind}' in this version"))
                .hint(format!("this version knows {}", shared_kinds())),
        );
    }
    let connection = given(arguments.store_connection.as_ref())
        .ok_or_else(|| missing("--storeConnection", "VAMP_KEY_VALUE_STORE_CONNECTION"))?;
    let addresses = connection
        .split(',')
        .map(str::trim)
        .filter(|address| !address.is_empty());
    let addresses: Vec<String> = addresses.map(str::to_owned).collect();
    StoreConfig::of_kind(&kind, &addresses).map_err(|error| Error::usage(error.to_string()).because(error))
}

/// The token of the environment goes to the one kind that knows tokens.
fn with_token(store: StoreConfig, token: Option<String>) -> Result<StoreConfig> {
    let Some(token) = token else {
        return Ok(store);
    };
    match store {
        #[cfg(feature = "consul")]
        StoreConfig::Consul(mut config) => {
            config.token = Some(token);
            Ok(StoreConfig::Consul(config))
        }
        other => {
            drop(token);
            Err(Error::usage(format!("{} knows no access tokens", other.kind()))
                .hint("a token is given by --store-token or VAMP_KEY_VALUE_STORE_TOKEN"))
        }
    }
}

fn shared_kinds() -> String {
    let kinds = StoreConfig::kinds().iter().filter(|kind| **kind != "memory");
    kinds.copied().collect::<Vec<_>>().join(", ")
}
