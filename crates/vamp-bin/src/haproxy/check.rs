//! `vga check`.

use std::io::{ErrorKind, Write as _};
use std::process::{Command, Stdio};

use vamp_haproxy::Document;
use vamp_haproxy::document::{Problem, Severity};

use super::arguments::CheckArguments;
use crate::client::output::Output;
use crate::display::Complaint;
use crate::input::Input;
use crate::{Error, Exit, Result};

pub(super) fn run(output: &Output, arguments: &CheckArguments) -> Result<Exit> {
    super::once_from_standard_input(&arguments.files)?;
    let inputs: Vec<Input> = arguments
        .files
        .iter()
        .map(|file| Input::read(file))
        .collect::<Result<_>>()?;
    if arguments.print {
        for input in &inputs {
            output.text(&Document::parse(input.text.as_str()).to_string())?;
        }
        return Ok(Exit::Success);
    }
    let mut complaints = Vec::new();
    let mut refused = 0;
    for input in &inputs {
        let document = Document::parse(input.text.as_str());
        let problems = document.problems();
        let mut is_refused = problems
            .iter()
            .any(|problem| problem.severity == Severity::Refused);
        complaints.extend(problems.iter().map(|problem| complaint(input, problem)));
        if !arguments.no_haproxy {
            match ask(arguments, &input.text)? {
                Verdict::Accepted => {}
                Verdict::Refused(words) => {
                    is_refused = true;
                    output.remark(&words.replace(STANDARD_INPUT, &input.name));
                }
                Verdict::NotInstalled => output.remark(&format!(
                    "{} is not here: only what can be told without it was checked",
                    arguments.haproxy.display()
                )),
            }
        }
        refused += usize::from(is_refused);
        if !is_refused && problems.is_empty() {
            output.text(&format!("{}: no problems\n", input.name))?;
        }
    }
    let message = match (refused, complaints.len()) {
        (0, 0) => return Ok(Exit::Success),
        (0, _) => {
            let doubts: Vec<String> = complaints.iter().map(ToString::to_string).collect();
            output.remark(doubts.concat().trim_end());
            return Ok(Exit::Success);
        }
        (1, _) => "HAProxy would not load the configuration".to_owned(),
        (count, _) => format!("HAProxy would not load {count} of the configurations"),
    };
    Err(Error::new(Exit::Invalid, message).at(complaints))
}

fn complaint(input: &Input, problem: &Problem) -> Complaint {
    let complaint = Complaint {
        line: problem.line,
        column: problem.column,
        width: 1,
        message: problem.kind.found().to_owned(),
        hint: Some(format!("expected {}", problem.kind.expected())),
        ..Complaint::default()
    };
    complaint.within(&input.name, &input.text)
}

/// What HAProxy says.
enum Verdict {
    Accepted,
    Refused(String),
    NotInstalled,
}

/// What HAProxy calls the text that it is asked about.
const STANDARD_INPUT: &str = "/dev/stdin";

/// Asks HAProxy; it reads the text from its standard input, so that what is checked is what was read.
fn ask(arguments: &CheckArguments, text: &str) -> Result<Verdict> {
    let Some(program) = &vamp_io::program::find(&arguments.haproxy) else {
        return Ok(Verdict::NotInstalled);
    };
    let failed = |source: std::io::Error| Error::file(Exit::Failed, "run", program, source);
    let started = Command::new(program)
        .args(["-c", "-f", STANDARD_INPUT])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Verdict::NotInstalled),
        Err(error) => return Err(failed(error)),
    };
    if let Some(mut input) = child.stdin.take() {
        // HAProxy may stop reading at the first mistake.
        match input.write_all(text.as_bytes()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(failed(error)),
            _ => {}
        }
    }
    let answer = child.wait_with_output().map_err(failed)?;
    // 2 says that nothing is wrong, and that nothing would be listened on either: a part of a configuration, perhaps.
    if matches!(answer.status.code(), Some(0 | 2)) {
        return Ok(Verdict::Accepted);
    }
    let words = String::from_utf8_lossy(&answer.stderr);
    let alerts: Vec<&str> = words.lines().filter(|line| line.starts_with("[ALERT]")).collect();
    Ok(Verdict::Refused(if alerts.is_empty() {
        words.into_owned()
    } else {
        alerts.join("\n")
    }))
}
