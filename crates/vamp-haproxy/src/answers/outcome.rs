/// How answers to commands begin that changed something and say so; most say nothing.
const DONE: [&str; 19] = [
    "New server registered.",
    "Server deleted.",
    "IP changed from ",
    "port changed from ",
    "no need to change ",
    "health check port updated",
    "health check addr",
    "server ssl setting updated.",
    "New version created: ",
    "New empty certificate store ",
    "New CA file created ",
    "New CRL file created ",
    "Transaction created for ",
    "Transaction updated for ",
    "Transaction aborted for ",
    "transaction created for ",
    "transaction updated for ",
    "OCSP Response updated!",
    "TLS ticket key updated!",
];

/// What HAProxy says when it does not do what a command asks; `None` when the answer means that it was done.
///
/// Only for commands that change something. What no version is known to say when it succeeds counts as a refusal.
///
/// ```
/// use vamp_haproxy::answers::refusal;
///
/// assert_eq!(refusal("\n"), None);
/// assert_eq!(refusal("New server registered.\n"), None);
/// assert_eq!(refusal("No such server.\n"), Some("No such server."));
/// ```
#[must_use]
pub fn refusal(answer: &str) -> Option<&str> {
    let words = answer.trim();
    // These work in steps and say at their end how it went.
    let steps = ["Committing ", "Inserting certificate "];
    let done = words.is_empty()
        || DONE.iter().any(|beginning| words.starts_with(beginning))
        || (steps.iter().any(|beginning| words.starts_with(beginning)) && words.ends_with("Success!"))
        || words.ends_with(" deleted!")
        || (words.starts_with("Entry '") && words.contains("' deleted in crtlist '"))
        || words.contains(" changed its FQDN from ");
    (!done).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_haproxy_says_when_it_succeeds_is_no_refusal() {
        for answer in [
            "",
            "\n\n",
            "Server deleted.\n",
            "IP changed from '127.0.0.1' to '127.0.0.2', no need to change the port by 'stats socket command'\n",
            "no need to change the addr by 'stats socket command'",
            "New version created: 1",
            "Committing /etc/tls/a.pem.\nSuccess!\n",
            "Certificate '/etc/tls/a.pem' deleted!\n",
            "Entry '/etc/tls/a.pem' deleted in crtlist '/etc/tls/list'!\n",
        ] {
            assert_eq!(refusal(answer), None, "{answer}");
        }
    }

    #[test]
    fn everything_else_is_one() {
        for answer in [
            "No such server.",
            "No such backend.",
            "Permission denied",
            "Unknown command, but maybe one of the following ones is a better match:\n  add acl",
            "Absolute weight can only be between 0 and 256 inclusive.",
            "Only servers in maintenance mode can be deleted.",
            "Committing /etc/tls/a.pem.\nFailed!\n",
            "Version number out of range.",
            "Certificate '/etc/tls/a.pem' already exists!",
            "Can't find the target PID matching the prefix '@!999'",
            "words of a version that is not written yet",
        ] {
            assert_eq!(refusal(&format!("{answer}\n\n")), Some(answer.trim()));
        }
    }
}
