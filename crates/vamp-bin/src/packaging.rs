//! What lies in `packaging/` and what its page says of it are in line with the programs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser as _;
use vamp_agent::Limits;

use crate::log_path;
use crate::programs::Cli;
use crate::serve::{Surroundings, runtime_directory_of_system};
use crate::vga::VgaArguments;

/// A program with its unit and its image.
struct Packaged {
    program: &'static str,
    unit: &'static str,
    image: &'static str,
}

const PACKAGED: [Packaged; 2] = [
    Packaged {
        program: "vamp",
        unit: include_str!("../../../packaging/systemd/vamp.service"),
        image: include_str!("../../../packaging/docker/vamp.Dockerfile"),
    },
    Packaged {
        program: "vga",
        unit: include_str!("../../../packaging/systemd/vga.service"),
        image: include_str!("../../../packaging/docker/vga.Dockerfile"),
    },
];

const PAGE: &str = include_str!("../../../docs/src/install.md");

/// The user of a package, for whom its directories are made.
fn surroundings() -> Surroundings {
    Surroundings {
        user: 998,
        home: None,
        state_home: None,
        runtime: None,
        temporary: PathBuf::from("/tmp"),
        is_own: |_| true,
    }
}

/// What a unit says of this, each time.
fn said<'a>(unit: &'a str, name: &str) -> Vec<&'a str> {
    let lines = unit.lines().filter_map(|line| line.split_once('='));
    lines
        .filter(|(found, _)| *found == name)
        .map(|(_, value)| value)
        .collect()
}

#[test]
fn packages_make_the_directories_that_the_programs_take_by_themselves() {
    for Packaged { program, unit, image } in PACKAGED {
        let state = surroundings().state_directory(program);
        let runtime = surroundings().runtime_directory(program);
        assert_eq!(runtime, runtime_directory_of_system(program));
        let [in_state, in_runtime] =
            ["StateDirectory", "RuntimeDirectory"].map(|directory| said(unit, directory));
        assert_eq!(
            in_state,
            [state.strip_prefix("/var/lib").unwrap().to_str().unwrap()]
        );
        assert_eq!(
            in_runtime,
            [runtime.strip_prefix("/run").unwrap().to_str().unwrap()]
        );
        let made = format!("mkdir -p {} {} ", state.display(), runtime.display());
        assert!(image.contains(&made), "{program}: {made}");
        assert!(
            image.contains(&format!("_STATE_DIRECTORY={}", state.display())),
            "the volume"
        );
    }
}

#[test]
fn packages_leave_the_directories_of_sockets_to_settings() {
    // Variables and flags win over files: what a package says there, nobody could say otherwise in the file.
    for Packaged { program, unit, image } in PACKAGED {
        for text in [unit, image] {
            for word in ["RUNTIME_DIRECTORY", "--runtime-dir"] {
                assert!(!text.contains(word), "{program}: {word}");
            }
        }
        assert_eq!(said(unit, "Environment"), [""; 0], "{program}");
    }
}

#[test]
fn the_end_of_a_program_has_the_time_that_it_may_take() {
    let limits = Limits::default();
    // A reload, the end of HAProxy in all its ways, and the last lines and metrics; a check is not waited for.
    let answer_of_worker = Duration::from_secs(5);
    let end_by_force = Duration::from_secs(10);
    let last_word = Duration::from_secs(1);
    let longest = limits.reload
        + answer_of_worker
        + limits.graceful_stop
        + end_by_force
        + log_path::LAST_LINES
        + last_word
        + log_path::LAST_METRICS;
    assert_eq!(longest, Duration::from_secs(43));
    // And for a reload of a configuration of many megabytes.
    let given = 90;
    assert!(longest < Duration::from_secs(given));
    for Packaged { program, unit, .. } in PACKAGED {
        assert_eq!(said(unit, "TimeoutStopSec"), [format!("{given}s")], "{program}");
        assert_eq!(said(unit, "OOMPolicy"), ["continue"], "{program}");
    }
    let runs = docker_runs();
    assert!(!runs.is_empty());
    for words in &runs {
        let told = words
            .windows(2)
            .any(|pair| pair == ["--stop-timeout", &given.to_string()]);
        assert!(told, "{words:?}");
    }
}

#[test]
fn the_images_end_by_the_signal_that_ends_the_programs_and_open_no_port() {
    for Packaged { program, image, .. } in PACKAGED {
        let instructions = image.lines().filter_map(|line| line.split_once(' '));
        let of = |name: &str| -> Vec<&str> {
            let found = instructions.clone().filter(|(found, _)| *found == name);
            found.map(|(_, value)| value).collect()
        };
        assert_eq!(of("STOPSIGNAL"), ["SIGTERM"], "{program}");
        assert_eq!(of("EXPOSE"), [""; 0], "{program}: nobody listens there");
    }
}

#[test]
fn the_commands_of_the_page_run_programs_with_flags_that_they_know() {
    for words in docker_runs() {
        let image = words
            .iter()
            .position(|word| ["vamp", "vga"].contains(&word.as_str()));
        let arguments = &words[image.expect("the image")..];
        let read = match arguments[0].as_str() {
            "vamp" => Cli::try_parse_from(arguments).map(drop),
            _ => VgaArguments::try_parse_from(arguments).map(drop),
        };
        assert!(read.is_ok(), "{words:?}: {}", read.unwrap_err());
    }
}

/// The words of every `docker run` of the page.
fn docker_runs() -> Vec<Vec<String>> {
    let joined = PAGE.replace("\\\n", " ");
    let runs = joined.lines().filter(|line| line.starts_with("docker run "));
    runs.map(|line| line.split_whitespace().map(str::to_owned).collect())
        .collect()
}

#[test]
fn what_a_unit_runs_is_a_command() {
    for Packaged { program, unit, .. } in PACKAGED {
        let [command] = said(unit, "ExecStart")[..] else {
            panic!("{program}");
        };
        let words: Vec<&str> = command.split_whitespace().collect();
        assert_eq!(Path::new(words[0]), Path::new("/usr/bin").join(program));
        let read = match program {
            "vamp" => Cli::try_parse_from(words).map(drop),
            _ => VgaArguments::try_parse_from(words).map(drop),
        };
        assert!(read.is_ok(), "{program}");
    }
}
