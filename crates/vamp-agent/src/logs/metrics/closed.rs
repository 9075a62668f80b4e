use std::collections::{HashSet, VecDeque};

use vamp_client::wire::NewEvent;
use vamp_haproxy::metrics::{Bucket, Metrics, Summary};

/// What the figures of one name take beside the name and its latencies, about.
const OVERHEAD: usize = 192;

/// What one latency in use takes, about.
const LATENCY: usize = 16;

/// A bucket that is over.
#[derive(Debug)]
pub(super) struct Closed {
    /// Its begin, in milliseconds since 1970-01-01 00:00 UTC.
    pub(super) begin: i64,
    /// Its end. The first and the last bucket of an agent are shorter than the others.
    pub(super) end: i64,
    figures: Metrics,
    /// Who had records in the bucket before, and has none.
    silent: Named,
    nothing: Summary,
    /// The events that are still to be published, once they are made.
    pub(super) events: Option<VecDeque<NewEvent>>,
}

/// Frontends, and servers with their backends.
#[derive(Debug, Default)]
pub(super) struct Named {
    frontends: Vec<Box<str>>,
    servers: Vec<(Box<str>, Box<str>)>,
}

impl Closed {
    /// A bucket with these figures, after one in which these names had some.
    pub(super) fn new(begin: i64, end: i64, figures: Metrics, before: &Named) -> Self {
        let silent = before.without(only(&figures));
        Self {
            begin,
            end,
            figures,
            silent,
            nothing: Summary::default(),
            events: None,
        }
    }

    /// Whether there is nothing to tell.
    pub(super) fn is_empty(&self) -> bool {
        self.figures.is_empty() && self.silent.is_empty()
    }

    /// The frontends, those that have fallen silent at the end.
    pub(super) fn frontends(&self) -> impl Iterator<Item = (&str, &Summary)> {
        let silent = self.silent.frontends.iter();
        let heard = only(&self.figures).into_iter().flat_map(Bucket::frontends);
        heard.chain(silent.map(|name| (&**name, &self.nothing)))
    }

    /// The servers, backend and server, those that have fallen silent at the end.
    pub(super) fn servers(&self) -> impl Iterator<Item = (&str, &str, &Summary)> {
        let silent = self.silent.servers.iter();
        let heard = only(&self.figures).into_iter().flat_map(Bucket::servers);
        heard.chain(silent.map(|(backend, server)| (&**backend, &**server, &self.nothing)))
    }

    /// Who has records in it.
    pub(super) fn heard(&self) -> Named {
        let Some(bucket) = only(&self.figures) else {
            return Named::default();
        };
        let servers = bucket.servers();
        Named {
            frontends: bucket.frontends().map(|(name, _)| name.into()).collect(),
            servers: servers
                .map(|(backend, server, _)| (backend.into(), server.into()))
                .collect(),
        }
    }

    /// About how many bytes of memory it takes.
    pub(super) fn weight(&self) -> usize {
        let of_summary = |summary: &Summary| OVERHEAD + LATENCY * summary.latencies.buckets().count();
        let frontends = self
            .frontends()
            .map(|(name, summary)| name.len() + of_summary(summary));
        let servers = self.servers();
        let servers =
            servers.map(|(backend, server, summary)| backend.len() + server.len() + of_summary(summary));
        frontends.chain(servers).sum()
    }
}

impl Named {
    pub(super) fn is_empty(&self) -> bool {
        self.frontends.is_empty() && self.servers.is_empty()
    }

    /// Those that have no figures in the bucket.
    fn without(&self, bucket: Option<&Bucket>) -> Self {
        let buckets = || bucket.into_iter();
        let frontends: HashSet<&str> = buckets()
            .flat_map(Bucket::frontends)
            .map(|(name, _)| name)
            .collect();
        let servers = buckets().flat_map(Bucket::servers);
        let servers: HashSet<(&str, &str)> = servers.map(|(backend, server, _)| (backend, server)).collect();
        let is_silent =
            |(backend, server): &&(Box<str>, Box<str>)| !servers.contains(&(&**backend, &**server));
        Self {
            frontends: self
                .frontends
                .iter()
                .filter(|name| !frontends.contains(&***name))
                .cloned()
                .collect(),
            servers: self.servers.iter().filter(is_silent).cloned().collect(),
        }
    }
}

/// The bucket of figures that were all counted in the same second.
fn only(figures: &Metrics) -> Option<&Bucket> {
    figures
        .buckets(i64::MIN..i64::MAX)
        .next()
        .map(|(_, bucket)| bucket)
}
