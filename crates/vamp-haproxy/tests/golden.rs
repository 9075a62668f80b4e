//! What the original makes of gateways and conditions.
//!
//! The samples are not part of this repository: the folder is named by `VAMP_SAMPLES`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use vamp_haproxy::acl::{Acls, When};
use vamp_haproxy::{GenerateOptions, generate};
use vamp_model::{Format, Gateway, read_stored};
use vamp_testkit::skip;

/// What differs from the original's configurations on purpose: the sample, the decision, and what becomes of the original's lines.
///
/// Each is listed among the differences that come with the samples.
const DIFFERENCES: &[(&str, &str, Difference)] = &[
    (
        "003-single-route-tcp",
        "D6 / §3.5",
        Difference::SharesByWeightInTcp,
    ),
    (
        "003-single-route-tcp",
        "§3.5 / §7.1 [T]",
        Difference::NoHeaderInTcp,
    ),
    (
        "007-partial-weights-zero-rest",
        "D8 / §4.5 §8.1",
        Difference::OrderAsWritten,
    ),
    ("014-condition-raw-unparsable", "D9 / §4.1", Difference::LeftOut),
    (
        "015-condition-three-operands-or",
        "D5 / §4.5",
        Difference::LinePerAlternative,
    ),
    (
        "020-balance-per-route",
        "D6 / §3.5",
        Difference::SharesByWeightInTcp,
    ),
    (
        "020-balance-per-route",
        "§3.5 / §7.1 [T]",
        Difference::NoHeaderInTcp,
    ),
    (
        "025-virtual-hosts-two-gateways",
        "D14 / §3.10",
        Difference::VirtualHosts,
    ),
    (
        "027-deployment-gateways-chain",
        "D6 / §3.5",
        Difference::SharesByWeightInTcp,
    ),
    (
        "027-deployment-gateways-chain",
        "§3.5 / §7.1 [T]",
        Difference::NoHeaderInTcp,
    ),
    ("031-special-characters", "§4.6 [T]", Difference::LeftOut),
    ("034-port-zero", "D36", Difference::LeftOut),
];

#[derive(Clone, Copy, PartialEq)]
enum Difference {
    /// Pools and hops of TCP share by weight.
    SharesByWeightInTcp,
    /// No `option forwardfor` in TCP.
    NoHeaderInTcp,
    /// Routes stand in the order in which they were written.
    OrderAsWritten,
    /// The gateway cannot work and is left out.
    LeftOut,
    /// A line for each alternative of a condition in the place of one for all.
    LinePerAlternative,
    /// Hosts are compared without port, and the gateway is reached over a socket, with the client's address.
    VirtualHosts,
}

fn samples() -> Option<PathBuf> {
    let folder = std::env::var_os("VAMP_SAMPLES").map(PathBuf::from);
    if folder.is_none() {
        skip::because("no samples (VAMP_SAMPLES is not set)");
    }
    folder.map(|folder| folder.join("golden"))
}

