//! `vamp validate`.

use serde::Serialize;
use vamp_model::{
    ArtifactMap, Artifacts, Checked, Document, Found, Kind, NotChecked, ParsedText, Problem, Problems, code,
};

use super::arguments::{Report, ValidateArguments};
use crate::client::output::Output;
use crate::display::Complaint;
use crate::input::Input;
use crate::{Error, Exit, Result};

/// What is said of a file.
#[derive(Debug, Serialize)]
struct FileReport {
    file: String,
    /// Nothing where that could not be found out.
    valid: Option<bool>,
    documents: Vec<DocumentReport>,
    errors: Vec<Problem>,
    #[serde(skip_serializing_if = "is_zero")]
    omitted_errors: usize,
    not_checked: Vec<NotChecked>,
}

#[derive(Debug, Serialize)]
struct DocumentReport {
    kind: &'static str,
    name: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks in this way")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[derive(Debug, Serialize)]
struct WholeReport<'r> {
    valid: Option<bool>,
    files: &'r [FileReport],
}

pub(super) fn run(output: &Output, arguments: &ValidateArguments) -> Result<Exit> {
    if arguments.files.iter().filter(|file| *file == "-").count() > 1 {
        return Err(Error::usage("standard input can be read only once"));
    }
    let inputs: Vec<Input> = arguments
        .files
        .iter()
        .map(|file| Input::read(file))
        .collect::<Result<_>>()?;
    let parsed: Vec<_> = inputs.iter().map(Input::parsed).collect();
    let readable = parsed.iter().flatten();
    let files = Files(
        readable
            .map(|parsed| declared_in(parsed, arguments.kind))
            .collect(),
    );
    let reports: Vec<FileReport> = inputs
        .iter()
        .zip(parsed)
        .map(|(input, parsed)| match parsed {
            Ok(parsed) => report(input, &parsed, arguments.kind, &files),
            Err(problems) => refused(input, problems),
        })
        .collect();
    match arguments.output {
        Report::Json => json(output, &reports),
        Report::Text => text(output, &inputs, &reports),
    }
}

/// The artifacts of a text; those that name no kind are of the one given.
pub(super) fn declared_in(parsed: &ParsedText<'_>, kind: Option<Kind>) -> ArtifactMap {
    match kind.and_then(|kind| parsed.read_all(kind).ok()) {
        Some(artifacts) => artifacts.into_iter().collect(),
        None => parsed.declared(),
    }
}

/// The artifacts of all files; nobody can tell of others.
#[derive(Debug)]
struct Files(Vec<ArtifactMap>);

impl Artifacts for Files {
    fn find(&self, kind: Kind, name: &str) -> Found<'_> {
        let found = self.0.iter().map(|file| file.find(kind, name));
        let mut known = found.filter(|found| *found != Found::Absent);
        known.next().unwrap_or(Found::Unknown)
    }

    fn names(&self, kind: Kind) -> Vec<&str> {
        self.0.iter().flat_map(|file| file.names(kind)).collect()
    }
}

fn report(input: &Input, parsed: &ParsedText<'_>, kind: Option<Kind>, files: &Files) -> FileReport {
    let checked = match kind {
        None => parsed.check_documents(files).map(described),
        Some(kind) => parsed.check_any_list(kind, files).map(|checked| {
            let documents = checked.artifact.iter().map(|artifact| DocumentReport {
                kind: artifact.kind().singular(),
                name: artifact.name().unwrap_or_default().to_owned(),
            });
            (documents.collect(), checked.not_checked)
        }),
    };
    match checked {
        Ok((documents, not_checked)) => FileReport {
            file: input.name.clone(),
            valid: Some(true),
            documents,
            errors: Vec::new(),
            omitted_errors: 0,
            not_checked,
        },
        Err(problems) => refused(input, problems),
    }
}

fn described(checked: Checked<Vec<Document>>) -> (Vec<DocumentReport>, Vec<NotChecked>) {
    let documents = checked.artifact.into_iter().map(|document| DocumentReport {
        kind: document.kind.singular(),
        name: document.name,
    });
    (documents.collect(), checked.not_checked)
}

/// What cannot be checked is no problem: a document that imports something of which nobody can tell anything.
fn refused(input: &Input, problems: Problems) -> FileReport {
    let omitted_errors = problems.omitted();
    let (open, errors): (Vec<Problem>, Vec<Problem>) = problems
        .into_iter()
        .partition(|problem| problem.code == code::NOT_CHECKED);
    FileReport {
        file: input.name.clone(),
        valid: (!errors.is_empty() || omitted_errors > 0).then_some(false),
        documents: Vec::new(),
        errors,
        omitted_errors,
        not_checked: open.into_iter().map(NotChecked::from).collect(),
    }
}

fn json(output: &Output, reports: &[FileReport]) -> Result<Exit> {
    let is_refused = reports.iter().any(|report| report.valid == Some(false));
    let is_open = reports.iter().any(|report| report.valid.is_none());
    let valid = if is_refused {
        Some(false)
    } else {
        (!is_open).then_some(true)
    };
    let whole = WholeReport {
        valid,
        files: reports,
    };
    let value = serde_json::to_value(&whole).map_err(|error| {
        Error::new(Exit::Failed, format!("cannot print the report: {error}")).because(error)
    })?;
    output.text(&format!("{value:#}\n"))?;
    Ok(if is_refused { Exit::Invalid } else { Exit::Success })
}

fn text(output: &Output, inputs: &[Input], reports: &[FileReport]) -> Result<Exit> {
    let mut complaints: Vec<Complaint> = Vec::new();
    let mut count = 0;
    for (input, report) in inputs.iter().zip(reports) {
        complaints.extend(input.complaints(&report.errors));
        count += report.errors.len() + report.omitted_errors;
        for unchecked in &report.not_checked {
            output.remark(&format!("{}:{unchecked}", report.file));
        }
        match report.valid {
            Some(true) => output.text(&format!("{}\n", summary(report)))?,
            Some(false) => {}
            None => output.text(&format!("{}: not checked\n", report.file))?,
        }
    }
    let message = match count {
        0 => return Ok(Exit::Success),
        1 => "there is a problem".to_owned(),
        count => format!("there are {count} problems"),
    };
    Err(Error::new(Exit::Invalid, message).at(complaints))
}

fn summary(report: &FileReport) -> String {
    let documents: Vec<String> = report
        .documents
        .iter()
        .map(|document| format!("{} {}", document.kind, document.name))
        .collect();
    let what = match documents.len() {
        0 => "no artifacts".to_owned(),
        1..=4 => documents.join(", "),
        count => format!("{count} artifacts"),
    };
    let unchecked = match report.not_checked.len() {
        0 => String::new(),
        1 => ", 1 check not made".to_owned(),
        count => format!(", {count} checks not made"),
    };
    format!("{}: valid: {what}{unchecked}", report.file)
}
