//! What an agent is told to do, checked as a whole.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use vamp_agent::logs::{LogConfig, MetricsConfig};
use vamp_agent::{AgentConfig, Base};
use vamp_haproxy::base::{BaseOptions, Statistics};
use vamp_kv::Key;

use super::arguments::VgaArguments;
use super::dns;
use super::logs;
use super::store::{self, Origin};
use crate::serve::{self, Surroundings};
use crate::{Error, Result, log_path};

/// What an agent is told to do.
#[derive(Debug)]
pub(crate) struct VgaSettings {
    pub(crate) origin: Origin,
    pub(crate) place: Place,
    pub(crate) agent: AgentConfig,
    /// The log path, where one is asked for.
    pub(crate) logs: Option<LogConfig>,
    /// Where what the lines amount to is published, where that is asked for.
    pub(crate) metrics: Option<MetricsConfig>,
    /// What was asked for and is not done.
    pub(crate) remarks: Vec<String>,
}

/// Where in the store the configuration stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) base: Key,
    /// `haproxy`
    pub(crate) kind: String,
    /// `2.4`
    pub(crate) name: String,
}

impl VgaSettings {
    pub(crate) fn new(arguments: &VgaArguments, surroundings: &Surroundings, host: &str) -> Result<Self> {
        let (origin, base_of_store) = store::origin(arguments)?;
        let place = Place::choose(arguments.store_key.as_deref(), base_of_store)?;
        let state_directory = match (&arguments.state_dir, &arguments.configuration_path) {
            (Some(directory), _) | (None, Some(directory)) => absolute(directory)?,
            (None, None) => surroundings.state_directory("vga"),
        };
        let runtime_directory = match &arguments.runtime_dir {
            Some(directory) => absolute(directory)?,
            None => surroundings.runtime_directory("vga"),
        };
        vamp_agent::validate_socket_directory(&runtime_directory)
            .map_err(|error| Error::usage(error.to_string()).because(error))?;
        let logs = logs::config(arguments, &runtime_directory, host)?;
        let base = base(arguments, &state_directory, logs.as_ref())?;
        let id = arguments.id.clone().unwrap_or_else(|| host.to_owned());
        let mut agent = AgentConfig::new(&place.name, id, state_directory, runtime_directory, base);
        agent.host = host.to_owned();
        agent.haproxy.clone_from(&arguments.haproxy);
        agent.believe_first = arguments.force;
        agent.limits.largest_shrink = f64::from(arguments.largest_shrink) / 100.0;
        agent.status_address = arguments.status_address.0;
        agent.dns = dns::config(arguments)?;
        agent
            .validate()
            .map_err(|error| Error::usage(error.to_string()).because(error))?;
        Ok(Self {
            origin,
            place,
            remarks: remarks(arguments, logs.as_ref(), &agent.base),
            metrics: logs::metrics(arguments, &agent)?,
            agent,
            logs,
        })
    }
}

/// Where HAProxy shows its statistics.
const STATISTICS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1988);

/// Where Vamp puts the configuration below its base.
const BELOW: &str = "gateways/haproxy/2.4/configuration";

impl Place {
    /// The place that a key names, below the base that the store's address names if it does.
    pub(super) fn choose(key: Option<&str>, base: Option<Key>) -> Result<Self> {
        let Some(key) = key.filter(|key| !key.trim().is_empty()) else {
            let base = base.as_ref().map_or("/vamp/default", Key::as_str);
            return Self::parse(&format!("{base}/{BELOW}"));
        };
        let place = Self::parse(key)?;
        match base {
            Some(base) if base != place.base => Err(Error::usage(format!(
                "the key '{key}' is not below '{base}', which the address of the store names"
            ))),
            _ => Ok(place),
        }
    }

