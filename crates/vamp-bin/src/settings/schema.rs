//! Every setting there is.

/// How often a setting may have a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    One,
    /// In the environment: separated by commas.
    List,
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// Its full name, as in files: `vamp.http-api.port`.
    pub(crate) key: &'static str,
    pub(crate) shape: Shape,
    pub(crate) about: &'static str,
}

impl Setting {
    /// The environment variable that sets it: upper case, everything but letters and digits an underscore.
    pub(crate) fn variable(&self) -> String {
        let upper = self.key.chars().map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        });
        upper.collect()
    }
}

const fn one(key: &'static str, about: &'static str) -> Setting {
    Setting {
        key,
        shape: Shape::One,
        about,
    }
}

const fn list(key: &'static str, about: &'static str) -> Setting {
    Setting {
        key,
        shape: Shape::List,
        about,
    }
}

pub(crate) mod key {
    //! The names, each once.
    pub(crate) const NAMESPACE: &str = "vamp.namespace";
    pub(crate) const STATE_DIRECTORY: &str = "vamp.state-directory";
    pub(crate) const RUNTIME_DIRECTORY: &str = "vamp.runtime-directory";
    pub(crate) const API_INTERFACE: &str = "vamp.http-api.interface";
    pub(crate) const API_PORT: &str = "vamp.http-api.port";
    pub(crate) const API_INSECURE: &str = "vamp.http-api.insecure";
    pub(crate) const API_ORIGINS: &str = "vamp.http-api.origins";
    pub(crate) const API_HOSTS: &str = "vamp.http-api.hosts";
    pub(crate) const KV_TYPE: &str = "vamp.persistence.key-value-store.type";
    pub(crate) const KV_BASE: &str = "vamp.persistence.key-value-store.base-path";
    pub(crate) const KV_URL: &str = "vamp.persistence.key-value-store.url";
    pub(crate) const FILE_DIRECTORY: &str = "vamp.persistence.key-value-store.file.directory";
    pub(crate) const ETCD_URL: &str = "vamp.persistence.key-value-store.etcd.url";
    pub(crate) const CONSUL_URL: &str = "vamp.persistence.key-value-store.consul.url";
    pub(crate) const ZOOKEEPER_SERVERS: &str = "vamp.persistence.key-value-store.zookeeper.servers";
    pub(crate) const ZOOKEEPER_SESSION: &str = "vamp.persistence.key-value-store.zookeeper.session-timeout";
    pub(crate) const ZOOKEEPER_CONNECT: &str = "vamp.persistence.key-value-store.zookeeper.connect-timeout";
    pub(crate) const PROGRAM_DIRECTORIES: &str = "vamp.container-driver.process.program-directories";
    pub(crate) const INSTANCE_PORTS: &str = "vamp.container-driver.process.port-range";
    pub(crate) const AGENT_MODE: &str = "vamp.gateway-agent.mode";
    pub(crate) const AGENT_HAPROXY: &str = "vamp.gateway-agent.haproxy";
    pub(crate) const AGENT_BASE_FILE: &str = "vamp.gateway-agent.base-file";
    pub(crate) const AGENT_STATISTICS: &str = "vamp.gateway-agent.statistics";
    pub(crate) const AGENT_STATUS: &str = "vamp.gateway-agent.status-address";
    pub(crate) const AGENT_LOG_SINKS: &str = "vamp.gateway-agent.log-sinks";
    pub(crate) const AGENT_LOG_SPOOL: &str = "vamp.gateway-agent.log-spool";
    pub(crate) const AGENT_METRICS: &str = "vamp.gateway-agent.metrics";
    pub(crate) const AGENT_LARGEST_SHRINK: &str = "vamp.gateway-agent.largest-shrink";
    pub(crate) const AGENT_ON_STOP: &str = "vamp.gateway-agent.on-stop";
    pub(crate) const GATEWAY_BIND: &str = "vamp.operation.gateway.bind";
    pub(crate) const GATEWAY_PORTS: &str = "vamp.operation.gateway.port-range";
    pub(crate) const VIRTUAL_HOSTS: &str = "vamp.operation.gateway.virtual-hosts.enabled";
    pub(crate) const VIRTUAL_HOSTS_BIND: &str = "vamp.operation.gateway.virtual-hosts.bind";
    pub(crate) const GATEWAY_HOST: &str = "vamp.gateway-driver.host";
    pub(crate) const HOST_OF_GATEWAY: &str = "vamp.operation.gateway.virtual-hosts.formats.gateway";
    pub(crate) const HOST_OF_DEPLOYMENT_PORT: &str =
        "vamp.operation.gateway.virtual-hosts.formats.deployment-port";
    pub(crate) const HOST_OF_CLUSTER_PORT: &str =
        "vamp.operation.gateway.virtual-hosts.formats.deployment-cluster-port";
    pub(crate) const LOG_FILTER: &str = "vamp.log.filter";
    pub(crate) const LOG_FORMAT: &str = "vamp.log.format";
}

