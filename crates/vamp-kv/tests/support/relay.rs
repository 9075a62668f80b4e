//! A network between a client and a server that can be cut, and be slow.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Passes connections on while it is closed, ends them and refuses new ones while it is open, like a switch.
pub(crate) struct Relay {
    address: SocketAddr,
    passes: watch::Sender<bool>,
    silent: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Relay {
    /// What the server says is passed on `later`.
    pub(crate) async fn to(server: SocketAddr, later: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (passes, state) = watch::channel(true);
        let silent = Arc::new(AtomicUsize::new(0));
        let left = Arc::clone(&silent);
        let task = tokio::spawn(async move {
            let mut unanswered = Vec::new();
            while let Ok((client, _)) = listener.accept().await {
                let one_less = |left: usize| left.checked_sub(1);
                if left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
                    .is_ok()
                {
                    unanswered.push(client);
                } else {
                    tokio::spawn(pass(client, server, later, state.clone()));
                }
            }
        });
        Self {
            address,
            passes,
            silent,
            task,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// So many of the next connections stay open, and nothing is said on them.
    #[allow(dead_code, reason = "not every test program has silent connections")]
    pub(crate) fn leave_unanswered(&self, connections: usize) {
        self.silent.store(connections, Ordering::Relaxed);
    }

    /// How many connections are still to be left without an answer.
    #[allow(dead_code, reason = "not every test program has silent connections")]
    pub(crate) fn still_unanswered(&self) -> usize {
        self.silent.load(Ordering::Relaxed)
    }

    /// Ends all connections; new ones end at once.
    pub(crate) fn cut(&self) {
        self.passes.send_replace(false);
    }

    pub(crate) fn mend(&self) {
        self.passes.send_replace(true);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(mut client: TcpStream, server: SocketAddr, later: Duration, mut passes: watch::Receiver<bool>) {
    if !*passes.borrow_and_update() {
        return;
    }
    let Ok(mut server) = TcpStream::connect(server).await else {
        return;
    };
    let ((mut asked, mut answer), (mut answered, mut ask)) = (client.split(), server.split());
    let asking = async {
        let _ = tokio::io::copy(&mut asked, &mut ask).await;
        let _ = ask.shutdown().await;
    };
    let answering = async {
        let mut part = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = answered.read(&mut part).await {
            if !later.is_zero() {
                tokio::time::sleep(later).await;
            }
            if answer.write_all(&part[..length]).await.is_err() {
                return;
            }
        }
        let _ = answer.shutdown().await;
    };
    tokio::select! {
        _ = futures::future::join(asking, answering) => {}
        _ = passes.wait_for(|passes| !passes) => {}
    }
}
