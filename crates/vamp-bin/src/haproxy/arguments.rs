//! The command lines of the commands that deal with HAProxy's configuration.

use std::ffi::OsStr;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::Subcommand as _;
use vamp_haproxy::diff::Version;

use crate::offline::Report;

/// The command line of `vga` where a command is given.
#[derive(Debug, clap::Parser)]
#[command(
    name = "vga",
    version,
    about = "Read, make and compare configurations of HAProxy; without a command, vga is the gateway agent",
    max_term_width = 100
)]
pub(crate) struct HaproxyCli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    Check(CheckArguments),
    Fmt(FmtArguments),
    Render(RenderArguments),
    Condition(ConditionArguments),
    Diff(DiffArguments),
}

impl HaproxyCli {
    /// Whether a first argument is one of the commands.
    pub(crate) fn is_command(argument: &OsStr) -> bool {
        let commands = Command::augment_subcommands(clap::Command::new("vga"));
        let mut known = commands.get_subcommands().map(clap::Command::get_name);
        argument == "help" || known.any(|name| argument == name)
    }
}

/// Check configurations of HAProxy
///
/// Tells what is wrong with each file, with line and column, and then what the HAProxy that is installed says of it. Exit status 5
/// where HAProxy would not load a file.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  vga check /etc/haproxy/haproxy.cfg
  vga check --no-haproxy *.cfg              without asking HAProxy
  vga check --print haproxy.cfg             read and print back, byte for byte")]
pub(super) struct CheckArguments {
    /// Configurations; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<String>,

    /// The HAProxy program that is asked, too
    #[arg(long, value_name = "PATH", default_value = "haproxy")]
    pub(super) haproxy: PathBuf,

    /// Ask no HAProxy
    #[arg(long, conflicts_with = "haproxy")]
    pub(super) no_haproxy: bool,

    /// Print what was read, and check nothing
    #[arg(long, conflicts_with_all = ["haproxy", "no_haproxy"])]
    pub(super) print: bool,
}

/// Bring configurations of HAProxy into one layout
///
/// Sections begin at the beginning of the line, what they hold stands two blanks further in, and one blank is between words. Words,
/// comments and their order stay. Lines that HAProxy would refuse are not touched.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  vga fmt haproxy.cfg                       print it
  vga fmt --write *.cfg
  vga fmt --check *.cfg                     for CI: exit status 1 where a file has another layout")]
pub(super) struct FmtArguments {
    /// Configurations; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<String>,

    /// Write files in place of printing them
    #[arg(long, conflicts_with = "check")]
    pub(super) write: bool,

    /// Name the files that would change, and write nothing
    #[arg(long)]
    pub(super) check: bool,
}

/// Make HAProxy's configuration of gateways
///
/// The gateways come as the API shows them, with the `targets` of their routes. A gateway that cannot work is left out and
/// said; the others are printed. Exit status 5 where one was left out, and where a file of your own cannot stand beside them.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  vga render gateways.yml                   the gateways' part alone
  vga render --base gateways.json >haproxy.cfg
  vga render gateways.yml --own own.cfg     a whole configuration with yours beside the gateways
  vamp get gateways -o json | vga render -")]
pub(super) struct RenderArguments {
    /// A file with gateways; - is standard input
    #[arg(value_name = "GATEWAYS")]
    pub(super) file: String,

    /// Print a whole configuration, with what the agent puts before the gateways
    #[arg(long)]
    pub(super) base: bool,

    /// Merge a configuration of your own with ours, and print the whole; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(super) own: Vec<String>,

    /// Give each gateway of HTTP a backend by which your frontends lead into it: its name is the lookup name of the gateway
    #[arg(long)]
    pub(super) entrances: bool,

    /// Directory of the sockets between proxies, at most 49 bytes long
    #[arg(long, value_name = "DIR", default_value = "/usr/local/vamp")]
    pub(super) socket_dir: PathBuf,

    /// Address that gateways listen on
    #[arg(long, value_name = "ADDR", default_value = "0.0.0.0")]
    pub(super) bind: IpAddr,

    /// Address of the virtual hosts, or off
    #[arg(long, value_name = "ADDR:PORT", default_value = "0.0.0.0:80", value_parser = address_or_off)]
    pub(super) virtual_hosts: AddressOrOff,
}

/// An address, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AddressOrOff(pub(super) Option<SocketAddr>);

fn address_or_off(text: &str) -> Result<AddressOrOff, String> {
    if text == "off" {
        return Ok(AddressOrOff(None));
    }
    text.parse()
        .map(|address| AddressOrOff(Some(address)))
        .map_err(|_| "wanted is an address with port, or off".to_owned())
}

/// Show what HAProxy is asked for a condition
///
/// Prints how the condition was read, the tests that it becomes, and in which cases it holds, as `use_backend` gets it. Exit
/// status 5 where HAProxy cannot be asked for it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  vga condition 'user-agent = firefox and misses cookie beta'
  vga condition '< path_beg /api > or host = api.example.com' -o json")]
pub(super) struct ConditionArguments {
    /// The condition of a route
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) text: String,

    /// How to print it
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Report,
}

/// Show what would happen between two configurations: nothing, commands, or a reload and why
///
/// Exit status 0 where nothing has to happen, 1 where something does.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  vga diff /var/lib/vga/haproxy.cfg haproxy.cfg
  vga diff a.cfg b.cfg --file /etc/haproxy/hosts.map old.map new.map")]
pub(super) struct DiffArguments {
    /// The configuration that runs; - is standard input
    #[arg(value_name = "A")]
    pub(super) running: String,

    /// The configuration that is wanted
    #[arg(value_name = "B")]
    pub(super) wanted: String,

    /// A file that they name and that changes: its path as they say it, a file with what it held, and one with what it will hold
    #[arg(long = "file", num_args = 3, value_names = ["PATH", "OLD", "NEW"])]
    pub(super) files: Vec<String>,

    /// The version of the HAProxy that runs
    #[arg(long, default_value_t, value_name = "VERSION")]
    pub(super) haproxy_version: Version,

    /// How to print it
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Report,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn a_command_is_told_from_a_flag_of_the_agent() {
        for (argument, expected) in [
            ("render", true),
            ("help", true),
            ("rendr", false),
            ("-h", false),
            ("", false),
        ] {
            assert_eq!(
                HaproxyCli::is_command(OsStr::new(argument)),
                expected,
                "{argument}"
            );
        }
    }

    #[test]
    fn help_says_what_can_be_done() {
        let mut cli = HaproxyCli::command().term_width(100);
        cli.debug_assert();
        cli = HaproxyCli::command().term_width(100);
        cli.build();
        insta::assert_snapshot!("help_vga_commands", cli.clone().render_long_help());
        for name in ["check", "fmt", "render", "condition", "diff"] {
            let mut command = cli.find_subcommand(name).unwrap().clone();
            insta::assert_snapshot!(format!("help_vga_{name}"), command.render_long_help());
        }
    }
}
