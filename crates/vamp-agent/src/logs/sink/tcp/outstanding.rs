//! What the kernel has of a connection that the other side has not acknowledged.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd as _, OwnedFd};

use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, socket,
};

/// `SOCK_DIAG_BY_FAMILY`, the question and its answer.
const BY_FAMILY: u16 = 20;

/// `NLM_F_REQUEST`
const REQUEST: u16 = 1;

/// `AF_INET`, `AF_INET6` and `IPPROTO_TCP`
const INET: u8 = 2;
const INET6: u8 = 10;
const TCP: u8 = 6;

/// Length of a head, and where the answer has the number of bytes.
const HEAD: usize = 16;
const COUNT_AT: usize = HEAD + 60;

/// Asks the kernel about one connection, by its socket for diagnoses (`sock_diag(7)`): what `SIOCOUTQ` tells, which no safe function does.
#[derive(Debug)]
pub(super) struct Outstanding {
    socket: OwnedFd,
    question: Vec<u8>,
}

impl Outstanding {
    /// For the connection between two addresses.
    pub(super) fn of(here: SocketAddr, there: SocketAddr) -> io::Result<Self> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = socket(
            AddressFamily::Netlink,
            SockType::Datagram,
            flags,
            SockProtocol::NetlinkSockDiag,
        )?;
        Ok(Self {
            socket,
            question: question(here, there),
        })
    }

    /// Bytes written that are not acknowledged; an error when the kernel does not know the connection, or does not tell.
    pub(super) fn bytes(&self) -> io::Result<usize> {
        let flags = MsgFlags::MSG_DONTWAIT;
        sendto(
            self.socket.as_raw_fd(),
            &self.question,
            &NetlinkAddr::new(0, 0),
            flags,
        )?;
        let mut answer = [0; 1024];
        let length = recv(self.socket.as_raw_fd(), &mut answer, flags)?;
        let answer = answer.get(..length).unwrap_or_default();
        let kind = answer.get(4..6).and_then(|bytes| bytes.try_into().ok());
        let count = answer
            .get(COUNT_AT..COUNT_AT + 4)
            .and_then(|bytes| bytes.try_into().ok());
        match (kind.map(u16::from_ne_bytes), count.map(u32::from_ne_bytes)) {
            (Some(BY_FAMILY), Some(count)) => Ok(usize::try_from(count).unwrap_or(usize::MAX)),
            _ => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

/// `nlmsghdr` and `inet_diag_req_v2`.
fn question(here: SocketAddr, there: SocketAddr) -> Vec<u8> {
    let mut body = Vec::with_capacity(56);
    let family = if here.is_ipv4() { INET } else { INET6 };
    body.extend([family, TCP, 0, 0]);
    body.extend(u32::MAX.to_ne_bytes());
    body.extend(here.port().to_be_bytes());
    body.extend(there.port().to_be_bytes());
    for address in [here.ip(), there.ip()] {
        match address {
            IpAddr::V4(address) => {
                body.extend(address.octets());
                body.extend([0; 12]);
            }
            IpAddr::V6(address) => body.extend(address.octets()),
        }
    }
    // Any interface, and whatever cookie.
    body.extend(0_u32.to_ne_bytes());
    body.extend([0xff; 8]);

    let mut question = Vec::with_capacity(HEAD + body.len());
    let length = u32::try_from(HEAD + body.len()).unwrap_or(u32::MAX);
    question.extend(length.to_ne_bytes());
    question.extend(BY_FAMILY.to_ne_bytes());
    question.extend(REQUEST.to_ne_bytes());
    question.extend([0; 8]);
    question.extend(body);
    question
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    use nix::sys::socket::{setsockopt, sockopt};

    use super::*;

    fn counts_what_is_not_acknowledged(address: &str) {
        let listener = TcpListener::bind(address).unwrap();
        setsockopt(&listener, sockopt::RcvBuf, &4096).unwrap();
        let mut connection = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut other, _) = listener.accept().unwrap();
        let outstanding =
            Outstanding::of(connection.local_addr().unwrap(), connection.peer_addr().unwrap()).unwrap();
        assert_eq!(outstanding.bytes().unwrap(), 0);

        connection.set_nonblocking(true).unwrap();
        let mut written = 0;
        while let Ok(more) = connection.write(&[b'x'; 4096]) {
            written += more;
        }
        let waiting = outstanding.bytes().unwrap();
        assert!(
            waiting > 0 && waiting <= written,
            "{waiting} of {written} bytes, of which nothing is read"
        );
        let mut rest = vec![0; written];
        other.read_exact(&mut rest).unwrap();
        // The last acknowledgement may be on its way.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while outstanding.bytes().unwrap() > 0 {
            assert!(std::time::Instant::now() < deadline);
            std::thread::yield_now();
        }
    }

    #[test]
    fn what_waits_for_a_reader_is_counted_over_either_protocol() {
        counts_what_is_not_acknowledged("127.0.0.1:0");
        counts_what_is_not_acknowledged("[::1]:0");
    }
}
