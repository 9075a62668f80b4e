//! What people see while the release is played: a live display in a terminal, a line a change on a pipe.

use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use vamp_testkit::{
    load::Snapshot,
    release::{Event, Step, Version},
};

use crate::table;

/// Shows the events of a release.
#[derive(Debug)]
pub(crate) struct Display {
    live: Option<ProgressBar>,
    step: Option<Step>,
    instances: String,
    counts: String,
}

impl Display {
    /// Live in a terminal, else line by line.
    pub(crate) fn new() -> Self {
        let live = std::io::stdout().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
            // The template is a constant without anything that could be wrong about it; the plain style would do.
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(std::time::Duration::from_millis(100));
            bar
        });
        Self {
            live,
            step: None,
            instances: String::new(),
            counts: String::new(),
        }
    }

    /// A line that stays.
    pub(crate) fn line(&self, line: &str) {
        match &self.live {
            Some(bar) => bar.println(line),
            // On a pipe that nobody reads any more there is nobody to be told.
            None => {
                let _ = writeln!(std::io::stdout(), "{line}");
            }
        }
    }

    /// Shows what happened.
    pub(crate) fn show(&mut self, event: &Event) {
        match event {
            Event::Began(step) => {
                self.step = Some(*step);
                self.counts.clear();
                if self.live.is_none() {
                    self.line(&format!("{}: configured {}", step.title(), configured(*step)));
                }
            }
            Event::Instances { first, second } => {
                let now = format!(
                    "instances 1.0: {}/{} ready, 2.0: {}/{} ready",
                    first.0, first.1, second.0, second.1
                );
                if now != self.instances && self.live.is_none() {
                    self.line(&format!("  {now}"));
                }
                self.instances = now;
            }
            Event::Counted { window, total } => {
                self.counts = format!(
                    "measured {}, {} sent, {} lost",
                    measured(window),
                    total.sent(),
                    total.lost()
                );
            }
            Event::Done(result) => {
                self.line(&format!("{}: {}", result.step.title(), table::sentence(result)));
            }
            _ => {}
        }
        self.refresh();
    }

    /// Takes the live part away.
    pub(crate) fn finish(&mut self) {
        if let Some(bar) = self.live.take() {
            bar.finish_and_clear();
        }
    }

    fn refresh(&self) {
        let (Some(bar), Some(step)) = (&self.live, self.step) else {
            return;
        };
        bar.set_message(format!(
            "{} | configured {} | {} | {}",
            step.title(),
            configured(step),
            self.counts,
            self.instances
        ));
    }
}

/// `95/5`
pub(crate) fn configured(step: Step) -> String {
    format!(
        "{}/{}",
        step.configured(Version::First),
        step.configured(Version::Second)
    )
}

/// `94.9/5.1`
pub(crate) fn measured(window: &Snapshot) -> String {
    let share = |version: Version| window.share(version.text());
    format!("{:.1}/{:.1}", share(Version::First), share(Version::Second))
}
