use crate::Name;

/// A request's path is replaced by another one when a condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// The name of a stored rewrite; absent inside routes.
    pub name: Option<Name>,
    /// The new path, in HAProxy's notation.
    pub path: String,
    /// When it is replaced: an ACL expression of HAProxy.
    pub condition: String,
}
