use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::CommandFactory as _;

use super::dns::{Address, Answer, Enabled, Port};

/// The command line of `vga`: flags of the agents of old, with one dash or two, and those of this one.
#[derive(clap::Parser)]
#[command(
    name = "vga",
    version,
    about = "The gateway agent: keeps an HAProxy in line with the configuration in a key-value store",
    max_term_width = 100,
    after_long_help = "\
Example:
  vga --storeType etcd --storeConnection http://10.0.0.5:2379
  vga --store 'consul://:TOKEN@10.0.0.5:8500/vamp/default?tls=true&ca=/etc/vamp/ca.pem'
  vga --store vamp+http://10.0.0.5:8080
  vga --store text-file:///etc/vamp/gateways.cfg

Sinks of --log-sink; each may have timeout=SECONDS, the first four format=raw|message|json:
  udp://HOST:PORT                       a datagram a line, as Logstash and syslog take them
  tcp://HOST:PORT                       a JSON object a line, for Logstash's codec json_lines
  file:///PATH?max-size=100M&keep=2     a file that is renamed when it is full
  stdout:                               standard output
  http://HOST:PORT/INDEX                Elasticsearch, also https://; default index
                                        vamp-vga-%{+yyyy-MM-dd}
  vamp+http://HOST:PORT                 the events of a Vamp server, also vamp+https://

HAProxy serves the last configuration known before the store is asked, goes on when the agent
ends, and is found again by the next agent on the same state directory. SIGTERM and Ctrl-C end
the agent; SIGHUP checks and loads the configuration again; SIGUSR1 opens the files of log sinks
again.

Commands that need no store; vga COMMAND --help tells more:
  vga check FILE…                       what is wrong with configurations, and what HAProxy says
  vga fmt FILE…                         one layout
  vga render GATEWAYS                   the configuration of gateways
  vga condition TEXT                    what HAProxy is asked for a condition
  vga diff A B                          what happens between two configurations

Old flags may be written with one dash (-storeType=etcd). --scriptPath, --retryTimeout and
VAMP_GATEWAY_AGENT_CONFD_INTERVAL have no meaning any more and are accepted. Lines go to Logstash
only where --logstash or its like is given: there is no default address any more.

