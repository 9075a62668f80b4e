//! HAProxy's own words: the log file of its process, and the lines of its configuration checks.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::Path;

/// At most so many bytes of alerts are kept when a failure is to be explained.
const EXPLANATION_LIMIT: usize = 64 * 1024;

/// What HAProxy puts before what keeps it from working.
const ALERT: &str = "[ALERT]";

/// At most so many alerts are told in one line: where a thousand ports are taken, the first few say what is wrong.
const ALERTS: usize = 5;

/// The length of the output so far; what is said later begins here.
pub(crate) fn position(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// What of the words since `position` can explain a failure: the alerts, and the last words. A HAProxy with many gateways may say a
/// warning for each of them before. A file that is shorter was emptied meanwhile.
pub(crate) fn since(path: &Path, position: u64) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(if position > length { 0 } else { position }))?;
    let mut kept = String::new();
    let mut last = String::new();
    for line in BufReader::new(file).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        if line.contains(ALERT) && kept.len() + line.len() < EXPLANATION_LIMIT {
            kept.push_str(&line);
            kept.push('\n');
        } else if !line.trim().is_empty() {
            last = line.into_owned();
        }
    }
    Ok(kept + &last)
}

/// Keeps the log file below `limit` bytes: what is there moves into `<file>.1`, and the file, which HAProxy holds open
/// for appending, is emptied.
pub(crate) fn bound(path: &Path, limit: u64) -> io::Result<()> {
    if position(path) <= limit {
        return Ok(());
    }
    let mut old = path.as_os_str().to_owned();
    old.push(".1");
    fs::copy(path, &old)?;
    fs::File::options().write(true).open(path)?.set_len(0)
}

/// One complaint of HAProxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// Line in the file, from 1, where HAProxy names one.
    pub(crate) line: Option<usize>,
    /// HAProxy's words without time, level and process id.
    pub(crate) text: String,
    /// Whether it prevents the configuration from being used; else it is a warning.
    pub(crate) fatal: bool,
}

/// The alerts and warnings in what HAProxy printed. Summary lines that repeat an alert are left out when there is one.
pub(crate) fn complaints(output: &str) -> Vec<Complaint> {
    let all: Vec<Complaint> = output.lines().filter_map(complaint).collect();
    let specific: Vec<Complaint> = all
        .iter()
        .filter(|complaint| !is_summary(&complaint.text))
        .cloned()
        .collect();
    if specific.iter().any(|complaint| complaint.fatal) || !all.iter().any(|complaint| complaint.fatal) {
        specific
    } else {
        all
    }
}

/// The fatal complaints in one line, or the last words when there is none.
pub(crate) fn explanation(output: &str) -> Option<String> {
    let last_words = || output.lines().rev().map(str::trim).find(|line| !line.is_empty());
    alerts(output).or_else(|| last_words().map(str::to_owned))
}

/// The fatal complaints in one line.
pub(crate) fn alerts(output: &str) -> Option<String> {
    let fatal: Vec<String> = complaints(output)
        .into_iter()
        .filter(|complaint| complaint.fatal)
        .map(|complaint| complaint.text)
        .collect();
    let (told, others) = fatal.split_at(fatal.len().min(ALERTS));
    let mut words = told.join("; ");
    if !others.is_empty() {
        words.push_str(&format!("; and {} more", others.len()));
    }
    (!fatal.is_empty()).then_some(words)
}

fn complaint(line: &str) -> Option<Complaint> {
    let fatal = line.contains(ALERT);
    if !fatal && !line.contains("[WARNING]") {
        return None;
    }
    // `[ALERT]    (4711) : config : parsing [/path/file.cfg:12] : unknown keyword …`
    let (_, after_level) = line.split_once(']')?;
    let text = after_level
        .split_once(" : ")
        .map_or(after_level, |(_, words)| words)
        .trim();
    Some(Complaint {
        line: line_number(text),
        text: text.to_owned(),
        fatal,
    })
}

fn line_number(text: &str) -> Option<usize> {
    text.split('[').skip(1).find_map(|after| {
        let (place, _) = after.split_once(']')?;
        let (_, number) = place.rsplit_once(':')?;
        number.parse().ok()
    })
}

