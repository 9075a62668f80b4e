//! Where the agent takes its configuration from.

use vamp_agent::{TextFile, VampServer};
use vamp_kv::{Key, StoreConfig};

use super::arguments::VgaArguments;
use super::settings::Place;
use crate::{Error, Result};

/// The kind of a Vamp server.
const HTTP: &str = "http";

/// The kind of a text file, and what its address begins with.
const TEXT_FILE: &str = "text-file";
const TEXT_FILE_SCHEME: &str = "text-file://";

/// Where the agent takes its configuration from.
#[derive(Debug)]
pub(crate) enum Origin {
    /// A key-value store.
    Store(StoreConfig),
    /// A file that another program writes.
    TextFile(TextFile),
    /// The Vamp server itself.
    Server(VampServer),
}

/// What is named, in either way, and the key below which everything stands if the address of a store says so.
pub(super) fn origin(arguments: &VgaArguments) -> Result<(Origin, Option<Key>)> {
    if let Some(address) = server(arguments) {
        return Ok((Origin::Server(asked(arguments, &address)?), None));
    }
    match text_file(arguments) {
        Some(path) => Ok((Origin::TextFile(alone(arguments, &path)?), None)),
        None => store(arguments).map(|(store, base)| (Origin::Store(store), base)),
    }
}

/// The address of the server that is named.
fn server(arguments: &VgaArguments) -> Option<String> {
    match given(arguments.store.as_ref()) {
        // As in the address of a sink: http:// alone could be any of the stores.
        Some(url) => url
            .strip_prefix("vamp+")
            .filter(|url| url.starts_with("http"))
            .map(str::to_owned),
        None if given(arguments.store_type.as_ref()).as_deref() == Some(HTTP) => {
            let address = given(arguments.store_connection.as_ref())?;
            Some(if address.contains("://") {
                address
            } else {
                format!("http://{address}")
            })
        }
        None => None,
    }
}

/// The server, where nothing is asked for that it does not have. Of the key the type and name count: where the server keeps it is its own
/// affair.
fn asked(arguments: &VgaArguments, address: &str) -> Result<VampServer> {
    if given(arguments.store_token.as_ref()).is_some() {
        return Err(Error::usage("a Vamp server knows no access tokens")
            .hint("a token is given by --store-token or VAMP_KEY_VALUE_STORE_TOKEN"));
    }
    let place = Place::choose(arguments.store_key.as_deref(), None)?;
    VampServer::new(address, &place.kind, &place.name)
        .map_err(|error| Error::usage(error.to_string()).because(error))
}

/// The path of the text file that is named.
fn text_file(arguments: &VgaArguments) -> Option<String> {
    match given(arguments.store.as_ref()) {
        Some(url) => url.strip_prefix(TEXT_FILE_SCHEME).map(str::to_owned),
        None if given(arguments.store_type.as_ref()).as_deref() == Some(TEXT_FILE) => {
            given(arguments.store_connection.as_ref())
        }
        None => None,
    }
}

/// The file, where nothing is asked for that it does not have.
fn alone(arguments: &VgaArguments, path: &str) -> Result<TextFile> {
    let has_none = |what: &str, flag: &str, variable: &str| {
        Error::usage(format!("a text file has no {what}"))
            .hint(format!("it is given by {flag} or {variable}"))
    };
    if given(arguments.store_key.as_ref()).is_some() {
        return Err(has_none("keys", "--storeKey", "VAMP_KEY_VALUE_STORE_PATH"));
    }
    if given(arguments.store_token.as_ref()).is_some() {
        return Err(has_none(
            "access token",
            "--store-token",
            "VAMP_KEY_VALUE_STORE_TOKEN",
        ));
    }
    TextFile::new(path).map_err(|error| Error::usage(error.to_string()).because(error))
}

/// The store that is named, in either way, and the key below which everything stands if its address says so.
fn store(arguments: &VgaArguments) -> Result<(StoreConfig, Option<Key>)> {
    let (store, base) = match &given(arguments.store.as_ref()) {
        Some(url) => {
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
        .ok_or_else(|| missing("--storeType", "VAMP_KEY_VALUE_STORE_TYPE"))?
        .to_ascii_lowercase();
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
    kinds
        .copied()
        .chain([TEXT_FILE, HTTP])
        .collect::<Vec<_>>()
        .join(", ")
}
