//! Reading many nodes as of one moment.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt as _, TryStreamExt as _};
use zookeeper::{Client, Error as ZooKeeperError, MultiReadResult, Stat};

/// How many requests are on their way at once.
const AT_ONCE: usize = 32;

/// How many single nodes are read in one request.
const TOGETHER: usize = 200;

/// The most bytes of paths in one request, far below what any server takes.
const REQUEST: usize = 256 * 1024;

/// About how many bytes of values are asked for in one request.
const ANSWER: usize = 8 * 1024 * 1024;

/// How often a tree that changes while it is read is read again.
const TRIES: usize = 50;

/// What a node holds.
pub(super) type Node = (Vec<u8>, Stat);

/// The nodes at and below a path.
#[derive(Debug, Default)]
struct Tree {
    /// Paths, with how many bytes each holds.
    nodes: BTreeMap<String, usize>,
}

/// Reads through a session, in as many requests as it takes: whoever asks bounds the time of all together.
pub(super) struct Reader {
    pub(super) client: Client,
}

impl Reader {
    /// Every node at and below `path`, as of one moment; nothing when that cannot be had because others write all the time.
    pub(super) async fn tree(&self, path: &str) -> Result<Option<BTreeMap<String, Node>>, ZooKeeperError> {
        // What is read after it is at least as new as what others have been told of.
        self.client.sync("/").await?;
        let mut tree = Tree::default();
        tree.discover(self, vec![path.to_owned()]).await?;
        for _ in 0..TRIES {
            let requests = chunks(&tree.nodes);
            let (mut nodes, unknown) = self.read(&requests).await?;
            if unknown.is_empty() {
                if requests.len() <= 1 || self.settle(&tree.nodes, &mut nodes).await? {
                    return Ok(Some(nodes));
                }
            } else {
                tree.discover(self, unknown).await?;
            }
        }
        Ok(None)
    }

    /// Makes one moment of nodes that were read in several requests: those that have changed since are read together, in one request,
    /// before which and after which the others are found as they were read. That fails when nodes came, or when too many change.
    async fn settle(
        &self,
        all: &BTreeMap<String, usize>,
        nodes: &mut BTreeMap<String, Node>,
    ) -> Result<bool, ZooKeeperError> {
        let mut calm = all.clone();
        let mut busy = BTreeMap::new();
        for _ in 0..TRIES {
            let changed = self.changed(&calm, nodes).await?;
            if changed.is_empty() {
                return Ok(true);
            }
            busy.extend(changed.into_iter().filter_map(|path| calm.remove_entry(&path)));
            let [together] = &chunks(&busy)[..] else {
                return Ok(false);
            };
            for path in together {
                nodes.remove(path);
            }
            let (read, below) = self.read(std::slice::from_ref(together)).await?;
            if below.iter().any(|path| !all.contains_key(path)) {
                return Ok(false);
            }
            nodes.extend(read);
        }
        Ok(false)
    }

    /// What the nodes at these paths hold, in their order; nothing for those that are not there.
    pub(super) async fn nodes(&self, paths: &[String]) -> Result<Vec<Option<Node>>, ZooKeeperError> {
        let mut nodes = Vec::with_capacity(paths.len());
        for chunk in paths.chunks(TOGETHER) {
            let mut reader = self.client.new_multi_reader();
            for path in chunk {
                reader.add_get_data(path)?;
            }
            for answer in reader.commit().await? {
                nodes.push(data(answer)?);
            }
        }
        Ok(nodes)
    }

    /// What these nodes hold, and those below them that are not among them.
    async fn read(
        &self,
        chunks: &[Vec<String>],
    ) -> Result<(BTreeMap<String, Node>, Vec<String>), ZooKeeperError> {
        let mut nodes = BTreeMap::new();
        let mut below = BTreeSet::new();
        for chunk in chunks {
            let mut reader = self.client.new_multi_reader();
            for path in chunk {
                reader.add_get_data(path)?;
                reader.add_get_children(path)?;
            }
            let mut answers = reader.commit().await?.into_iter();
            for path in chunk {
                let (Some(holds), Some(children)) = (answers.next(), answers.next()) else {
                    return Err(ZooKeeperError::UnexpectedErrorCode(0));
                };
                if let Some(node) = data(holds)? {
                    nodes.insert(path.clone(), node);
                }
                match children {
                    MultiReadResult::Children { children } => {
                        below.extend(children.into_iter().map(|child| format!("{path}/{child}")));
                    }
                    MultiReadResult::Error {
                        err: ZooKeeperError::NoNode,
                    } => {}
                    MultiReadResult::Error { err } => return Err(err),
                    _ => return Err(ZooKeeperError::UnexpectedErrorCode(0)),
                }
            }
        }
        let known: BTreeSet<&String> = chunks.iter().flatten().collect();
        let unknown = below.into_iter().filter(|path| !known.contains(path)).collect();
        Ok((nodes, unknown))
    }

