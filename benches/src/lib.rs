//! What several benchmarks share: their inputs, and percentiles where a mean says too little.

mod beside_haproxy;
mod blueprints;
mod gateways;
mod latencies;

pub use beside_haproxy::{fastest, haproxy_check};
pub use blueprints::{BLUEPRINT, alias_bomb, large_blueprint, with_mistakes};
pub use gateways::gateways;
pub use latencies::Latencies;
