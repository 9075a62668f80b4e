//! Answers DNS queries for the virtual hosts of the configuration that runs, so that clients find the gateways by name without anybody
//! keeping a zone by hand. It forwards nothing and knows no other names.
//!
//! The names are those with which HAProxy compares the header `Host` ([`vamp_haproxy::hosts`]). They are read once whenever HAProxy is
//! found, started or reloaded; a configuration that is refused or held back changes no name. While HAProxy is down the names stay.
//!
//! ```
//! use vamp_agent::dns::DnsConfig;
//! use vamp_agent::{AgentConfig, Base};
//!
//! let base = Base::Text("global\n".to_owned());
//! let mut config = AgentConfig::new("edge", "host-1", "/var/lib/vamp/haproxy", "/run/vamp", base);
//! let mut dns = DnsConfig::default();
//! dns.answers = vec!["10.0.0.5".parse()?];
//! config.dns = Some(dns);
//! config.validate()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is answered
//!
//! | asked | answered |
//! |---|---|
//! | a known name, `A`, `AAAA` or `ANY` | its addresses of that family, with the authoritative flag |
//! | a known name, without an address of that family, or any other type | no error, no answer, and a `SOA` record that says for how long this holds |
//! | any other name or class, and zone transfers | `REFUSED` |
//! | anything but a query | `NOTIMP` |
//! | what cannot be read, or more than one question | `FORMERR` |
//!
//! A name that nobody knows is refused rather than called non-existent: that it does not exist is not for this responder to say, which is no
//! authority for the zone around it. `REFUSED` makes a resolver ask the next server, be that the one for all other names or another
//! agent that has the newest configuration already; `NXDOMAIN` would end the search, and with it all other names of whoever lists this
//! responder beside others.
//!
//! Case makes no difference. Recursion is not offered, and that it is desired is not looked at. Answers are short, so that nobody gains by
//! asking in another's name: a refusal is as long as its question, and a name has at most [16 addresses](DnsConfig::ANSWERS).
//!
//! UDP and TCP (RFC 7766) are served, at most 64 connections at a time, which are closed after ten idle seconds.

mod answer;
mod board;
mod config;
mod responder;
mod status;

pub use config::DnsConfig;
pub use status::{DnsCounters, DnsError, DnsStatus};

pub(crate) use board::Board;
pub(crate) use responder::Responder;
