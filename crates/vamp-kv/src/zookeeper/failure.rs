//! The words of ZooKeeper as kinds of ours.

use zookeeper::Error as ZooKeeperError;

use crate::ErrorKind;

/// What sort of failure the library reports.
pub(super) fn kind(error: &ZooKeeperError) -> ErrorKind {
    match error {
        ZooKeeperError::NoAuth
        | ZooKeeperError::AuthFailed
        | ZooKeeperError::InvalidAcl
        | ZooKeeperError::QuotaExceeded => ErrorKind::Denied,
        // Characters that no path may have; keys below a key of a lease; a server older than 3.6.
        ZooKeeperError::BadArguments(_)
        | ZooKeeperError::NoChildrenForEphemerals
        | ZooKeeperError::Unimplemented => ErrorKind::Unsupported,
        ZooKeeperError::UnmarshalError { .. }
        | ZooKeeperError::MarshallingError
        | ZooKeeperError::UnexpectedErrorCode(_) => ErrorKind::Protocol,
        // Connection lost, session expired, overloaded, no quorum: all of them pass.
        _ => ErrorKind::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        let cases = [
            (ZooKeeperError::ConnectionLoss, ErrorKind::Unavailable),
            (ZooKeeperError::SessionExpired, ErrorKind::Unavailable),
            (ZooKeeperError::NoHosts, ErrorKind::Unavailable),
            (ZooKeeperError::Throttled, ErrorKind::Unavailable),
            (ZooKeeperError::NoAuth, ErrorKind::Denied),
            (ZooKeeperError::BadArguments(&"path"), ErrorKind::Unsupported),
            (ZooKeeperError::NoChildrenForEphemerals, ErrorKind::Unsupported),
            (ZooKeeperError::UnexpectedErrorCode(7), ErrorKind::Protocol),
        ];
        for (error, expected) in cases {
            assert_eq!(kind(&error), expected, "{error}");
        }
    }
}
