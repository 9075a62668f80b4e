//! Whether gateways are reached by host name, too. An address that HAProxy cannot have would cost all gateways, so nobody gets
//! virtual hosts there without having asked for them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use vamp_io::process::ProcessIdentity;

use super::settings::Machine;
use crate::Result;
use crate::settings::{Settings, key};

/// The port of the virtual hosts when nobody names one.
const PORT: u16 = 80;

/// The virtual hosts that a server has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct VirtualHosts {
    /// None: off.
    pub(crate) address: Option<SocketAddr>,
    /// Why they are off though nobody turned them off.
    pub(crate) off_because: Option<String>,
    /// What the log of the server should warn of.
    pub(crate) warning: Option<String>,
}

impl VirtualHosts {
    fn at(address: SocketAddr) -> Self {
        Self {
            address: Some(address),
            ..Self::default()
        }
    }

    /// What is asked for; else port 80 of `bind` where it can be had. `agent` is the directory of the agent in this process,
    /// none where agents run elsewhere: then the port is theirs, and this machine says nothing about it.
    pub(crate) fn choose(
        given: &Settings,
        machine: &Machine,
        bind: IpAddr,
        agent: Option<&Path>,
    ) -> Result<Self> {
        let address = given.socket_address(key::VIRTUAL_HOSTS_BIND)?;
        let enabled = given.boolean(key::VIRTUAL_HOSTS)?;
        let wanted = address.unwrap_or(SocketAddr::new(bind, PORT));
        let taken = || {
            let agent = agent?;
            let reason = (machine.listen)(wanted).err()?;
            (!haproxy_has(agent, wanted)).then(|| format!("cannot listen on {wanted}: {reason}"))
        };
        if enabled == Some(false) {
            return Ok(Self::default());
        }
        if enabled.is_some() || address.is_some() {
            let warning = taken().map(|reason| {
                format!("{reason}; no gateway is served until that port is free: `--virtual-hosts off` does without it")
            });
            return Ok(Self {
                warning,
                ..Self::at(wanted)
            });
        }
        if !machine.may_listen_on(PORT) {
            return Ok(Self {
                off_because: Some(format!("only root may listen on port {PORT}")),
                ..Self::default()
            });
        }
        Ok(match taken() {
            None => Self::at(wanted),
            Some(reason) => Self {
                warning: Some(format!("virtual hosts are off: {reason}")),
                off_because: Some(reason),
                ..Self::default()
            },
        })
    }

    /// Whether they are on, and why not.
    pub(crate) fn explained(&self) -> String {
        match &self.off_because {
            Some(reason) => format!("false: {reason}"),
            None => self.address.is_some().to_string(),
        }
    }
}

/// Listens for a moment.
///
/// # Errors
/// Somebody else listens there, or this process may not.
pub(crate) fn listen(address: SocketAddr) -> io::Result<()> {
    std::net::TcpListener::bind(address).map(drop)
}

/// Whether the HAProxy that an agent in this directory has started is alive and was told to listen there.
fn haproxy_has(agent: &Path, address: SocketAddr) -> bool {
    let read = |name: &str| std::fs::read_to_string(agent.join(name)).unwrap_or_default();
    let alive = serde_json::from_str::<ProcessIdentity>(&read("haproxy.json"))
        .is_ok_and(|identity| identity.is_alive());
    alive
        && ["haproxy.cfg", "haproxy.previous.cfg"]
            .iter()
            .any(|name| binds(&read(name), address))
}

