//! What a server is told to do, checked as a whole.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use tracing_subscriber::EnvFilter;
use vamp_agent::StopMode;
use vamp_agent::logs::SinkConfig;
use vamp_api::{Hosts, Origins};
use vamp_kv::{Key, StoreConfig};
use vamp_model::resolve::{NamespaceForm, NamespaceResolver};

use super::agent::agent_directory;
use super::directories::{Surroundings, runtime_directory_of_system};
use super::store;
use super::virtual_hosts::{self, VirtualHosts};
use crate::logging::{self, LogFormat};
use crate::settings::{Chosen, PortRange, Settings, key};
use crate::{Error, Result, log_path};

/// How the virtual hosts of gateways are called, by the number of segments of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostFormats {
    pub(crate) gateway: String,
    pub(crate) deployment_port: String,
    pub(crate) deployment_cluster_port: String,
}

/// What a server is told to do.
#[derive(Debug)]
pub(crate) struct ServeSettings {
    pub(crate) namespace: String,
    pub(crate) state_directory: PathBuf,
    pub(crate) runtime_directory: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) insecure: bool,
    /// Web pages that may call the API.
    pub(crate) origins: Origins,
    /// Names under which the API may be called.
    pub(crate) hosts: Hosts,
    pub(crate) key_value: StoreConfig,
    pub(crate) base: Key,
    pub(crate) program_directories: Vec<PathBuf>,
    pub(crate) instance_ports: PortRange,
    pub(crate) embedded_agent: bool,
    pub(crate) haproxy: PathBuf,
    pub(crate) haproxy_base: Option<PathBuf>,
    pub(crate) statistics: SocketAddr,
    /// Whether that address is somebody's wish.
    pub(crate) statistics_asked_for: bool,
    /// Where the embedded agent tells its status.
    pub(crate) agent_status: Option<SocketAddr>,
    /// Where HAProxy's log lines go.
    pub(crate) log_sinks: Vec<SinkConfig>,
    /// Where they wait.
    pub(crate) log_spool: Option<PathBuf>,
    /// Whether they become events of this server.
    pub(crate) metrics: bool,
    /// How many of the backends a configuration may drop at once, in percent, without a sign that this is meant.
    pub(crate) largest_shrink: u8,
    /// What becomes of the embedded agent's HAProxy when the server ends.
    pub(crate) on_stop: StopMode,
    pub(crate) gateway_bind: IpAddr,
    pub(crate) gateway_ports: PortRange,
    pub(crate) virtual_hosts: VirtualHosts,
    pub(crate) host_formats: HostFormats,
    /// Where services reach gateways.
    pub(crate) gateway_host: Option<String>,
    pub(crate) log_filter: String,
    pub(crate) log_format: LogFormat,
}

/// What the defaults depend on beside the user.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub(crate) surroundings: Surroundings,
    /// The first port that everybody may listen on.
    pub(crate) first_free_port: u16,
    /// Whether an address can be listened on now.
    pub(crate) listen: fn(SocketAddr) -> std::io::Result<()>,
}

impl Machine {
    pub(crate) fn this() -> Self {
        // Linux lets an administrator choose it; where the file is missing, it is 1024.
        let text =
            std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap_or_default();
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self {
            surroundings: Surroundings::of_process(),
            first_free_port: match hands_on_all_ports(&status) {
                true => 1,
                false => text.trim().parse().unwrap_or(1024),
            },
            listen: virtual_hosts::listen,
        }
    }

    pub(super) fn may_listen_on(&self, port: u16) -> bool {
        self.surroundings.user == 0 || port >= self.first_free_port
    }
}

/// Whether programs that this process starts may listen on every port, as its `/proc/self/status` has it: the ambient capability
/// `CAP_NET_BIND_SERVICE`, which service managers give.
fn hands_on_all_ports(status: &str) -> bool {
    const CAP_NET_BIND_SERVICE: u32 = 10;
    let ambient = status.lines().find_map(|line| line.strip_prefix("CapAmb:"));
    let ambient = ambient.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ambient.unwrap_or_default() >> CAP_NET_BIND_SERVICE & 1 == 1
}