/// The lines that mean something, with single blanks.
fn meaningful(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

/// Proxies that tell whether they can serve are no part of what the original wrote: D7 of the differences, in every sample. Nor are the
/// limits that keep connections within HAProxy open, and that those to gateways are not shared (`docs/src/decisions/kept-hops.md`).
fn without_ours(lines: Vec<String>) -> Vec<String> {
    let is_ours = |line: &String| {
        line.starts_with("monitor-uri ")
            || line.starts_with("monitor fail ")
            || line.starts_with("option httpchk GET ")
            || line == "timeout client 1h"
            || line == "timeout http-keep-alive 1h"
            || line == "http-reuse never"
    };
    lines.into_iter().filter(|line| !is_ours(line)).collect()
}

fn is_section(line: &str) -> bool {
    line.starts_with("frontend ") || line.starts_with("backend ")
}

/// The lines of each section.
fn sections(lines: &[String]) -> Vec<&[String]> {
    lines.chunk_by(|_, next| !is_section(next)).collect()
}

fn differ(difference: Difference, wanted: Vec<String>) -> Vec<String> {
    let by_section = |change: &dyn Fn(&[String], &String) -> Option<String>| {
        let of_section = |section: &[String]| -> Vec<String> {
            section.iter().filter_map(|line| change(section, line)).collect()
        };
        sections(&wanted).into_iter().flat_map(of_section).collect()
    };
    let is_tcp = |section: &[String]| section.iter().any(|line| line == "mode tcp");
    match difference {
        Difference::SharesByWeightInTcp => by_section(&|section, line| {
            let is_share = section[0].starts_with("backend o_") || section[0].starts_with("backend im_");
            let changes = is_share && is_tcp(section) && line == "balance leastconn";
            Some(if changes {
                "balance roundrobin".to_owned()
            } else {
                line.clone()
            })
        }),
        Difference::NoHeaderInTcp => by_section(&|section, line| {
            (!(is_tcp(section) && line == "option forwardfor")).then(|| line.clone())
        }),
        // What is left is compared without regard to order.
        Difference::OrderAsWritten => wanted,
        Difference::LeftOut => Vec::new(),
        Difference::LinePerAlternative => wanted
            .iter()
            .flat_map(|line| match line.split_once(" if ") {
                Some((used, alternatives)) if used.starts_with("use_backend ") => alternatives
                    .split(" or ")
                    .map(|alternative| format!("{used} if {alternative}"))
                    .collect(),
                _ => vec![line.clone()],
            })
            .collect(),
        Difference::VirtualHosts => wanted,
    }
}

/// What is compared of the sections of virtual hosts: which host leads to which gateway, and all lines that both have.
fn hosts_of(lines: &[String]) -> (BTreeSet<(String, String)>, Vec<String>) {
    let mut hosts = BTreeSet::new();
    let mut rest = Vec::new();
    for section in sections(lines) {
        let is_unknown = section[0] == "backend virtual_hosts";
        let mut asked = None;
        for line in section {
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["acl", .., "-i", host] => asked = Some((*host).to_owned()),
                ["use_backend", backend, ..] if asked.is_some() => {
                    hosts.insert((asked.take().unwrap(), (*backend).to_owned()));
                }
                ["default_backend", "virtual_hosts"] | ["option", "forwardfor"] => {}
                ["bind", socket, "accept-proxy"] if socket.contains("/v_") => {}
                ["server", name, ..] if section.iter().any(|line| line.contains("X-Forwarded-Port")) => {
                    rest.push(format!("server {name}"));
                }
                _ if is_unknown => {}
                _ => rest.push(line.clone()),
            }
        }
    }
    (hosts, rest)
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

fn gateways(sample: &Path) -> Vec<Gateway> {
    let text = std::fs::read_to_string(sample.join("input.json")).unwrap();
    let gateways: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    gateways
        .iter()
        .map(|gateway| read_stored(&gateway.to_string(), Format::Json).unwrap())
        .collect()
}

fn compare(sample: &Path) -> Result<(), String> {
    let name = sample.file_name().unwrap().to_str().unwrap();
    let differences: Vec<Difference> = DIFFERENCES
        .iter()
        .filter(|(known, ..)| *known == name)
        .map(|(.., difference)| *difference)
        .collect();
    // S02-089: the same lines as the original, but for blanks and comments.
    let options = GenerateOptions::new("/usr/local/vamp");
    let generated = generate(&gateways(sample), &options).unwrap();
    let left_out = generated
        .omissions
        .iter()
        .any(|omission| omission.what.is_gateway());
    if left_out != differences.contains(&Difference::LeftOut) {
        return Err(format!("{name}: {:?}", generated.omissions));
    }
    let ours = without_ours(meaningful(&generated.config.to_string()));
    let theirs = meaningful(&std::fs::read_to_string(sample.join("expected.cfg")).unwrap());
    let theirs = differences
        .iter()
        .fold(theirs, |lines, difference| differ(*difference, lines));
    let is_same = if differences.contains(&Difference::VirtualHosts) {
        hosts_of(&ours) == hosts_of(&theirs)
    } else if differences.contains(&Difference::OrderAsWritten) {
        sorted(ours.clone()) == sorted(theirs.clone())
    } else {
        ours == theirs
    };
    if is_same {
        Ok(())
    } else {
        Err(format!("{name}\n{}", difference_of(&theirs, &ours)))
    }
}

fn difference_of(theirs: &[String], ours: &[String]) -> String {
    let missing = theirs.iter().filter(|line| !ours.contains(line));
    let added = ours.iter().filter(|line| !theirs.contains(line));
    let lines = missing
        .map(|line| format!("- {line}\n"))
        .chain(added.map(|line| format!("+ {line}\n")));
    lines.collect()
}

#[test]
fn gateways_become_the_configurations_of_the_original() {
    let Some(folder) = samples() else { return };
    let mut samples: Vec<PathBuf> = std::fs::read_dir(folder.join("haproxy"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("expected.cfg").is_file())
        .collect();
    samples.sort();
    assert!(samples.len() >= 20, "only {} samples", samples.len());
    let failures: Vec<String> = samples
        .iter()
        .filter_map(|sample| compare(sample).err())
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The cells of a table with escapes, without its first line.
fn rows(text: &str) -> Vec<Vec<String>> {
    let unescape = |cell: &str| {
        let mut text = String::new();
        let mut characters = cell.chars();
        while let Some(character) = characters.next() {
            text.push(match character {
                '\\' => match characters.next().unwrap() {
                    't' => '\t',
                    'n' => '\n',
                    'r' => '\r',
                    other => other,
                },
                other => other,
            });
        }
        text
    };
    let lines = text.lines().skip(1);
    lines
        .map(|line| line.split('\t').map(unescape).collect())
        .collect()
}

#[test]
fn every_difference_is_one_that_the_samples_list() {
    let Some(folder) = samples() else { return };
    let text = std::fs::read_to_string(folder.join("haproxy/DIFFERENCES.tsv")).unwrap();
    let listed = rows(&text);
    for (sample, decision, _) in DIFFERENCES {
        assert!(
            listed.iter().any(|row| row[0] == *sample && row[1] == *decision),
            "{sample} {decision}"
        );
    }
    let text = std::fs::read_to_string(folder.join("conditions-DIFFERENCES.tsv")).unwrap();
    let listed = rows(&text);
    for (condition, decision, _) in CONDITIONS {
        assert!(
            listed
                .iter()
                .any(|row| row[0] == *condition && row[1] == *decision),
            "{condition} {decision}"
        );
    }
}

/// What differs from the original's tests on purpose: the condition, the decision, and what we have.
const CONDITIONS: &[(&str, &str, Expected)] = &[
    (
        "host = \"a b\"",
        "§4.6",
        Expected::Lines(
            &["acl 63bbb79849c0bfc1 req.hdr(host) 'a b'"],
            &["63bbb79849c0bfc1"],
        ),
    ),
    (
        "cookie vamp has 123",
        "D1",
        Expected::Lines(
            &["acl 8da2d675345cb662 req.cook(vamp) -m sub '123'"],
            &["8da2d675345cb662"],
        ),
    ),
    (
        "cookie vamp contains abc",
        "D1",
        Expected::Lines(
            &["acl 3d6239848e9295d6 req.cook(vamp) -m sub 'abc'"],
            &["3d6239848e9295d6"],
        ),
    ),
    ("has cookie \"my cookie\"", "D33", Expected::Refused),
    (
        "(<a> and <b>) or (not <a> and not <b>)",
        "D3 / §4.4",
        Expected::Lines(
            &[A, B],
            &[
                "!256eb642c2d55aef !42291fc5d02ecb68",
                "256eb642c2d55aef 42291fc5d02ecb68",
            ],
        ),
    ),
    (
        "<a> or <b> or <c> or <d> or <e>",
        "D4 / §4.4",
        Expected::Lines(
            &[A, B, C, D, E],
            &[
                "256eb642c2d55aef",
                "42291fc5d02ecb68",
                "2e0ead0d4848bcb6",
                "6ef9f063331ed172",
                "c29156eac9bfe765",
            ],
        ),
    ),
    (
        "<a> and <b> or <c> and <d> or <e> and <f>",
        "D4 / §4.4",
        Expected::Lines(
            &[A, B, C, D, E, F],
            &[
                "256eb642c2d55aef 42291fc5d02ecb68",
                "2e0ead0d4848bcb6 6ef9f063331ed172",
                "c29156eac9bfe765 f5e62c3697100c51",
            ],
        ),
    ),
    ("< >", "D33", Expected::Refused),
    (
        "User-Agent = \"Firéfox\"",
        "D43",
        Expected::Lines(
            &["acl 1dafefabba29e73c req.fhdr(User-Agent) -m sub 'Firéfox'"],
            &["1dafefabba29e73c"],
        ),
    ),
];

const A: &str = "acl 256eb642c2d55aef a";
const B: &str = "acl 42291fc5d02ecb68 b";
const C: &str = "acl 2e0ead0d4848bcb6 c";
const D: &str = "acl 6ef9f063331ed172 d";
const E: &str = "acl c29156eac9bfe765 e";
const F: &str = "acl f5e62c3697100c51 f";

enum Expected {
    /// HAProxy would not take the condition.
    Refused,
    /// These tests and alternatives.
    Lines(&'static [&'static str], &'static [&'static str]),
}

/// The tests and alternatives of a condition; nothing where it cannot be used.
fn lines_of(condition: &str) -> Option<(Vec<String>, Vec<String>)> {
    let acls = Acls::of(&condition.parse().ok()?).ok()?;
    let alternatives = match acls.when {
        When::Never => Vec::new(),
        When::Always => vec!["<none>".to_owned()],
        When::Alternatives(alternatives) => alternatives.iter().map(ToString::to_string).collect(),
    };
    Some((acls.tests.iter().map(ToString::to_string).collect(), alternatives))
}

#[test]
fn conditions_become_the_tests_of_the_original() {
    let Some(folder) = samples() else { return };
    let text = std::fs::read_to_string(folder.join("conditions.tsv")).unwrap();
    let mut failures = Vec::new();
    let mut count = 0;
    for row in rows(&text) {
        let [condition, _, result, alternatives, tests, _] = row.try_into().unwrap();
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let difference = CONDITIONS.iter().find(|(known, ..)| *known == condition);
        let expected = match difference.map(|(.., expected)| expected) {
            Some(Expected::Refused) => None,
            Some(Expected::Lines(tests, alternatives)) => Some((owned(tests), owned(alternatives))),
            None if result == "never" => Some((Vec::new(), Vec::new())),
            None => {
                let tests = tests.split('\n').filter(|line| !line.is_empty());
                Some((
                    tests.map(str::to_owned).collect(),
                    alternatives.split(" or ").map(str::to_owned).collect(),
                ))
            }
        };
        count += 1;
        let found = lines_of(&condition);
        if found != expected {
            failures.push(format!("{condition}\n  {found:?}\n  {expected:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count >= 80, "only {count} conditions were compared");
}
