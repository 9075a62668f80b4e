//! What a process needs.

/// Resident memory of a process in bytes; nothing where it does not run.
///
/// ```
/// let own = vamp_testkit::memory::resident(std::process::id());
/// assert!(own.is_some_and(|bytes| bytes > 4096));
/// ```
#[must_use]
pub fn resident(pid: u32) -> Option<u64> {
    told(pid, "VmRSS:")
}

/// The most resident memory that a process has had, in bytes; nothing where it does not run.
///
/// ```
/// let own = std::process::id();
/// assert!(vamp_testkit::memory::most_resident(own).is_some_and(|bytes| bytes > 4096));
/// ```
#[must_use]
pub fn most_resident(pid: u32) -> Option<u64> {
    told(pid, "VmHWM:")
}

/// A line of the kernel's status of a process, in bytes.
fn told(pid: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}
