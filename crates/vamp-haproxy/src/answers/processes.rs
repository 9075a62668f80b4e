use std::time::Duration;

use super::InvalidAnswer;

const COMMAND: &str = "show proc";

/// The answer of a master process to `show proc`: section 9.4.1 of HAProxy's management guide.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Processes {
    /// The master.
    pub master: Process,
    /// Reloads that failed since the last that went well; 0 before HAProxy 2.5, which does not say it.
    pub failed_reloads: u64,
    /// The workers of the present configuration, of which there is one unless `nbproc` of old versions asks for more. Empty while none runs.
    pub workers: Vec<Process>,
    /// Workers of earlier configurations, which finish what they have.
    pub old_workers: Vec<Process>,
    /// Programs that the master runs beside them: section `program` of the configuration.
    pub programs: Vec<Process>,
}

/// One process.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Process {
    /// Its process id.
    pub pid: u32,
    /// `master`, `worker`, or the name of a program.
    pub kind: String,
    /// The master's: reloads since its start, failed ones included. A worker's: reloads that it has lived through.
    pub reloads: u64,
    /// Since it started; of the master since the last reload, which starts it anew.
    pub uptime: Duration,
    /// HAProxy's version; `None` for programs.
    pub version: Option<String>,
}

impl Processes {
    /// Reads the answer to `show proc`.
    ///
    /// # Errors
    /// There is no master, or a line is no process.
    pub fn read(answer: &str) -> Result<Self, InvalidAnswer> {
        let invalid = |line, missing| InvalidAnswer {
            command: COMMAND,
            line,
            missing,
        };
        let mut master = None;
        let (mut workers, mut old_workers, mut programs) = (Vec::new(), Vec::new(), Vec::new());
        let mut heading = "";
        for (line, number) in answer.lines().zip(1..) {
            if line.starts_with('#') {
                heading = line.trim();
                continue;
            }
            if line.trim().is_empty() {
                continue;
            }
            let process = Process::read(line).ok_or(invalid(number, "process"))?;
            match heading {
                "# workers" => workers.push(process),
                "# old workers" => old_workers.push(process),
                "# programs" | "# old programs" => programs.push(process),
                _ if process.kind == "master" && master.is_none() => master = Some((process, failed(line))),
                // HAProxy before 2.0 has no headings.
                _ if process.reloads == 0 => workers.push(process),
                _ => old_workers.push(process),
            }
        }
        let (master, failed_reloads) = master.ok_or(invalid(1, "master"))?;
        Ok(Self {
            master,
            failed_reloads,
            workers,
            old_workers,
            programs,
        })
    }
}

impl Process {
    /// `12  worker  0  0d00h00m02s  2.6.12-1`; older versions have the number of the worker before the reloads.
    fn read(line: &str) -> Option<Self> {
        let line = match line.split_once('[') {
            Some((before, after)) => format!("{before} {}", after.split_once(']')?.1),
            None => line.to_owned(),
        };
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let uptime = words.iter().position(|word| duration(word).is_some())?;
        Some(Self {
            pid: words.first()?.parse().ok()?,
            kind: (*words.get(1)?).to_owned(),
            reloads: words.get(uptime.checked_sub(1)?)?.parse().ok()?,
            uptime: duration(words.get(uptime)?)?,
            version: words
                .get(uptime + 1)
                .filter(|word| **word != "-")
                .map(|word| (*word).to_owned()),
        })
    }
}

/// `[failed: 2]`.
fn failed(line: &str) -> u64 {
    let number = line
        .split_once("[failed: ")
        .and_then(|(_, rest)| rest.split_once(']'));
    number.and_then(|(number, _)| number.parse().ok()).unwrap_or(0)
}

/// `0d00h02m07s`.
fn duration(text: &str) -> Option<Duration> {
    let (days, rest) = text.split_once('d')?;
    let (hours, rest) = rest.split_once('h')?;
    let (minutes, rest) = rest.split_once('m')?;
    let seconds = rest.strip_suffix('s')?;
    let parts = [(days, 86_400), (hours, 3600), (minutes, 60), (seconds, 1)];
    let total = parts.iter().try_fold(0_u64, |total, (number, unit)| {
        let number: u64 = number.parse().ok()?;
        total.checked_add(number.checked_mul(*unit)?)
    })?;
    Some(Duration::from_secs(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "#<PID>          <type>          <reloads>       <uptime>        <version>\n\
        1162            master          5 [failed: 2]   1d00h02m07s     2.6.12-1\n\
        # workers\n\
        1271            worker          0               0d00h00m03s     2.6.12-1\n\
        # old workers\n\
        1233            worker          3               0d00h00m43s     2.4.0\n\
        # programs\n\
        1244            foo             0               0d00h00m00s     -\n\n";

    #[test]
    fn workers_and_old_workers_are_told_apart() {
        let processes = Processes::read(ANSWER).unwrap();
        assert_eq!(
            (
                processes.master.pid,
                processes.master.reloads,
                processes.failed_reloads
            ),
            (1162, 5, 2)
        );
        assert_eq!(processes.master.uptime, Duration::from_secs(86_400 + 127));
        let pids = |processes: &[Process]| processes.iter().map(|process| process.pid).collect::<Vec<_>>();
        assert_eq!(pids(&processes.workers), [1271]);
        assert_eq!(pids(&processes.old_workers), [1233]);
        assert_eq!(processes.workers[0].version.as_deref(), Some("2.6.12-1"));
        assert_eq!(
            (
                processes.programs[0].kind.as_str(),
                &processes.programs[0].version
            ),
            ("foo", &None)
        );
    }

    #[test]
    fn before_2_5_nobody_says_how_many_reloads_failed() {
        let processes = Processes::read(&ANSWER.replace(" [failed: 2]", "")).unwrap();
        assert_eq!((processes.master.reloads, processes.failed_reloads), (5, 0));
    }

    #[test]
    fn other_answers_are_errors_that_say_where() {
        for (answer, expected) in [
            ("", "no answer to 'show proc': line 1 has no master"),
            (
                "Permission denied\n",
                "no answer to 'show proc': line 1 has no process",
            ),
            (
                "#<PID>\n1 master 0 [failed 0d00h00m00s 2.6\n",
                "no answer to 'show proc': line 2 has no process",
            ),
        ] {
            assert_eq!(Processes::read(answer).unwrap_err().to_string(), expected);
        }
    }
}
