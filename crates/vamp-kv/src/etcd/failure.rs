//! The words of etcd as kinds of ours.

use etcd_client::Error as EtcdError;

use crate::ErrorKind;

/// The codes of gRPC that are looked at; the library does not re-export the type that names them.
mod code {
    pub(super) const INVALID_ARGUMENT: i32 = 3;
    pub(super) const NOT_FOUND: i32 = 5;
    pub(super) const PERMISSION_DENIED: i32 = 7;
    pub(super) const RESOURCE_EXHAUSTED: i32 = 8;
    pub(super) const FAILED_PRECONDITION: i32 = 9;
    pub(super) const OUT_OF_RANGE: i32 = 11;
    pub(super) const UNIMPLEMENTED: i32 = 12;
    pub(super) const UNAUTHENTICATED: i32 = 16;
}

/// What sort of failure the library reports. `max_request` is the limit that the store was configured with.
pub(super) fn kind(error: &EtcdError, max_request: usize) -> ErrorKind {
    match error {
        EtcdError::GRpcStatus(status) => of_status(status.code() as i32, status.message(), max_request),
        // The library's own words for a time to live of zero in the answer.
        EtcdError::LeaseKeepAliveError(said) if said.contains("lease not found") => ErrorKind::LeaseExpired,
        EtcdError::InvalidArgs(_) | EtcdError::InvalidUri(_) => ErrorKind::Configuration,
        _ => ErrorKind::Unavailable,
    }
}

/// The words of the library, with those of the causes that it keeps to itself: which certificate was refused, and why.
pub(super) fn told(error: &EtcdError) -> String {
    let mut text = error.to_string();
    let status = match error {
        EtcdError::GRpcStatus(status) => std::error::Error::source(status),
        error => std::error::Error::source(error),
    };
    for cause in std::iter::successors(status, |cause| cause.source()) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// Whether the server does not have a revision that was asked for: it was compacted away, or has not come yet.
pub(super) fn has_no_such_revision(error: &EtcdError) -> bool {
    matches!(error, EtcdError::GRpcStatus(status)
        if status.code() as i32 == code::OUT_OF_RANGE && status.message().contains("required revision"))
}

/// Whether no connection came about, so that nobody has seen the request.
pub(super) fn was_not_sent(error: &EtcdError) -> bool {
    // The type that says so is private to the library below the library; these are the beginnings of its words.
    const BEGINNINGS: [&str; 3] = ["tcp connect error", "dns error", "tcp open error"];
    matches!(error, EtcdError::GRpcStatus(status)
        if BEGINNINGS.iter().any(|beginning| status.message().starts_with(beginning)))
}

/// Whether the token is of a time before the users or their rights were changed, as it is with signed tokens (JWT): whoever logs in again
/// gets a good one. The library renews only tokens that are unknown.
pub(super) fn token_is_outdated(error: &EtcdError) -> bool {
    matches!(error, EtcdError::GRpcStatus(status) if is_old_revision(status.message()))
}

/// The words of etcd 3.5 and of 3.4.
fn is_old_revision(said: &str) -> bool {
    said.contains("revision of auth store is old") || said.contains("auth: revision in header is old")
}

fn of_status(code: i32, said: &str, max_request: usize) -> ErrorKind {
    match code {
        code::NOT_FOUND if said.contains("lease") => ErrorKind::LeaseExpired,
        code::INVALID_ARGUMENT if said.contains("too large") => ErrorKind::TooLarge { limit: max_request },
        // A request that the server does not even read.
        code::RESOURCE_EXHAUSTED if said.contains("received message larger than max") => {
            ErrorKind::TooLarge { limit: max_request }
        }
        // An answer that the server does not send, or that is not read here: it would be the same again.
        code::RESOURCE_EXHAUSTED if said.contains("send message larger than max") => ErrorKind::Protocol,
        code::OUT_OF_RANGE if said.contains("message length too large") => ErrorKind::Protocol,
        // A request without user to a server that demands one.
        code::INVALID_ARGUMENT if said.contains("authentication failed") => ErrorKind::Denied,
        // A user was given to a server that knows none.
        code::FAILED_PRECONDITION if said.contains("authentication is not enabled") => {
            ErrorKind::Configuration
        }
        code::INVALID_ARGUMENT if said.contains("user name") => ErrorKind::Denied,
        // Changed again since the user has logged in again.
        code::INVALID_ARGUMENT if is_old_revision(said) => ErrorKind::Unavailable,
        code::INVALID_ARGUMENT => ErrorKind::Protocol,
        code::PERMISSION_DENIED | code::UNAUTHENTICATED => ErrorKind::Denied,
        code::UNIMPLEMENTED => ErrorKind::Unsupported,
        // Without leader, overloaded, compacted meanwhile, connection lost: all of them pass.
        _ => ErrorKind::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        let cases = [
            (14, "etcdserver: no leader", ErrorKind::Unavailable),
            (
                code::OUT_OF_RANGE,
                "required revision has been compacted",
                ErrorKind::Unavailable,
            ),
            (
                code::RESOURCE_EXHAUSTED,
                "etcdserver: too many requests",
                ErrorKind::Unavailable,
            ),
            (
                code::RESOURCE_EXHAUSTED,
                "grpc: received message larger than max (3000060 vs. 2097152)",
                ErrorKind::TooLarge { limit: 7 },
            ),
            (
                code::RESOURCE_EXHAUSTED,
                "grpc: trying to send message larger than max (2147483648 vs. 2147483647)",
                ErrorKind::Protocol,
            ),
            (
                code::OUT_OF_RANGE,
                "Error, decoded message length too large: found 5000096 bytes, the limit is: 4194304 bytes",
                ErrorKind::Protocol,
            ),
            (
                code::NOT_FOUND,
                "etcdserver: requested lease not found",
                ErrorKind::LeaseExpired,
            ),
            (
                code::INVALID_ARGUMENT,
                "etcdserver: request is too large",
                ErrorKind::TooLarge { limit: 7 },
            ),
            (
                code::INVALID_ARGUMENT,
                "etcdserver: revision of auth store is old",
                ErrorKind::Unavailable,
            ),
            (
                code::INVALID_ARGUMENT,
                "etcdserver: user name is empty",
                ErrorKind::Denied,
            ),
            (
                code::INVALID_ARGUMENT,
                "etcdserver: authentication failed, invalid user ID or password",
                ErrorKind::Denied,
            ),
            (
                code::FAILED_PRECONDITION,
                "etcdserver: authentication is not enabled",
                ErrorKind::Configuration,
            ),
            (
                code::INVALID_ARGUMENT,
                "etcdserver: key is not provided",
                ErrorKind::Protocol,
            ),
            (
                code::PERMISSION_DENIED,
                "etcdserver: permission denied",
                ErrorKind::Denied,
            ),
            (code::UNIMPLEMENTED, "unknown service", ErrorKind::Unsupported),
        ];
        for (code, said, expected) in cases {
            assert_eq!(of_status(code, said, 7), expected, "{said}");
        }
    }
}
