//! A gateway is added: from the call that hands it over until a new worker serves it, checked and confirmed.

use std::time::Duration;

use benches::Latencies;
use vamp_agent::How;

use crate::configuration::Gateways;
use crate::failure::{Failure, Result};
use crate::site::{Directories, Server, Site};
use crate::stores::{Kind, Store};

/// Gateways at any time.
const GATEWAYS: u16 = 100;

/// From the confirmation of one change to the next: longer than the agent leaves between two reloads.
const PAUSE: Duration = Duration::from_millis(750);

/// So many changes through this store. With each a gateway comes and another one goes.
pub(crate) async fn measure(kind: Kind, changes: usize) -> Result<Latencies> {
    let store = Store::start(kind).await?;
    let directories = Directories::new()?;
    let all = GATEWAYS + u16::try_from(changes)?;
    let gateways = Gateways::new(all, directories.runtime()).await?;
    let site = [Site::start(&store, "one", directories, "haproxy".into()).await?];
    let mut server = Server::new(&store).await?;
    let serve = |first: usize| gateways.from(first, GATEWAYS.into());
    server.change(&site, &serve(0)?.text).await?;
    let mut latencies = Latencies::default();
    for number in 1..=changes {
        let text = serve(number)?;
        let before = site[0].worker_pid();
        tokio::time::sleep(PAUSE).await;
        let change = server.change(&site, &text.text).await?;
        let reloaded = change.applied.iter().all(|applied| applied.how == How::Reload);
        if !reloaded || site[0].worker_pid() == before {
            return Err(Failure::failed("a gateway came without a new worker"));
        }
        // The servers of the new gateway are among them.
        site[0].has_weights(&text.weights).await?;
        latencies.extend([change.took]);
    }
    let [site] = site;
    site.stop().await?;
    Ok(latencies)
}
