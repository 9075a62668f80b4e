//! Writing several nodes in one step, when they are as they were found.

use bytes::Bytes;
use zookeeper::{
    Acl, Acls, AuthId, Client, CreateMode, Error as ZooKeeperError, MultiWriteError, MultiWriteResult,
    Permission, Stat,
};

use super::config::ZooKeeperConfig;
use super::layout::{self, Layout, has_value};
use crate::Version;

/// What happens to one node.
#[derive(Debug)]
pub(super) enum Step {
    /// It is made; it ends with the session if it is bound to it.
    Create { path: String, data: Bytes, bound: bool },
    /// Its data is replaced, if it is of this version of its own.
    Set { path: String, data: Bytes, version: i32 },
    /// It is removed, if it is of this version of its own.
    Delete { path: String, version: i32 },
    /// Nothing happens to it, if it is of this version of its own.
    Check { path: String, version: i32 },
}

impl Step {
    /// Whether it happens only to a node of a certain version of its own.
    pub(super) const fn depends_on_a_version(&self) -> bool {
        !matches!(self, Self::Create { .. })
    }

    fn path(&self) -> &str {
        match self {
            Self::Create { path, .. }
            | Self::Set { path, .. }
            | Self::Delete { path, .. }
            | Self::Check { path, .. } => path,
        }
    }
}

/// What became of a write.
#[derive(Debug)]
pub(super) enum Written {
    /// It is done, as this version.
    Done(Version),
    /// Nothing was written: something is not as it was found.
    Raced,
    /// Nothing was written: a node above is missing.
    Parentless,
}

/// Who may do what with the nodes that are made.
#[derive(Debug, Clone)]
pub(super) struct Rights {
    own: Vec<Acl>,
    shared: Vec<Acl>,
}

impl Rights {
    pub(super) fn of(config: &ZooKeeperConfig) -> Self {
        let own = match (&config.user, config.others_may_read) {
            (None, _) => vec![Acl::new(Permission::ALL, AuthId::anyone())],
            (Some(_), false) => vec![Acl::new(Permission::ALL, AuthId::authed())],
            (Some(_), true) => vec![
                Acl::new(Permission::ALL, AuthId::authed()),
                Acl::new(Permission::READ, AuthId::anyone()),
            ],
        };
        // Whoever makes a node writes this one too, whatever user it is.
        let shared = vec![Acl::new(Permission::READ | Permission::WRITE, AuthId::anyone())];
        Self { own, shared }
    }
}

/// Carries out the steps, all or none.
pub(super) async fn carry_out(
    client: &Client,
    layout: &Layout,
    rights: &Rights,
    steps: &[Step],
) -> Result<Written, ZooKeeperError> {
    let mut writer = client.new_multi_writer();
    // Checks come first: the node of the creations is checked as it was before this creation.
    for step in steps {
        if let Step::Check { path, version } = step {
            writer.add_check_version(path, *version)?;
        }
    }
    if steps.iter().any(|step| matches!(step, Step::Create { .. })) {
        writer.add_set_data(&layout.creations(), b"", None)?;
    }
    for step in steps {
        match step {
            Step::Create { path, data, bound } => {
                let mode = if *bound {
                    CreateMode::Ephemeral
                } else {
                    CreateMode::Persistent
                };
                writer.add_create(path, data, &mode.with_acls(Acls::new(&rights.own)))?;
            }
            Step::Set { path, data, version } => writer.add_set_data(path, data, Some(*version))?,
            Step::Delete { path, version } => writer.add_delete(path, Some(*version))?,
            Step::Check { .. } => {}
        }
    }
    match writer.commit().await {
        // One transaction, one number; the answer to a creation does not always have it.
        Ok(results) => results
            .iter()
            .find_map(|result| match result {
                MultiWriteResult::SetData { stat } => Some(Written::Done(layout::version(stat))),
                _ => None,
            })
            .ok_or(ZooKeeperError::UnexpectedErrorCode(0)),
        Err(MultiWriteError::OperationFailed { source, .. }) => match source {
            ZooKeeperError::BadVersion | ZooKeeperError::NodeExists | ZooKeeperError::NotEmpty => {
                Ok(Written::Raced)
            }
            ZooKeeperError::NoNode => Ok(Written::Parentless),
            error => Err(error),
        },
        Err(MultiWriteError::RequestFailed { source }) => Err(source),
    }
}

/// Makes the nodes above those of the steps, and the node of the creations, where they are missing.
pub(super) async fn make_room(
    client: &Client,
    layout: &Layout,
    rights: &Rights,
    steps: &[Step],
) -> Result<(), ZooKeeperError> {
    let own = CreateMode::Persistent.with_acls(Acls::new(&rights.own));
    let creations = layout.creations();
    let mut parents: Vec<&str> = steps
        .iter()
        .filter_map(|step| layout::parent(step.path()))
        .collect();
    parents.dedup();
    for parent in parents {
        client.mkdir(parent, &own).await?;
    }
    if let Some(root) = layout::parent(&creations) {
        client.mkdir(root, &own).await?;
    }
    let shared = CreateMode::Persistent.with_acls(Acls::new(&rights.shared));
    match client.create(&creations, b"", &shared).await {
        Ok(_) | Err(ZooKeeperError::NodeExists) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The steps that give a node a value and bind it to the session, or to none; nothing when it is bound and has nodes below it, which
/// no server takes.
pub(super) fn give_value(
    path: &str,
    found: Option<&Stat>,
    data: &Bytes,
    session: Option<i64>,
) -> Option<Vec<Step>> {
    let create = Step::Create {
        path: path.to_owned(),
        data: data.clone(),
        bound: session.is_some(),
    };
    let Some(stat) = found else {
        return Some(vec![create]);
    };
    let version = stat.version;
    if stat.ephemeral_owner == session.unwrap_or_default() {
        return Some(vec![Step::Set {
            path: path.to_owned(),
            data: data.clone(),
            version,
        }]);
    }
    if stat.num_children > 0 {
        return None;
    }
    let delete = Step::Delete {
        path: path.to_owned(),
        version,
    };
    Some(vec![delete, create])
}

/// Whether a node that was found is of a version of ours.
pub(super) fn is_of(found: Option<&Stat>, wanted: Version) -> bool {
    found.is_some_and(|stat| has_value(stat) && layout::version(stat) == wanted)
}
