//! `vga diff`.

use serde_json::json;
use vamp_haproxy::diff::{ChangedFile, DiffOptions, Place, Reason, diff_with};
use vamp_haproxy::{Change, Document};

use super::arguments::DiffArguments;
use crate::client::output::Output;
use crate::input::Input;
use crate::offline::Report;
use crate::{Error, Exit, Result};

pub(super) fn run(output: &Output, arguments: &DiffArguments) -> Result<Exit> {
    if arguments.running == "-" && arguments.wanted == "-" {
        return Err(Error::usage("standard input can be read only once"));
    }
    let running = Input::read(&arguments.running)?;
    let wanted = Input::read(&arguments.wanted)?;
    let [running, wanted] = [running, wanted].map(|input| Document::parse(input.text));
    let files = changed_files(&arguments.files)?;
    let mut options = DiffOptions::for_version(arguments.haproxy_version);
    options.files = files.iter().map(Texts::as_changed_file).collect();
    let change = diff_with(&running, &wanted, &options);
    match arguments.output {
        Report::Text => output.text(&text(&change))?,
        Report::Json => output.text(&format!("{:#}\n", json(&change)))?,
    }
    Ok(match change {
        Change::Nothing => Exit::Success,
        Change::Runtime(_) | Change::Reload(_) => Exit::Failed,
    })
}

/// A file that changes: its path, and its two texts.
struct Texts<'a> {
    path: &'a str,
    running: Input,
    wanted: Input,
}

impl Texts<'_> {
    fn as_changed_file(&self) -> ChangedFile<'_> {
        ChangedFile {
            path: self.path,
            running: Some(&self.running.text),
            wanted: Some(&self.wanted.text),
        }
    }
}

/// Of arguments in threes.
fn changed_files(arguments: &[String]) -> Result<Vec<Texts<'_>>> {
    let (threes, _) = arguments.as_chunks::<3>();
    let texts = threes.iter().map(|[path, old, new]| {
        Ok(Texts {
            path,
            running: Input::read(old)?,
            wanted: Input::read(new)?,
        })
    });
    texts.collect()
}

fn text(change: &Change) -> String {
    match change {
        Change::Nothing => "nothing\n".to_owned(),
        Change::Runtime(commands) => commands.iter().map(|command| format!("{command}\n")).collect(),
        Change::Reload(reasons) => reasons
            .iter()
            .map(|reason| format!("reload: {reason}\n"))
            .collect(),
    }
}

fn json(change: &Change) -> serde_json::Value {
    match change {
        Change::Nothing => json!({"change": "nothing"}),
        Change::Runtime(commands) => {
            let commands: Vec<String> = commands.iter().map(ToString::to_string).collect();
            json!({"change": "commands", "commands": commands})
        }
        Change::Reload(reasons) => {
            let place = |place: &Option<Place>| {
                let place = place.as_ref();
                place.map(|place| json!({"line": place.line, "text": place.text}))
            };
            let reason = |reason: &Reason| {
                json!({
                    "message": reason.to_string(),
                    "running": place(&reason.running),
                    "wanted": place(&reason.wanted),
                })
            };
            let reasons: Vec<serde_json::Value> = reasons.iter().map(reason).collect();
            json!({"change": "reload", "reasons": reasons})
        }
    }
}
