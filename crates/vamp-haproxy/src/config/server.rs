use crate::text::Word;

/// A server of a backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server<'t> {
    /// Its name, unique within the backend.
    pub name: Word<'t>,
    /// `address:port`, or `unix@` and the path of a socket.
    pub address: Word<'t>,
    /// Whether connections begin with a header of the PROXY protocol.
    pub proxy_header: Option<ProxyHeader>,
    /// `cookie`: the value of the cookie that leads to this server.
    pub cookie: Option<Word<'t>>,
    /// `weight`: the server's part of the traffic, 0 to [`Server::MAX_WEIGHT`], relative to the other servers of the backend.
    pub weight: Option<u16>,
    /// `check`: connections are tried now and then, and a server that does not accept them is left out.
    pub check: bool,
    /// `cookie` behind `check`, where backends that set cookies have it, whether or not it is there before the weight, too.
    pub trailing_cookie: Option<Word<'t>>,
}

/// The header of the PROXY protocol that a connection begins with; it carries the client's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `send-proxy`: version 1, a line of text.
    V1,
    /// `send-proxy-v2`: version 2, binary.
    V2,
}

impl<'t> Server<'t> {
    /// The heaviest weight that HAProxy takes.
    pub const MAX_WEIGHT: u16 = 256;

    /// A server without parameters.
    #[must_use]
    pub fn new(name: Word<'t>, address: Word<'t>) -> Self {
        Self {
            name,
            address,
            proxy_header: None,
            cookie: None,
            weight: None,
            check: false,
            trailing_cookie: None,
        }
    }
}
