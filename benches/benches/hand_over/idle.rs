//! `vga` while nothing changes: its memory beside the text, and its processor time.

use std::fmt;
use std::fs;
use std::time::Duration;

use vamp_testkit::servers::Vga;
use vamp_testkit::{memory, ports, wait};

use crate::configuration::Gateways;
use crate::failure::{Failure, Result};
use crate::site::{BASE, Directories, LIMIT, Server};
use crate::stores::{Kind, Store};

/// Gateways of the configuration that the agent has.
const GATEWAYS: u16 = 1000;

/// What the kernel counts processor time in, told to programs: a hundredth of a second on all platforms.
const TICK: Duration = Duration::from_millis(10);

const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// What an agent needs.
#[derive(Debug)]
pub(crate) struct Idle {
    /// Resident memory at the end, in MiB.
    resident: f64,
    /// The length of the text, in MiB.
    text: f64,
    /// Processor time of all threads.
    busy: Duration,
    /// While so much went by.
    of: Duration,
}

impl Idle {
    /// At most so many MiB beside the text.
    const MEMORY: f64 = 15.0;
    /// At most so much of one processor, in percent.
    const PROCESSOR: f64 = 0.1;
}

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let beside = self.resident - self.text;
        let percent = 100.0 * self.busy.as_secs_f64() / self.of.as_secs_f64();
        write!(
            f,
            "resident {:.1} MiB, which is {beside:.1} MiB beside the text of {:.1} MiB (at most {} MiB): {}; \
             {percent:.3} % of a processor in {:?} (at most {} %): {}",
            self.resident,
            self.text,
            Self::MEMORY,
            crate::verdict(beside <= Self::MEMORY),
            self.of,
            Self::PROCESSOR,
            crate::verdict(percent <= Self::PROCESSOR),
        )
    }
}

/// An agent of this store, the program itself, is watched for so long.
pub(crate) async fn measure(kind: Kind, time: Duration) -> Result<Idle> {
    let store = Store::start(kind).await?;
    let sockets = Directories::new()?;
    let gateways = Gateways::new(GATEWAYS, sockets.runtime()).await?;
    let text = gateways.moved(0)?.text;
    let mut server = Server::new(&store).await?;
    let revision = server.publish(&text).await?;
    let status = ports::lease()?;
    let address = status.address().to_string();
    let arguments = ["--status-address", &address, "--log", "warn"];
    let vga = Vga::start_with(store.url(), BASE, None, &arguments).await?;
    server.heard_of(revision).await?;
    let before = vga.state_directory().join("haproxy.previous.cfg");
    wait::until(LIMIT, || async { !before.exists() }).await?;

    let process = vga.id().ok_or_else(|| Failure::failed("vga has ended"))?;
    let start = processor_time(process)?;
    tokio::time::sleep(time).await;
    let resident = memory::resident(process)
        .ok_or_else(|| Failure::failed("the kernel does not tell the memory of vga"))?;
    Ok(Idle {
        resident: resident as f64 / MEBIBYTE,
        text: text.len() as f64 / MEBIBYTE,
        busy: processor_time(process)?.saturating_sub(start),
        of: time,
    })
}

/// Processor time of all threads, those that have ended included.
fn processor_time(process: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The command in parentheses may contain anything. User and system time are the 12th and 13th word behind it.
    let rest = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
    let ticks: Vec<u32> = rest
        .split(' ')
        .skip(11)
        .take(2)
        .map_while(|word| word.parse().ok())
        .collect();
    match ticks[..] {
        [user, system] => Ok(TICK * (user + system)),
        _ => Err(Failure::failed(
            "the kernel does not tell the processor time of vga",
        )),
    }
}