impl ServeSettings {
    /// Checks the settings and fills in the defaults.
    pub(crate) fn new(given: &Settings, machine: &Machine) -> Result<Self> {
        let text = |key, default: &str| given.text(key).unwrap_or(default).to_owned();
        let namespace = text(key::NAMESPACE, "default");
        let embedded_agent = given
            .choice(key::AGENT_MODE, &[("embedded", true), ("off", false)])?
            .unwrap_or(true);
        let surroundings = &machine.surroundings;
        let runtime_directory = given
            .path(key::RUNTIME_DIRECTORY)?
            // Where agents run elsewhere, theirs is meant, and they are other users than this one.
            .unwrap_or_else(|| match embedded_agent {
                true => surroundings.runtime_directory("vamp"),
                false => runtime_directory_of_system("vga"),
            });
        vamp_agent::validate_socket_directory(&runtime_directory)
            .map_err(|error| given.refused(key::RUNTIME_DIRECTORY, error.message()))?;
        let gateway_bind = given
            .ip_address(key::GATEWAY_BIND)?
            .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let listen = SocketAddr::new(
            given
                .ip_address(key::API_INTERFACE)?
                .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            given.port(key::API_PORT)?.unwrap_or(8080),
        );

        let state_directory = given
            .path(key::STATE_DIRECTORY)?
            .unwrap_or_else(|| surroundings.state_directory("vamp"));
        let (key_value, base_of_store) = store::store(given)?;
        let agent = embedded_agent.then(|| agent_directory(&state_directory));

        let settings = Self {
            state_directory,
            runtime_directory,
            listen,
            origins: origins(given)?,
            hosts: hosts(given, listen.ip())?,
            insecure: given.boolean(key::API_INSECURE)?.unwrap_or(false),
            key_value,
            base: base(given, &namespace, base_of_store)?,
            program_directories: given.paths(key::PROGRAM_DIRECTORIES)?.unwrap_or_default(),
            instance_ports: given.port_range(key::INSTANCE_PORTS)?.unwrap_or(PortRange {
                first: 10_000,
                last: 11_999,
            }),
            embedded_agent,
            haproxy: PathBuf::from(text(key::AGENT_HAPROXY, "haproxy")),
            haproxy_base: given.path(key::AGENT_BASE_FILE)?,
            statistics: given
                .socket_address(key::AGENT_STATISTICS)?
                .unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1988)),
            statistics_asked_for: given.text(key::AGENT_STATISTICS).is_some(),
            agent_status: match given.text(key::AGENT_STATUS) {
                None | Some("off") => None,
                Some(_) => given.socket_address(key::AGENT_STATUS)?,
            },
            log_sinks: log_sinks(given)?,
            log_spool: given.path(key::AGENT_LOG_SPOOL)?,
            metrics: given.boolean(key::AGENT_METRICS)?.unwrap_or(false),
            largest_shrink: given.percent(key::AGENT_LARGEST_SHRINK)?.unwrap_or(50),
            on_stop: given
                .choice(
                    key::AGENT_ON_STOP,
                    &[
                        ("leave", StopMode::LeaveHaproxyRunning),
                        ("stop", StopMode::StopHaproxy),
                    ],
                )?
                .unwrap_or_default(),
            gateway_bind,
            gateway_ports: given.port_range(key::GATEWAY_PORTS)?.unwrap_or(PortRange {
                first: 40_000,
                last: 45_000,
            }),
            virtual_hosts: VirtualHosts::choose(given, machine, gateway_bind, agent.as_deref())?,
            host_formats: HostFormats {
                gateway: text(key::HOST_OF_GATEWAY, "$gateway.vamp"),
                deployment_port: text(key::HOST_OF_DEPLOYMENT_PORT, "$port.$deployment.vamp"),
                deployment_cluster_port: text(key::HOST_OF_CLUSTER_PORT, "$port.$cluster.$deployment.vamp"),
            },
            gateway_host: gateway_host(given, gateway_bind, embedded_agent),
            log_filter: log_filter(given)?.0,
            log_format: given
                .choice(
                    key::LOG_FORMAT,
                    &[("text", LogFormat::Text), ("json", LogFormat::Json)],
                )?
                .unwrap_or_default(),
            namespace,
        };
        settings.check_together(given)?;
        Ok(settings)
    }

    fn check_together(&self, given: &Settings) -> Result<()> {
        if !self.listen.ip().is_loopback() && !self.insecure {
            return Err(given
                .refused(key::API_INTERFACE, "others than this machine could change everything, because there is no authentication yet")
                .hint("listen on 127.0.0.1, or add --insecure where the network itself keeps strangers out"));
        }
        let overlap = self.instance_ports.first <= self.gateway_ports.last
            && self.gateway_ports.first <= self.instance_ports.last;
        if overlap {
            let reason = format!("it overlaps with the ports of gateways, {}", self.gateway_ports);
            return Err(given.refused(key::INSTANCE_PORTS, reason));
        }
        if !self.embedded_agent && !self.key_value.is_shared() {
            return Err(given
                .refused(
                    key::AGENT_MODE,
                    "agents elsewhere cannot reach a key-value store in memory",
                )
                .hint("name one that they can reach, such as --kv etcd"));
        }
        let of_agent = [
            (key::AGENT_LOG_SINKS, !self.log_sinks.is_empty()),
            (key::AGENT_METRICS, self.metrics),
            // In the environment it is what an image says of every HAProxy that may run in it.
            (
                key::AGENT_ON_STOP,
                self.on_stop == StopMode::StopHaproxy && !given.is_of_environment(key::AGENT_ON_STOP),
            ),
        ];
        if let Some((key, _)) = of_agent.iter().find(|(_, is_asked)| *is_asked)
            && !self.embedded_agent
        {
            return Err(given
                .refused(key, "no agent runs in this server")
                .hint("vga has --log-sink, --metrics-to and --on-stop of its own"));
        }
        if self.log_spool.is_some() && self.log_sinks.is_empty() {
            return Err(given
                .refused(
                    key::AGENT_LOG_SPOOL,
                    "no lines wait where there is no sink for them",
                )
                .hint("name one with --log-sink"));
        }
        if let Some(base) = &self.haproxy_base
            && self.embedded_agent
            && !base.is_file()
        {
            return Err(given.refused(key::AGENT_BASE_FILE, "there is no such file"));
        }
        Ok(())
    }

    /// What is logged.
    pub(crate) fn log_filter(&self) -> Result<EnvFilter> {
        logging::filter(&self.log_filter).map_err(Error::usage)
    }

    /// The value of a setting, as it is used.
    pub(crate) fn effective(&self, key: &str) -> String {
        let path = |path: &Path| path.display().to_string();
        match key {
            key::NAMESPACE => self.namespace.clone(),
            key::STATE_DIRECTORY => path(&self.state_directory),
            key::RUNTIME_DIRECTORY => path(&self.runtime_directory),
            key::API_INTERFACE => self.listen.ip().to_string(),
            key::API_PORT => self.listen.port().to_string(),
            key::API_INSECURE => self.insecure.to_string(),
            key::API_ORIGINS => self.origins.to_string(),
            key::API_HOSTS => self.hosts.to_string(),
            key::KV_BASE => self.base.to_string(),
            key::PROGRAM_DIRECTORIES => self
                .program_directories
                .iter()
                .map(|directory| path(directory))
                .collect::<Vec<_>>()
                .join(","),
            key::INSTANCE_PORTS => self.instance_ports.to_string(),
            key::AGENT_MODE => if self.embedded_agent { "embedded" } else { "off" }.to_owned(),
            key::AGENT_HAPROXY => path(&self.haproxy),
            key::AGENT_BASE_FILE => self.haproxy_base.as_deref().map(path).unwrap_or_default(),
            key::AGENT_STATISTICS => self.statistics.to_string(),
            key::AGENT_STATUS => self
                .agent_status
                .map_or_else(|| "off".to_owned(), |address| address.to_string()),
            key::AGENT_LOG_SINKS => {
                let names: Vec<String> = self.log_sinks.iter().map(SinkConfig::name).collect();
                names.join(",")
            }
            key::AGENT_LOG_SPOOL => self.log_spool.as_deref().map(path).unwrap_or_default(),
            key::AGENT_METRICS => self.metrics.to_string(),
            key::AGENT_LARGEST_SHRINK => self.largest_shrink.to_string(),
            key::AGENT_ON_STOP => match self.on_stop {
                StopMode::LeaveHaproxyRunning => "leave".to_owned(),
                StopMode::StopHaproxy => "stop".to_owned(),
            },
            key::GATEWAY_BIND => self.gateway_bind.to_string(),
            key::GATEWAY_PORTS => self.gateway_ports.to_string(),
            key::VIRTUAL_HOSTS => self.virtual_hosts.explained(),
            key::VIRTUAL_HOSTS_BIND => self
                .virtual_hosts
                .address
                .map(|address| address.to_string())
                .unwrap_or_default(),
            key::HOST_OF_GATEWAY => self.host_formats.gateway.clone(),
            key::HOST_OF_DEPLOYMENT_PORT => self.host_formats.deployment_port.clone(),
            key::HOST_OF_CLUSTER_PORT => self.host_formats.deployment_cluster_port.clone(),
            key::GATEWAY_HOST => self.gateway_host.clone().unwrap_or_default(),
            key::LOG_FILTER => self.log_filter.clone(),
            key::LOG_FORMAT => match self.log_format {
                LogFormat::Text => "text".to_owned(),
                LogFormat::Json => "json".to_owned(),
            },
            key => store::effective(&self.key_value, key),
        }
    }
}

