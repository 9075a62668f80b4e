//! Documents with slips: whatever is done to a text, it is read, or refused with problems that stand in it.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::Serialize;
use vamp_model::{
    Blueprint, Breed, Deployment, Event, EventQuery, Format, FromText, Gateway, InvalidValuePath,
    PathSegment, Problems, Rewrite, Route, StoredCondition, Template, ValuePath, Workflow, arbitrary, code,
    read, read_deployment_request, read_documents, read_list, read_value, to_json, to_yaml,
};

/// What people and programs put into documents where it does not belong.
const SLIPS: [&str; 56] = [
    "",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\0",
    "é",
    "😀",
    "'",
    "\"",
    "\\",
    "\\ud800",
    "#",
    "&a ",
    "*a",
    "<<: ",
    "- ",
    "? ",
    ": ",
    ",",
    "{",
    "}",
    "[",
    "]",
    "|",
    ">-",
    "@",
    "%YAML 1.1\n",
    "---\n",
    "...\n",
    "!!int ",
    "!x ",
    "~",
    "yes",
    "0x",
    "017",
    "1:30",
    "99999999999999999999",
    "1e999",
    ".inf",
    "-1",
    "2017-02-30",
    "$",
    "${a}",
    "< x >",
    "101%",
    "2147483647m",
    "1e308GB",
    "name: ",
    "kind: ",
    "routes: ",
    "[external/1]",
    "a/b/c/d/e",
];

fn document() -> impl Strategy<Value = String> {
    prop_oneof![
        arbitrary::blueprint().prop_map(|artifact| to_yaml(&artifact)),
        arbitrary::blueprint().prop_map(|artifact| to_json(&artifact)),
        arbitrary::gateway().prop_map(|artifact| to_yaml(&artifact)),
        arbitrary::stored_route().prop_map(|artifact| to_yaml(&artifact)),
        arbitrary::stored_condition().prop_map(|artifact| to_json(&artifact)),
        arbitrary::stored_rewrite().prop_map(|artifact| to_yaml(&artifact)),
        arbitrary::breed().prop_map(|artifact| to_yaml(&artifact)),
        arbitrary::deployment().prop_map(|artifact| to_yaml(&artifact)),
        arbitrary::event().prop_map(|event| to_yaml(&event)),
        arbitrary::template().prop_map(|artifact| to_yaml(&artifact)),
        arbitrary::workflow().prop_map(|artifact| to_yaml(&artifact)),
        arbitrary::event_query().prop_map(|query| to_json(&query)),
    ]
}

/// A text with slips: some characters are gone, and others stand in their place.
fn with_slips() -> impl Strategy<Value = String> {
    let slip = (any::<Index>(), 0_usize..12, select(SLIPS.as_slice()));
    (document(), prop::collection::vec(slip, 1..5)).prop_map(|(text, slips)| {
        let mut characters: Vec<char> = text.chars().collect();
        for (at, gone, instead) in slips {
            let start = at.index(characters.len() + 1);
            let end = (start + gone).min(characters.len());
            characters.splice(start..end, instead.chars());
        }
        characters.into_iter().collect()
    })
}

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
    // As it reads in a block, or between brackets.
    let spellings = [format!("? {spanned}\n: 1"), format!("{{? {spanned}\n: 1}}")];
    let reads_as_key = spellings.iter().any(|spelling| {
        let read = read_value(spelling, Format::Yaml).ok();
        read.is_some_and(|value| value.as_object().is_some_and(|object| object.contains_key(key)))
    });
    prop_assert!(
        spanned == key || reads_as_key,
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
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_text_with_slips_is_read_or_refused_where_they_are(text in with_slips()) {
        is_read_or_refused::<Blueprint>(&text)?;
        is_read_or_refused::<Gateway>(&text)?;
        is_read_or_refused::<Route>(&text)?;
        is_read_or_refused::<StoredCondition>(&text)?;
        is_read_or_refused::<Rewrite>(&text)?;
        is_read_or_refused::<Breed>(&text)?;
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
