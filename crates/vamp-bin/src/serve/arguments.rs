use std::path::PathBuf;

use crate::settings::{FlagValue, Raw, key};

/// Run the server
///
/// Everything is in this one process unless it is told otherwise: SQLite for artifacts and events, a key-value store in memory,
/// local processes as instances, and a gateway agent with the HAProxy of the system. SIGTERM and Ctrl-C end the server alone:
/// instances and HAProxy go on serving, and the next server on the same state directory goes on with them.
///
/// Settings come from defaults, the file of --config, environment variables and flags; the later wins.
#[derive(clap::Args)]
#[command(after_long_help = "\
Examples:
  vamp serve
  vamp serve --config /etc/vamp/vamp.toml --explain-config
  vamp serve --kv etcd --etcd-endpoints http://10.0.0.5:2379 --agent off
  vamp serve --stop-all

Settings in a file are written in TOML, for example:
  [vamp.http-api]
  port = 8081
Each has an environment variable, here VAMP_HTTP_API_PORT; --explain-config names it.")]
pub(crate) struct ServeArguments {
    /// File with settings, in TOML
    #[arg(long, value_name = "FILE", env = "VAMP_CONFIG", hide_env_values = true)]
    pub(crate) config: Option<PathBuf>,

    /// Print every setting with its value and where it comes from, and end
    #[arg(long)]
    pub(crate) explain_config: bool,

    /// End the server of this state directory if there is one, and everything it has started
    #[arg(long, conflicts_with = "explain_config")]
    pub(crate) stop_all: bool,

    /// Directory of the database and all records [default: /var/lib/vamp, or ~/.local/state/vamp]
    #[arg(long, value_name = "DIR")]
    state_dir: Option<String>,

    /// Directory of HAProxy's sockets, at most 49 bytes long; with --agent off, that of the gateway agents
    /// [default: /run/vamp, $XDG_RUNTIME_DIR/vamp or /tmp/vamp-UID; with --agent off /run/vga]
    #[arg(long, value_name = "DIR")]
    runtime_dir: Option<String>,

    /// Address of the API [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,

    /// Let the API listen where others than this machine reach it: there is no authentication yet
    #[arg(long)]
    insecure: bool,

    /// Web pages that may call the API beside its own, such as https://console.example.org, separated by commas; * for all
    #[arg(long, value_name = "ORIGIN,…", value_delimiter = ',')]
    api_origins: Vec<String>,

    /// Names under which the API is called beside localhost and its address, separated by commas; * for any
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    api_hosts: Vec<String>,

    /// Address on which gateways listen [default: 0.0.0.0]
    #[arg(long, value_name = "ADDR")]
    gateway_bind: Option<String>,

    /// Ports for gateways that ask for any [default: 40000-45000]
    #[arg(long, value_name = "FIRST-LAST")]
    port_range: Option<String>,

    /// Host ports for instances [default: 10000-11999]
    #[arg(long, value_name = "FIRST-LAST")]
    instance_ports: Option<String>,

    /// Address of HAProxy's statistics page and of /health [default: 127.0.0.1:1988]
    #[arg(long, value_name = "ADDR:PORT")]
    statistics: Option<String>,

    /// Address of the embedded agent's own /health, /status and /metrics [default: off]
    #[arg(long, value_name = "ADDR:PORT|off")]
    agent_status: Option<String>,

    /// Where the log lines of the embedded agent's HAProxy go, such as udp://logstash:10001 or file:///var/log/gateways; may be given several
    /// times. `vga --help` tells all forms
    #[arg(long, value_name = "URL")]
    log_sink: Vec<String>,

    /// Directory for log lines that wait for a sink, 256 MiB for each
    #[arg(long, value_name = "DIR")]
    log_spool: Option<String>,

    /// Make metrics of HAProxy's log lines: events of this server, every ten seconds for each gateway, route and instance
    #[arg(long)]
    metrics: bool,

    /// How many of the gateways' backends a configuration may drop at once, in percent, without a sign that this is meant; what
    /// drops more is held back and reported. For the embedded agent [default: 50]
    #[arg(long, value_name = "PERCENT")]
    largest_shrink: Option<String>,

    /// What becomes of the embedded agent's HAProxy when the server ends: it goes on serving, or it finishes its connections, for
    /// 10 s at most, and ends [default: leave]
    #[arg(long, value_name = "leave|stop")]
    on_stop: Option<String>,

    /// Address on which gateways are reached by host name [default: port 80 of --gateway-bind, off where
    /// that cannot be listened on]
    #[arg(long, value_name = "ADDR:PORT|off")]
    virtual_hosts: Option<String>,

    /// Where server and gateway agents meet: memory, file, etcd, consul or zookeeper, where the settings or the
    /// defaults say; or an address with everything in it, such as etcd://a:2379,b:2379/vamp/default [default:
    /// memory]
    #[arg(long, value_name = "KIND|URL")]
    kv: Option<String>,

    /// Addresses of etcd, separated by commas [default: http://127.0.0.1:2379]
    #[arg(long, value_name = "URL,…", value_delimiter = ',')]
    etcd_endpoints: Vec<String>,

