use std::io;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long HAProxy takes to check a configuration, the best of three; `None` where it is not installed, or refuses the text.
///
/// # Errors
/// The text cannot be written to a temporary file.
pub fn haproxy_check(text: &str) -> io::Result<Option<Duration>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("haproxy.cfg");
    std::fs::write(&path, text)?;
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let begin = Instant::now();
        let checked = Command::new("haproxy")
            .args(["-c", "-q", "-f"])
            .arg(&path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !checked.is_ok_and(|status| status.success()) {
            return Ok(None);
        }
        best = best.min(begin.elapsed());
    }
    Ok(Some(best))
}

/// How long a call takes, the best of five.
pub fn fastest(mut call: impl FnMut()) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let begin = Instant::now();
        call();
        best = best.min(begin.elapsed());
    }
    best
}