/// All settings of `vamp serve`, in the order in which they are explained.
pub(crate) const SETTINGS: &[Setting] = &[
    one(
        key::NAMESPACE,
        "name of the namespace; part of the default base path",
    ),
    one(
        key::STATE_DIRECTORY,
        "database, records of instances and of HAProxy; must survive a restart of the machine",
    ),
    one(key::RUNTIME_DIRECTORY, "HAProxy's sockets; at most 49 bytes"),
    one(key::API_INTERFACE, "address on which the API listens"),
    one(key::API_PORT, "port of the API; 0 takes any that is free"),
    one(
        key::API_INSECURE,
        "whether the API may listen where others than this machine reach it",
    ),
    list(
        key::API_ORIGINS,
        "web pages that may call the API beside its own, such as https://console.example.org; * for all",
    ),
    list(
        key::API_HOSTS,
        "names of the API beside localhost and its address; * for any, the default where others than this machine reach it",
    ),
    one(
        key::KV_TYPE,
        "where server and gateway agents meet: memory, file, etcd, consul or zookeeper",
    ),
    one(key::KV_BASE, "key below which everything of this server stands"),
    one(
        key::KV_URL,
        "the same as an address with everything in it, such as etcd://a:2379,b:2379/vamp/default?timeout=5s",
    ),
    one(key::FILE_DIRECTORY, "directory of the file store"),
    list(key::ETCD_URL, "addresses of etcd"),
    list(key::CONSUL_URL, "addresses of Consul"),
    list(key::ZOOKEEPER_SERVERS, "addresses of ZooKeeper"),
    one(
        key::ZOOKEEPER_SESSION,
        "milliseconds for which ZooKeeper keeps a session that it hears nothing of",
    ),
    one(
        key::ZOOKEEPER_CONNECT,
        "milliseconds for an attempt to reach ZooKeeper",
    ),
    list(
        key::PROGRAM_DIRECTORIES,
        "where the process driver looks programs up, before PATH",
    ),
    one(
        key::INSTANCE_PORTS,
        "host ports that instances of the process driver may get",
    ),
    one(
        key::AGENT_MODE,
        "embedded: a gateway agent runs in the server; off: agents run elsewhere",
    ),
    one(key::AGENT_HAPROXY, "the HAProxy program of the embedded agent"),
    one(
        key::AGENT_BASE_FILE,
        "configuration that comes before the gateways, in place of the standard one",
    ),
    one(
        key::AGENT_STATISTICS,
        "address of HAProxy's statistics page and of /health",
    ),
    one(
        key::AGENT_STATUS,
        "address of the embedded agent's own /health, /status and /metrics; off for none",
    ),
    list(
        key::AGENT_LOG_SINKS,
        "where HAProxy's log lines go, such as udp://logstash:10001, tcp://logstash:5000, http://elasticsearch:9200 or file:///var/log/gateways",
    ),
    one(
        key::AGENT_LOG_SPOOL,
        "directory for lines that wait for a sink, 256 MiB for each; none without it",
    ),
    one(
        key::AGENT_METRICS,
        "whether the log lines of the embedded agent's HAProxy become metrics, which are events of this server",
    ),
    one(
        key::AGENT_LARGEST_SHRINK,
        "percent of the gateways' backends that a configuration may drop at once without a sign that it is meant",
    ),
    one(
        key::AGENT_ON_STOP,
        "what becomes of HAProxy when the server ends; leave: it goes on serving; stop: it finishes its connections and ends",
    ),
    one(key::GATEWAY_BIND, "address on which gateways listen"),
    one(key::GATEWAY_PORTS, "ports for gateways that ask for any"),
    one(
        key::VIRTUAL_HOSTS,
        "whether gateways are reached by host name, too",
    ),
    one(key::VIRTUAL_HOSTS_BIND, "address of the virtual hosts"),
    one(
        key::HOST_OF_GATEWAY,
        "virtual host of a gateway with a name of one segment",
    ),
    one(key::HOST_OF_DEPLOYMENT_PORT, "of one with two segments"),
    one(key::HOST_OF_CLUSTER_PORT, "of one with three"),
    one(
        key::GATEWAY_HOST,
        "where services reach gateways: the host of every cluster",
    ),
    one(
        key::LOG_FILTER,
        "what is logged: a level, or directives such as vamp_engine=debug",
    ),
    one(key::LOG_FORMAT, "text or json"),
];

/// The setting of this name.
pub(crate) fn setting(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_variable_of_its_own() {
        let mut variables: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
        assert!(variables.contains(&"VAMP_PERSISTENCE_KEY_VALUE_STORE_ETCD_URL".to_owned()));
        variables.sort();
        variables.dedup();
        assert_eq!(variables.len(), SETTINGS.len());
    }
}
