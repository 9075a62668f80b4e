//! Where DNS queries for virtual hosts are answered.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use vamp_agent::dns::DnsConfig;

use super::arguments::VgaArguments;
use crate::{Error, Result};

/// Whether queries are answered. For the agents of old any text meant yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Enabled(bool);

impl FromStr for Enabled {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().to_ascii_lowercase();
        Ok(Self(!matches!(
            text.as_str(),
            "" | "0" | "f" | "false" | "n" | "no" | "off"
        )))
    }
}

/// A port, or none where a variable is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Port(Option<u16>);

impl FromStr for Port {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let port = optional(text, "wanted is a port from 1 to 65535")?;
        match port {
            Some(0) => Err("wanted is a port from 1 to 65535".to_owned()),
            port => Ok(Self(port)),
        }
    }
}

/// Where queries are taken, with a port or without; none where a variable is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address(Option<(IpAddr, Option<u16>)>);

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = "wanted is an address of this machine, such as 10.0.0.5, 10.0.0.5:53 or [::]:53";
        if let Ok(address) = text.parse::<SocketAddr>() {
            return match address.port() {
                0 => Err(wanted.to_owned()),
                port => Ok(Self(Some((address.ip(), Some(port))))),
            };
        }
        let bare = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'))
            .unwrap_or(text);
        let address: Option<IpAddr> = optional(bare, wanted)?;
        Ok(Self(address.map(|address| (address, None))))
    }
}

/// An address that names lead to; none where a variable is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer(Option<IpAddr>);

impl FromStr for Answer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        optional(text, "wanted is an address such as 10.0.0.5").map(Self)
    }
}

fn optional<T: FromStr>(text: &str, wanted: &str) -> Result<Option<T>, String> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| wanted.to_owned()),
    }
}

/// The responder that is asked for; none when none is.
pub(super) fn config(arguments: &VgaArguments) -> Result<Option<DnsConfig>> {
    let address = arguments.dns_address.and_then(|Address(address)| address);
    let answers: Vec<IpAddr> = arguments
        .dns_answer
        .iter()
        .filter_map(|Answer(answer)| *answer)
        .collect();
    if !arguments.dns_enable.is_some_and(|Enabled(enabled)| enabled) {
        // A port alone asks for nothing, as with the agents of old.
        let useless = [
            ("--dns-address", "VAMP_VGA_DNS_ADDRESS", address.is_some()),
            ("--dns-answer", "VAMP_VGA_DNS_ANSWER", !answers.is_empty()),
        ];
        return match useless.iter().find(|(.., given)| *given) {
            Some((flag, variable, _)) => Err(Error::usage(format!(
                "{flag} is given, and DNS queries are not answered"
            ))
            .hint(format!(
                "give --dns-enable or set VAMP_VGA_DNS_ENABLE, or leave {flag} ({variable}) out"
            ))),
            None => Ok(None),
        };
    }
    let mut config = DnsConfig::default();
    if let Some((address, _)) = address {
        config.listen.set_ip(address);
    }
    let with_address = address.and_then(|(_, port)| port);
    let alone = arguments.dns_port.and_then(|Port(port)| port);
    if let (Some(one), Some(other)) = (with_address, alone)
        && one != other
    {
        return Err(Error::usage(format!(
            "the port for DNS queries is named twice: {one} by --dns-address, and {other} by --dns-port"
        ))
        .hint("the environment counts, too: VAMP_VGA_DNS_ADDRESS and VAMP_VGA_DNS_PORT"));
    }
    if let Some(port) = with_address.or(alone) {
        config.listen.set_port(port);
    }
    config.answers = answers;
    config.validate().map_err(|error| {
        Error::usage(format!("cannot use --dns-answer: {}", error.message())).because(error)
    })?;
    Ok(Some(config))
}
