use super::InvalidAnswer;

const COMMAND: &str = "show servers state";

/// One server as `show servers state` tells it: section 9.3 of HAProxy's management guide.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerState {
    /// The backend's name.
    pub backend: String,
    /// The server's name.
    pub server: String,
    /// The address, without its port; `None` when it has none yet, because a name was not resolved.
    pub address: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The name that is resolved at run time, if there is one.
    pub fqdn: Option<String>,
    /// Whether it works.
    pub operational: OperationalState,
    /// What operators and the configuration decided.
    pub admin: AdminState,
    /// The weight that was set, 0–256.
    pub weight: u32,
    /// The weight of the configuration, 0–256.
    pub initial_weight: u32,
    /// Seconds since it last went up or down.
    pub seconds_since_change: u64,
}

/// Whether a server works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperationalState {
    /// It is down.
    Stopped,
    /// It is up and warms up.
    Starting,
    /// It is up.
    Running,
    /// It is up and takes no new sessions.
    Stopping,
}

/// What operators and the configuration decided about a server: bits, of which several may be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct AdminState(u32);

impl AdminState {
    /// The bits as HAProxy tells them.
    #[must_use]
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Whether it is in maintenance, for whatever reason.
    #[must_use]
    pub fn is_maintenance(self) -> bool {
        // Forced, inherited, by the configuration, for want of an address.
        self.0 & (0x01 | 0x02 | 0x04 | 0x20) != 0
    }

    /// Whether it takes only sessions that stick to it.
    #[must_use]
    pub fn is_drain(self) -> bool {
        // Forced, inherited.
        self.0 & (0x08 | 0x10) != 0
    }
}

/// Reads the answer to `show servers state`. Columns are found by the names in its second line.
///
/// # Errors
/// There is no such line, or a line lacks what every server has.
pub fn servers_state(answer: &str) -> Result<Vec<ServerState>, InvalidAnswer> {
    let invalid = |line, missing| InvalidAnswer {
        command: COMMAND,
        line,
        missing,
    };
    let mut lines = answer.lines().zip(1..);
    if lines.next().is_none_or(|(version, _)| version.trim() != "1") {
        return Err(invalid(1, "format version 1"));
    }
    let header = lines.next().and_then(|(line, _)| line.strip_prefix("# "));
    let columns: Vec<&str> = header
        .ok_or(invalid(2, "header"))?
        .split_ascii_whitespace()
        .collect();
    let places = Places::read(&columns).map_err(|missing| invalid(2, missing))?;
    lines
        .filter(|(line, _)| !line.is_empty() && !line.starts_with('#'))
        .map(|(line, number)| places.server(line).map_err(|missing| invalid(number, missing)))
        .collect()
}

/// Where the columns are.
struct Places([usize; COLUMNS.len()]);

const COLUMNS: [&str; 10] = [
    "be_name",
    "srv_name",
    "srv_addr",
    "srv_port",
    "srv_fqdn",
    "srv_op_state",
    "srv_admin_state",
    "srv_uweight",
    "srv_iweight",
    "srv_time_since_last_change",
];

impl Places {
    fn read(columns: &[&str]) -> Result<Self, &'static str> {
        let mut places = [0; COLUMNS.len()];
        for (place, name) in places.iter_mut().zip(COLUMNS) {
            *place = columns.iter().position(|column| *column == name).ok_or(name)?;
        }
        Ok(Self(places))
    }

    fn server(&self, line: &str) -> Result<ServerState, &'static str> {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let found = self.0.map(|place| words.get(place).copied());
        let [
            backend,
            server,
            address,
            port,
            fqdn,
            operational,
            admin,
            weight,
            initial,
            since,
        ] = found;
        let given = |word: Option<&str>| word.filter(|word| *word != "-").map(str::to_owned);
        let number = |word: Option<&str>, name| word.and_then(|word| word.parse::<u64>().ok()).ok_or(name);
        let small = |word, name| number(word, name)?.try_into().map_err(|_| name);
        Ok(ServerState {
            backend: given(backend).ok_or("be_name")?,
            server: given(server).ok_or("srv_name")?,
            address: given(address),
            port: port.and_then(|port| port.parse().ok()),
            fqdn: given(fqdn),
            operational: match number(operational, "srv_op_state")? {
                0 => OperationalState::Stopped,
                1 => OperationalState::Starting,
                2 => OperationalState::Running,
                3 => OperationalState::Stopping,
                _ => return Err("srv_op_state"),
            },
            admin: AdminState(small(admin, "srv_admin_state")?),
            weight: small(weight, "srv_uweight")?,
            initial_weight: small(initial, "srv_iweight")?,
            seconds_since_change: number(since, "srv_time_since_last_change")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_by_the_names_of_the_columns() {
        let answer = "1\n\
            # be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status new srv_fqdn srv_port\n\
            3 shop 1 one 127.0.0.1 2 0 6 10 10 1 x - 39872\n\
            3 shop 2 two - 0 33 10 10 7 8 x two.test 80\n\
            3 shop 3 three /run/three.sock 3 8 0 256 0 8 x - 0\n\n";
        let servers = servers_state(answer).unwrap();
        let [one, two, three] = &servers[..] else {
            panic!("{servers:?}")
        };
        assert_eq!(
            (one.server.as_str(), one.address.as_deref(), one.port),
            ("one", Some("127.0.0.1"), Some(39872))
        );
        assert_eq!(
            (one.weight, one.initial_weight, one.operational),
            (6, 10, OperationalState::Running)
        );
        assert!(!one.admin.is_maintenance() && !one.admin.is_drain());
        assert_eq!(
            (two.address.as_ref(), two.fqdn.as_deref()),
            (None, Some("two.test"))
        );
        assert!(two.admin.is_maintenance() && two.admin.bits() == 33);
        assert!(three.admin.is_drain() && three.operational == OperationalState::Stopping);
    }

    #[test]
    fn other_answers_are_errors_that_say_where() {
        for (answer, expected) in [
            (
                "",
                "no answer to 'show servers state': line 1 has no format version 1",
            ),
            (
                "Can't find backend.\n",
                "no answer to 'show servers state': line 1 has no format version 1",
            ),
            (
                "1\n3 shop\n",
                "no answer to 'show servers state': line 2 has no header",
            ),
            (
                "1\n# be_name srv_name\n",
                "no answer to 'show servers state': line 2 has no srv_addr",
            ),
        ] {
            assert_eq!(servers_state(answer).unwrap_err().to_string(), expected);
        }
    }
}
