//! What is handed over: gateways whose weights move, and gateways that come and go.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use vamp_haproxy::config::{Directive, Line, Section};
use vamp_haproxy::{Config, GenerateOptions, generate};
use vamp_model::{Gateway, Percentage, Port, PortKind, Target};
use vamp_testkit::ports::{self, Lease};

use crate::failure::{Failure, Result};

/// The weight of each server, by the names of its backend and its own.
pub(crate) type Weights = BTreeMap<(String, String), u32>;

/// Gateways on free ports, each with three routes of two targets, and the instances that they lead to.
pub(crate) struct Gateways {
    all: Vec<Gateway>,
    options: GenerateOptions,
    _ports: Vec<Lease>,
    _instances: Instances,
}

/// A text to be handed over, and what HAProxy has to say when it runs.
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) weights: Weights,
}

impl Gateways {
    /// So many gateways of the HAProxy with this runtime directory.
    pub(crate) async fn new(count: u16, runtime_directory: &Path) -> Result<Self> {
        let mut all = benches::gateways(count).map_err(Failure::because)?;
        let ports = ports::lease_many(all.len())?;
        let instances = Instances::start()?;
        for (gateway, port) in all.iter_mut().zip(&ports) {
            gateway.port = Some(Port::new(port.number(), PortKind::Http));
            let routes = gateway.inline_routes_mut();
            for target in routes.flat_map(|(_, route)| &mut route.targets) {
                if let Target::Internal { host, port, .. } = target {
                    *host = Some(instances.address.ip().to_string());
                    *port = instances.address.port();
                }
            }
        }
        let mut options = GenerateOptions::new(runtime_directory);
        options.bind_address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        options.virtual_hosts = None;
        Ok(Self {
            all,
            options,
            _ports: ports,
            _instances: instances,
        })
    }

    /// All of them, the weights of the last one moved to what no other number below 80 has.
    pub(crate) fn moved(&self, number: usize) -> Result<Text> {
        let mut gateways = self.all.clone();
        if let Some(gateway) = gateways.last_mut() {
            let first = u8::try_from(number % 80)? + 5;
            for ((_, route), weight) in gateway.inline_routes_mut().zip([first, 90 - first, 10]) {
                route.weight = Percentage::new(weight);
            }
        }
        self.text_of(&gateways)
    }

    /// So many of them, beginning with this one.
    pub(crate) fn from(&self, first: usize, count: usize) -> Result<Text> {
        self.text_of(self.all.get(first..first + count).unwrap_or_default())
    }

    fn text_of(&self, gateways: &[Gateway]) -> Result<Text> {
        let generated = generate(gateways, &self.options)?;
        if let Some(omission) = generated.omissions.first() {
            return Err(Failure::failed(format!("a gateway is left out: {omission:?}")));
        }
        Ok(Text {
            weights: weights(&generated.config),
            text: generated.config.into_text(),
        })
    }
}

fn weights(config: &Config) -> Weights {
    let mut weights = Weights::new();
    let mut backend = String::new();
    for line in config.lines() {
        match line {
            Line::Section(Section::Backend(name)) => backend = name.to_string(),
            Line::Directive(Directive::Server(server)) => {
                let weight = server.weight.map_or(1, u32::from);
                weights.insert((backend.clone(), server.name.to_string()), weight);
            }
            _ => {}
        }
    }
    weights
}

/// What all targets lead to: it accepts connections, so that HAProxy's checks find it well.
struct Instances {
    address: SocketAddr,
    accepting: JoinHandle<()>,
    _port: Lease,
}

impl Instances {
    fn start() -> Result<Self> {
        let (port, listener) = ports::listen()?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let accepting = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                drop(connection);
            }
        });
        Ok(Self {
            address: port.address(),
            accepting,
            _port: port,
        })
    }
}

impl Drop for Instances {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
