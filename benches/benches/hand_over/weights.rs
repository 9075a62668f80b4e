//! A weight changes: from the call that hands it over until it is live, by commands to the running worker.

use std::time::Duration;

use benches::Latencies;
use vamp_agent::How;

use crate::configuration::Gateways;
use crate::failure::{Failure, Result};
use crate::site::{Directories, Server, Site};
use crate::stores::{Kind, Store};

/// Between two changes: longer than what the agent takes for one burst, and than the distance between two of its reports.
const PAUSE: Duration = Duration::from_millis(150);

/// HAProxy is asked whether it is true after each of so many changes.
const ASKED: usize = 10;

/// So many changes through this store, with so many gateways.
pub(crate) async fn measure(kind: Kind, gateways: u16, changes: usize) -> Result<Latencies> {
    let store = Store::start(kind).await?;
    let directories = Directories::new()?;
    let gateways = Gateways::new(gateways, directories.runtime()).await?;
    let site = [Site::start(&store, "one", directories, "haproxy".into()).await?];
    let mut server = Server::new(&store).await?;
    server.change(&site, &gateways.moved(0)?.text).await?;
    let mut latencies = Latencies::default();
    for number in 1..=changes {
        let text = gateways.moved(number)?;
        tokio::time::sleep(PAUSE).await;
        let change = server.change(&site, &text.text).await?;
        if change.applied.iter().any(|applied| applied.how != How::Runtime) {
            return Err(Failure::failed("a weight was not changed at run time"));
        }
        if number % ASKED == 0 || number == changes {
            site[0].has_weights(&text.weights).await?;
        }
        latencies.extend([change.took]);
    }
    let [site] = site;
    site.stop().await?;
    Ok(latencies)
}