/// The sinks, each once.
fn log_sinks(given: &Settings) -> Result<Vec<SinkConfig>> {
    let addresses = given.list(key::AGENT_LOG_SINKS).unwrap_or_default();
    let read = |address: &String| {
        SinkConfig::parse(address).map_err(|error| given.refused(key::AGENT_LOG_SINKS, error.message()))
    };
    let sinks = addresses.iter().map(read).collect::<Result<Vec<_>>>()?;
    log_path::each_once(&sinks).map_err(|reason| given.refused(key::AGENT_LOG_SINKS, reason))?;
    Ok(sinks)
}

fn origins(given: &Settings) -> Result<Origins> {
    Ok(match given.some_or_all(key::API_ORIGINS)? {
        None => Origins::default(),
        Some(Chosen::Some(origins)) => Origins::Listed(origins),
        Some(Chosen::All) => Origins::Any,
    })
}

/// Only this machine's own names where only this machine is served; any where others are, because nobody here can know by
/// which names they call.
fn hosts(given: &Settings, listen: IpAddr) -> Result<Hosts> {
    Ok(match given.some_or_all(key::API_HOSTS)? {
        None if listen.is_loopback() => Hosts::default(),
        None | Some(Chosen::All) => Hosts::Any,
        Some(Chosen::Some(names)) => Hosts::Listed(names),
    })
}

