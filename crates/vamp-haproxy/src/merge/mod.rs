//! HAProxy files of the user beside ours.
//!
//! Pure: texts go in, and one text or all reasons against it come out.
//!
//! - **`global`**: each line of the user's is added to ours, or takes the place of ours that says the same setting.
//! - **`defaults` without a name**, of which there may be one: the same for his own proxies. For the gateways it counts in what cannot change
//!   what they do (time limits, connections, error pages …); what else it says is told in [`Merged::only_own`].
//! - **A conditional block** within these sections is taken over as a whole. Where it says a setting of ours, ours holds in the other cases.
//! - **Everything else**, comments included, stands behind the gateways as it was written, in the order of the files. As with several files
//!   of HAProxy's own (`-f`), a proxy has what the last `defaults` before it says. `defaults` with a name are no business of ours.
//! - **Settings that the agent needs** are refused, with the [reason](Need): processes and their limits, sockets, logs.
//! - **A setting of `global`** that HAProxy takes one line of, and two lines of the user's say, is told with both places.
//! - **Names, addresses and sockets** that two would have are told with both places, unless they stand in different branches of one
//!   conditional block. Addresses that depend on the environment are not looked at, and those by name are not resolved.
//! - **Our backends** can be named: `use_backend` with the [lookup name](vamp_model::lookup::gateway()) of a gateway of HTTP leads into it,
//!   conditions and all, where [`GenerateOptions::entrances`](crate::GenerateOptions::entrances) is on. `o_` before that name leads to
//!   its routes by their weights, past the conditions.

mod address;
mod body;
mod branches;
mod conflict;
mod listening;
mod merged;
mod merging;
mod names;
mod nearest;
mod need;
mod parts;
mod place;
mod refused;
mod setting;
mod settings;
mod shared;
mod sheet;
mod twice;
mod weave;

pub use conflict::Conflict;
pub use merged::{Merged, OnlyOwn, Replacement};
pub use need::Need;
pub use place::{OwnFile, Place, Source};

use std::path::Path;

use self::branches::Branches;
use self::names::Names;
use self::parts::Parts;
use self::place::{At, BASE, FIRST_OWN, Files, GATEWAYS};
use self::settings::Settings;
use self::sheet::Sheet;
use crate::Document;
use crate::document::{ProblemKind, Severity};

/// Our part of a configuration.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Ours<'a> {
    /// What comes before the gateways: that of [`base`](crate::base), or one that takes its place.
    pub base: &'a Document,
    /// The gateways' part: what [`generate`](crate::generate()) makes, printed and read.
    pub gateways: &'a Document,
    /// The socket of HAProxy's master process, which no configuration names. Default: none.
    pub master_socket: Option<&'a Path>,
}

impl<'a> Ours<'a> {
    /// A base and gateways.
    #[must_use]
    pub fn new(base: &'a Document, gateways: &'a Document) -> Self {
        Self {
            base,
            gateways,
            master_socket: None,
        }
    }
}

/// Puts files of the user beside ours: see [the module](self).
///
/// ```
/// use vamp_haproxy::Document;
/// use vamp_haproxy::merge::{Ours, OwnFile, merge};
///
/// let base = Document::parse("global\n  spread-checks 5\ndefaults\n  mode http\n  timeout client 50s\n");
/// let gateways = Document::parse("frontend edge\n  bind 0.0.0.0:9050\n");
/// let own = OwnFile::new("own.cfg", "global\n  spread-checks 9\n\nfrontend own\n  bind :8080\n");
/// let merged = merge(&Ours::new(&base, &gateways), &[own]).unwrap();
/// assert!(merged.document.to_string().starts_with("global\n  spread-checks 9\ndefaults\n"));
/// assert!(merged.document.to_string().ends_with("\n\nfrontend own\n  bind :8080\n"));
/// assert_eq!(merged.replaced[0].to_string(), "own.cfg:2: 'spread-checks' replaces the base (line 2)");
/// assert_eq!(merged.place(2).unwrap().to_string(), "own.cfg:2");
///
/// let own = OwnFile::new("own.cfg", "frontend own\n  bind 10.0.0.7:9050\n");
/// let conflicts = merge(&Ours::new(&base, &gateways), &[own]).unwrap_err();
/// assert_eq!(
///     conflicts[0].to_string(),
///     "own.cfg:2: 10.0.0.7:9050 is listened on in the gateways (line 2), as 0.0.0.0:9050; choose another address",
/// );
/// ```
///
/// # Errors
/// Every conflict of the user's files with ours and with each other, in the order of their lines. Where HAProxy would refuse to read a
/// file, those problems alone.
pub fn merge(ours: &Ours<'_>, own: &[OwnFile]) -> Result<Merged, Vec<Conflict>> {
    let files = Files::new(ours.base, ours.gateways, own);
    let problems = problems(&files);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut conflicts = Vec::new();
    let branches = Branches::of(&files);
    Names::of(&files, &branches, &mut conflicts).check_references(&files, &mut conflicts);
    listening::check(&files, &branches, ours.master_socket, &mut conflicts);
    let parts: Vec<Parts<'_>> = files
        .own()
        .map(|(file, document)| Parts::of(file, document, &files, &mut conflicts))
        .collect();
    let settings = Settings::of(&files, &branches, &parts, &mut conflicts);
    if conflicts.is_empty() {
        Ok(write(&files, &parts, settings))
    } else {
        conflicts.sort_by_key(|conflict| position(&files, conflict.place()));
        conflicts.dedup();
        Err(conflicts)
    }
}

/// What HAProxy would refuse to read. A line feed that is missing at the end is put there.
fn problems(files: &Files<'_>) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    for (file, document) in files.all().filter(|(file, _)| *file != GATEWAYS) {
        let refused = document.problems().into_iter().filter(|problem| {
            problem.severity == Severity::Refused && problem.kind != ProblemKind::MissingLineFeed
        });
        conflicts.extend(refused.map(|problem| Conflict::Problem {
            place: files.place(At {
                file,
                line: problem.line,
            }),
            problem,
        }));
    }
    conflicts
}

fn position(files: &Files<'_>, place: &Place) -> (usize, usize) {
    let file = files.sources.iter().position(|source| *source == place.source);
    (file.unwrap_or(BASE), place.line)
}

/// The base, the gateways and the files of the user, with an empty line between them.
fn write(files: &Files<'_>, parts: &[Parts<'_>], settings: Settings<'_>) -> Merged {
    let mut sheet = Sheet::default();
    let mut gateways = 0..0;
    for (file, document) in files.all() {
        if file == BASE {
            settings.write_base(&mut sheet, document);
            continue;
        }
        let parts = file.checked_sub(FIRST_OWN).and_then(|own| parts.get(own));
        let is_nothing = parts.is_some_and(|parts| parts.leaves_nothing(document));
        if is_nothing {
            continue;
        }
        sheet.push("\n", None);
        let start = sheet.text.len();
        for line in document.lines() {
            match parts {
                Some(parts) if parts.is_in_global(line.number()) => {}
                Some(parts) if parts.is_in_defaults(line.number()) => {
                    settings.write_own_defaults(&mut sheet, file, line);
                }
                _ => sheet.line(file, line),
            }
        }
        if file == GATEWAYS {
            gateways = start..sheet.text.len();
        }
    }
    Merged {
        document: Document::parse(sheet.text),
        replaced: settings.replaced,
        only_own: settings.only_own,
        gateways,
        origins: sheet.origins,
        sources: files.sources.clone(),
    }
}
