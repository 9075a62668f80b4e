use std::fmt;
use std::net::SocketAddr;

/// Something that a running worker does: commands of HAProxy's runtime interface, section 9.3 of its management manual.
///
/// It prints as the commands that it stands for, with `; ` between them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// Changes a server: `set server`. What is `None` stays.
    ChangeServer {
        /// The backend.
        backend: String,
        /// The server in it.
        server: String,
        /// Its weight from now on, 0 to 256.
        weight: Option<u16>,
        /// Where it is from now on. It counts as alive there until its checks fail, as after a start.
        address: Option<SocketAddr>,
        /// Whether it has checks.
        is_checked: bool,
        /// Whether it takes part.
        mode: Option<ServerMode>,
    },
    /// Adds a server: `add server`, and `enable` for it and its checks.
    AddServer {
        /// The backend.
        backend: String,
        /// The server in it.
        server: String,
        /// Its address as HAProxy takes it: an address and a port, or the path of a socket.
        address: String,
        /// Its parameters, those of `default-server` among them, with blanks between.
        parameters: String,
        /// `check` is among the parameters.
        is_checked: bool,
        /// `agent-check` is among the parameters.
        has_agent: bool,
        /// Whether it takes part.
        mode: ServerMode,
    },
    /// Takes a server out when its last connection has ended: `set server … state maint`, `del server`.
    RemoveServer {
        /// The backend.
        backend: String,
        /// The server in it.
        server: String,
    },
    /// Changes the entries of a map, or of a file of an ACL.
    UpdatePatterns {
        /// Which of the two.
        kind: PatternKind,
        /// The file, as the configuration names it.
        file: String,
        /// The change.
        update: PatternUpdate,
    },
    /// Puts a certificate with its key in the place of another: `set ssl cert`, `commit ssl cert`.
    ReplaceCertificate {
        /// The file, as the configuration names it.
        file: String,
        /// Its contents.
        pem: Pem,
    },
}

/// Whether a server takes part: `set server … state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerMode {
    /// It gets its part of the traffic, as long as its checks succeed.
    Ready,
    /// It gets nothing, and is not checked: what `disabled` in a configuration means.
    Maintenance,
}

/// What a file with patterns is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PatternKind {
    /// A map: keys with values.
    Map,
    /// The patterns of an ACL.
    Acl,
}

/// A change of patterns. Those of an ACL have no value: it is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternUpdate {
    /// One more, after the others.
    Add {
        /// What is looked for.
        key: String,
        /// What is found.
        value: String,
    },
    /// Another value for a key that is there once.
    Set {
        /// The key.
        key: String,
        /// Its value from now on.
        value: String,
    },
    /// A key that is there once goes.
    Remove {
        /// The key.
        key: String,
    },
    /// These, in this order, in the place of all others; no request sees a part of them.
    Replace(Vec<(String, String)>),
}

/// Certificates and their key. They are not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Pem(String);

impl ServerMode {
    /// The word of the command.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Maintenance => "maint",
        }
    }
}

impl PatternKind {
    /// The word of the commands.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Acl => "acl",
        }
    }
}

impl Pem {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pem({} bytes)", self.0.len())
    }
}

impl Command {
    /// The commands that it stands for. Those whose answers others need, or that have a payload, are abridged.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            Self::ChangeServer {
                backend,
                server,
                weight,
                address,
                is_checked,
                mode,
            } => {
                let set = |what: String| format!("set server {}/{} {what}", word(backend), word(server));
                let address =
                    address.map(|address| set(format!("addr {} port {}", address.ip(), address.port())));
                let alive = address
                    .as_ref()
                    .filter(|_| *is_checked)
                    .map(|_| set("health up".to_owned()));
                let weight = weight.map(|weight| set(format!("weight {weight}")));
                let mode = mode.map(|mode| set(format!("state {}", mode.as_str())));
                address
                    .into_iter()
                    .chain(alive)
                    .chain(weight)
                    .chain(mode)
                    .collect()
            }
            Self::AddServer {
                backend,
                server,
                address,
                parameters,
                is_checked,
                has_agent,
                mode,
            } => {
                let name = format!("{}/{}", word(backend), word(server));
                let gap = if parameters.is_empty() { "" } else { " " };
                let mut lines = vec![format!("add server {name} {}{gap}{parameters}", word(address))];
                lines.extend(is_checked.then(|| format!("enable health {name}")));
                lines.extend(has_agent.then(|| format!("enable agent {name}")));
                lines.extend((*mode == ServerMode::Ready).then(|| format!("enable server {name}")));
                lines
            }
            Self::RemoveServer { backend, server } => {
                let name = format!("{}/{}", word(backend), word(server));
                vec![
                    format!("set server {name} state maint"),
                    format!("del server {name}"),
                ]
            }
            Self::UpdatePatterns { kind, file, update } => update.lines(*kind, file),
            Self::ReplaceCertificate { file, pem } => {
                let file = word(file);
                let length = pem.as_str().len();
                vec![
                    format!("set ssl cert {file} ({length} bytes)"),
                    format!("commit ssl cert {file}"),
                ]
            }
        }
    }
}

impl PatternUpdate {
    fn lines(&self, kind: PatternKind, file: &str) -> Vec<String> {
        let (kind, file) = (kind.as_str(), word(file));
        let entry = |key: &str, value: &str| match value {
            "" => word(key),
            value => format!("{} {}", word(key), word(value)),
        };
        match self {
            Self::Add { key, value } => vec![format!("add {kind} {file} {}", entry(key, value))],
            Self::Set { key, value } => vec![format!("set {kind} {file} {}", entry(key, value))],
            Self::Remove { key } => vec![format!("del {kind} {file} {}", word(key))],
            Self::Replace(entries) => vec![
                format!("prepare {kind} {file}"),
                format!("add {kind} @version {file} ({} entries)", entries.len()),
                format!("commit {kind} @version {file}"),
            ],
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("; "))
    }
}

/// A word of a command: blanks, `;` and backslashes are its own.
pub(crate) fn word(text: &str) -> String {
    let mut word = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, ' ' | '\t' | ';' | '\\') {
            word.push('\\');
        }
        word.push(character);
    }
    word
}
