//! Documents with slips: whatever is done to a text, it is read, or refused with problems that stand in it.

use proptest::prelude::*;
use serde::Serialize;
use vamp_model::{
    Blueprint, Breed, Deployment, Escalation, Event, EventQuery, Format, FromText, Gateway, InvalidValuePath,
    PathSegment, Problems, Rewrite, Route, Scale, Sla, StoredCondition, Template, ValuePath, Workflow,
    arbitrary, code, read, read_deployment_request, read_documents, read_list, read_value, to_json, to_yaml,
};
use vamp_testkit::extent;

fn stand_in(problems: &Problems, text: &str) -> Result<(), TestCaseError> {
    for problem in problems {
        let span = problem.span.clone();
        let spanned = text.get(span.clone());
        prop_assert!(spanned.is_some(), "{span:?} of {problem} is not in\n{text}");
        let place = (problem.line, problem.column);
        prop_assert_eq!(
            place,
            line_and_column(text, span.start),
            "{} in\n{}",
            problem,
            text
        );
        let path = problem.path.parse::<ValuePath>();
        prop_assert!(path.is_ok() || problem.path.contains('…'), "{}", problem.path);
        if problem.code == code::UNEXPECTED_ELEMENT {
            is_the_last_key(spanned.unwrap_or_default(), path, text)?;
        }
    }
    Ok(())
}

/// Line and column, counted in the plainest way.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text[..offset].replace("\r\n", "\n").replace('\r', "\n");
    let last = before.rsplit('\n').next().unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    // A byte order mark is no character of the first line.
    let mark = line == 1 && last.starts_with('\u{feff}');
    (line, last.chars().count() + 1 - usize::from(mark))
}

/// A problem with a key stands at the key, as the document spells it.
fn is_the_last_key(
    spanned: &str,
    path: Result<ValuePath, InvalidValuePath>,
    text: &str,
) -> Result<(), TestCaseError> {
    let Ok(path) = path else { return Ok(()) };
    let Some(PathSegment::Key(key)) = path.segments().last() else {
        return Ok(());
    };
    // Of a long key, a path shows the beginning.
    let is_key = |whole: &str| match key.strip_suffix('…') {
        Some(beginning) => whole == key || whole.starts_with(beginning),
        None => whole == key,
    };
    // As it reads in a block, or between brackets.
    let spellings = [format!("? {spanned}\n: 1"), format!("{{? {spanned}\n: 1}}")];
    let reads_as_key = spellings.iter().any(|spelling| {
        let read = read_value(spelling, Format::Yaml).ok();
        read.is_some_and(|value| {
            value
                .as_object()
                .is_some_and(|object| object.keys().any(|key| is_key(key)))
        })
    });
    prop_assert!(
        is_key(spanned) || reads_as_key,
        "{spanned:?} is not {key:?} in\n{text}"
    );
    Ok(())
}

fn is_read_or_refused<T>(text: &str) -> Result<(), TestCaseError>
where
    T: FromText + Serialize,
{
    match read::<T>(text, Format::Auto) {
        Err(problems) => stand_in(&problems, text),
        Ok(artifact) => {
            let (json, yaml) = (to_json(&artifact), to_yaml(&artifact));
            for (written, format) in [(&json, Format::Json), (&yaml, Format::Yaml)] {
                let again = read::<T>(written, format);
                let again =
                    again.map_err(|problems| TestCaseError::fail(format!("{problems}\n{written}")))?;
                prop_assert_eq!(&to_json(&again), &json);
            }
            Ok(())
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(extent::pick(512, 100_000))
    })]

    #[test]
    fn a_text_with_slips_is_read_or_refused_where_they_are(text in arbitrary::text_with_slips()) {
        is_read_or_refused::<Blueprint>(&text)?;
        is_read_or_refused::<Gateway>(&text)?;
        is_read_or_refused::<Route>(&text)?;
        is_read_or_refused::<StoredCondition>(&text)?;
        is_read_or_refused::<Rewrite>(&text)?;
        is_read_or_refused::<Breed>(&text)?;
        is_read_or_refused::<Scale>(&text)?;
        is_read_or_refused::<Sla>(&text)?;
        is_read_or_refused::<Escalation>(&text)?;
        is_read_or_refused::<Deployment>(&text)?;
        is_read_or_refused::<Event>(&text)?;
        is_read_or_refused::<EventQuery>(&text)?;
        is_read_or_refused::<Template>(&text)?;
        is_read_or_refused::<Workflow>(&text)?;
        for problems in [
            read_documents(&text, Format::Auto).err(),
            read_deployment_request(&text, Format::Auto).err(),
            read_list::<Gateway>(&text, Format::Auto).err(),
        ] {
            problems.map_or(Ok(()), |problems| stand_in(&problems, &text))?;
        }
        if let Ok(value) = read_value(&text, Format::Auto) {
            prop_assert_eq!(read_value(&to_yaml(&value), Format::Yaml).ok(), Some(value));
        }
    }
}
