//! Files that a configuration names, and what of them changes without a reload.

use super::compare::Findings;
use super::reason::{Reason, ReasonKind};
use super::sections::Layout;
use super::{ChangedFile, Command, DiffOptions, PatternKind, Pem, patterns};
use crate::document::{Line, Piece, Token};

/// What a line does with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Patterns(PatternKind),
    Certificate,
    /// It reads it when it is loaded, and never again.
    Load,
    /// It may name the file: it depends on the environment.
    Unclear,
}

pub(super) fn compare(wanted: &Layout<'_>, options: &DiffOptions<'_>, findings: &mut Findings) {
    let changed: Vec<&ChangedFile<'_>> = options
        .files
        .iter()
        .filter(|file| file.running != file.wanted)
        .collect();
    if changed.is_empty() {
        return;
    }
    let lines: Vec<Line<'_>> = wanted.in_order();
    for file in changed {
        let uses = lines.iter().flat_map(|line| uses_in(*line, file.path));
        one(file, &uses.collect::<Vec<_>>(), &lines, findings);
    }
}

fn one(file: &ChangedFile<'_>, uses: &[(Line<'_>, Use)], lines: &[Line<'_>], findings: &mut Findings) {
    let mut reload = |line: Line<'_>, because| {
        let path = file.path.to_owned();
        let kind = ReasonKind::File { path, because };
        findings.reasons.push(Reason::new(kind, None, Some(line)));
    };
    let Some((first, how)) = uses.first() else {
        // What a list of certificates names is not in the configuration.
        let lists = |line: &&Line<'_>| {
            line.words()
                .any(|word| word.is("crt-list") || word.is("crt-base"))
        };
        if let Some(line) = lines.iter().find(lists) {
            reload(*line, "may be one of the certificates that are meant here");
        }
        return;
    };
    if let Some((line, _)) = uses.iter().find(|(_, use_of_it)| *use_of_it == Use::Unclear) {
        return reload(*line, "may be meant here: it depends on the environment");
    }
    if let Some((line, _)) = uses
        .iter()
        .find(|(_, use_of_it)| use_of_it != how || *use_of_it == Use::Load)
    {
        return reload(*line, "is read only when HAProxy is loaded");
    }
    let (Some(running), Some(new)) = (file.running, file.wanted) else {
        return reload(*first, "files come and go with a reload only");
    };
    let command = match how {
        Use::Patterns(kind) => {
            let (running, new) = (patterns::entries(*kind, running), patterns::entries(*kind, new));
            if !patterns::are_sendable(&running) || !patterns::are_sendable(&new) {
                return reload(*first, "an entry has control characters or more than 8 KiB");
            }
            patterns::update(&running, &new).map(|update| Command::UpdatePatterns {
                kind: *kind,
                file: file.path.to_owned(),
                update,
            })
        }
        _ => Some(Command::ReplaceCertificate {
            file: file.path.to_owned(),
            pem: Pem::new(new),
        }),
    };
    findings.commands.files.extend(command);
}

/// What a line does with a file, for each time that it names it.
fn uses_in<'d>(line: Line<'d>, path: &str) -> Vec<(Line<'d>, Use)> {
    let words: Vec<Token<'d>> = line.words().collect();
    let with_previous = words
        .iter()
        .enumerate()
        .map(|(index, word)| (index.checked_sub(1).and_then(|before| words.get(before)), word));
    let is_map_acl = words.iter().any(|word| word.is("-M"));
    with_previous
        .filter_map(|(previous, word)| use_of(previous, *word, path, is_map_acl))
        .map(|found| (line, found))
        .collect()
}

fn use_of(previous: Option<&Token<'_>>, word: Token<'_>, path: &str, is_map_acl: bool) -> Option<Use> {
    let follows = |keyword: &str| previous.is_some_and(|previous| previous.is(keyword));
    if word.has_variables() {
        return may_be(word, path).then_some(Use::Unclear);
    }
    let text = word.text();
    if follows("crt")
        && let Some(found) = use_of_certificate(&text, path)
    {
        return Some(found);
    }
    if text == path && follows("-f") && !is_map_acl {
        return Some(Use::Patterns(PatternKind::Acl));
    }
    let mut uses = occurrences(&text, path).map(|(before, after)| {
        let is_map = before.strip_suffix('(').is_some_and(ends_with_map) && after.starts_with([')', ',']);
        if is_map {
            Use::Patterns(PatternKind::Map)
        } else {
            Use::Load
        }
    });
    let first = uses.next()?;
    Some(if uses.all(|other| other == first) {
        first
    } else {
        Use::Load
    })
}

/// What stands before and behind each place where a path is named, and not a longer one.
fn occurrences<'t>(text: &'t str, path: &str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let is_of_path = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    text.match_indices(path)
        .filter_map(move |(at, found)| Some((text.get(..at)?, text.get(at + found.len()..)?)))
        .filter(move |(before, after)| !before.ends_with(is_of_path) && !after.starts_with(is_of_path))
}

/// What `crt` and a word, the name of a file or of a directory, have to do with a file.
fn use_of_certificate(named: &str, path: &str) -> Option<Use> {
    let (stem, ending) = path.rsplit_once('.').unwrap_or((path, ""));
    // What HAProxy reads with a certificate: its key, who signed it, and what others say of it.
    let is_beside = matches!(
        ending,
        "key" | "issuer" | "ocsp" | "sctl" | "dh" | "rsa" | "dsa" | "ecdsa"
    );
    let is_same_but_ending = named.rsplit_once('.').is_some_and(|(named, _)| named == stem);
    if named == path || is_in_directory(path, named) {
        // A name without a directory is looked for below `crt-base`, and HAProxy knows the certificate by both.
        let is_known = path.starts_with('/') && (!is_beside || named == path);
        return Some(if is_known { Use::Certificate } else { Use::Load });
    }
    (is_beside && (stem == named || is_same_but_ending)).then_some(Use::Load)
}

/// Whether an expression ends with a converter that looks up a map: `map`, `map_beg_int` and their like.
fn ends_with_map(expression: &str) -> bool {
    let start = expression.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let name = expression.get(start.map_or(0, |at| at + 1)..).unwrap_or_default();
    name == "map" || name.starts_with("map_")
}

fn is_in_directory(path: &str, directory: &str) -> bool {
    let name = path
        .strip_prefix(directory.trim_end_matches('/'))
        .and_then(|rest| rest.strip_prefix('/'));
    name.is_some_and(|name| !name.is_empty() && !name.contains('/'))
}

/// Whether a word with environment variables can be the path: what is certain of it stands in the path, in this order.
fn may_be(word: Token<'_>, path: &str) -> bool {
    let mut rest = Some(path);
    let mut has_text = false;
    for piece in word.pieces() {
        if let Piece::Text(text) = piece {
            has_text = true;
            rest = rest.and_then(|rest| rest.find(text).and_then(|at| rest.get(at + text.len()..)));
        }
    }
    !has_text || rest.is_some()
}
