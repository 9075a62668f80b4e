//! Histories of a real server that is killed and frozen.

use std::path::Path;

use vamp_kv::conformance::history::{Plan, check_store};
use vamp_kv::conformance::outages::Server;
use vamp_kv::{Key, KeyValueStore};

/// Plays a few seeds, or as many as the soak asks for. Those that break a rule are kept in `target/tmp`.
pub(crate) async fn are_right(stores: &[&dyn KeyValueStore], server: &mut dyn Server) {
    let base = Key::parse("/histories").unwrap();
    for seed in 0..vamp_testkit::extent::pick(2, 25) {
        let plan = Plan {
            seed,
            calls: 60,
            faults: 4,
        };
        let keep = Path::new(env!("CARGO_TARGET_TMPDIR"));
        check_store(plan, stores, Some(&mut *server), &base, keep)
            .await
            .unwrap();
    }
}