Exit status: 0 ended as asked, 1 failed, 2 wrong arguments or settings."
)]
pub(crate) struct VgaArguments {
    /// File with settings, in TOML: the long flags as keys, such as status-address = "off"; environment and flags win
    #[arg(
        long,
        value_name = "FILE",
        env = "VAMP_GATEWAY_AGENT_CONFIG",
        hide_env_values = true
    )]
    pub(crate) config: Option<PathBuf>,

    /// The key-value store with everything that is to be known of it, in place of the next two: etcd://a:2379,b:2379,
    /// consul://:TOKEN@a:8500, zookeeper://a:2181; or vamp+http://a:8080, the Vamp server itself; or
    /// text-file:///PATH, a file with the configuration that another program writes
    #[arg(
        long = "store",
        value_name = "URL",
        env = "VAMP_GATEWAY_AGENT_STORE",
        hide_env_values = true
    )]
    pub(crate) store: Option<String>,

    /// Kind of key-value store: file, etcd, consul or zookeeper; or text-file or http, which is the Vamp server
    #[arg(
        long = "storeType",
        value_name = "TYPE",
        env = "VAMP_KEY_VALUE_STORE_TYPE",
        hide_env_values = true
    )]
    pub(crate) store_type: Option<String>,

    /// Addresses of the store, separated by commas; of a file store its directory, of a text file its path
    #[arg(
        long = "storeConnection",
        value_name = "URL,…",
        env = "VAMP_KEY_VALUE_STORE_CONNECTION",
        hide_env_values = true
    )]
    pub(crate) store_connection: Option<String>,

    /// Key of the configuration [default: gateways/haproxy/2.4/configuration below the key that --store names, or
    /// below /vamp/default]
    #[arg(
        long = "storeKey",
        value_name = "KEY",
        env = "VAMP_KEY_VALUE_STORE_PATH",
        hide_env_values = true
    )]
    pub(crate) store_key: Option<String>,

    /// Access token of Consul
    #[arg(
        long = "store-token",
        value_name = "TOKEN",
        env = "VAMP_KEY_VALUE_STORE_TOKEN",
        hide_env_values = true
    )]
    pub(crate) store_token: Option<String>,

    /// Directory of the configuration; as --state-dir
    #[arg(long = "configurationPath", value_name = "DIR")]
    pub(crate) configuration_path: Option<PathBuf>,

    /// File in that directory with the configuration that comes before the gateways, in place of the standard one
    #[arg(long = "configurationBasicFile", value_name = "FILE")]
    pub(crate) configuration_basic_file: Option<PathBuf>,

    /// Directory of HAProxy's configuration, records and output [default: /var/lib/vga, or ~/.local/state/vga]
    #[arg(
        long,
        value_name = "DIR",
        env = "VAMP_GATEWAY_AGENT_STATE_DIRECTORY",
        hide_env_values = true
    )]
    pub(crate) state_dir: Option<PathBuf>,

    /// Directory of HAProxy's sockets, at most 49 bytes long: the --runtime-dir of the server
    /// [default: /run/vga, $XDG_RUNTIME_DIR/vga or /tmp/vga-UID]
    #[arg(
        long,
        value_name = "DIR",
        env = "VAMP_GATEWAY_AGENT_RUNTIME_DIRECTORY",
        hide_env_values = true
    )]
    pub(crate) runtime_dir: Option<PathBuf>,

    /// The HAProxy program
    #[arg(long, value_name = "PATH", default_value = "haproxy")]
    pub(crate) haproxy: PathBuf,

    /// Configuration that comes before the gateways, in place of the standard one
    #[arg(long, value_name = "FILE")]
    pub(crate) haproxy_base: Option<PathBuf>,

    /// Address of HAProxy's statistics page and of /health; the password of the page is no secret, so name another address only
    /// where the network keeps strangers out [default: 127.0.0.1:1988]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) statistics: Option<SocketAddr>,

    /// Address of the agent's own /health, /status and /metrics, or off; nobody is asked who they are, so name another address only
    /// where the network keeps strangers out
    #[arg(
        long,
        value_name = "ADDR:PORT|off",
        default_value = "127.0.0.1:1990",
        env = "VAMP_GATEWAY_AGENT_STATUS_ADDRESS",
        hide_env_values = true
    )]
    pub(crate) status_address: StatusAddress,

    /// How many of the gateways' backends a configuration may drop at once, in percent, without the server saying that this is
    /// meant; what drops more is held back and reported. 100 lets all pass but an empty one
    #[arg(long, value_name = "PERCENT", default_value = "50", env = "VAMP_GATEWAY_AGENT_LARGEST_SHRINK", hide_env_values = true,
          value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) largest_shrink: u8,

    /// Believe the configuration that stands in the store now, once, even if it is empty or drops most of what is served:
    /// restart the agent with it when you have seen why one is held back. What comes afterwards is looked at again
    #[arg(long)]
    pub(crate) force: bool,

    /// Name of this agent among those of the server; stable over restarts [default: the host's name]
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,

    /// What becomes of HAProxy when the agent ends
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    pub(crate) on_stop: OnStop,

    /// What to log: error, warn, info, debug, or directives such as vamp_agent=debug
    #[arg(
        long,
        value_name = "FILTER",
        env = "VAMP_GATEWAY_AGENT_CONFD_LOGLEVEL",
        hide_env_values = true
    )]
    pub(crate) log: Option<String>,

    /// How to log
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,

    /// Log more
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    pub(crate) debug: GoBool,

    /// Print the version when starting
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", env = "VAMP_GATEWAY_AGENT_LOGO", hide_env_values = true)]
    pub(crate) logo: GoBool,

    /// Where HAProxy's log lines go; may be given several times. The sinks are below
    #[arg(long, value_name = "URL")]
    pub(crate) log_sink: Vec<String>,

    /// The unix socket that HAProxy logs to [default with a sink or --metrics-to: log.sock in the directory of the
    /// sockets; haproxy.log.sock in that of --configurationPath]
    #[arg(long, value_name = "PATH")]
    pub(crate) log_socket: Option<PathBuf>,

    /// Take log lines by UDP at this address too, or only there when --log-socket is not given
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) log_udp: Option<SocketAddr>,

    /// Memory for the lines that wait; beyond it the oldest go, or to the spool
    #[arg(long, value_name = "SIZE", default_value = "24M", value_parser = parse_size)]
    pub(crate) log_buffer: u64,

    /// Lines that wait in memory
    #[arg(long, value_name = "NUMBER", default_value = "100000", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) log_buffer_lines: u32,

    /// Directory for the lines that wait and do not fit into the memory; they survive the agent [default: none]
    #[arg(long, value_name = "DIR")]
    pub(crate) log_spool: Option<PathBuf>,

    /// What may wait in the spool for each sink
    #[arg(long, value_name = "SIZE", default_value = "256M", value_parser = parse_size)]
    pub(crate) log_spool_size: u64,

    /// The Vamp server that gets, every ten seconds, what the log lines amount to: rate, response time and health of gateways, routes
    /// and servers, as events. vamp+http://HOST:PORT or vamp+https://HOST:PORT; may have timeout=SECONDS
    #[arg(
        long,
        value_name = "URL",
        env = "VAMP_GATEWAY_AGENT_METRICS_TO",
        hide_env_values = true
    )]
    pub(crate) metrics_to: Option<String>,

    /// Gateways and routes that are measured in ten seconds, at most; and four times as many servers
    #[arg(long, value_name = "NUMBER", default_value = "1000", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) metrics_limit: u32,

    /// Logstash that takes log lines by UDP, as they are; as --log-sink udp://HOST:PORT
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) logstash: Option<String>,

    /// The same by host, with the port 10001
    #[arg(long = "logstashHost", value_name = "HOST")]
    pub(crate) logstash_host: Option<String>,

    /// The same by port, with the host 127.0.0.1
    #[arg(long = "logstashPort", value_name = "PORT")]
    pub(crate) logstash_port: Option<u16>,

    /// Elasticsearch that takes log lines in the indices vamp-vga-DATE
    #[arg(
        long,
        value_name = "URL",
        env = "VAMP_ELASTICSEARCH_URL",
        hide_env_values = true
    )]
    pub(crate) elasticsearch_url: Option<String>,

    /// Part of the names of these indices: vamp-vga-NAMESPACE-DATE
    #[arg(long, value_name = "NAME", env = "VAMP_NAMESPACE", hide_env_values = true)]
    pub(crate) namespace: Option<String>,

    /// Answer DNS queries for the virtual hosts of the configuration that runs, and for no other name. Any text but false, off, no
    /// and 0 means yes
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", env = "VAMP_VGA_DNS_ENABLE", hide_env_values = true)]
    pub(crate) dns_enable: Option<Enabled>,

    /// Port for DNS queries, by UDP and TCP [default: 5353]
    #[arg(long, value_name = "PORT", env = "VAMP_VGA_DNS_PORT", hide_env_values = true)]
    pub(crate) dns_port: Option<Port>,

    /// Address for DNS queries; one of a network in which strangers are kept out [default: all IPv4 addresses]
    #[arg(
        long,
        value_name = "ADDR[:PORT]",
        env = "VAMP_VGA_DNS_ADDRESS",
        hide_env_values = true
    )]
    pub(crate) dns_address: Option<Address>,

    /// Addresses that names lead to; may be given several times [default: the address of this machine by which the asker reaches
    /// it]
    #[arg(
        long,
        value_name = "IP,…",
        value_delimiter = ',',
        env = "VAMP_VGA_DNS_ANSWER",
        hide_env_values = true
    )]
    pub(crate) dns_answer: Vec<Answer>,

    #[arg(long = "scriptPath", value_name = "DIR", hide = true)]
    pub(crate) script_path: Option<PathBuf>,
    #[arg(long = "retryTimeout", value_name = "SECONDS", hide = true)]
    pub(crate) retry_timeout: Option<u64>,
}

