//! The command lines of the commands that need no server.

use vamp_model::Kind;

use super::kind::kind;

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Validate(ValidateArguments),
    Convert(ConvertArguments),
    Diff(DiffArguments),
    Import(ImportArguments),
    Explain(ExplainArguments),
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Report {
    /// Words for people
    #[default]
    Text,
    /// One object, for editors and CI
    Json,
}

/// A notation of artifacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Notation {
    /// YAML, several documents one after the other
    #[default]
    Yaml,
    /// JSON, several documents as a list
    Json,
}

/// Check files with artifacts, without a server
///
/// All problems of all files are told with their places. The files may refer to one another's artifacts; what depends on
/// artifacts that are in none of them is not checked, and said to be so. Exit status 5 where there is a problem.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  vamp validate shop.yml breeds.yml
  vamp validate -o json - <shop.yml
  vamp validate --kind gateway edge.yml     documents without `kind`")]
pub(crate) struct ValidateArguments {
    /// Files with artifacts; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<String>,

    /// The kind of documents that name none
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub(super) kind: Option<Kind>,

    /// How to print the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Report,
}

/// Print artifacts in full, as the server would
///
/// Short forms are written out, and defaults filled in. What the file refers to can be shown in place of its name, as far
/// as it is in the same file; what it imports must be there, too.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  vamp convert shop.yml -o json
  vamp convert --kind gateway edge.yml
  vamp convert --expand all.yml             breeds and scales in place of their names
  vamp convert --references shop.yml        names in place of breeds")]
pub(crate) struct ConvertArguments {
    /// A file with artifacts; - is standard input
    #[arg(value_name = "FILE")]
    pub(super) file: String,

    /// The kind of documents that name none
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub(super) kind: Option<Kind>,

    /// The notation to print
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Notation,

    /// Show what is referred to in place of its name
    #[arg(long, conflicts_with = "references")]
    pub(super) expand: bool,

    /// Show names in place of what is written out
    #[arg(long)]
    pub(super) references: bool,
}

/// Compare the artifacts of two files
///
/// Artifacts are compared by kind and name, in full: two spellings of the same are no difference. Exit status 1 where
/// there is a difference.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:
  vamp diff --offline shop-1.0.yml shop-2.0.yml")]
pub(crate) struct DiffArguments {
    /// Compare two files, without a server
    #[arg(long, required = true)]
    pub(super) offline: bool,

    /// The file to compare from; - is standard input
    #[arg(value_name = "A")]
    pub(super) old: String,

    /// The file to compare with
    #[arg(value_name = "B")]
    pub(super) new: String,

    /// The kind of documents that name none
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub(super) kind: Option<Kind>,

    /// How to print the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Report,
}

/// Make artifacts of files of other programs
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArguments {
    #[command(subcommand)]
    pub(super) from: From,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum From {
    Compose(ComposeArguments),
}

/// Make a blueprint of a file of Docker Compose
///
/// Each service becomes a cluster of one breed. What could not be taken over is told in comments before the blueprint.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:
  vamp import compose docker-compose.yml >shop.yml")]
pub(crate) struct ComposeArguments {
    /// The file; - is standard input
    #[arg(value_name = "FILE")]
    pub(super) file: String,

    /// The name of the blueprint [default: that of the directory of the file, as Docker Compose names it]
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
}

/// Explain the language: a kind of artifact, or a field of one
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  vamp explain                              all kinds
  vamp explain blueprint
  vamp explain blueprint.clusters.services.scale.cpu
  vamp explain gateway.routes -o json")]
pub(crate) struct ExplainArguments {
    /// A kind, and fields of it behind points
    #[arg(value_name = "KIND[.FIELD…]")]
    pub(super) path: Option<String>,

    /// How to print it
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Report,
}
