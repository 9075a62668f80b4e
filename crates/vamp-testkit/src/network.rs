//! A network that can lose every packet: a network namespace beside that of the test.

use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::process::Command;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::ports::{self, Lease};
use crate::{Error, skip};

/// Where the kernel shows the namespaces that have a name.
const NAMESPACES: &str = "/run/netns";

/// A network behind which a server of this machine is reached, until packets are dropped. Gone when it is dropped.
///
/// Nobody is told that a packet was dropped, in either direction: connections stay open and silent, as with a cable that is cut.
#[derive(Debug)]
pub struct Network {
    name: String,
    here: Ipv4Addr,
    there: Ipv4Addr,
    relay: Option<JoinHandle<()>>,
    // Its number makes name and addresses unique on this machine.
    _lease: Lease,
}

impl Network {
    /// True, and the test is counted as skipped, where this user cannot make one: it takes root and the program `ip`.
    #[must_use = "a test that has been skipped has to return"]
    pub fn is_missing() -> bool {
        if skip::without("ip") {
            return true;
        }
        let root = rustix::process::geteuid().is_root();
        if !root {
            skip::because("only root can make a network namespace");
        }
        !root
    }

    /// A network in which this address of a server is reached at another one.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] without the program `ip`, [`Error::Io`] when the kernel refuses.
    pub async fn before(server: SocketAddr) -> Result<(Self, SocketAddr), Error> {
        let lease = ports::lease()?;
        let number = lease.number();
        // A net of four addresses for each number.
        let at = |host: u32| {
            Ipv4Addr::from_bits(u32::from(Ipv4Addr::new(10, 200, 0, 0)) + u32::from(number) * 4 + host)
        };
        let mut network = Self {
            name: format!("vamp{number}"),
            here: at(1),
            there: at(2),
            relay: None,
            _lease: lease,
        };
        network.make()?;
        let listener = network.listener()?;
        let address = listener
            .local_addr()
            .map_err(Error::io("listen in", &network.name))?;
        let listener = TcpListener::from_std(listener).map_err(Error::io("listen in", &network.name))?;
        network.relay = Some(tokio::spawn(relay(listener, server)));
        Ok((network, address))
    }

    /// From now on nothing arrives, on either side.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn drop_packets(&self) -> Result<(), Error> {
        self.inside(&["route", "add", "blackhole", &self.here.to_string()])
    }

    /// Everything arrives again.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn pass_packets(&self) -> Result<(), Error> {
        self.inside(&["route", "del", "blackhole", &self.here.to_string()])
    }

    fn make(&self) -> Result<(), Error> {
        let (name, here, there) = (
            &self.name,
            format!("{}/30", self.here),
            format!("{}/30", self.there),
        );
        let (near, far) = (format!("{name}h"), format!("{name}n"));
        ip(&["netns", "add", name])?;
        ip(&[
            "link", "add", &near, "type", "veth", "peer", "name", &far, "netns", name,
        ])?;
        ip(&["addr", "add", &here, "dev", &near])?;
        ip(&["link", "set", &near, "up"])?;
        self.inside(&["addr", "add", &there, "dev", &far])?;
        self.inside(&["link", "set", &far, "up"])
    }

    fn inside(&self, arguments: &[&str]) -> Result<(), Error> {
        let mut all = vec!["-n", &self.name];
        all.extend(arguments);
        ip(&all)
    }

    /// A socket belongs to the namespace of the thread that opens it, whoever uses it then.
    fn listener(&self) -> Result<StdListener, Error> {
        let path = format!("{NAMESPACES}/{}", self.name);
        let there = self.there;
        let opened = std::thread::spawn(move || {
            let namespace = std::fs::File::open(path)?;
            move_into_link_name_space(
                std::os::fd::AsFd::as_fd(&namespace),
                Some(LinkNameSpaceType::Network),
            )?;
            // What comes from where nothing can be sent to is dropped, too.
            std::fs::write("/proc/sys/net/ipv4/conf/all/rp_filter", "1")?;
            let listener = StdListener::bind((there, 0))?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        });
        let opened = opened
            .join()
            .unwrap_or_else(|_| Err(std::io::Error::other("the thread that opens the socket panicked")));
        opened.map_err(Error::io("listen in", &self.name))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if let Some(relay) = self.relay.take() {
            relay.abort();
        }
        // The pair of devices goes with it. Nobody is there to be told that the kernel refuses.
        let _ = ip(&["netns", "del", &self.name]);
    }
}

/// Passes connections on as long as both sides live.
async fn relay(listener: TcpListener, server: SocketAddr) {
    while let Ok((mut client, _)) = listener.accept().await {
        tokio::spawn(async move {
            if let Ok(mut server) = TcpStream::connect(server).await {
                let _ = copy_bidirectional(&mut client, &mut server).await;
            }
        });
    }
}

fn ip(arguments: &[&str]) -> Result<(), Error> {
    let output = Command::new(skip::find("ip")?)
        .args(arguments)
        .output()
        .map_err(Error::io("run", "ip"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::io("carry out", format!("ip {}", arguments.join(" ")))(
        std::io::Error::other(said),
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_server_is_reached_until_packets_are_dropped() {
        if Network::is_missing() {
            return;
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = listener.local_addr().unwrap();
        let arrived = Arc::new(AtomicUsize::new(0));
        let count = arrived.clone();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let count = count.clone();
                tokio::spawn(async move {
                    while let Ok(byte) = client.read_u8().await {
                        count.fetch_add(1, Ordering::SeqCst);
                        client.write_u8(byte).await.unwrap();
                    }
                });
            }
        });
        let (network, address) = Network::before(server).await.unwrap();
        let mut client = TcpStream::connect(address).await.unwrap();
        let mut echo = async |text: &[u8]| {
            client.write_all(text).await.unwrap();
            let mut answer = vec![0; text.len()];
            timeout(Duration::from_millis(300), client.read_exact(&mut answer))
                .await
                .ok()?
                .ok()?;
            Some(answer)
        };
        assert_eq!(echo(b"a").await.unwrap(), b"a");
        network.drop_packets().unwrap();
        assert_eq!(echo(b"b").await, None);
        let connected = timeout(Duration::from_millis(300), TcpStream::connect(address)).await;
        assert!(connected.is_err(), "it is not even refused");
        assert_eq!(arrived.load(Ordering::SeqCst), 1, "nor does anything arrive");
        network.pass_packets().unwrap();
        // What was lost is sent again: nothing told either side that the connection was gone.
        let late = timeout(Duration::from_secs(20), client.read_u8()).await.unwrap();
        assert_eq!(late.unwrap(), b'b');
    }
}
