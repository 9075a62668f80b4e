//! Refusals as the socket keeps them: a call that sends many datagrams says how many went, and not why it stopped.

use std::io::{self, IoSliceMut};
use std::os::fd::AsRawFd as _;

use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt};
use tokio::net::UdpSocket;

use super::Connection;

/// `SO_EE_ORIGIN_ICMP` and `SO_EE_ORIGIN_ICMP6`: said by a network, and not by this machine about what it was just asked.
const ORIGINS: [u8; 2] = [2, 3];

/// The socket keeps what it is told about datagrams that it has sent.
pub(super) fn keep(socket: &UdpSocket, is_ipv4: bool) -> io::Result<()> {
    let set = if is_ipv4 {
        setsockopt(socket, sockopt::Ipv4RecvErr, &true)
    } else {
        setsockopt(socket, sockopt::Ipv6RecvErr, &true)
    };
    set.map_err(io::Error::from)
}

impl Connection {
    /// The first refusal that the socket has kept, if there is one; it has none afterwards.
    pub(super) fn refusal(&self) -> Option<io::Error> {
        let mut found = None;
        loop {
            // The datagram itself is not wanted.
            let mut ignored = [0; 1];
            let mut slices = [IoSliceMut::new(&mut ignored)];
            let mut control = vec![0; 256];
            let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
            let message =
                recvmsg::<SockaddrStorage>(self.socket.as_raw_fd(), &mut slices, Some(&mut control), flags);
            let Ok(message) = message else { return found };
            let refused = message.cmsgs().into_iter().flatten().find_map(|told| {
                let (ControlMessageOwned::Ipv4RecvErr(told, _) | ControlMessageOwned::Ipv6RecvErr(told, _)) =
                    told
                else {
                    return None;
                };
                let number = i32::try_from(told.ee_errno).ok()?;
                ORIGINS
                    .contains(&told.ee_origin)
                    .then(|| io::Error::from_raw_os_error(number))
            });
            found = found.or(refused);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_refusal_is_kept_also_when_another_call_was_told_of_it() {
        let nobody = std::net::UdpSocket::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let connection = super::super::connect(&nobody.to_string()).await.unwrap();
        assert!(connection.refusal().is_none());
        connection.socket.send(b"one").await.unwrap();
        connection.socket.send(b"two").await.unwrap_err();
        let refusal = connection.refusal().map(|error| error.kind());
        assert_eq!(refusal, Some(io::ErrorKind::ConnectionRefused));
        assert!(connection.refusal().is_none());
    }
}