fn is_summary(text: &str) -> bool {
    [
        "Error(s) found in configuration file",
        "Fatal errors found in configuration",
        "Some protocols failed to start their listeners",
        "Loading failure",
        "Current worker",
        "exit-on-failure",
    ]
    .iter()
    .any(|summary| text.contains(summary))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSAL: &str = "\
[NOTICE]   (900) : haproxy version is 2.6.12-1+deb12u4
[ALERT]    (900) : config : parsing [/run/x/haproxy.cfg:12] : unknown keyword 'banana' in 'backend' section
[WARNING]  (900) : config : parsing [/run/x/haproxy.cfg:14] : some advice
[ALERT]    (900) : config : Error(s) found in configuration file : /run/x/haproxy.cfg
[ALERT]    (900) : config : Fatal errors found in configuration.
";

    #[test]
    fn complaints_carry_line_and_words() {
        assert_eq!(
            complaints(REFUSAL),
            [
                Complaint {
                    line: Some(12),
                    text: "config : parsing [/run/x/haproxy.cfg:12] : unknown keyword 'banana' in 'backend' section"
                        .to_owned(),
                    fatal: true,
                },
                Complaint {
                    line: Some(14),
                    text: "config : parsing [/run/x/haproxy.cfg:14] : some advice".to_owned(),
                    fatal: false,
                },
            ]
        );
    }

    #[test]
    fn a_taken_port_is_explained() {
        let output = "[ALERT]    (7) : Binding [a.cfg:11] for frontend f: cannot bind socket (Address already in use) \
                      for [127.0.0.1:18099]\n[ALERT]    (7) : [haproxy.main()] Some protocols failed to start their \
                      listeners! Exiting.\n";
        assert_eq!(
            explanation(output).as_deref(),
            Some(
                "Binding [a.cfg:11] for frontend f: cannot bind socket (Address already in use) \
                 for [127.0.0.1:18099]"
            )
        );
    }

    #[test]
    fn an_alert_behind_thousands_of_warnings_is_found_and_many_alerts_are_counted() -> io::Result<()> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("haproxy.log");
        let warning =
            "[WARNING]  (9) : config : log format ignored for proxy 'p' since it has no log address.\n";
        let alert = |port: usize| {
            format!("[ALERT] (9) : Binding for proxy p: cannot bind socket for [127.0.0.1:{port}]\n")
        };
        let before = "[ALERT] (8) : of an earlier start\n";
        fs::write(
            &path,
            before.to_owned() + &warning.repeat(5000) + &alert(1) + "[NOTICE] (9) : bye\n",
        )?;
        let said = since(&path, before.len() as u64)?;
        let told = explanation(&said).unwrap_or_default();
        assert_eq!(told, "Binding for proxy p: cannot bind socket for [127.0.0.1:1]");

        fs::write(&path, (0..3000).map(alert).collect::<String>())?;
        let told = explanation(&since(&path, 0)?).unwrap_or_default();
        assert!(
            told.starts_with("Binding for proxy p: cannot bind socket for [127.0.0.1:0]; "),
            "{told}"
        );
        assert!(told.contains("; and ") && told.len() < 1000, "{told}");

        // Emptied since the place was noted.
        fs::write(&path, alert(2))?;
        assert!(since(&path, 10_000)?.contains("127.0.0.1:2"));
        Ok(())
    }

    #[test]
    fn the_last_words_stand_in_for_alerts() {
        assert_eq!(explanation("one\n\ntwo\n\n").as_deref(), Some("two"));
        assert_eq!(explanation(""), None);
    }

    #[test]
    fn the_file_is_emptied_beyond_its_limit_and_its_content_kept_once() -> io::Result<()> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("haproxy.log");
        fs::write(&path, "0123456789")?;
        bound(&path, 10)?;
        assert_eq!(fs::read_to_string(&path)?, "0123456789");
        bound(&path, 9)?;
        assert_eq!(fs::read_to_string(&path)?, "");
        assert_eq!(
            fs::read_to_string(directory.path().join("haproxy.log.1"))?,
            "0123456789"
        );
        Ok(())
    }
}
