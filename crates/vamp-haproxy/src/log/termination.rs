/// How a session ended: section 8.5 of HAProxy's configuration manual.
///
/// The letters are HAProxy's own; `-` is the ordinary case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Termination {
    /// What ended it: `C` the client, `S` the server, `P` the proxy refused, `L` handled here, `R` a resource was exhausted, `I` an internal
    /// error, `D` the server went down, `U` a better server came up, `K` killed by an administrator, `c` and `s` a time limit of client or
    /// server, `-` both sides were done.
    pub cause: char,
    /// Where it stood: `R` waiting for the request, `Q` in the queue, `C` connecting, `H` waiting for the answer's head, `D` data, `L` the
    /// last data to the client, `T` held in the tarpit, `-` after the end.
    pub phase: char,
    /// What the client's persistence cookie was: `N` none, `I` invalid, `D` of a server that is down, `V` valid, `E` expired, `O` old, `U`
    /// unused. `None` in TCP lines.
    pub client_cookie: Option<char>,
    /// What was done with the server's: `N` nothing, `I` inserted, `U` updated, `P` passed, `R` rewritten, `D` deleted. `None` in TCP lines.
    pub server_cookie: Option<char>,
}

impl Termination {
    /// Reads two or four printable ASCII characters; `None` for anything else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if !bytes.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        match *bytes {
            [cause, phase] => Some(Self::of(cause, phase, None, None)),
            [cause, phase, client, server] => Some(Self::of(cause, phase, Some(client), Some(server))),
            _ => None,
        }
    }

    fn of(cause: u8, phase: u8, client_cookie: Option<u8>, server_cookie: Option<u8>) -> Self {
        Self {
            cause: char::from(cause),
            phase: char::from(phase),
            client_cookie: client_cookie.map(char::from),
            server_cookie: server_cookie.map(char::from),
        }
    }

    /// Whether both sides were done.
    #[must_use]
    pub fn is_normal(&self) -> bool {
        self.cause == '-' && self.phase == '-'
    }
}

impl std::fmt::Display for Termination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.cause, self.phase)?;
        let cookies = [self.client_cookie, self.server_cookie];
        cookies
            .into_iter()
            .flatten()
            .try_for_each(|letter| write!(f, "{letter}"))
    }
}
