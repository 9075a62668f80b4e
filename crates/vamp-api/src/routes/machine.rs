//! The machine and the process, as Linux tells it. What it does not tell is 0.

use std::fs;

use jiff::Timestamp;
use serde_json::{Value, json};

/// What clients know as `jvm`: there is no such machine, but the figures are those of this process.
pub(super) fn figures(started: Timestamp, now: Timestamp) -> Value {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = |name: &str| field(&status, name) * 1024;
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: f64 = first_word(&load).parse().unwrap_or(0.0);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = field(&status, "Threads:");
    let up_time = now.as_millisecond().saturating_sub(started.as_millisecond());
    let none = json!({"init": 0, "max": 0, "committed": 0, "used": 0});
    json!({
        "operating_system": {
            "name": std::env::consts::OS,
            "architecture": std::env::consts::ARCH,
            "version": kernel.trim(),
            "available_processors": processors,
            "system_load_average": load,
        },
        "runtime": {
            "process": format!("{}@{}", std::process::id(), host.trim()),
            "virtual_machine_name": "n/a",
            "virtual_machine_vendor": "n/a",
            "virtual_machine_version": "n/a",
            "start_time": started.as_millisecond(),
            "up_time": up_time.max(0),
        },
        "memory": {
            "heap": {
                "init": 0,
                "max": memory_limit(),
                "committed": kilobytes("VmSize:"),
                "used": kilobytes("VmRSS:"),
            },
            "non_heap": none,
        },
        "threads": {
            "count": threads,
            "peak_count": threads,
            "daemon_count": 0,
            "total_started_count": threads,
        },
    })
}

/// Bytes that the process may use: what its control group is given, else what the machine has.
fn memory_limit() -> u64 {
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max").unwrap_or_default();
    let machine = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    group
        .trim()
        .parse()
        .unwrap_or_else(|_| field(&machine, "MemTotal:") * 1024)
}

fn field(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    first_word(line.unwrap_or_default()).parse().unwrap_or(0)
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}
