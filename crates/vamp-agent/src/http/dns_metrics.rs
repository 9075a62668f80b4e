//! The metrics of the DNS responder.

use super::family::Family;
use crate::dns::DnsStatus;

/// What the responder knows, and what became of the queries.
pub(super) fn of_dns(dns: &DnsStatus) -> [Family; 3] {
    let counters = &dns.counters;
    [
        Family::flag(
            "vamp_agent_dns_listening",
            "Whether DNS queries are taken",
            dns.listening.is_some(),
        ),
        Family::gauge(
            "vamp_agent_dns_names",
            "Host names for which DNS queries are answered",
            dns.names as f64,
        ),
        Family::counts(
            "vamp_agent_dns_queries",
            "DNS queries, by what came of them",
            "outcome",
            [
                ("answered", counters.answered),
                ("refused", counters.refused),
                ("invalid", counters.invalid),
                ("failed", counters.failed),
            ],
        ),
    ]
}