    /// The place that a key names: `<base>/gateways/<type>/<name>`, with `/configuration` and `/value` behind it or not.
    fn parse(text: &str) -> Result<Self> {
        let wrong = |reason: &str| {
            Error::usage(format!(
                "cannot use '{text}' as key of the configuration: {reason}"
            ))
            .hint("keys look like /vamp/default/gateways/haproxy/2.4/configuration")
        };
        // Agents have no namespace, so it would be waited for under this name for ever.
        if text.contains("${") {
            return Err(wrong(
                "${…} is known to the server alone: write out what it stands for there",
            ));
        }
        let mut segments: Vec<&str> = text.trim_matches('/').split('/').collect();
        for optional in ["value", "configuration"] {
            if segments.last() == Some(&optional) {
                segments.pop();
            }
        }
        let [base @ .., "gateways", kind, name] = segments.as_slice() else {
            return Err(wrong("it does not end with gateways, a type and a version"));
        };
        if base.iter().any(|segment| segment.is_empty()) {
            return Err(wrong("a part between two slashes is empty"));
        }
        let base = Key::parse(&base.join("/")).map_err(|error| wrong(&error.to_string()))?;
        Ok(Self {
            base,
            kind: (*kind).to_owned(),
            name: (*name).to_owned(),
        })
    }
}

/// The file that was named, or one that lies where the agents of old look for it; else the standard text.
fn base(arguments: &VgaArguments, state_directory: &Path, logs: Option<&LogConfig>) -> Result<Base> {
    let named = match (&arguments.haproxy_base, &arguments.configuration_basic_file) {
        (Some(file), _) => Some(absolute(file)?),
        (None, Some(file)) => Some(state_directory.join(file)),
        (None, None) => None,
    };
    if let Some(file) = named {
        if !file.is_file() {
            return Err(Error::usage(format!(
                "cannot read {}: there is no such file",
                file.display()
            )));
        }
        return Ok(Base::File(file));
    }
    let usual = state_directory.join("haproxy.basic.cfg");
    if arguments.configuration_path.is_some() && usual.is_file() {
        return Ok(Base::File(usual));
    }
    let mut options = BaseOptions::default();
    options.statistics = Some(Statistics::at(arguments.statistics.unwrap_or(STATISTICS)));
    options.log = logs.and_then(log_path::target);
    Ok(Base::Standard(Box::new(options)))
}

fn remarks(arguments: &VgaArguments, logs: Option<&LogConfig>, base: &Base) -> Vec<String> {
    let mut remarks = logs.map_or_else(Vec::new, |logs| log_path::remarks(logs, base));
    if let (Some(_), Base::File(file)) = (arguments.statistics, base) {
        remarks.push(serve::statistics_are_elsewhere(file));
    }
    if arguments.script_path.is_some() {
        remarks.push("--scriptPath has no meaning any more: HAProxy is reloaded without scripts".to_owned());
    }
    remarks
}

pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path)
        .map_err(|source| Error::usage(format!("cannot use the directory '{}': {source}", path.display())))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn surroundings() -> Surroundings {
        Surroundings {
            user: 0,
            home: None,
            state_home: None,
            runtime: None,
            temporary: PathBuf::from("/tmp"),
            is_own: |_| false,
        }
    }

    fn settings(arguments: &[&str]) -> Result<VgaSettings> {
        let arguments = std::iter::once("vga").chain(arguments.iter().copied());
        VgaSettings::new(
            &VgaArguments::try_parse_from(arguments).unwrap(),
            &surroundings(),
            "edge-1",
        )
    }

    const STORE: [&str; 2] = ["--storeType=etcd", "--storeConnection=etcd:2379, http://b:2379"];

    #[test]
    fn keys_of_all_times_name_the_same_place() {
        let wanted = Place {
            base: "/vamp/default".parse().unwrap(),
            kind: "haproxy".to_owned(),
            name: "2.4".to_owned(),
        };
        for key in [
            "/vamp/default/gateways/haproxy/2.4",
            "vamp/default/gateways/haproxy/2.4/configuration",
            "/vamp/default/gateways/haproxy/2.4/configuration/value",
        ] {
            // S02-173: a leading slash and etcd's `/value` make no difference.
            assert_eq!(Place::parse(key).unwrap(), wanted, "{key}");
        }
        for key in [
            "/vamp/haproxy/1.6",
            "/gateways/haproxy/1.6",
            "",
            "/vamp//gateways/haproxy/2.4",
        ] {
            assert!(Place::parse(key).is_err(), "{key}");
        }
    }

    #[test]
    fn what_only_the_server_knows_is_not_waited_for() {
        for arguments in [
            ["--store=etcd://a:2379/vamp/${namespace}", "--log=info"],
            [
                "--store=etcd://a:2379",
                "--storeKey=/vamp/${namespace}/gateways/haproxy/2.4",
            ],
        ] {
            let told = settings(&arguments).unwrap_err().to_string();
            assert!(told.contains("/vamp/${namespace}/gateways/haproxy/2.4"), "{told}");
            assert!(told.contains("write out what it stands for there"), "{told}");
        }
    }

    #[test]
    fn defaults_are_those_of_the_system() {
        let settings = settings(&STORE).unwrap();
        assert_eq!(store(settings.origin).addresses(), ["etcd:2379", "http://b:2379"]);
        assert_eq!(settings.agent.state_directory, Path::new("/var/lib/vga"));
        assert_eq!(settings.agent.runtime_directory, Path::new("/run/vga"));
        assert_eq!(
            (settings.agent.name.as_str(), settings.agent.id.as_str()),
            ("2.4", "edge-1")
        );
    }

    #[test]
    fn what_is_missing_or_not_supported_is_said() {
        let cases: [&[&str]; 6] = [
            &[],
            &["--storeType=etcd"],
            &["--storeType=memory", "--storeConnection="],
            &["--storeType=etc", "--storeConnection=a"],
            &[
                "--storeType=etcd",
                "--storeConnection=a",
                "--storeKey=/vamp/haproxy/1.6",
            ],
            &[
                "--storeType=etcd",
                "--storeConnection=a",
                "--haproxy-base=/nowhere/base.cfg",
            ],
        ];
        let told: Vec<String> = cases
            .iter()
            .map(|case| settings(case).unwrap_err().report())
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        error: the key-value store is not named: --storeType is missing
        hint: give --storeType or set VAMP_KEY_VALUE_STORE_TYPE; --help shows an example

        error: the key-value store is not named: --storeConnection is missing
        hint: give --storeConnection or set VAMP_KEY_VALUE_STORE_CONNECTION; --help shows an example

        error: the key-value store is not named: --storeConnection is missing
        hint: give --storeConnection or set VAMP_KEY_VALUE_STORE_CONNECTION; --help shows an example

        error: there is no key-value store 'etc' in this version
        hint: this version knows file, etcd, consul, zookeeper, text-file, http

        error: cannot use '/vamp/haproxy/1.6' as key of the configuration: it does not end with gateways, a type and a version
        hint: keys look like /vamp/default/gateways/haproxy/2.4/configuration

        error: cannot read /nowhere/base.cfg: there is no such file
        ");
    }

    fn store(origin: Origin) -> vamp_kv::StoreConfig {
        match origin {
            Origin::Store(store) => store,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_text_file_takes_the_place_of_a_store_in_both_ways() {
        let by_kind = ["--storeType=text-file", "--storeConnection=/etc/gateways.cfg"];
        for flags in [&["--store=text-file:///etc/gateways.cfg"][..], &by_kind] {
            match settings(flags).unwrap().origin {
                Origin::TextFile(file) => assert_eq!(file.path(), Path::new("/etc/gateways.cfg")),
                other => panic!("{other:?}"),
            }
        }
        let cases: [&[&str]; 3] = [
            &["--store=text-file://gateways.cfg"],
            &[
                "--store=text-file:///a",
                "--storeKey=/vamp/x/gateways/haproxy/2.4",
            ],
            &["--store=text-file:///a", "--store-token=secret"],
        ];
        let told: Vec<String> = cases
            .iter()
            .map(|case| settings(case).unwrap_err().report())
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        error: use the file gateways.cfg: the path must be absolute

        error: a text file has no keys
        hint: it is given by --storeKey or VAMP_KEY_VALUE_STORE_PATH

        error: a text file has no access token
        hint: it is given by --store-token or VAMP_KEY_VALUE_STORE_TOKEN
        ");
    }

    #[test]
    fn the_server_takes_the_place_of_a_store_in_both_ways() {
        let by_kind = ["--storeType=http", "--storeConnection=vamp:8080"];
        let wanted = vamp_agent::VampServer::new("http://vamp:8080", "haproxy", "2.4").unwrap();
        for flags in [&["--store=vamp+http://vamp:8080"][..], &by_kind] {
            match settings(flags).unwrap().origin {
                Origin::Server(server) => assert_eq!(server, wanted),
                other => panic!("{other:?}"),
            }
        }
        let cases: [&[&str]; 4] = [
            &["--store=vamp+http://ann:secret@vamp:8080"],
            &["--store=vamp+http://vamp:8080?wait=1"],
            &["--store=vamp+http://vamp:8080", "--store-token=secret"],
            &["--store=vamp+http://vamp:8080", "--storeKey=/vamp/haproxy/1.6"],
        ];
        let told: Vec<String> = cases
            .iter()
            .map(|case| settings(case).unwrap_err().report())
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        error: use the server vamp:8080: it knows no users

        error: use the server http://vamp:8080?wait=1: there are no options

        error: a Vamp server knows no access tokens
        hint: a token is given by --store-token or VAMP_KEY_VALUE_STORE_TOKEN

        error: cannot use '/vamp/haproxy/1.6' as key of the configuration: it does not end with gateways, a type and a version
        hint: keys look like /vamp/default/gateways/haproxy/2.4/configuration
        ");
    }

    #[test]
    fn a_store_is_named_by_one_address_with_everything_in_it() {
        let found = settings(&["--store=etcd://ann:x@a:2379,b:2379/vamp/shop"]).unwrap();
        assert_eq!(found.place.base.to_string(), "/vamp/shop");
        let found = store(found.origin);
        assert_eq!(found.kind(), "etcd");
        assert_eq!(found.addresses(), ["http://a:2379", "http://b:2379"]);
        let with_key = settings(&[
            "--store=etcd://a/vamp/shop",
            "--storeKey=/vamp/shop/gateways/haproxy/1.8/configuration",
        ]);
        assert_eq!(with_key.unwrap().place.name, "1.8");

        let cases: [&[&str]; 4] = [
            &["--store=memory://"],
            &["--store=etcd://ann:secret@a?timeot=1s"],
            &["--store=etcd://a", "--store-token=secret"],
            &[
                "--store=etcd://a/vamp/shop",
                "--storeKey=/vamp/x/gateways/haproxy/2.4",
            ],
        ];
        let told: Vec<String> = cases
            .iter()
            .map(|case| settings(case).unwrap_err().report())
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        error: a store in memory cannot be reached from another process
        hint: this version knows file, etcd, consul, zookeeper, text-file, http

        error: 'etcd://a' is not the address of a store: there is no option 'timeot' of etcd

        error: etcd knows no access tokens
        hint: a token is given by --store-token or VAMP_KEY_VALUE_STORE_TOKEN

        error: the key '/vamp/x/gateways/haproxy/2.4' is not below '/vamp/shop', which the address of the store names
        ");
    }

    #[cfg(feature = "consul")]
    #[test]
    fn the_token_of_the_environment_is_for_consul() {
        let found = settings(&[
            "--storeType=consul",
            "--storeConnection=a:8500",
            "--store-token=t",
        ])
        .unwrap();
        match store(found.origin) {
            vamp_kv::StoreConfig::Consul(config) => assert_eq!(config.token.as_deref(), Some("t")),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn statistics_are_for_this_machine_alone_unless_an_address_is_named() {
        let told = |flags: &[&str]| match settings(&[&STORE, flags].concat()).unwrap().agent.base {
            Base::Standard(options) => options.statistics.unwrap().address.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(told(&[]), "127.0.0.1:1988");
        assert_eq!(told(&["--statistics=0.0.0.0:1988"]), "0.0.0.0:1988");
    }

    #[test]
    fn the_base_file_of_old_is_used_where_it_lies() {
        let directory = tempfile::tempdir().unwrap();
        let path = format!("--configurationPath={}/", directory.path().display());
        let with_path = [STORE[0], STORE[1], &path];
        assert!(matches!(
            settings(&with_path).unwrap().agent.base,
            Base::Standard(_)
        ));
        let file = directory.path().join("haproxy.basic.cfg");
        std::fs::write(&file, "global\n").unwrap();
        let found = settings(&with_path).unwrap();
        assert!(matches!(found.agent.base, Base::File(found) if found == file));
        assert_eq!(found.remarks, [""; 0]);
        let told = settings(&[&with_path[..], &["--statistics=127.0.0.1:1"]].concat()).unwrap();
        assert!(
            told.remarks.iter().any(|remark| remark.contains("statistics")),
            "{:?}",
            told.remarks
        );
    }

    #[test]
    fn what_is_asked_for_and_not_done_is_remarked() {
        let remarks = settings(&[STORE[0], STORE[1], "--scriptPath=/x"])
            .unwrap()
            .remarks;
        assert_eq!(remarks.len(), 1, "{remarks:?}");
    }

    #[test]
    fn dns_queries_are_answered_where_that_is_asked_for() {
        let listen = |flags: &[&str]| {
            let dns = settings(&[&STORE, flags].concat()).unwrap().agent.dns;
            dns.map(|dns| dns.listen.to_string())
        };
        for no in ["", "0", "false", "Off", "no"] {
            assert_eq!(listen(&["--dns-enable", no]), None, "{no}");
        }
        // What the agents of old were told alone.
        assert_eq!(listen(&["--dns-port=5353"]), None);
        for yes in ["1", "true", "yes", "whatever"] {
            assert_eq!(
                listen(&["--dns-enable", yes]).as_deref(),
                Some("0.0.0.0:5353"),
                "{yes}"
            );
        }
        let cases: [(&[&str], &str); 6] = [
            (&["--dns-port="], "0.0.0.0:5353"),
            (&["--dns-port=53"], "0.0.0.0:53"),
            (&["--dns-address=10.0.0.5", "--dns-port=53"], "10.0.0.5:53"),
            (&["--dns-address=10.0.0.5:53", "--dns-port=53"], "10.0.0.5:53"),
            (&["--dns-address=::"], "[::]:5353"),
            (&["--dns-address=[::1]:53"], "[::1]:53"),
        ];
        for (flags, wanted) in cases {
            let flags = [&["--dns-enable"], flags].concat();
            assert_eq!(listen(&flags).as_deref(), Some(wanted), "{flags:?}");
        }
        let several = [
            "--dns-enable",
            "--dns-answer=10.0.0.5,2001:db8::5",
            "--dns-answer=10.0.0.6",
        ];
        let dns = settings(&[&STORE[..], &several].concat()).unwrap().agent.dns;
        let answers: Vec<String> = dns.unwrap().answers.iter().map(ToString::to_string).collect();
        assert_eq!(answers, ["10.0.0.5", "2001:db8::5", "10.0.0.6"]);
    }

    #[test]
    fn dns_settings_that_cannot_work_are_said() {
        let cases: [&[&str]; 6] = [
            &["--dns-answer=10.0.0.5"],
            &["--dns-enable=off", "--dns-address=10.0.0.5"],
            &["--dns-enable", "--dns-address=10.0.0.5:53", "--dns-port=5354"],
            &["--dns-enable", "--dns-answer=0.0.0.0"],
            &["--dns-enable", "--dns-port=1990"],
            &["--dns-enable", "--dns-address=127.0.0.1:1988"],
        ];
        let told: Vec<String> = cases
            .iter()
            .map(|case| settings(&[&STORE, *case].concat()).unwrap_err().report())
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        error: --dns-answer is given, and DNS queries are not answered
        hint: give --dns-enable or set VAMP_VGA_DNS_ENABLE, or leave --dns-answer (VAMP_VGA_DNS_ANSWER) out

        error: --dns-address is given, and DNS queries are not answered
        hint: give --dns-enable or set VAMP_VGA_DNS_ENABLE, or leave --dns-address (VAMP_VGA_DNS_ADDRESS) out

        error: the port for DNS queries is named twice: 53 by --dns-address, and 5354 by --dns-port
        hint: the environment counts, too: VAMP_VGA_DNS_ADDRESS and VAMP_VGA_DNS_PORT

        error: cannot use --dns-answer: 0.0.0.0 is the address of no single machine

        error: use the setting dns.listen: 0.0.0.0:1990 is the port of the agent's status, too

        error: use the setting dns.listen: 127.0.0.1:1988 is the port of HAProxy's statistics, too
        ");
        for wrong in [
            "--dns-port=0",
            "--dns-port=dns",
            "--dns-address=localhost",
            "--dns-answer=edge-1",
        ] {
            let arguments = ["vga", wrong];
            let told = VgaArguments::try_parse_from(arguments).unwrap_err().to_string();
            assert!(told.contains("wanted is"), "{told}");
        }
    }

    fn sinks(flags: &[&str]) -> Vec<String> {
        let logs = settings(&[&STORE, flags].concat()).unwrap().logs;
        logs.map(|logs| {
            logs.sinks
                .iter()
                .map(vamp_agent::logs::SinkConfig::name)
                .collect()
        })
        .unwrap_or_default()
    }

    #[test]
    fn the_flags_of_old_name_sinks() {
        assert_eq!(sinks(&["--logstash=10.0.0.1:5000"]), ["udp://10.0.0.1:5000"]);
        // S06-117: Logstash listens on 10001 where nothing else is said.
        assert_eq!(sinks(&["--logstashHost=10.0.0.1"]), ["udp://10.0.0.1:10001"]);
        assert_eq!(sinks(&["--logstashPort=5000"]), ["udp://127.0.0.1:5000"]);
        // S02-168: an empty address turns forwarding off, and there is then no log path at all.
        assert!(
            settings(&[STORE[0], STORE[1], "--logstash="])
                .unwrap()
                .logs
                .is_none()
        );
        let elasticsearch = ["--elasticsearch-url=http://es:9200/", "--namespace=shop"];
        assert_eq!(
            sinks(&elasticsearch),
            ["http://es:9200/vamp-vga-shop-%{+yyyy-MM-dd}"]
        );
        assert_eq!(
            sinks(&["--elasticsearch-url=es:9200"]),
            ["http://es:9200/vamp-vga-%{+yyyy-MM-dd}"]
        );
    }

    #[test]
    fn metrics_need_the_log_path_and_a_server() {
        let asked = [
            "--metrics-to=vamp+http://vamp:8080",
            "--metrics-limit=50",
            "--id=edge-7",
        ];
        let found = settings(&[&STORE[..], &asked].concat()).unwrap();
        let metrics = found.metrics.unwrap();
        assert_eq!(
            (metrics.name().as_str(), metrics.agent.as_str()),
            ("vamp+http://vamp:8080", "edge-7")
        );
        assert_eq!(
            (metrics.most_names.frontends, metrics.most_names.servers),
            (50, 200)
        );
        assert_eq!(metrics.configuration, Path::new("/var/lib/vga/haproxy.cfg"));
        assert_eq!(
            found.logs.unwrap().socket.as_deref(),
            Some(Path::new("/run/vga/log.sock"))
        );
        let none = settings(&[STORE[0], STORE[1], "--metrics-to="]).unwrap();
        assert!(none.metrics.is_none() && none.logs.is_none());
        let refused = settings(&[STORE[0], STORE[1], "--metrics-to=udp://vamp:8080"]).unwrap_err();
        assert!(
            refused.report().contains("wanted is vamp+http://HOST:PORT"),
            "{}",
            refused.report()
        );
    }

    #[test]
    fn the_base_logs_to_where_the_agent_listens() {
        let told = |flags: &[&str]| match settings(&[&STORE, flags].concat()).unwrap().agent.base {
            Base::Standard(options) => options.log.map(|target| target.to_string()),
            other => panic!("{other:?}"),
        };
        assert_eq!(told(&[]), None);
        assert_eq!(
            told(&["--log-sink=stdout:"]).as_deref(),
            Some("/run/vga/log.sock")
        );
        assert_eq!(
            told(&["--log-sink=stdout:", "--log-socket=/x/l"]).as_deref(),
            Some("/x/l")
        );
        assert_eq!(
            told(&["--log-udp=127.0.0.1:5140"]).as_deref(),
            Some("127.0.0.1:5140")
        );
        let old = ["--logstash=a:1", "--configurationPath=/usr/local/vamp/"];
        assert_eq!(told(&old).as_deref(), Some("/usr/local/vamp/haproxy.log.sock"));
        let error = settings(&[STORE[0], STORE[1], "--log-sink=udp://a:1?fromat=raw"]).unwrap_err();
        assert!(error.report().contains("the key 'fromat' is unknown here"));
    }
}
