//! Many commands in few requests, and which part of what comes back answers which.
//!
//! HAProxy ends each answer with an empty line, and takes care that none has one inside: section 9.3 of its management guide.

/// How long a request may be, in bytes. HAProxy's buffer has 16 KiB (`tune.bufsize`), of which it keeps some free.
const LONGEST_REQUEST: usize = 15 * 1024;

/// What HAProxy 2.6 answers without an empty line at the end. Such a command is the last of its request.
const ENDLESS: &str = "del server ";

/// What a master says, and nothing else, when the worker that is meant does not exist.
const NO_WORKER: &str = "Can't find the target PID";

/// Commands that are sent together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request<'a> {
    commands: Vec<&'a str>,
    length: usize,
}

/// What is wrong with a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Invalid {
    #[error("a command has no line feed")]
    LineFeed,
    #[error("a ';' within a command is written '\\;'")]
    Separator,
    #[error("a command is not blank")]
    Blank,
    #[error("a command has at most {LONGEST_REQUEST} bytes")]
    TooLong,
}

/// What is wrong with the answers to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong<'a> {
    /// No command was carried out.
    Refused { command: &'a str, words: &'a str },
    /// The answers end early.
    Broke { answered: usize, of: usize },
    /// There are more answers than commands.
    Mixed { answers: usize, commands: usize },
}

/// Distributes commands over requests. `prefix` is how many bytes come before the commands of each.
pub(super) fn requests<'a>(
    commands: &'a [impl AsRef<str>],
    prefix: usize,
) -> Result<Vec<Request<'a>>, Invalid> {
    let mut requests: Vec<Request<'a>> = Vec::new();
    for command in commands {
        let command = command.as_ref();
        validate(command)?;
        // With its separator or the line feed.
        let length = command.len() + 1;
        if prefix + length > LONGEST_REQUEST {
            return Err(Invalid::TooLong);
        }
        match requests.last_mut().filter(|request| request.takes(length)) {
            Some(request) => {
                request.commands.push(command);
                request.length += length;
            }
            None => requests.push(Request {
                commands: vec![command],
                length: prefix + length,
            }),
        }
    }
    Ok(requests)
}

fn validate(command: &str) -> Result<(), Invalid> {
    if command.contains('\n') {
        return Err(Invalid::LineFeed);
    }
    if command.trim().is_empty() {
        return Err(Invalid::Blank);
    }
    let mut escaped = false;
    for byte in command.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b';' => return Err(Invalid::Separator),
            _ => {}
        }
    }
    // A backslash at the end would take the separator that follows for a part of the command.
    if escaped { Err(Invalid::Separator) } else { Ok(()) }
}

impl<'a> Request<'a> {
    fn takes(&self, length: usize) -> bool {
        let last = self.commands.last().is_some_and(|command| is_endless(command));
        !last && self.length + length <= LONGEST_REQUEST
    }

    /// The commands in one line.
    pub(super) fn line(&self) -> String {
        self.commands.join(";")
    }

    /// The commands.
    pub(super) fn commands(&self) -> &[&'a str] {
        &self.commands
    }

    /// The answer to each command.
    pub(super) fn answers<'t>(&self, text: &'t str) -> Result<Vec<String>, Wrong<'t>>
    where
        'a: 't,
    {
        let of = self.commands.len();
        // A single answer needs no mark, and there are commands that forget about it.
        if of == 1 && is_whole(text) {
            return Ok(vec![text.strip_suffix('\n').unwrap_or(text).to_owned()]);
        }
        let (mut answers, rest) = split(text);
        if !rest.is_empty() {
            if says_no_worker(rest) {
                let command = self.commands.get(answers.len()).copied().unwrap_or_default();
                return Err(Wrong::Refused {
                    command,
                    words: rest.trim_end(),
                });
            }
            let last = self.commands.last().is_some_and(|command| is_endless(command));
            if last && answers.len() + 1 == of && rest.ends_with('\n') {
                answers.push(rest);
            }
        }
        match answers.len() {
            answered if answered < of => Err(Wrong::Broke { answered, of }),
            more if more > of => Err(Wrong::Mixed {
                answers: more,
                commands: of,
            }),
            _ => Ok(answers.into_iter().map(str::to_owned).collect()),
        }
    }
}

/// Whether these are the words of a master without the worker that is meant.
pub(super) fn says_no_worker(words: &str) -> bool {
    words.starts_with(NO_WORKER)
}