/// Not the values: tokens and passwords are among them.
impl std::fmt::Debug for VgaArguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VgaArguments").finish_non_exhaustive()
    }
}

/// An address, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StatusAddress(pub(crate) Option<SocketAddr>);

impl std::str::FromStr for StatusAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self(None)),
            address => address
                .parse()
                .map(|address| Self(Some(address)))
                .map_err(|_| "wanted is an address with its port, such as 127.0.0.1:1990, or off".to_owned()),
        }
    }
}

/// What becomes of HAProxy when the agent ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum OnStop {
    /// It goes on serving
    #[default]
    Leave,
    /// It finishes its connections and ends
    Stop,
}

/// What a log line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// An object a line
    Json,
}

/// Yes or no in the words of the agents of old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GoBool(pub(crate) bool);

impl std::str::FromStr for GoBool {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "1" | "t" | "true" => Ok(Self(true)),
            "0" | "f" | "false" | "" => Ok(Self(false)),
            _ => Err("wanted is true or false".to_owned()),
        }
    }
}

impl std::fmt::Display for GoBool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

fn parse_size(text: &str) -> Result<u64, String> {
    vamp_agent::logs::size(text).ok_or_else(|| "wanted is a size such as 64M".to_owned())
}

/// Long flags may have one dash only, as those of the agents of old. Values stay as they are; one that begins with a dash is joined to its
/// flag, so that it is not taken for another.
pub(crate) fn with_double_dashes(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let command = VgaArguments::command();
    let mut arguments = arguments.into_iter().peekable();
    let mut doubled = Vec::new();
    while let Some(argument) = arguments.next() {
        let Some(name) = argument.to_str().and_then(long_name) else {
            doubled.push(argument);
            continue;
        };
        let flag = format!("--{name}");
        let has_value = command
            .get_arguments()
            .find(|flag| flag.get_long() == Some(name))
            .is_some_and(|flag| flag.get_action().takes_values() && !flag.is_require_equals_set());
        if !has_value {
            doubled.push(flag.into());
            continue;
        }
        let begins_with_dash = |value: &OsString| value.as_encoded_bytes().starts_with(b"-");
        match arguments.next_if(|value| begins_with_dash(value) && !is_flag(&command, value)) {
            Some(value) => {
                let mut joined = OsString::from(flag + "=");
                joined.push(value);
                doubled.push(joined);
            }
            None => {
                doubled.push(flag.into());
                doubled.extend(arguments.next_if(|value| !begins_with_dash(value)));
            }
        }
    }
    doubled
}