/// The base path, in which `${namespace}` stands for the namespace and `${parent}` for what is before its first `-`. Where the address of the store
/// has one, too, it is the same.
fn base(given: &Settings, namespace: &str, of_store: Option<Key>) -> Result<Key> {
    let filled = |key: &'static str, text: &str| {
        let text = NamespaceResolver::new(namespace, NamespaceForm::Name)
            .resolve(text)
            .map_err(|error| given.refused(key, error))?;
        Key::parse(&text).map_err(|error| given.refused(key, error))
    };
    let of_store = of_store
        .map(|base| filled(key::KV_URL, base.as_str()))
        .transpose()?;
    let base = match (given.text(key::KV_BASE), &of_store) {
        (Some(text), _) => filled(key::KV_BASE, text)?,
        (None, Some(base)) => base.clone(),
        (None, None) => filled(key::KV_BASE, "/vamp/${namespace}")?,
    };
    match of_store {
        Some(other) if other != base => {
            let reason = format!("the address of the store names another key, {other}");
            Err(given.refused(key::KV_BASE, reason))
        }
        _ => Ok(base),
    }
}

/// The address that gateways listen on, if it is a single one; this machine, where everything is on it.
fn gateway_host(given: &Settings, bind: IpAddr, embedded_agent: bool) -> Option<String> {
    let named = given
        .text(key::GATEWAY_HOST)
        .filter(|host| !host.is_empty())
        .map(str::to_owned);
    let bound = (!bind.is_unspecified()).then(|| bind.to_string());
    named
        .or(bound)
        .or_else(|| embedded_agent.then(|| "127.0.0.1".to_owned()))
}