fn is_endless(command: &str) -> bool {
    let mut words = command.split_ascii_whitespace();
    ENDLESS
        .split_ascii_whitespace()
        .all(|word| words.next() == Some(word))
}

fn is_whole(text: &str) -> bool {
    text == "\n" || text.ends_with("\n\n")
}

/// The parts before each empty line, and what is left.
fn split(text: &str) -> (Vec<&str>, &str) {
    let mut answers = Vec::new();
    let mut rest = text;
    loop {
        if let Some(after) = rest.strip_prefix('\n') {
            answers.push("");
            rest = after;
        } else if let Some((answer, after)) = rest.split_once("\n\n") {
            let end = answer.len() + 1;
            answers.push(rest.get(..end).unwrap_or(answer));
            rest = after;
        } else {
            return (answers, rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one<'a>(commands: &'a [&'a str]) -> Request<'a> {
        let mut requests = requests(commands, 0).unwrap();
        assert_eq!(requests.len(), 1);
        requests.remove(0)
    }

    #[test]
    fn commands_fill_requests_and_keep_their_order() {
        let commands: Vec<String> = (0..3000)
            .map(|number| format!("set server shop/{number} weight 5"))
            .collect();
        let prefix = "@1;".len();
        let requests = requests(&commands, prefix).unwrap();
        assert!(
            requests
                .iter()
                .all(|request| prefix + request.line().len() < LONGEST_REQUEST)
        );
        let sent: Vec<&str> = requests
            .iter()
            .flat_map(|request| request.commands().to_vec())
            .collect();
        assert_eq!(sent, commands);
        let bytes: usize = commands.iter().map(|command| command.len() + 1).sum();
        assert_eq!(requests.len(), bytes.div_ceil(LONGEST_REQUEST - 64));
    }

    #[test]
    fn what_would_be_more_or_less_than_one_command_is_none() {
        let long = "x".repeat(LONGEST_REQUEST);
        for (command, expected) in [
            ("show info\nreload", Invalid::LineFeed),
            ("show info;reload", Invalid::Separator),
            ("add map a b\\\\;c d", Invalid::Separator),
            ("show info\\", Invalid::Separator),
            (" ", Invalid::Blank),
            (&long, Invalid::TooLong),
        ] {
            assert_eq!(requests(&["show info", command], 0), Err(expected));
        }
        assert!(requests(&["add map a b\\;c d\\\\"], 0).is_ok());
    }

    #[test]
    fn each_command_has_its_answer() {
        let answers =
            |commands: &[&str], text: &str| one(commands).answers(text).map_err(|wrong| format!("{wrong:?}"));
        let both = ["set server a/b weight 1", "show map"];
        assert_eq!(answers(&both, "\n# id\n2\n\n").unwrap(), ["", "# id\n2\n"]);
        assert_eq!(
            answers(&both, "No such server.\n\n\n").unwrap(),
            ["No such server.\n", ""]
        );
        assert_eq!(
            answers(&["show errors"], "one\n\ntwo\n\n").unwrap(),
            ["one\n\ntwo\n"]
        );
        for (text, expected) in [
            ("", "Broke { answered: 0, of: 2 }"),
            ("\n# id\n2\n", "Broke { answered: 1, of: 2 }"),
            ("\n\n\n", "Mixed { answers: 3, commands: 2 }"),
        ] {
            assert_eq!(answers(&both, text).unwrap_err(), expected);
        }
        let nobody = answers(&both, "Can't find the target PID matching the prefix '@!9'\n").unwrap_err();
        assert!(
            nobody.starts_with("Refused { command: \"set server a/b weight 1\""),
            "{nobody}"
        );
    }

    #[test]
    fn deleting_a_server_ends_its_request_because_its_answer_has_no_end() {
        let commands = ["set server a/b state maint", "del  server a/b", "show map"];
        let requests = requests(&commands, 0).unwrap();
        let lengths: Vec<usize> = requests.iter().map(|request| request.commands().len()).collect();
        assert_eq!(lengths, [2, 1]);
        for text in ["\nServer deleted.\n", "\nServer deleted.\n\n"] {
            assert_eq!(
                requests[0].answers(text),
                Ok(vec![String::new(), "Server deleted.\n".to_owned()])
            );
        }
        assert_eq!(
            one(&["del server a/b"]).answers("Server deleted.\n").unwrap(),
            ["Server deleted.\n"]
        );
        assert!(one(&["del server a/b"]).answers("Server del").is_err());
    }
}
