//! Settings that have two names: the name from the stronger source counts. A flag is stronger than the environment, and that than the file.

use std::path::Path;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use super::arguments::GoBool;
use crate::{Error, Result};

/// One setting with two names, each of which may be several flags together, by their ids.
struct Pair {
    what: &'static str,
    names: [&'static [&'static str]; 2],
    /// Whether an empty value says something, too.
    empty_counts: bool,
}

const PAIRS: [Pair; 4] = [
    Pair {
        what: "the directory of the configuration",
        names: [&["state_dir"], &["configuration_path"]],
        empty_counts: false,
    },
    Pair {
        what: "the configuration before the gateways",
        names: [&["haproxy_base"], &["configuration_basic_file"]],
        empty_counts: false,
    },
    Pair {
        what: "the store",
        names: [&["store"], &["store_type", "store_connection"]],
        empty_counts: false,
    },
    Pair {
        what: "Logstash",
        names: [&[LOGSTASH], &["logstash_host", "logstash_port"]],
        // It turns Logstash off.
        empty_counts: true,
    },
];

const LOGSTASH: &str = "logstash";
const LOG: &str = "log";
const DEBUG: &str = "debug";

/// Where a value comes from, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    File,
    Environment,
    CommandLine,
}

/// What is given, without the weaker of two names. `file` is the one that stands in for the defaults.
///
/// # Errors
/// Two names from one source contradict each other.
pub(super) fn settle(command: &Command, file: Option<&Path>, mut matches: ArgMatches) -> Result<ArgMatches> {
    for pair in PAIRS {
        let given = |matches: &ArgMatches, id: &str| given(matches, id, pair.empty_counts);
        let strongest = |ids: &[&'static str]| {
            let sources = ids.iter().filter_map(|id| Some((given(&matches, id)?, *id)));
            // Of equals the first is told.
            sources.rev().max_by_key(|(source, _)| *source)
        };
        let (Some(one), Some(other)) = (strongest(pair.names[0]), strongest(pair.names[1])) else {
            continue;
        };
        let weaker = match one.0.cmp(&other.0) {
            std::cmp::Ordering::Less => pair.names[0],
            std::cmp::Ordering::Greater => pair.names[1],
            std::cmp::Ordering::Equal if one.1 == LOGSTASH && is_one_logstash(&matches) => continue,
            std::cmp::Ordering::Equal => {
                return Err(twice(command, file, pair.what, one.0, [one.1, other.1]));
            }
        };
        weaker.iter().for_each(|id| forget(&mut matches, id));
    }
    what_is_logged(command, file, &mut matches)?;
    Ok(matches)
}

/// `--log` says all that `--debug` does; only a stronger `--debug` is heard beside it.
fn what_is_logged(command: &Command, file: Option<&Path>, matches: &mut ArgMatches) -> Result<()> {
    let is_asked = matches.get_one::<GoBool>(DEBUG).is_some_and(|debug| debug.0);
    let Some(log) = given(matches, LOG, false).filter(|_| is_asked) else {
        return Ok(());
    };
    let debug = given(matches, DEBUG, true).unwrap_or(Source::File);
    match debug.cmp(&log) {
        std::cmp::Ordering::Greater => forget(matches, LOG),
        std::cmp::Ordering::Equal if matches.get_one::<String>(LOG).is_some_and(|log| log != DEBUG) => {
            return Err(twice(command, file, "what is logged", log, [LOG, DEBUG]));
        }
        _ => {}
    }
    Ok(())
}

/// Where this value comes from, if there is one. None of the flags here has a default but that of the file.
fn given(matches: &ArgMatches, id: &str, empty_counts: bool) -> Option<Source> {
    let source = match matches.value_source(id)? {
        ValueSource::CommandLine => Source::CommandLine,
        ValueSource::EnvVariable => Source::Environment,
        _ => Source::File,
    };
    let is_empty = |value: &std::ffi::OsStr| value.to_str().is_some_and(|text| text.trim().is_empty());
    let mut values = matches.get_raw(id)?;
    (empty_counts || !values.all(is_empty)).then_some(source)
}

/// Whether host and port are those of the address.
fn is_one_logstash(matches: &ArgMatches) -> bool {
    let host = matches.get_one::<String>("logstash_host").map(String::as_str);
    let port = matches.get_one::<u16>("logstash_port").copied();
    matches
        .get_one::<String>(LOGSTASH)
        .is_some_and(|address| *address == super::logs::logstash_address(host, port))
}

fn forget(matches: &mut ArgMatches, id: &str) {
    // The ids are those of the command; a test asks for each.
    let _ = matches.try_clear_id(id);
}

