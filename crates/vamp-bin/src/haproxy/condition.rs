//! `vga condition`.

use serde_json::json;
use vamp_haproxy::acl::{Acls, When};
use vamp_model::Condition;

use super::arguments::ConditionArguments;
use crate::client::output::Output;
use crate::offline::Report;
use crate::{Error, Exit, Result};

pub(super) fn run(output: &Output, arguments: &ConditionArguments) -> Result<Exit> {
    let refused = |error: &dyn std::fmt::Display| {
        Error::new(
            Exit::Invalid,
            format!("'{}' cannot be used: {error}", arguments.text.escape_debug()),
        )
    };
    let condition: Condition = arguments.text.parse().map_err(|error| refused(&error))?;
    let outside = condition.syntax_error();
    // What begins as the language does begins no ACL expression: HAProxy has no such words.
    if let Some(error) = outside.as_ref().filter(|error| error.offset > 0) {
        return Err(match condition.definition().get(error.offset..) {
            Some("") | None => refused(&format!("it is not finished: {error}")),
            Some(_) => refused(error),
        });
    }
    let acls = Acls::of(&condition).map_err(|error| refused(&error))?;
    let read = condition.tree().to_string();
    let (result, alternatives): (_, Vec<String>) = match &acls.when {
        When::Always => ("always", Vec::new()),
        When::Never => ("never", Vec::new()),
        When::Alternatives(alternatives) => ("ok", alternatives.iter().map(ToString::to_string).collect()),
    };
    let holds = (result == "ok").then(|| alternatives.join(" or "));
    let tests: Vec<String> = acls.tests.iter().map(ToString::to_string).collect();
    let doubt = outside.map(|error| {
        format!("this is outside the language of conditions and taken as one ACL expression: {error}")
    });
    match arguments.output {
        Report::Json => {
            let value = json!({
                "read": read,
                "result": result,
                "acls": tests,
                "condition": holds,
                "alternatives": alternatives,
                "warning": doubt,
            });
            output.text(&format!("{value:#}\n"))?;
        }
        Report::Text => {
            let mut text = format!("{read}\n");
            for test in &tests {
                text.push_str(&format!("{test}\n"));
            }
            match (result, holds) {
                ("always", _) => text.push_str("use_backend always\n"),
                (_, Some(holds)) => text.push_str(&format!("use_backend if {holds}\n")),
                _ => text.push_str("use_backend never\n"),
            }
            output.text(&text)?;
            if let Some(doubt) = doubt {
                output.remark(&format!("warning: {doubt}"));
            }
        }
    }
    Ok(Exit::Success)
}
