//! Identifiers. Metrics are keyed by them and users' cookies contain them: they stay as they are.

use crate::text::Word;

/// What stands before a gateway's lookup name in the name of its pool.
pub(crate) const POOL: &str = "o_";

/// What stands before a route's lookup name in the name of its conditional hop.
pub(crate) const HOP: &str = "im_";

/// What stands before a gateway's lookup name in the file name of the socket for its virtual hosts.
pub(crate) const VIRTUAL_HOST: &str = "v_";

/// The fixed proxy of all virtual hosts.
pub(crate) const VIRTUAL_HOSTS: &str = "virtual_hosts";

/// The name of an ACL: the first 16 characters of the hash of what it tests.
pub(crate) fn acl(definition: &str) -> Word {
    let hash = vamp_model::lookup::hash(definition, "0000");
    Word::trusted(hash.get(..16).unwrap_or(&hash))
}

/// The socket of a proxy.
pub(crate) fn socket(directory: &str, prefix: &str, identifier: &str) -> Word {
    Word::trusted(&["unix@", directory, "/", prefix, identifier, ".sock"].concat())
}