/// What stands behind the dashes of a long flag, its value included where it has one there. `-h` and `-V` have one letter, numbers are values.
fn long_name(argument: &str) -> Option<&str> {
    let name = argument
        .strip_prefix("--")
        .or_else(|| argument.strip_prefix('-'))?;
    (name.len() > 1 && name.starts_with(char::is_alphabetic)).then_some(name)
}

/// Whether this is a flag that is known, and no value: who forgets a value shall hear of that.
fn is_flag(command: &clap::Command, argument: &OsStr) -> bool {
    let Some(text) = argument.to_str() else {
        return false;
    };
    let Some(name) = long_name(text) else {
        return ["-h", "-V", "--"].contains(&text);
    };
    let name = name.split('=').next().unwrap_or_default();
    let mut longs = command.get_arguments().filter_map(clap::Arg::get_long);
    ["help", "version"].contains(&name) || longs.any(|long| long == name)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn parse(arguments: &[&str]) -> Result<VgaArguments, clap::Error> {
        let arguments = std::iter::once("vga")
            .chain(arguments.iter().copied())
            .map(OsString::from);
        VgaArguments::try_parse_from(with_double_dashes(arguments))
    }

    #[test]
    fn the_flags_of_old_are_accepted_with_one_dash_and_two() {
        let old = [
            "-storeType=etcd",
            "--storeConnection",
            "http://etcd:2379",
            "-storeKey",
            "/vamp/gateways/haproxy/1.6",
            "-configurationPath=/opt/vamp/",
            "-configurationBasicFile=haproxy.basic.cfg",
            "-scriptPath=/opt/vamp/",
            "-logstash=10.0.0.1:10001",
            "-logstashHost=10.0.0.1",
            "-logstashPort=10001",
            "-retryTimeout=5",
            "-logo=false",
            "-debug",
        ];
        let arguments = parse(&old).unwrap();
        // S02-146: each flag of the agent of 0.9.0 is understood, in the notation of that time.
        assert_eq!(arguments.store_type.as_deref(), Some("etcd"));
        assert_eq!(arguments.store_connection.as_deref(), Some("http://etcd:2379"));
        assert_eq!(arguments.store_key.as_deref(), Some("/vamp/gateways/haproxy/1.6"));
        assert_eq!(arguments.logstash.as_deref(), Some("10.0.0.1:10001"));
        assert_eq!((arguments.logo, arguments.debug), (GoBool(false), GoBool(true)));
    }

    #[test]
    fn a_flag_that_nobody_knows_is_a_mistake_and_help_is_none() {
        assert!(parse(&["--storetype=etcd"]).unwrap_err().use_stderr());
        assert!(!parse(&["-help"]).unwrap_err().use_stderr());
        assert!(!parse(&["-h"]).unwrap_err().use_stderr());
    }

    #[test]
    fn values_that_begin_with_a_dash_stay_as_they_are() {
        for id in ["-edge", "-5", "--edge", "-e"] {
            assert_eq!(parse(&["-id", id]).unwrap().id.as_deref(), Some(id));
        }
        assert_eq!(parse(&["-id=-edge"]).unwrap().id.as_deref(), Some("-edge"));
        assert_eq!(parse(&["--id", "edge", "-debug"]).unwrap().debug, GoBool(true));
        for forgotten in ["-debug", "--storeType=etcd", "-help", "-h"] {
            let told = parse(&["--id", forgotten]).unwrap_err().to_string();
            assert!(told.contains("'--id <ID>'"), "{told}");
        }
    }

    #[test]
    fn help_says_what_can_be_done() {
        VgaArguments::command().debug_assert();
        insta::assert_snapshot!(
            "help_vga",
            VgaArguments::command().term_width(100).render_long_help()
        );
    }
}
