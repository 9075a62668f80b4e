//! Figures, and the bars that they have to hold.

use std::time::Duration;

use comfy_table::{Table, presets};

/// A measured figure beside its bar.
#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) what: String,
    pub(crate) measured: f64,
    /// At most this much; a figure without a bar is only told.
    pub(crate) at_most: Option<f64>,
    pub(crate) unit: &'static str,
}

impl Bar {
    pub(crate) fn is_held(&self) -> bool {
        self.at_most.is_none_or(|bar| self.measured <= bar)
    }
}

/// One row a figure.
pub(crate) fn table(bars: &[Bar]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["figure", "measured", "bar", ""]);
    for bar in bars {
        let limit = bar
            .at_most
            .map_or_else(String::new, |limit| format!("≤ {limit} {}", bar.unit));
        let verdict = match (bar.at_most, bar.is_held()) {
            (None, _) => "",
            (Some(_), true) => "held",
            (Some(_), false) => "NOT HELD",
        };
        table.add_row([
            bar.what.clone(),
            format!("{:.2} {}", bar.measured, bar.unit),
            limit,
            verdict.to_owned(),
        ]);
    }
    table
}

/// The time below which this share of them lies, 0 to 1; zero where there are none.
pub(crate) fn quantile(times: &[Duration], share: f64) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().saturating_sub(1);
    let position = (share * sorted.len() as f64).ceil() as usize;
    sorted
        .get(position.saturating_sub(1).min(last))
        .copied()
        .unwrap_or_default()
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_times() {
        let times: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!(quantile(&times, 0.5), Duration::from_millis(100));
        assert_eq!(quantile(&times, 0.99), Duration::from_millis(198));
        assert_eq!(quantile(&times, 1.0), Duration::from_millis(200));
        assert_eq!(quantile(&[], 0.5), Duration::ZERO);
    }
}