fn log_filter(given: &Settings) -> Result<(String, EnvFilter)> {
    let text = given.text(key::LOG_FILTER).unwrap_or(logging::DEFAULT_FILTER);
    let filter = logging::filter(text).map_err(|reason| given.refused(key::LOG_FILTER, reason))?;
    Ok((text.to_owned(), filter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Raw;

    fn machine(user: u32) -> Machine {
        let surroundings = Surroundings {
            user,
            home: Some(PathBuf::from("/home/ann")),
            state_home: None,
            runtime: Some(PathBuf::from("/run/user/1000")),
            temporary: PathBuf::from("/tmp"),
            is_own: |_| false,
        };
        Machine {
            surroundings,
            first_free_port: 1024,
            listen: |_| Ok(()),
        }
    }

    fn given(values: &[(&'static str, &str)]) -> Settings {
        let flags = values
            .iter()
            .map(|(key, value)| (*key, "--flag", Raw::One((*value).to_owned())));
        Settings::gather(None, [], flags).unwrap()
    }

    fn refusal(values: &[(&'static str, &str)]) -> String {
        ServeSettings::new(&given(values), &machine(0))
            .unwrap_err()
            .report()
    }

    #[test]
    fn everything_has_a_default_and_is_explained() {
        let settings = given(&[(key::KV_TYPE, "etcd"), (key::ETCD_URL, "http://etcd:2379")]);
        let serve = ServeSettings::new(&settings, &machine(0)).unwrap();
        insta::assert_snapshot!("explained_settings", settings.explain(|key| serve.effective(key)));
    }

    #[test]
    fn an_api_that_others_reach_must_be_asked_for() {
        insta::assert_snapshot!(refusal(&[(key::API_INTERFACE, "0.0.0.0")]), @r"
        error: cannot use '0.0.0.0' for --flag: others than this machine could change everything, because there is no authentication yet
        hint: listen on 127.0.0.1, or add --insecure where the network itself keeps strangers out
        ");
        let asked_for = given(&[(key::API_INTERFACE, "0.0.0.0"), (key::API_INSECURE, "true")]);
        assert!(ServeSettings::new(&asked_for, &machine(0)).is_ok());
    }

    #[test]
    fn other_web_pages_and_other_names_must_be_asked_for() {
        let told = |values: &[(&'static str, &str)]| {
            let serve = ServeSettings::new(&given(values), &machine(0)).unwrap();
            (serve.effective(key::API_ORIGINS), serve.effective(key::API_HOSTS))
        };
        let wanted = |origins: &str, hosts: &str| (origins.to_owned(), hosts.to_owned());
        assert_eq!(told(&[]), wanted("", ""));
        assert_eq!(
            told(&[
                (key::API_ORIGINS, "https://A.example.org:443"),
                (key::API_HOSTS, "vamp.lan")
            ]),
            wanted("https://a.example.org", "vamp.lan")
        );
        assert_eq!(
            told(&[(key::API_ORIGINS, "*"), (key::API_HOSTS, "*")]),
            wanted("*", "*")
        );
        let open = [(key::API_INTERFACE, "0.0.0.0"), (key::API_INSECURE, "true")];
        assert_eq!(
            told(&open),
            wanted("", "*"),
            "nobody knows the names that others use"
        );
        assert_eq!(
            told(&[open[0], open[1], (key::API_HOSTS, "vamp.lan")]),
            wanted("", "vamp.lan")
        );
        let cases = [
            refusal(&[(key::API_ORIGINS, "console.example.org")]),
            refusal(&[(key::API_ORIGINS, "null")]),
            refusal(&[(key::API_HOSTS, "vamp.lan:8080")]),
        ];
        insta::assert_snapshot!(cases.join("\n"), @r"
        error: cannot use 'console.example.org' for --flag: wanted is * or an origin such as https://console.example.org or http://localhost:3000, without a path

        error: cannot use 'null' for --flag: wanted is * or an origin such as https://console.example.org or http://localhost:3000, without a path

        error: cannot use 'vamp.lan:8080' for --flag: wanted is * or a host name or an address without a port, such as vamp.example.org or [fd00::1]
        ");
    }

    #[test]
    fn an_agent_that_cannot_be_as_asked_is_refused() {
        let elsewhere = [(key::AGENT_MODE, "off"), (key::KV_TYPE, "etcd")];
        let told = [
            refusal(&[(key::AGENT_LOG_SINKS, "udp://127.0.0.1:1?fromat=json")]),
            refusal(&[(key::AGENT_LOG_SPOOL, "/var/spool/vamp")]),
            refusal(&[elsewhere[0], elsewhere[1], (key::AGENT_METRICS, "true")]),
            refusal(&[elsewhere[0], elsewhere[1], (key::AGENT_ON_STOP, "stop")]),
        ];
        assert!(
            told[0].contains("the key 'fromat' is unknown here"),
            "{}",
            told[0]
        );
        assert!(
            told[1].contains("no lines wait where there is no sink"),
            "{}",
            told[1]
        );
        assert!(told[2].contains("no agent runs in this server"), "{}", told[2]);
        assert!(told[3].contains("no agent runs in this server"), "{}", told[3]);
    }

    #[test]
    fn the_base_has_the_namespace_in_it() {
        let base = |text: &str| {
            let given = given(&[(key::NAMESPACE, "company-orchard"), (key::KV_BASE, text)]);
            let serve = ServeSettings::new(&given, &machine(0)).unwrap();
            (
                serve.effective(key::KV_BASE),
                serve.base.join("gateways").unwrap().to_string(),
            )
        };
        // S06-003: three ways to write it, and `$$` for the sign itself.
        for text in ["/vamp/$namespace", "/vamp/${namespace}", "/vamp/${ namespace }"] {
            assert_eq!(base(text).0, "/vamp/company-orchard");
        }
        assert_eq!(base("/vamp/$$/${parent}").0, "/vamp/$/company");
        // S06-064: a path stands below the base, without a slash too many.
        assert_eq!(base("/vamp/${namespace}/").1, "/vamp/company-orchard/gateways");
        // S06-004: a start with any other placeholder is refused, in the words of old.
        for named in [
            (key::KV_BASE, "/vamp/${tenant}"),
            (key::KV_URL, "etcd://a:2379/vamp/${tenant}"),
        ] {
            let told = refusal(&[named]);
            assert!(
                told.contains("Cannot parse: Cannot parse the namespace in: /vamp/${tenant}."),
                "{told}"
            );
        }
        let url = [
            (key::NAMESPACE, "orchard"),
            (key::KV_URL, "etcd://a:2379/vamp/${namespace}"),
        ];
        let serve = ServeSettings::new(&given(&url), &machine(0)).unwrap();
        assert_eq!(serve.effective(key::KV_BASE), "/vamp/orchard");
    }

    #[test]
    fn a_base_that_is_named_twice_is_the_same() {
        let url = (key::KV_URL, "etcd://a:2379/vamp/default");
        let same = given(&[url, (key::KV_BASE, "/vamp/${namespace}")]);
        let serve = ServeSettings::new(&same, &machine(0)).unwrap();
        assert_eq!(serve.effective(key::KV_BASE), "/vamp/default");
        let told = refusal(&[url, (key::KV_BASE, "/vamp/other")]);
        assert!(told.contains("names another key, /vamp/default"), "{told}");
    }

    #[test]
    fn settings_that_do_not_fit_together_are_refused() {
        let cases = [
            refusal(&[(key::AGENT_MODE, "off")]),
            refusal(&[(key::INSTANCE_PORTS, "39000-40000")]),
            refusal(&[(key::KV_BASE, "/vamp/${tenant}")]),
            refusal(&[(key::AGENT_BASE_FILE, "/nowhere/haproxy.cfg")]),
            refusal(&[(key::AGENT_LARGEST_SHRINK, "101")]),
            refusal(&[(key::AGENT_ON_STOP, "go")]),
            refusal(&[(
                key::RUNTIME_DIRECTORY,
                "/a/runtime/directory/that/is/much/too/long/for/the/sockets",
            )]),
            refusal(&[(key::LOG_FILTER, "vamp=loud")]),
        ];
        insta::assert_snapshot!(cases.join("\n"), @r#"
        error: cannot use 'off' for --flag: agents elsewhere cannot reach a key-value store in memory
        hint: name one that they can reach, such as --kv etcd

        error: cannot use '39000-40000' for --flag: it overlaps with the ports of gateways, 40000-45000

        error: cannot use '/vamp/${tenant}' for --flag: Cannot parse: Cannot parse the namespace in: /vamp/${tenant}.

        error: cannot use '/nowhere/haproxy.cfg' for --flag: there is no such file

        error: cannot use '101' for --flag: wanted is a whole number from 0 to 100

        error: cannot use 'go' for --flag: wanted is leave or stop

        error: cannot use '/a/runtime/directory/that/is/much/too/long/for/the/sockets' for --flag: sockets cannot be in /a/runtime/directory/that/is/much/too/long/for/the/sockets: the path has 58 bytes and the sockets of gateways leave room for 49, because HAProxy accepts socket paths of at most 97 bytes; choose a shorter directory

        error: cannot use 'vamp=loud' for --flag: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5; wanted is a level such as info, or directives such as vamp_engine=debug
        "#);
    }

    #[test]
    fn virtual_hosts_are_off_by_default_where_only_root_may_have_their_port() {
        let hosts = |user, values: &[(&'static str, &str)]| {
            ServeSettings::new(&given(values), &machine(user))
                .unwrap()
                .virtual_hosts
                .address
        };
        assert_eq!(hosts(0, &[]), Some("0.0.0.0:80".parse().unwrap()));
        assert_eq!(hosts(1000, &[]), None);
        assert_eq!(
            hosts(1000, &[(key::VIRTUAL_HOSTS, "true")]),
            Some("0.0.0.0:80".parse().unwrap())
        );
        assert_eq!(hosts(0, &[(key::VIRTUAL_HOSTS, "false")]), None);
        let bind = [(key::VIRTUAL_HOSTS_BIND, "127.0.0.1:8000")];
        assert_eq!(hosts(1000, &bind), Some("127.0.0.1:8000".parse().unwrap()));
    }

    #[test]
    fn with_agents_elsewhere_the_runtime_directory_is_theirs() {
        let values = [(key::AGENT_MODE, "off"), (key::KV_TYPE, "etcd")];
        // They are others than the user of this server, so it does not matter who that is.
        for user in [0, 1000] {
            let settings = ServeSettings::new(&given(&values), &machine(user)).unwrap();
            assert_eq!(settings.runtime_directory, Path::new("/run/vga"), "{user}");
        }
    }

    #[test]
    fn the_file_of_the_page_on_installing_is_for_an_agent_with_the_same_directory() {
        let page = include_str!("../../../../docs/src/install.md");
        let (_, block) = page.split_once("```toml\n").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("vamp.toml");
        std::fs::write(&file, block.split_once("```").unwrap().0).unwrap();
        let given = Settings::gather(Some(&file), [], []).unwrap();
        let serve = ServeSettings::new(&given, &machine(998)).unwrap();
        assert!(!serve.embedded_agent);
        assert_eq!(serve.runtime_directory, Path::new("/run/vga"));
    }

    #[test]
    fn what_an_image_says_of_its_haproxy_is_no_mistake_where_no_agent_runs() {
        let elsewhere = [
            (key::AGENT_MODE, "--agent", Raw::One("off".to_owned())),
            (key::KV_TYPE, "--kv", Raw::One("etcd".to_owned())),
        ];
        let image = ("VAMP_GATEWAY_AGENT_ON_STOP".to_owned(), "stop".to_owned());
        let given = Settings::gather(None, [image], elsewhere).unwrap();
        assert!(ServeSettings::new(&given, &machine(0)).is_ok());
    }

    #[test]
    fn who_hands_a_capability_on_may_listen_on_all_ports() {
        for (status, wanted) in [
            ("Name:\tvamp\nCapAmb:\t0000000000000400\n", true),
            ("CapEff:\t0000000000000400\nCapAmb:\t0000000000000000\n", false),
            ("", false),
        ] {
            assert_eq!(hands_on_all_ports(status), wanted, "{status}");
        }
    }
}
