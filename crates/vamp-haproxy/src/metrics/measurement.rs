use std::ops::Range;
use std::time::Duration;

use vamp_model::{Gateway, lookup};

use super::{Metrics, Summary};

/// A figure with the tags of the event that carries it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Measurement {
    /// The tags: `gateways:<name>`, `gateway` or `routes:<path>` and `route`, and what is measured.
    pub tags: Vec<String>,
    /// `metrics:rate` in requests a second, `metrics:responseTime` in milliseconds, `health` from 0 to 1.
    pub value: f64,
}

impl Metrics {
    /// The rate, the response time and the health of a gateway and of each of its routes in the buckets that begin in these seconds.
    ///
    /// Who has served nothing has a rate and a response time of 0, and is healthy. A gateway without a name has no measurements.
    ///
    /// ```
    /// use vamp_haproxy::metrics::Metrics;
    /// use vamp_model::Gateway;
    ///
    /// let gateway = Gateway::new("shop/9050".parse().unwrap());
    /// let measurements = Metrics::default().measurements(&gateway, 0..60);
    /// assert_eq!(measurements[0].tags, ["gateways:shop/9050", "gateway", "metrics:rate"]);
    /// ```
    #[must_use]
    pub fn measurements(&self, gateway: &Gateway, seconds: Range<i64>) -> Vec<Measurement> {
        let Some(name) = &gateway.name else {
            return Vec::new();
        };
        let window = seconds.end.saturating_sub(seconds.start);
        let window = Duration::from_secs(u64::try_from(window).unwrap_or_default());
        let of_gateway = format!("gateways:{name}");
        let own = vec![of_gateway.clone(), "gateway".to_owned()];
        let frontend = lookup::gateway(name.as_str());
        let summary = self.of_frontend(&frontend, seconds.clone());
        let mut measurements: Vec<Measurement> = Measurement::of(&summary, window, &own).into();
        for path in gateway.routes.keys() {
            let of_route = vec![
                of_gateway.clone(),
                format!("routes:{}", path.normalized()),
                "route".to_owned(),
            ];
            let frontend = lookup::route(Some(name), path);
            let summary = self.of_frontend(&frontend, seconds.clone());
            measurements.extend(Measurement::of(&summary, window, &of_route));
        }
        measurements
    }
}

impl Measurement {
    /// The rate, the response time and the health that a summary amounts to in a window of this length. Their tags are those of who is measured,
    /// and then what is measured.
    #[must_use]
    pub fn of(summary: &Summary, window: Duration, tags: &[String]) -> [Self; 3] {
        let figures = [
            ("metrics:rate", summary.rate(window)),
            ("metrics:responseTime", summary.mean_response_time()),
            ("health", f64::from(summary.health())),
        ];
        figures.map(|(what, value)| Self {
            tags: [tags, &[what.to_owned()]].concat(),
            value,
        })
    }
}
