//! Many agents on one etcd: a weight changes, until the last of them has applied it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use benches::Latencies;
use vamp_agent::How;
use vamp_testkit::skip;

use crate::configuration::Gateways;
use crate::failure::{Failure, Result};
use crate::site::{Directories, Server, Site};
use crate::stand_in;
use crate::stores::{Kind, Store};

/// Gateways: few, since the checks that so many HAProxy make of their servers would be most of what this machine does.
const GATEWAYS: u16 = 10;

/// From the end of one change, files included, to the next.
const PAUSE: Duration = Duration::from_millis(300);

/// Each change moves the weights of two servers.
const COMMANDS: usize = 2;

/// What is beside each agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proxy {
    Haproxy,
    StandIn,
}

/// So many changes with so many agents, which are started one after the other.
pub(crate) async fn measure(agents: usize, proxy: Proxy, changes: usize) -> Result<Latencies> {
    let programs = tempfile::tempdir()?;
    let program = match proxy {
        Proxy::Haproxy => with_own_network(programs.path())?,
        Proxy::StandIn => stand_in::program(programs.path())?,
    };
    let store = Store::start(Kind::Etcd).await?;
    // The text is the same for all, and with it the paths of the sockets between the proxies.
    let shared = Directories::new()?;
    let gateways = Gateways::new(GATEWAYS, shared.runtime()).await?;
    let mut sites = Vec::with_capacity(agents);
    for number in 0..agents {
        let id = format!("agent-{number}");
        sites.push(Site::start(&store, &id, Directories::in_memory()?, program.clone()).await?);
    }
    let mut server = Server::new(&store).await?;
    server.change(&sites, &gateways.moved(0)?.text).await?;
    let mut latencies = Latencies::default();
    for number in 1..=changes {
        let text = gateways.moved(number)?;
        tokio::time::sleep(PAUSE).await;
        let change = server.change(&sites, &text.text).await?;
        if change.applied.iter().any(|applied| applied.how != How::Runtime) {
            return Err(Failure::failed("a weight was not changed at run time"));
        }
        latencies.extend([change.took]);
    }
    let wanted = gateways.moved(changes)?.weights;
    for site in sites {
        match proxy {
            Proxy::Haproxy => site.has_weights(&wanted).await?,
            Proxy::StandIn => {
                stand_in::has_recorded(site.state_directory(), COMMANDS * changes, &wanted)?;
            }
        }
        site.stop().await?;
    }
    Ok(latencies)
}

/// HAProxy in a network of its own, as on a host of its own: all of them bind the same ports.
fn with_own_network(directory: &Path) -> Result<PathBuf> {
    let (haproxy, ip) = (skip::find("haproxy")?, skip::find("ip")?);
    let allowed = Command::new("unshare")
        .args(["--net", "true"])
        .stderr(Stdio::null())
        .status();
    if !allowed.is_ok_and(|status| status.success()) {
        let why = "this user cannot make a network namespace for each HAProxy";
        return Err(Failure::Skipped(why.to_owned()));
    }
    let path = directory.join("haproxy-alone");
    let script = format!(
        "#!/bin/sh\nexec unshare --net -- sh -c '{ip} link set lo up && exec {haproxy} \"$@\"' haproxy \"$@\"\n",
        ip = ip.display(),
        haproxy = haproxy.display(),
    );
    fs::write(&path, script)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
    Ok(path)
}