    /// Key below which everything of this server stands [default: /vamp/default]
    #[arg(long, value_name = "KEY")]
    kv_base: Option<String>,

    /// Whether a gateway agent runs in the server [default: embedded]
    #[arg(long, value_name = "embedded|off")]
    agent: Option<String>,

    /// The HAProxy program of the embedded agent [default: haproxy]
    #[arg(long, value_name = "PATH")]
    haproxy: Option<String>,

    /// Configuration that comes before the gateways, in place of the standard one
    #[arg(long, value_name = "FILE")]
    haproxy_base: Option<String>,

    /// Where programs of instances are looked up before PATH; may be given several times
    #[arg(long, value_name = "DIR")]
    program_dir: Vec<String>,

    /// What to log: error, warn, info, debug, or directives such as vamp_engine=debug [default: info]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,

    /// How to log [default: text]
    #[arg(long, value_name = "text|json")]
    log_format: Option<String>,

    /// The address of the server to talk to, which all commands but this one have.
    #[arg(long, hide = true)]
    server: Option<String>,

    /// File to write once the API is served: JSON with api, gateway_statistics and pid
    #[arg(long, value_name = "FILE")]
    pub(crate) ready_file: Option<PathBuf>,
}

/// Not the values: tokens and passwords are among them.
impl std::fmt::Debug for ServeArguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServeArguments").finish_non_exhaustive()
    }
}

impl ServeArguments {
    /// The settings that the flags give.
    pub(crate) fn settings(&self) -> Vec<FlagValue> {
        let one = [
            (key::STATE_DIRECTORY, "--state-dir", &self.state_dir),
            (key::RUNTIME_DIRECTORY, "--runtime-dir", &self.runtime_dir),
            (key::GATEWAY_BIND, "--gateway-bind", &self.gateway_bind),
            (key::GATEWAY_PORTS, "--port-range", &self.port_range),
            (key::INSTANCE_PORTS, "--instance-ports", &self.instance_ports),
            (key::AGENT_STATISTICS, "--statistics", &self.statistics),
            (key::AGENT_STATUS, "--agent-status", &self.agent_status),
            (key::AGENT_LOG_SPOOL, "--log-spool", &self.log_spool),
            (
                key::AGENT_LARGEST_SHRINK,
                "--largest-shrink",
                &self.largest_shrink,
            ),
            (key::AGENT_ON_STOP, "--on-stop", &self.on_stop),
            (key::KV_BASE, "--kv-base", &self.kv_base),
            (key::AGENT_MODE, "--agent", &self.agent),
            (key::AGENT_HAPROXY, "--haproxy", &self.haproxy),
            (key::AGENT_BASE_FILE, "--haproxy-base", &self.haproxy_base),
            (key::LOG_FILTER, "--log", &self.log),
            (key::LOG_FORMAT, "--log-format", &self.log_format),
        ];
        let mut given: Vec<FlagValue> = one
            .into_iter()
            .filter_map(|(key, flag, value)| Some((key, flag, Raw::One(value.clone()?))))
            .collect();
        if let Some(listen) = &self.listen {
            given.extend(listen_parts(listen));
        }
        if let Some(store) = &self.kv {
            let key = if store.contains("://") {
                key::KV_URL
            } else {
                key::KV_TYPE
            };
            given.push((key, "--kv", Raw::One(store.clone())));
        }
        for (key, flag, is_given) in [
            (key::API_INSECURE, "--insecure", self.insecure),
            (key::AGENT_METRICS, "--metrics", self.metrics),
        ] {
            if is_given {
                given.push((key, flag, Raw::One("true".to_owned())));
            }
        }
        match self.virtual_hosts.as_deref() {
            None => {}
            Some("off") => given.push((
                key::VIRTUAL_HOSTS,
                "--virtual-hosts",
                Raw::One("false".to_owned()),
            )),
            Some(address) => {
                given.push((key::VIRTUAL_HOSTS, "--virtual-hosts", Raw::One("true".to_owned())));
                given.push((
                    key::VIRTUAL_HOSTS_BIND,
                    "--virtual-hosts",
                    Raw::One(address.to_owned()),
                ));
            }
        }
        for (key, flag, values) in [
            (key::API_ORIGINS, "--api-origins", &self.api_origins),
            (key::API_HOSTS, "--api-hosts", &self.api_hosts),
            (key::ETCD_URL, "--etcd-endpoints", &self.etcd_endpoints),
            (key::AGENT_LOG_SINKS, "--log-sink", &self.log_sink),
            (key::PROGRAM_DIRECTORIES, "--program-dir", &self.program_dir),
        ] {
            if !values.is_empty() {
                given.push((key, flag, Raw::List(values.clone())));
            }
        }
        given
    }
}

/// `ADDR:PORT` as the two settings that it is; what is neither is left to their readers.
fn listen_parts(listen: &str) -> [FlagValue; 2] {
    let (interface, port) = listen.rsplit_once(':').unwrap_or((listen, ""));
    let interface = interface.trim_start_matches('[').trim_end_matches(']');
    [
        (key::API_INTERFACE, "--listen", Raw::One(interface.to_owned())),
        (key::API_PORT, "--listen", Raw::One(port.to_owned())),
    ]
}