fn twice(command: &Command, file: Option<&Path>, what: &str, source: Source, ids: [&str; 2]) -> Error {
    let name = |id: &str| {
        let flag = command.get_arguments().find(|flag| flag.get_id() == id);
        let long = || flag.and_then(clap::Arg::get_long).unwrap_or_default().to_owned();
        match source {
            Source::File => long(),
            Source::Environment => {
                let variable = flag.and_then(clap::Arg::get_env).unwrap_or_default();
                variable.to_string_lossy().into_owned()
            }
            Source::CommandLine => format!("--{}", long()),
        }
    };
    let place = match (source, file) {
        (Source::File, Some(file)) => format!("in {}", file.display()),
        (Source::File, None) => "in the file".to_owned(),
        (Source::Environment, _) => "in the environment".to_owned(),
        (Source::CommandLine, _) => "on the command line".to_owned(),
    };
    let [one, other] = ids.map(name);
    Error::usage(format!("{what} is named twice {place}: by {one} and by {other}")).hint(
        "give one of the two; of different sources flags win over the environment, and that over the file",
    )
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, FromArgMatches as _};

    use super::super::arguments::VgaArguments;
    use super::super::config_file::with_defaults_of;
    use super::*;

    /// What counts where the file says this beside the flags. What the environment says is for a process of its own to test.
    fn settled(file: &str, flags: &[&str]) -> Result<VgaArguments> {
        let command = with_defaults_of(VgaArguments::command(), "vga.toml", file)?;
        let arguments = std::iter::once("vga").chain(flags.iter().copied());
        let matches = command.clone().try_get_matches_from(arguments).unwrap();
        let matches = settle(&command, Some(Path::new("vga.toml")), matches)?;
        Ok(VgaArguments::from_arg_matches(&matches).unwrap())
    }

    #[test]
    fn every_name_is_one_of_the_command() {
        let command = VgaArguments::command();
        let names = PAIRS.iter().flat_map(|pair| pair.names.concat());
        for id in names.chain([LOG, DEBUG]) {
            assert!(command.get_arguments().any(|flag| flag.get_id() == id), "{id}");
        }
    }

    #[test]
    fn a_flag_wins_over_the_other_name_in_the_file() {
        let directory = settled("state-dir = '/a'\n", &["--configurationPath=/b"]).unwrap();
        assert_eq!(directory.state_dir, None);
        assert_eq!(directory.configuration_path.as_deref(), Some(Path::new("/b")));
        let back = settled("configurationPath = '/a'\n", &["--state-dir=/b"]).unwrap();
        assert_eq!(back.configuration_path, None);
        assert_eq!(back.state_dir.as_deref(), Some(Path::new("/b")));

        let base = settled("haproxy-base = '/a'\n", &["--configurationBasicFile=b"]).unwrap();
        assert_eq!(base.haproxy_base, None);
        assert_eq!(base.configuration_basic_file.as_deref(), Some(Path::new("b")));

        let logstash = settled("logstash = 'a:1'\n", &["--logstashHost=b"]).unwrap();
        assert_eq!(
            (logstash.logstash, logstash.logstash_host.as_deref()),
            (None, Some("b"))
        );
        let off = settled("logstashHost = 'a'\nlogstashPort = 1\n", &["--logstash="]).unwrap();
        assert_eq!((off.logstash.as_deref(), off.logstash_host), (Some(""), None));

        let file = "storeType = 'etcd'\nstoreConnection = 'a'\n";
        let store = settled(file, &["--store=etcd://b"]).unwrap();
        assert_eq!(
            (store.store.as_deref(), store.store_type),
            (Some("etcd://b"), None)
        );
        assert_eq!(store.store_connection, None);
        let by_kind = settled(
            "store = 'etcd://a'\nstoreType = 'etcd'\n",
            &["--storeConnection=b"],
        )
        .unwrap();
        assert_eq!(
            (by_kind.store, by_kind.store_type.as_deref()),
            (None, Some("etcd"))
        );
    }

    #[test]
    fn an_empty_value_names_no_store() {
        let store = settled("storeType = 'etcd'\nstoreConnection = 'a'\n", &["--store="]).unwrap();
        assert_eq!(store.store_type.as_deref(), Some("etcd"));
    }

    #[test]
    fn debug_on_the_command_line_wins_over_a_weaker_level() {
        let louder = settled("log = 'error'\n", &["--debug"]).unwrap();
        assert_eq!((louder.log, louder.debug.0), (None, true));
        let level = settled("debug = true\n", &["--log=error"]).unwrap();
        assert_eq!(level.log.as_deref(), Some("error"));
        assert!(settled("", &["--log=debug", "--debug"]).is_ok());
        let no = settled("log = 'error'\n", &["--debug=false"]).unwrap();
        assert_eq!(no.log.as_deref(), Some("error"));
    }

    #[test]
    fn names_of_one_source_that_contradict_each_other_are_told() {
        let cases: [(&str, &[&str]); 6] = [
            ("", &["--state-dir=/a", "--configurationPath=/b"]),
            ("haproxy-base = '/a'\nconfigurationBasicFile = 'b'\n", &[]),
            (
                "",
                &["--store=etcd://a", "--storeConnection=b", "--storeType=etcd"],
            ),
            ("store = 'etcd://a'\nstoreType = 'etcd'\n", &[]),
            ("", &["--logstash=a:1", "--logstashPort=2"]),
            ("", &["--log=warn", "--debug"]),
        ];
        let told = cases.map(|(file, flags)| settled(file, flags).unwrap_err().report());
        insta::assert_snapshot!(told.join("\n"));
        assert!(settled("", &["--logstash=127.0.0.1:2", "--logstashPort=2"]).is_ok());
    }
}
