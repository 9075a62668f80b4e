//! What can be had once only: names, ports and hosts.

use std::collections::HashMap;

use vamp_model::{Gateway, PortKind};

use super::{GenerateOptions, Omission, Omitted};

/// What the gateways so far have, which come in the order of their names.
#[derive(Default)]
pub(super) struct Taken<'a> {
    /// Of the last one: those of the same name come one after the other.
    name: Option<&'a str>,
    ports: HashMap<u16, &'a str>,
    hosts: HashMap<String, &'a str>,
}

impl<'a> Taken<'a> {
    /// The gateway's port, if nobody has it or the name.
    pub(super) fn port_of(
        &self,
        name: &str,
        gateway: &Gateway,
        options: &GenerateOptions,
    ) -> Result<u16, Omission> {
        let omitted = |what| {
            Err(Omission {
                gateway: name.to_owned(),
                route: None,
                what,
            })
        };
        let Some(port) = gateway.port.as_ref().filter(|port| port.is_assigned()) else {
            return omitted(Omitted::NoPort);
        };
        let port = port.number();
        if self.name == Some(name) {
            return omitted(Omitted::SameName);
        }
        if options.is_of_virtual_hosts(port) {
            return omitted(Omitted::PortTaken { port, by: None });
        }
        match self.ports.get(&port) {
            Some(by) => omitted(Omitted::PortTaken {
                port,
                by: Some((*by).to_owned()),
            }),
            None => Ok(port),
        }
    }

    /// The gateway takes its name and its port.
    pub(super) fn take(&mut self, name: &'a str, port: u16) {
        self.name = Some(name);
        self.ports.insert(port, name);
    }

    /// The gateway takes those of its hosts that nobody has, and gets them in lower case.
    pub(super) fn take_hosts(
        &mut self,
        name: &'a str,
        gateway: &Gateway,
        omissions: &mut Vec<Omission>,
    ) -> Vec<String> {
        let mut omit = |what| {
            omissions.push(Omission {
                gateway: name.to_owned(),
                route: None,
                what,
            });
        };
        let mut hosts = Vec::with_capacity(gateway.virtual_hosts.len());
        for written in &gateway.virtual_hosts {
            if gateway.port_kind() == PortKind::Tcp {
                omit(Omitted::HostOnTcp {
                    host: written.to_string(),
                });
                continue;
            }
            let host = written.as_str().to_ascii_lowercase();
            match self.hosts.get(&host) {
                None => {
                    self.hosts.insert(host.clone(), name);
                    hosts.push(host);
                }
                Some(by) if *by == name => {}
                Some(by) => omit(Omitted::HostTaken {
                    host: written.to_string(),
                    by: (*by).to_owned(),
                }),
            }
        }
        hosts
    }
}
