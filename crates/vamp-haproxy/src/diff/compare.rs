use super::{Change, Command, Reason};
use crate::Config;
use crate::config::{Directive, Line, Section, Server};
use crate::text::Word;

/// Finds the cheapest way from one configuration to another. Its cost grows with the length of the two, not with their difference.
///
/// The weights that are raised come first, so that a backend never has none in between. Only weights of servers change without a reload, and only in backends whose `balance` takes them at any time: `roundrobin`,
/// `leastconn` and `random`.
#[must_use]
pub fn diff(old: &Config, new: &Config) -> Change {
    let mut raised = Vec::new();
    let mut lowered = Vec::new();
    let mut olds = meaningful(old);
    let mut news = meaningful(new);
    loop {
        let ((old_at, old_line), (new_at, new_line)) = match (olds.next(), news.next()) {
            (None, None) => break,
            (Some((_, line)), None) => return Change::Reload(Reason::Removed(line.to_string())),
            (None, Some((_, line))) => return Change::Reload(Reason::Added(line.to_string())),
            (Some(old), Some(new)) => (old, new),
        };
        if old_line == new_line {
            continue;
        }
        let (Line::Directive(Directive::Server(before)), Line::Directive(Directive::Server(after))) =
            (old_line, new_line)
        else {
            let (old, new) = (old_line.to_string(), new_line.to_string());
            return Change::Reload(Reason::Replaced { old, new });
        };
        if !before.is_same_but_weight(after) {
            let (old, new) = (old_line.to_string(), new_line.to_string());
            return Change::Reload(Reason::Replaced { old, new });
        }
        // Both sides are looked at: what runs has to take the command, and what is wanted has to be reached by it.
        let backend =
            runtime_backend(old, old_at).filter(|backend| runtime_backend(new, new_at) == Some(*backend));
        match (backend, weight(before), weight(after)) {
            (Some(backend), Some(before), Some(weight)) => {
                let commands = if weight > before {
                    &mut raised
                } else {
                    &mut lowered
                };
                commands.push(Command::SetWeight {
                    backend: backend.clone(),
                    server: after.name.clone(),
                    weight,
                });
            }
            _ => {
                let (backend, server) = (backend.cloned(), after.name.clone());
                return Change::Reload(Reason::Weight { backend, server });
            }
        }
    }
    // HAProxy answers requests between two commands: a backend whose last weight is lowered to zero before another is raised
    // would answer some of them with 503.
    let commands: Vec<Command> = raised.into_iter().chain(lowered).collect();
    if commands.is_empty() {
        Change::Nothing
    } else {
        Change::Runtime(commands)
    }
}

fn meaningful(config: &Config) -> impl Iterator<Item = (usize, &Line)> {
    config
        .lines()
        .iter()
        .enumerate()
        .filter(|(_, line)| line.is_meaningful())
}

/// The weight of a server whose line holds no surprises.
fn weight(server: &Server) -> Option<u16> {
    server.weight.filter(|_| server.is_understood())
}

/// The backend around a line, if the weights of its servers can be changed at any time.
///
/// A section with a line that is not understood is not trusted: it may be two sections, or say `balance` in another form.
fn runtime_backend(config: &Config, at: usize) -> Option<&Word> {
    let (before, after) = config.lines().split_at(at);
    let start = before.iter().rposition(|line| matches!(line, Line::Section(_)))?;
    let backend = match &config.lines().get(start)? {
        Line::Section(Section::Backend(name) | Section::Listen(name)) => name,
        _ => return None,
    };
    let above = before.iter().skip(start + 1);
    let below = after.iter().take_while(|line| !matches!(line, Line::Section(_)));
    let mut algorithm = None;
    for line in above.chain(below) {
        match line {
            Line::Verbatim(_) if line.is_meaningful() => return None,
            Line::Directive(Directive::Other { keyword, .. }) if begins_section(keyword) => return None,
            Line::Directive(Directive::Balance(words)) => algorithm = words.as_str().split(' ').next(),
            _ => {}
        }
    }
    let algorithm = algorithm?;
    let dynamic =
        matches!(algorithm, "roundrobin" | "leastconn" | "random") || algorithm.starts_with("random(");
    dynamic.then_some(backend)
}

/// Sections may stand indented in what a user wrote.
fn begins_section(keyword: &Word) -> bool {
    let sections = [
        "global",
        "defaults",
        "frontend",
        "backend",
        "listen",
        "peers",
        "mailers",
        "userlist",
        "resolvers",
        "cache",
        "ring",
        "http-errors",
        "program",
        "fcgi-app",
        "log-forward",
        "crt-store",
        "traces",
    ];
    sections.contains(&keyword.as_str())
}
