//! What a process needs.

/// Resident memory of a process in bytes; nothing where it does not run.
///
/// ```
/// let own = vamp_testkit::memory::resident(std::process::id());
/// assert!(own.is_some_and(|bytes| bytes > 4096));
/// ```
#[must_use]
pub fn resident(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}
