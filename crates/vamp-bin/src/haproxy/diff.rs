//! `vga diff`.

use serde_json::json;
use vamp_haproxy::{Change, diff_texts};

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
    let change = diff_texts(&running.text, &wanted.text);
    match arguments.output {
        Report::Text => output.text(&text(&change))?,
        Report::Json => output.text(&format!("{:#}\n", json(&change)))?,
    }
    Ok(match change {
        Change::Nothing => Exit::Success,
        Change::Runtime(_) | Change::Reload(_) => Exit::Failed,
    })
}

fn text(change: &Change) -> String {
    match change {
        Change::Nothing => "nothing\n".to_owned(),
        Change::Runtime(commands) => commands.iter().map(|command| format!("{command}\n")).collect(),
        Change::Reload(reason) => format!("reload: {reason}\n"),
    }
}

fn json(change: &Change) -> serde_json::Value {
    match change {
        Change::Nothing => json!({"change": "nothing"}),
        Change::Runtime(commands) => {
            let commands: Vec<String> = commands.iter().map(ToString::to_string).collect();
            json!({"change": "commands", "commands": commands})
        }
        Change::Reload(reason) => json!({"change": "reload", "reasons": [reason.to_string()]}),
    }
}
