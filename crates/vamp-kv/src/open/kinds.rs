//! What the parts of a URL mean to each kind.

#[cfg(any(feature = "etcd", feature = "consul", feature = "file", feature = "zookeeper"))]
use std::time::Duration;

use super::url::{InvalidUrl, StoreUrl};
use crate::Key;

type Result<T> = std::result::Result<T, InvalidUrl>;

/// The key below which everything stands: the path, or the option where the path is taken.
pub(super) fn base(url: &mut StoreUrl) -> Result<Option<Key>> {
    let text = match url.take("base") {
        Some(base) => base,
        None => std::mem::take(&mut url.path),
    };
    if text.trim_matches('/').is_empty() {
        return Ok(None);
    }
    Key::parse(&text)
        .map(Some)
        .map_err(|error| url.invalid(error.to_string()))
}

#[cfg(feature = "file")]
pub(super) fn file(url: &mut StoreUrl) -> Result<crate::file::FileConfig> {
    if !url.addresses.is_empty() {
        return Err(url.invalid("it has no address: file:///directory"));
    }
    nobody(url)?;
    let directory = std::mem::take(&mut url.path);
    if directory.trim_matches('/').is_empty() {
        return Err(url.invalid("it names no directory: file:///directory"));
    }
    let mut config = crate::file::FileConfig::new(directory);
    take_time(url, "timeout", &mut config.call_timeout)?;
    Ok(config)
}

#[cfg(feature = "etcd")]
pub(super) fn etcd(url: &mut StoreUrl) -> Result<crate::etcd::EtcdConfig> {
    let tls = tls(url)?;
    let mut config = crate::etcd::EtcdConfig::new(web_addresses(url, tls.is_some())?);
    config.tls = tls.unwrap_or_default();
    config.user = url.user.take();
    config.password = url.password.take();
    take_time(url, "timeout", &mut config.call_timeout)?;
    take_time(url, "connect-timeout", &mut config.connect_timeout)?;
    take_time(url, "probe-interval", &mut config.probe_interval)?;
    take_time(url, "probe-timeout", &mut config.probe_timeout)?;
    take_size(url, "max-request", &mut config.max_request)?;
    Ok(config)
}

#[cfg(feature = "consul")]
pub(super) fn consul(url: &mut StoreUrl) -> Result<crate::consul::ConsulConfig> {
    let tls = tls(url)?;
    let mut config = crate::consul::ConsulConfig::new(web_addresses(url, tls.is_some())?);
    config.tls = tls.unwrap_or_default();
    if url.user.take().is_some_and(|user| !user.is_empty()) {
        return Err(url.invalid(
            "it knows no users; a token stands in the place of a password: consul://:TOKEN@address",
        ));
    }
    config.token = url.password.take();
    config.datacenter = url.take("dc");
    take_time(url, "timeout", &mut config.call_timeout)?;
    take_time(url, "connect-timeout", &mut config.connect_timeout)?;
    take_time(url, "probe-interval", &mut config.probe_interval)?;
    take_time(url, "probe-timeout", &mut config.probe_timeout)?;
    take_size(url, "max-request", &mut config.max_request)?;
    Ok(config)
}

#[cfg(feature = "zookeeper")]
pub(super) fn zookeeper(url: &mut StoreUrl) -> Result<crate::zookeeper::ZooKeeperConfig> {
    let mut config = crate::zookeeper::ZooKeeperConfig::new(some_addresses(url)?);
    config.user = url.user.take();
    config.password = url.password.take();
    config.chroot = url.take("chroot");
    take_time(url, "timeout", &mut config.call_timeout)?;
    take_time(url, "connect-timeout", &mut config.connect_timeout)?;
    take_time(url, "session-timeout", &mut config.session_timeout)?;
    take_size(url, "max-request", &mut config.max_request)?;
    if let Some(others_may_read) = take_choice(url, "others-may-read")? {
        config.others_may_read = others_may_read;
    }
    Ok(config)
}

/// What is asked for of TLS; nothing where it is not spoken.
#[cfg(any(feature = "etcd", feature = "consul"))]
fn tls(url: &mut StoreUrl) -> Result<Option<crate::TlsConfig>> {
    let files = ["ca", "cert", "key"].map(|name| url.take(name).map(std::path::PathBuf::from));
    let wanted = match take_choice(url, "tls")? {
        None => files.iter().any(Option::is_some),
        Some(false) if files.iter().any(Option::is_some) => {
            return Err(url.invalid("'tls=false' and files for TLS contradict each other"));
        }
        Some(wanted) => wanted,
    };
    let [ca_file, certificate_file, key_file] = files;
    Ok(wanted.then_some(crate::TlsConfig {
        ca_file,
        certificate_file,
        key_file,
    }))
}

/// The addresses, with the scheme that goes over the wire.
#[cfg(any(feature = "etcd", feature = "consul"))]
fn web_addresses(url: &mut StoreUrl, tls: bool) -> Result<Vec<String>> {
    let scheme = if tls { "https" } else { "http" };
    let addresses = some_addresses(url)?;
    Ok(addresses
        .into_iter()
        .map(|address| format!("{scheme}://{address}"))
        .collect())
}

#[cfg(any(feature = "etcd", feature = "consul", feature = "zookeeper"))]
fn some_addresses(url: &mut StoreUrl) -> Result<Vec<String>> {
    if url.addresses.is_empty() {
        return Err(url.invalid("it has no address"));
    }
    Ok(std::mem::take(&mut url.addresses))
}

#[cfg(feature = "file")]
fn nobody(url: &StoreUrl) -> Result<()> {
    if url.user.is_some() || url.password.is_some() {
        return Err(url.invalid("it knows no users"));
    }
    Ok(())
}

/// A time like `5s`, where the option is given.
#[cfg(any(feature = "etcd", feature = "consul", feature = "file", feature = "zookeeper"))]
fn take_time(url: &mut StoreUrl, name: &str, time: &mut Duration) -> Result<()> {
    let Some(text) = url.take(name) else {
        return Ok(());
    };
    let read: std::result::Result<jiff::SignedDuration, _> = text.parse();
    *time = read
        .ok()
        .and_then(|read| Duration::try_from(read).ok())
        .filter(|time| !time.is_zero())
        .ok_or_else(|| {
            url.invalid(format!(
                "the value '{text}' of the option '{name}' is no time such as 5s or 500ms"
            ))
        })?;
    Ok(())
}

/// A number of bytes, where the option is given.
#[cfg(any(feature = "etcd", feature = "consul", feature = "zookeeper"))]
fn take_size(url: &mut StoreUrl, name: &str, size: &mut usize) -> Result<()> {
    let Some(text) = url.take(name) else {
        return Ok(());
    };
    *size = text.parse().ok().filter(|size| *size > 0).ok_or_else(|| {
        url.invalid(format!(
            "the value '{text}' of the option '{name}' is no number of bytes above 0"
        ))
    })?;
    Ok(())
}

/// `true` or `false`, where the option is given.
#[cfg(any(feature = "etcd", feature = "consul", feature = "zookeeper"))]
fn take_choice(url: &mut StoreUrl, name: &str) -> Result<Option<bool>> {
    match url.take(name).as_deref() {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(other) => Err(url.invalid(format!(
            "the value '{other}' of the option '{name}' is neither true nor false"
        ))),
    }
}
