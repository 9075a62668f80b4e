//! `cargo xtask bench`: criterion's benchmarks, and the measurements of the whole system.

use crate::{
    failure::Failure,
    setup::{self, Purpose},
    step,
    workspace::Workspace,
};

/// The measurements of the whole system: the word on the command line, the program of `vamp-testkit`.
const PROGRAMS: &[(&str, &str)] = &[("change", "bench-change")];

/// The benchmarks that watch the program `vga` as users run it.
const OF_VGA: [&str; 4] = [
    "hand_over/idle/file",
    "hand_over/idle/etcd",
    "hand_over/idle/consul",
    "hand_over/idle/zookeeper",
];

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    setup::run(Purpose::Tests)?;
    let first = arguments.first().map(String::as_str);
    match PROGRAMS.iter().find(|(word, _)| Some(*word) == first) {
        Some((_, program)) => {
            workspace.build_programs()?;
            Err(step::become_program(
                workspace.program(program)?.args(&arguments[1..]),
            ))
        }
        None => {
            if choose_vga(arguments) {
                let mut command = workspace.cargo();
                command.args(["build", "--release", "-p", "vamp-bin", "--bin", "vga"]);
                step::run("build vga (profile release)", &mut command)?;
            }
            let mut command = workspace.cargo();
            command.args(["bench", "-p", "benches", "--"]).args(arguments);
            workspace.lend_samples(&mut command);
            step::run("benchmarks", &mut command)
        }
    }
}

/// Whether these words, parts of names, choose one of the benchmarks that watch `vga`; no word chooses all there are.
fn choose_vga(words: &[String]) -> bool {
    words.is_empty()
        || OF_VGA
            .iter()
            .any(|name| words.iter().any(|word| name.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vga_is_built_where_a_benchmark_of_it_is_chosen() {
        let chosen = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            choose_vga(&words)
        };
        assert!(chosen(&[]) && chosen(&["hand_over"]) && chosen(&["render", "idle/etcd"]));
        assert!(!chosen(&["render"]) && !chosen(&["hand_over/weight"]));
    }
}
