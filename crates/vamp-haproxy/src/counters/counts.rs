//! What is counted, and what comes between two counts.

/// One table: the fields of [`Counts`], the column of each, and what is done with all of them.
macro_rules! counts {
    ($($(#[doc = $doc:literal])+ $field:ident: $column:literal,)+) => {
        /// What HAProxy counts from the start of a process: it only grows. `None` where the kind of row has no such count.
        ///
        /// Each is a column of section 9.1 of HAProxy's management guide.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        #[non_exhaustive]
        pub struct Counts {
            $($(#[doc = $doc])+ #[doc = concat!(" Column `", $column, "`.")] pub $field: Option<u64>,)+
        }

        impl Counts {
            /// The counts from what stands in each column.
            pub(super) fn from_columns(mut of: impl FnMut(&'static str) -> Option<u64>) -> Self {
                Self { $($field: of($column)),+ }
            }

            /// Each pair of counts put together.
            fn zip(&self, other: &Self, put: impl Fn(Option<u64>, Option<u64>) -> Option<u64>) -> Self {
                Self { $($field: put(self.$field, other.$field)),+ }
            }

            fn any(&self, other: &Self, holds: impl Fn(Option<u64>, Option<u64>) -> bool) -> bool {
                $(holds(self.$field, other.$field))||+
            }
        }
    };
}

counts! {
    /// Sessions.
    sessions: "stot",
    /// Connections of a frontend.
    connections: "conn_tot",
    /// HTTP requests.
    requests: "req_tot",
    /// How often the server, or a server of the backend, was chosen.
    selections: "lbtot",
    /// Bytes from clients.
    bytes_in: "bin",
    /// Bytes to clients.
    bytes_out: "bout",
    /// Requests that rules denied.
    denied_requests: "dreq",
    /// Answers that rules denied.
    denied_responses: "dresp",
    /// Requests that were not understood or not finished.
    request_errors: "ereq",
    /// Requests that found no server to connect to.
    connection_errors: "econ",
    /// Answers that broke.
    response_errors: "eresp",
    /// Internal errors.
    internal_errors: "eint",
    /// Connections that were tried again.
    retries: "wretr",
    /// Sessions that went to another server.
    redispatches: "wredis",
    /// Transfers that the client broke off.
    client_aborts: "cli_abrt",
    /// Transfers that the server broke off.
    server_aborts: "srv_abrt",
    /// Answers with a status of 100–199.
    responses_1xx: "hrsp_1xx",
    /// Answers with a status of 200–299.
    responses_2xx: "hrsp_2xx",
    /// Answers with a status of 300–399.
    responses_3xx: "hrsp_3xx",
    /// Answers with a status of 400–499.
    responses_4xx: "hrsp_4xx",
    /// Answers with a status of 500–599.
    responses_5xx: "hrsp_5xx",
    /// Answers with another status.
    responses_other: "hrsp_other",
    /// Checks that failed while the server was up.
    failed_checks: "chkfail",
    /// Changes from up to down.
    downs: "chkdown",
    /// Seconds spent down.
    downtime: "downtime",
}

impl Counts {
    /// What was counted since an earlier look. When anything has become less, a new process counts, or somebody cleared the counters: then
    /// all of it was counted since.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        if self.any(
            earlier,
            |now, then| matches!((now, then), (Some(now), Some(then)) if now < then),
        ) {
            return *self;
        }
        self.zip(earlier, |now, then| Some(now? - then.unwrap_or(0)))
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        self.zip(other, |ours, theirs| match (ours, theirs) {
            (Some(ours), Some(theirs)) => Some(ours.saturating_add(theirs)),
            (one, other) => one.or(other),
        })
    }
}
