//! What was skipped, and whether that is accepted.

use std::collections::BTreeSet;

use crate::failure::Failure;

/// Reasons that are accepted under `CI=true`, by how they begin, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "no Go",
        "servers that Debian lacks are built with Go, which users do not have",
    ),
    (
        "no Maven",
        "servers that Debian lacks come from Maven, which users do not have",
    ),
    (
        "no manual",
        "container images leave out the documentation of packages",
    ),
    (
        "no samples",
        "the samples of other Vamp versions are not part of this repository",
    ),
];

/// Lists the skips at the end of a run. Where nobody watches, each has to be among the exceptions.
pub(crate) fn report(log: &str, is_ci: bool) -> Result<(), Failure> {
    // Several tests may skip on behalf of one; each is one line.
    let skips: BTreeSet<&str> = log.lines().filter(|line| line.starts_with("SKIPPED ")).collect();
    if skips.is_empty() {
        println!("nothing was skipped");
        return Ok(());
    }
    println!("{} skipped:", skips.len());
    let mut refused = 0;
    for skip in &skips {
        let accepted = is_accepted(skip);
        refused += usize::from(!accepted);
        println!(
            "  {skip}{}",
            if is_ci && !accepted {
                "  (not accepted where CI=true)"
            } else {
                ""
            }
        );
    }
    if is_ci && refused > 0 {
        return Err(Failure::Failed(format!(
            "{refused} tests were skipped for reasons that CI does not accept"
        )));
    }
    Ok(())
}

/// `SKIPPED <test>: <reason>`, where the name of the test contains `::` but never `: `.
fn is_accepted(skip: &str) -> bool {
    let reason = skip.split_once(": ").map_or("", |(_, reason)| reason);
    EXCEPTIONS.iter().any(|(begin, _)| reason.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_server_fails_the_run_only_where_nobody_watches() {
        let log = "SKIPPED kv::etcd::works: etcd is not installed (Debian package: etcd-server)\n";
        assert!(report(log, false).is_ok());
        assert!(report(log, true).is_err());
    }

    #[test]
    fn an_exception_is_accepted_everywhere() {
        assert!(
            report(
                "SKIPPED model::reads_all: no samples (VAMP_SAMPLES is not set)\n",
                true
            )
            .is_ok()
        );
        assert!(report("", true).is_ok());
    }

    #[test]
    fn the_reason_counts_not_the_name_of_the_test() {
        assert!(!is_accepted("SKIPPED no samples::x: etcd is not installed"));
    }
}
