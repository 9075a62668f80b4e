//! What the kernel tells of processes: which of them carry the mark of an instance.
//!
//! Every process inherits the environment that its instance was started with, whatever it does to its session or parent. So
//! what belongs to an instance is found even when nothing was recorded of it.

use std::collections::HashMap;
use std::fs;
use std::io;

use vamp_io::process::{ProcessIdentity, Stat};

/// The variable with the name of the instance.
pub(crate) const INSTANCE: &str = "VAMP_INSTANCE";

/// The variable with the identity of the state directory whose driver started it.
pub(crate) const STATE: &str = "VAMP_PROCESS_STATE";

/// A process that carries the mark of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Carrier {
    pub(crate) identity: ProcessIdentity,
    /// The process group, which is the process id of its leader.
    pub(crate) group: u32,
    /// The session, which is the process id of its leader.
    pub(crate) session: u32,
}

impl Carrier {
    /// Whether it is the one that the driver started: the leader of its session, and the oldest where there are several.
    fn rank(&self) -> (bool, u64) {
        (self.session != self.identity.pid, self.identity.start_time)
    }
}

/// The processes that carry the mark of an instance of this state directory, by the name of the instance; the one that was
/// started first. A process that is becoming another program (`execve`) shows no environment for that moment and is missed.
pub(crate) fn carriers(state: &str) -> io::Result<HashMap<String, Vec<Carrier>>> {
    let mut found: HashMap<String, Vec<Carrier>> = HashMap::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // Processes of others cannot be read, and one that ends meanwhile is none.
        if let Some((instance, carrier)) = read(pid, state) {
            found.entry(instance).or_default().push(carrier);
        }
    }
    for carriers in found.values_mut() {
        carriers.sort_by_key(Carrier::rank);
    }
    Ok(found)
}

/// Those of one instance.
pub(crate) fn carriers_of(state: &str, instance: &str) -> io::Result<Vec<Carrier>> {
    Ok(carriers(state)?.remove(instance).unwrap_or_default())
}

fn read(pid: u32, state: &str) -> Option<(String, Carrier)> {
    let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
    if variable(&environment, STATE)? != state.as_bytes() {
        return None;
    }
    let instance = String::from_utf8(variable(&environment, INSTANCE)?.to_vec()).ok()?;
    let stat = Stat::of(pid)?;
    let carrier = Carrier {
        identity: stat.identity,
        group: stat.group,
        session: stat.session,
    };
    Some((instance, carrier))
}

fn variable<'a>(environment: &'a [u8], name: &str) -> Option<&'a [u8]> {
    environment
        .split(|byte| *byte == 0)
        .find_map(|entry| entry.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}

/// Identifies the run of the machine: process ids and start times mean something within one run only.
pub(crate) fn boot_id() -> io::Result<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_process_and_its_children_are_found_by_the_mark_they_carry() {
        let state = format!("test-{:016x}", rand::random::<u64>());
        let mut child = Command::new("/bin/sh")
            .args(["-c", "sleep 60 & echo; wait"])
            .env(STATE, &state)
            .env(INSTANCE, "web-1")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = [0; 1];
        io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut line).unwrap();

        // Nothing can be read of the child for the moment in which it becomes `sleep`.
        let limit = Instant::now() + Duration::from_secs(10);
        let found = loop {
            let found = carriers(&state).unwrap();
            if found["web-1"].len() > 1 || Instant::now() > limit {
                break found;
            }
            std::thread::yield_now();
        };
        let pids: Vec<u32> = found["web-1"]
            .iter()
            .map(|carrier| carrier.identity.pid)
            .collect();
        assert_eq!((found.len(), pids.len()), (1, 2), "{found:?}");
        assert_eq!(pids[0], child.id(), "the oldest is first");
        assert!(carriers("another").unwrap().is_empty());

        for carrier in carriers_of(&state, "web-1").unwrap() {
            carrier.identity.tell(vamp_io::process::Tell::Kill).unwrap();
        }
        child.wait().unwrap();
    }

    #[test]
    fn a_variable_is_found_by_its_whole_name() {
        let environment = b"XVAMP_INSTANCE=x\0VAMP_INSTANCES=y\0VAMP_INSTANCE=z=1\0";
        assert_eq!(variable(environment, INSTANCE), Some(b"z=1".as_slice()));
        assert_eq!(variable(environment, STATE), None);
    }
}