/// Whether a configuration of HAProxy listens there.
fn binds(configuration: &str, address: SocketAddr) -> bool {
    configuration.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some("bind")
            && words
                .next()
                .and_then(|bound| bound.parse::<SocketAddr>().ok())
                .is_some_and(|bound| {
                    bound.port() == address.port()
                        && (bound.ip() == address.ip() || bound.ip().is_unspecified())
                })
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::path::PathBuf;

    use super::*;
    use crate::serve::Surroundings;
    use crate::settings::Raw;

    fn machine(user: u32, listen: fn(SocketAddr) -> io::Result<()>) -> Machine {
        Machine {
            surroundings: Surroundings {
                user,
                home: None,
                state_home: None,
                runtime: None,
                temporary: PathBuf::from("/tmp"),
                is_own: |_| false,
            },
            first_free_port: 1024,
            listen,
        }
    }

    fn occupied(_: SocketAddr) -> io::Result<()> {
        Err(io::Error::other("somebody listens there"))
    }

    fn free(_: SocketAddr) -> io::Result<()> {
        Ok(())
    }

    fn chosen(machine: &Machine, values: &[(&'static str, &str)], agent: Option<&Path>) -> VirtualHosts {
        let flags = values
            .iter()
            .map(|(key, value)| (*key, "--flag", Raw::One((*value).to_owned())));
        let given = Settings::gather(None, [], flags).unwrap();
        VirtualHosts::choose(&given, machine, "127.0.0.1".parse().unwrap(), agent).unwrap()
    }

    /// The directory of an agent whose HAProxy, alive or not, was told to listen on this address.
    fn agent(process: u32, address: &str) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let mut identity = ProcessIdentity::of(std::process::id()).unwrap();
        identity.pid = process;
        let identity = serde_json::to_string(&identity).unwrap();
        std::fs::write(directory.path().join("haproxy.json"), identity).unwrap();
        let configuration = format!("frontend virtual_hosts\n  bind {address} # here\n");
        std::fs::write(directory.path().join("haproxy.cfg"), configuration).unwrap();
        directory
    }

    #[test]
    fn they_are_off_where_nobody_asked_for_them_and_the_port_is_taken() {
        let nobody = tempfile::tempdir().unwrap();
        let off = chosen(&machine(0, occupied), &[], Some(nobody.path()));
        assert_eq!(off.address, None);
        insta::assert_snapshot!(off.explained(), @"false: cannot listen on 127.0.0.1:80: somebody listens there");
        insta::assert_snapshot!(
            off.warning.unwrap(),
            @"virtual hosts are off: cannot listen on 127.0.0.1:80: somebody listens there"
        );
        let not_root = chosen(&machine(1000, free), &[], Some(nobody.path()));
        assert_eq!(not_root.warning, None, "nothing is wrong with the machine");
        insta::assert_snapshot!(not_root.explained(), @"false: only root may listen on port 80");
        let elsewhere = chosen(&machine(0, occupied), &[], None);
        assert_eq!(elsewhere, VirtualHosts::at("127.0.0.1:80".parse().unwrap()));
    }

    #[test]
    fn they_stay_on_where_somebody_asked_for_them_and_the_way_out_is_told() {
        let nobody = tempfile::tempdir().unwrap();
        for values in [
            (key::VIRTUAL_HOSTS, "true"),
            (key::VIRTUAL_HOSTS_BIND, "127.0.0.1:80"),
        ] {
            let on = chosen(&machine(0, occupied), &[values], Some(nobody.path()));
            assert_eq!(on.explained(), "true");
            let warning = on.warning.unwrap();
            assert!(warning.contains("`--virtual-hosts off`"), "{warning}");
            let quiet = chosen(&machine(0, free), &[values], Some(nobody.path()));
            assert_eq!(quiet.warning, None);
        }
    }

    #[test]
    fn a_port_that_the_own_haproxy_has_is_not_taken() {
        let on = VirtualHosts::at("127.0.0.1:80".parse().unwrap());
        let own = std::process::id();
        for bound in ["127.0.0.1:80", "0.0.0.0:80"] {
            let directory = agent(own, bound);
            assert_eq!(chosen(&machine(0, occupied), &[], Some(directory.path())), on);
        }
        for (process, bound) in [
            (own, "127.0.0.1:81"),
            (own, "127.0.0.2:80"),
            (0x7fff_fff0, "127.0.0.1:80"),
        ] {
            let directory = agent(process, bound);
            let off = chosen(&machine(0, occupied), &[], Some(directory.path()));
            assert_eq!(off.address, None, "{process} {bound}");
        }
    }

    #[test]
    fn a_port_on_which_somebody_listens_cannot_be_had() {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = other.local_addr().unwrap();
        assert!(listen(address).is_err());
        drop(other);
        assert!(listen(address).is_ok());
    }
}
