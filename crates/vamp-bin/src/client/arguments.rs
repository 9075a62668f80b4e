use std::time::Duration;

use super::kind::Resource;
use super::output::Format;

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Apply(ApplyArguments),
    Get(GetArguments),
    Delete(DeleteArguments),
    Deploy(DeployArguments),
    Undeploy(UndeployArguments),
    Weight(WeightArguments),
    Events(EventsArguments),
}

/// How results are printed.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct OutputArguments {
    /// How to print the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: Format,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum WaitFor {
    /// All services run and are ready
    Deployed,
    /// And every live gateway agent has applied it
    Applied,
}

/// What is waited for when something is taken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum WaitForEnd {
    /// All instances of the services have ended
    Undeployed,
    /// And every live gateway agent has taken them out
    Applied,
}

/// Whether and how long to wait.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct WaitArguments {
    /// Wait until it is done; Ctrl-C ends the waiting, not what is waited for
    #[arg(
        long,
        value_enum,
        value_name = "STATE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "deployed"
    )]
    pub(crate) wait: Option<WaitFor>,

    /// How long to wait at most
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration)]
    pub(crate) timeout: Duration,
}

/// Whether and how long to wait for an end.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct WaitForEndArguments {
    /// Wait until it is done; Ctrl-C ends the waiting, not what is waited for
    #[arg(
        long,
        value_enum,
        value_name = "STATE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "undeployed"
    )]
    pub(crate) wait: Option<WaitForEnd>,

    /// How long to wait at most
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration)]
    pub(crate) timeout: Duration,
}

/// Create or update the artifacts in files
///
/// A file holds one artifact or several, in YAML or JSON, each with `kind` and `name`. All files are read before anything is
/// sent; then each artifact is sent in order, up to the first that is refused.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  vamp apply -f shop.yml
  vamp apply -f breeds.yml -f shop.yml --dry-run
  vamp apply -f gateway.yml --wait=applied
  generate-shop | vamp apply -f -")]
pub(crate) struct ApplyArguments {
    /// A file with artifacts; - for standard input; may be given several times
    #[arg(short, long = "file", value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) files: Vec<String>,

    /// Let the server check the artifacts, and change nothing
    #[arg(long, conflicts_with = "wait")]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) wait: WaitArguments,

    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Show artifacts of one kind, or one of them
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Kinds: breeds (br), scales (sc), blueprints (bp), gateways (gw), deployments (dep), agents; in singular, too.

Examples:
  vamp get gateways
  vamp get gateway shop/web/http -o yaml
  vamp get deployment/shop -o json
  vamp get agents")]
pub(crate) struct GetArguments {
    /// Kind of artifact, or KIND/NAME
    #[arg(value_name = "KIND[/NAME]")]
    pub(crate) kind: String,

    /// Name of one artifact
    pub(crate) name: Option<String>,

    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Remove an artifact
///
/// A deployment is taken down with `vamp undeploy`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  vamp delete blueprint shop
  vamp delete gw/storefront")]
pub(crate) struct DeleteArguments {
    /// Kind of artifact, or KIND/NAME
    #[arg(value_name = "KIND[/NAME]")]
    pub(crate) kind: String,

    /// Name of the artifact
    pub(crate) name: Option<String>,

    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Run a stored blueprint, or merge it into what runs
///
/// Services that the deployment does not have yet are added, without traffic where others have it all; services that it has
/// are updated.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  vamp deploy shop --wait
  vamp deploy shop:2.0 --as shop --wait=applied --timeout 2m")]
pub(crate) struct DeployArguments {
    /// Name of the stored blueprint
    pub(crate) blueprint: String,

    /// Name of the deployment, if not that of the blueprint
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) deployment: Option<String>,

    /// Let the server check it, and change nothing
    #[arg(long, conflicts_with = "wait")]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) wait: WaitArguments,

    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Take a deployment down, or some of its services
///
/// The weights of the routes that remain must add up to 100 %: move the traffic away first.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  vamp undeploy shop --wait
  vamp undeploy shop --service web/web:1.0
  vamp undeploy shop --service web:1.0")]
pub(crate) struct UndeployArguments {
    /// Name of the deployment
    pub(crate) deployment: String,

    /// Take down this service only; may be given several times
    #[arg(short, long = "service", value_name = "[CLUSTER/]BREED")]
    pub(crate) services: Vec<String>,

    /// Let the server check it, and change nothing
    #[arg(long, conflicts_with = "wait")]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) wait: WaitForEndArguments,

    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Share the traffic of a gateway out among its routes
///
/// Routes that are not named keep their weight if the sum is right, and a single one gets what is left.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  vamp weight shop/web/http shop/web/web:1.0/http=95 shop/web/web:2.0/http=5
  vamp weight shop/web/http web:2.0=50%")]
pub(crate) struct WeightArguments {
    /// Name of the gateway
    pub(crate) gateway: String,

    /// Route and its share; a part of the route's path is enough if only one route has it
    #[arg(value_name = "ROUTE=PERCENT", required = true, value_parser = share)]
    pub(crate) shares: Vec<(String, u8)>,

    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Show what has happened, or what happens
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  vamp events
  vamp events -f --tag deployments:shop
  vamp events --type synchronization --limit 5 -o json")]
pub(crate) struct EventsArguments {
    /// Go on and show events as they happen
    #[arg(short, long)]
    pub(crate) follow: bool,

    /// Only events with this tag; may be given several times
    #[arg(short, long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,

    /// Only events of this type
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,

    /// How many of the last events to show [default: 30, and 0 with --follow]
    #[arg(short = 'n', long, value_name = "COUNT")]
    pub(crate) limit: Option<usize>,

    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// `90s`, `5m`, `1h30m`.
fn duration(text: &str) -> Result<Duration, String> {
    let wanted = || "wanted is a time such as 90s or 5m".to_owned();
    let duration: jiff::SignedDuration = text.parse().map_err(|_| wanted())?;
    Duration::try_from(duration).map_err(|_| wanted())
}

/// `ROUTE=PERCENT`, with or without `%`.
fn share(text: &str) -> Result<(String, u8), String> {
    let wanted = || "wanted is ROUTE=PERCENT, with a whole number from 0 to 100".to_owned();
    let (route, percent) = text.rsplit_once('=').ok_or_else(wanted)?;
    let percent: u8 = percent
        .strip_suffix('%')
        .unwrap_or(percent)
        .parse()
        .map_err(|_| wanted())?;
    if route.is_empty() || percent > 100 {
        return Err(wanted());
    }
    Ok((route.to_owned(), percent))
}

/// `KIND NAME` or `KIND/NAME`.
pub(super) fn kind_and_name(kind: &str, name: Option<&str>) -> crate::Result<(Resource, Option<String>)> {
    if name.is_none()
        && let Some((kind, name)) = kind.split_once('/')
    {
        return Ok((Resource::parse(kind)?, Some(name.to_owned())));
    }
    Ok((Resource::parse(kind)?, name.map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_whole_percents_behind_the_last_equals_sign() {
        assert_eq!(share("a/b=c/d=5%"), Ok(("a/b=c/d".to_owned(), 5)));
        assert_eq!(share("a=100"), Ok(("a".to_owned(), 100)));
        for wrong in ["a", "a=", "=5", "a=101", "a=-1", "a=1.5", "a=5%%"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_have_units() {
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert!(duration("90").is_err());
        assert!(duration("-5s").is_err());
    }
}
