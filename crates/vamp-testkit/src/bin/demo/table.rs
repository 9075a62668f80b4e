//! The table at the end of the release.

use comfy_table::{Table, presets};
use vamp_testkit::release::{Outcome, StepResult};

use crate::display::{configured, measured};

/// One row a step, and one for all of it.
pub(crate) fn table(outcome: &Outcome) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "step",
        "configured %",
        "measured %",
        "requests",
        "lost",
        "routed anew after",
    ]);
    for result in &outcome.steps {
        table.add_row([
            result.step.title(),
            configured(result.step),
            measured(&result.settled),
            result.counted.answered().to_string(),
            result.counted.lost().to_string(),
            routed(result),
        ]);
    }
    let total = &outcome.total;
    table.add_row([
        "in all".to_owned(),
        String::new(),
        String::new(),
        total.answered().to_string(),
        total.lost().to_string(),
        String::new(),
    ]);
    table
}

/// One step in one line.
pub(crate) fn sentence(result: &StepResult) -> String {
    let routed = match result.routed_after {
        Some(_) => format!(", routed anew after {}", routed(result)),
        None => String::new(),
    };
    format!(
        "measured {}, {} requests, {} lost{routed}",
        measured(&result.settled),
        result.counted.answered(),
        result.counted.lost(),
    )
}

fn routed(result: &StepResult) -> String {
    result.routed_after.map_or_else(String::new, |time| {
        format!("{:.1} ms", time.as_secs_f64() * 1000.0)
    })
}