    /// Which of these nodes are not what they were when they were read.
    async fn changed(
        &self,
        paths: &BTreeMap<String, usize>,
        nodes: &BTreeMap<String, Node>,
    ) -> Result<Vec<String>, ZooKeeperError> {
        let state = |stat: &Stat| (stat.czxid, stat.mzxid, stat.pzxid);
        let paths: Vec<String> = paths.keys().cloned().collect();
        let changed = futures::stream::iter(paths)
            .map(|path| async move {
                let now = self.client.check_stat(&path).await?;
                let same = now.as_ref().map(state) == nodes.get(&path).map(|(_, stat)| state(stat));
                Ok((!same).then_some(path))
            })
            .buffer_unordered(AT_ONCE);
        changed
            .try_filter_map(|path| async move { Ok(path) })
            .try_collect()
            .await
    }
}

impl Tree {
    /// Adds these nodes and everything below them.
    async fn discover(&mut self, reader: &Reader, paths: Vec<String>) -> Result<(), ZooKeeperError> {
        let mut level = paths;
        while !level.is_empty() {
            let found: Vec<Option<(String, Vec<String>, Stat)>> = futures::stream::iter(level)
                .map(|path| async move {
                    match reader.client.get_children(&path).await {
                        Ok((children, stat)) => Ok(Some((path, children, stat))),
                        Err(ZooKeeperError::NoNode) => Ok(None),
                        Err(error) => Err(error),
                    }
                })
                .buffer_unordered(AT_ONCE)
                .try_collect()
                .await?;
            level = Vec::new();
            for (path, children, stat) in found.into_iter().flatten() {
                level.extend(children.into_iter().map(|child| format!("{path}/{child}")));
                self.nodes
                    .insert(path, usize::try_from(stat.data_length).unwrap_or_default());
            }
        }
        Ok(())
    }
}

/// Paths, in as many requests as they need.
fn chunks(nodes: &BTreeMap<String, usize>) -> Vec<Vec<String>> {
    let mut chunks: Vec<Vec<String>> = Vec::new();
    let (mut asked, mut answered) = (0, 0);
    for (path, holds) in nodes {
        asked += 2 * path.len() + 64;
        answered += holds;
        if asked > REQUEST || answered > ANSWER {
            (asked, answered) = (2 * path.len() + 64, *holds);
            chunks.push(Vec::new());
        }
        match chunks.last_mut() {
            Some(chunk) => chunk.push(path.clone()),
            None => chunks.push(vec![path.clone()]),
        }
    }
    chunks
}

fn data(answer: MultiReadResult) -> Result<Option<Node>, ZooKeeperError> {
    match answer {
        MultiReadResult::Data { data, stat } => Ok(Some((data, stat))),
        MultiReadResult::Error {
            err: ZooKeeperError::NoNode,
        } => Ok(None),
        MultiReadResult::Error { err } => Err(err),
        _ => Err(ZooKeeperError::UnexpectedErrorCode(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_asked_for_in_requests_of_bounded_size() {
        let nodes = |count: usize, holds: usize| -> BTreeMap<String, usize> {
            (0..count).map(|n| (format!("/vamp/{n:06}"), holds)).collect()
        };
        assert!(chunks(&nodes(0, 0)).is_empty());
        assert_eq!(
            chunks(&nodes(1, 2 * ANSWER)).len(),
            1,
            "one is read whatever it holds"
        );
        let sizes = |nodes| chunks(&nodes).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(nodes(5, ANSWER / 2)), [2, 2, 1]);
        let many = sizes(nodes(10_000, 1));
        assert!(many.len() > 1 && many.iter().sum::<usize>() == 10_000, "{many:?}");
    }
}
