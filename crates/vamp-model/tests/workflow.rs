//! Workflows as users write them and as the API prints them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use serde_json::{Value, json};
use vamp_model::{
    AnyArtifact, Content, Format, Kind, Problem, Reference, Schedule, Workflow, WorkflowStatus, code, lookup,
    read, read_documents, to_json, to_yaml,
};

fn workflow(text: &str) -> Workflow {
    read(text, Format::Yaml).unwrap()
}

/// A workflow with these further lines.
fn with(lines: &str) -> Workflow {
    workflow(&format!("name: sweep\nbreed: sweep\n{lines}\n"))
}

fn refused(lines: &str) -> Problem {
    let text = format!("name: sweep\nbreed: sweep\n{lines}\n");
    read::<Workflow>(&text, Format::Yaml).unwrap_err().first().clone()
}

fn scheduled(schedule: &str) -> Schedule {
    with(&format!("schedule: {schedule}")).schedule
}

fn printed(workflow: &Workflow) -> Value {
    serde_json::to_value(workflow).unwrap()
}

#[test]
fn a_workflow_has_a_name_a_breed_and_a_schedule() {
    let sweep = workflow("name: sweep\nbreed: sweep-script\nschedule: daemon\n");
    // S01-179: always running, the breed by name, no scale, about to start.
    assert_eq!(sweep.schedule, Schedule::Daemon);
    assert_eq!(sweep.breed.named().unwrap().as_str(), "sweep-script");
    assert_eq!(sweep.scale, None);
    assert_eq!(sweep.status, WorkflowStatus::Starting);

    assert_eq!(
        to_json(&sweep),
        r#"{"name":"sweep","kind":"workflows","metadata":{},"breed":{"reference":"sweep-script"},"status":"starting","schedule":"daemon"}"#
    );
    for (text, path) in [
        ("{breed: b, schedule: daemon}", "/name"),
        ("{name: w, schedule: daemon}", "/breed"),
        ("{name: w, breed: b}", "/schedule"),
        ("{name: w, breed: b, schedule: ~}", "/schedule"),
    ] {
        let problem = read::<Workflow>(text, Format::Yaml).unwrap_err().first().clone();
        assert_eq!(problem.code, code::MISSING_PATH_VALUE);
        assert_eq!(problem.message, format!("Can't find any value for path: {path}"));
    }
}

#[test]
fn a_breed_is_named_or_written_out() {
    // S01-180: a breed written out stays what it is.
    let inline = workflow(
        "{name: w, breed: {name: b, deployable: {type: application/javascript, definition: go()}}, schedule: daemon}",
    );
    let breed = inline.breed.inline().unwrap();
    assert_eq!(
        (
            breed.name.as_str(),
            breed.deployable.kind(),
            breed.deployable.definition.as_str()
        ),
        ("b", "application/javascript", "go()")
    );
    for named in ["{ref: b}", "{reference: b}", "b"] {
        let workflow = workflow(&format!("{{name: w, breed: {named}, schedule: daemon}}"));
        assert_eq!(workflow.breed.named().unwrap().as_str(), "b");
    }
}

#[test]
fn events_start_a_workflow() {
    let tags = |schedule: &str| match scheduled(schedule) {
        Schedule::Event { tags } => tags.into_iter().collect::<Vec<String>>(),
        other => panic!("{schedule}: {other:?}"),
    };
    // S01-181: both tags, in the order written.
    assert_eq!(tags("{event: {tags: [b, a]}}"), ["b", "a"]);
    // S01-182: one tag, a list, and one text mean the same as the long form.
    assert_eq!(tags("{event: {tags: a}}"), ["a"]);
    assert_eq!(tags("{event: [a, b]}"), ["a", "b"]);
    assert_eq!(tags("{event: a}"), ["a"]);

    // An event without tags is any event.
    assert!(tags("{event: {}}").is_empty());
    assert!(tags("{event: {tags: ~}}").is_empty());
    // Numbers among the tags are text; the same tag twice is one.
    assert_eq!(tags("{event: [1, a, 1, 2.50]}"), ["1", "a", "2.50"]);
    assert_eq!(
        printed(&with("schedule: {event: [b, a, 1]}"))["schedule"],
        json!({"event": {"tags": ["b", "a", "1"]}})
    );
}

#[test]
fn time_starts_a_workflow_again_and_again() {
    let Schedule::Time {
        period,
        repeat,
        start,
    } = scheduled("{time: {period: P1Y2M3DT4H5M6S}}")
    else {
        panic!("no time")
    };
    // S01-183: both forms are the same schedule, for ever and from now on.
    assert_eq!(period, "P1Y2M3DT4H5M6S".parse().unwrap());
    assert_eq!((repeat, start), (None, None));
    assert_eq!(
        scheduled("{time: P1Y2M3DT4H5M6S}"),
        Schedule::Time {
            period,
            repeat,
            start
        }
    );

    let time = |rest: &str| match scheduled(&format!("{{time: {{period: PT1S{rest}}}}}")) {
        Schedule::Time { repeat, start, .. } => (repeat, start.map(|start| start.to_string())),
        other => panic!("{rest}: {other:?}"),
    };
    // S01-184: how often it runs.
    assert_eq!(time(", repeat: 5"), (Some(5), None));
    assert_eq!(time(", repeat: 0"), (Some(0), None));
    assert_eq!(time(", repeat: -1"), (Some(-1), None));
    // S01-185: a time of YAML is one in UTC, whatever offset it is written with, with and without a number of runs.
    let start = Some("2019-05-06T05:08:09Z".to_owned());
    assert_eq!(time(", start: 2019-05-06T07:08:09+02:00"), (None, start.clone()));
    assert_eq!(
        time(", start: 2019-05-06T05:08:09, repeat: 2"),
        (Some(2), start.clone())
    );
    assert_eq!(time(", start: 2019-05-06T05:08:09Z"), (None, start));
    // S01-186: now is when it would begin anyway.
    assert_eq!(time(", start: now"), (None, None));

    // In quotes, the offset stays.
    assert_eq!(
        time(", start: '2019-05-06T07:08:09.25+02:00'").1.unwrap(),
        "2019-05-06T07:08:09.25+02:00"
    );
    assert_eq!(
        printed(&with(
            "schedule: {time: {period: P1W, repeat: 3, start: 2019-05-06T05:08:09Z}}"
        ))["schedule"],
        json!({"time": {"period": "P7D", "repeat": 3, "start": "2019-05-06T05:08:09Z"}})
    );
}

#[test]
fn what_is_no_schedule_is_told() {
    // S01-188: another word is none.
    for other in [
        "hourly",
        "Daemon",
        "DAEMON",
        "[daemon]",
        "{}",
        "{cron: '* * *'}",
        "{event: ~}",
        "5",
    ] {
        let problem = refused(&format!("schedule: {other}"));
        assert_eq!(problem.code, code::UNDEFINED_WORKFLOW_SCHEDULE, "{other}");
        assert_eq!(
            problem.message,
            "Undefined workflow schedule - only daemon, event and time schedules are supported."
        );
        assert_eq!(problem.path, "schedule");
    }
    // S01-189: a word where a period belongs is told as it is.
    let period = refused("schedule: {time: now}");
    assert_eq!(period.code, code::ILLEGAL_WORKFLOW_SCHEDULE_PERIOD);
    assert_eq!(period.message, "Illegal workflow schedule period: now.");
    assert_eq!(period.path, "schedule.time");
    for illegal in ["every day", "P1H", "P", "p1d", "5"] {
        let problem = refused(&format!("schedule: {{time: {{period: {illegal}}}}}"));
        assert_eq!(problem.code, code::ILLEGAL_WORKFLOW_SCHEDULE_PERIOD, "{illegal}");
        assert_eq!(
            problem.message,
            format!("Illegal workflow schedule period: {illegal}.")
        );
    }

    for (schedule, code, message) in [
        (
            "{event: 5}",
            code::UNEXPECTED_INNER_ELEMENT,
            "Can't find a nested element for path 'event'.",
        ),
        (
            "{event: true}",
            code::UNEXPECTED_INNER_ELEMENT,
            "Can't find a nested element for path 'event'.",
        ),
        (
            "{time: 5}",
            code::UNEXPECTED_INNER_ELEMENT,
            "Can't find a nested element for path 'time'.",
        ),
        (
            "{time: [P1D]}",
            code::UNEXPECTED_INNER_ELEMENT,
            "Can't find a nested element for path 'time'.",
        ),
        (
            "{time: {repeat: 5}}",
            code::MISSING_PATH_VALUE,
            "Can't find any value for path: /time/period",
        ),
    ] {
        let problem = refused(&format!("schedule: {schedule}"));
        assert_eq!(
            (problem.code, problem.message.as_str()),
            (code, message),
            "{schedule}"
        );
    }
    for (field, value) in [
        ("start", "tomorrow"),
        ("start", "'2019-05-06T07:08:09'"),
        ("start", "[now]"),
        ("start", "5"),
        ("repeat", "often"),
        ("repeat", "1.5"),
        ("repeat", "99999999999"),
    ] {
        let problem = refused(&format!("schedule: {{time: {{period: P1D, {field}: {value}}}}}"));
        assert_eq!(problem.code, code::UNEXPECTED_TYPE, "{field}: {value}");
        assert!(
            problem
                .message
                .starts_with(&format!("Unexpected type for path '{field}'"))
        );
        assert_eq!(problem.path, format!("schedule.time.{field}"));
    }
}

#[test]
fn time_goes_before_events() {
    let time = scheduled("{time: P1D}");
    for beside in ["{tags: [a]}", "{}", "~"] {
        assert_eq!(scheduled(&format!("{{event: {beside}, time: P1D}}")), time);
    }
    for short in ["a", "[a]"] {
        let problem = refused(&format!("schedule: {{event: {short}, time: P1D}}"));
        assert_eq!(problem.code, code::UNEXPECTED_ELEMENT);
        assert_eq!(problem.path, "schedule.event");
    }
    let unknown = refused("schedule: {event: {tags: a, tag: b}}");
    assert_eq!(
        unknown.message,
        r#"Unexpected in DSL: {"schedule":{"event":{"tag":"b"}}}"#
    );
    let unknown = refused("schedule: {time: {period: P1D, repeats: 3}}");
    assert_eq!(unknown.hint.as_deref(), Some("did you mean `repeat`?"));
}

#[test]
fn a_scale_is_named_or_written_out() {
    // S01-187: both a scale without name and the name of a stored one.
    let inline = with("schedule: daemon\nscale: {cpu: 0.1, memory: 64MB, instances: 2}");
    assert_eq!(inline.scale.unwrap().inline().unwrap().instances, 2);
    for named in ["small", "{ref: small}", "{reference: small}"] {
        let workflow = with(&format!("schedule: daemon\nscale: {named}"));
        assert_eq!(
            workflow.scale.unwrap(),
            Reference::Named("small".parse().unwrap())
        );
    }
    assert_eq!(
        refused("schedule: daemon\nscale: {name: s, cpu: 1, memory: 64MB}").code,
        code::EITHER_REFERENCE_OR_ANONYMOUS
    );
    // One that the API has filled in comes back with its kind.
    let expanded = with(
        "schedule: daemon\nscale: {name: s, kind: scales, metadata: {}, cpu: 1, memory: 64MB, instances: 1}",
    );
    assert!(expanded.scale.unwrap().inline().is_some());
}

#[test]
fn a_workflow_has_a_network_arguments_and_variables() {
    // S01-190: a network, arguments in both forms, variables under their short key.
    let sweep = with(
        "schedule: daemon\nnetwork: BRIDGE\narguments: [{arg1: a}, {arg2: 1}]\nenv:\n  A: 1\n  B[OTHER]: two",
    );
    assert_eq!(sweep.network.as_deref(), Some("BRIDGE"));
    let arguments = |workflow: &Workflow| -> Vec<(String, String)> {
        let pair = |argument: &vamp_model::Argument| (argument.key.clone(), argument.value.clone());
        workflow.arguments.iter().map(pair).collect()
    };
    assert_eq!(
        arguments(&sweep),
        [("arg1".into(), "a".into()), ("arg2".into(), "1".into())]
    );
    let mapping = with("schedule: daemon\narguments: {arg1: a, arg2: 1}");
    assert_eq!(arguments(&mapping), arguments(&sweep));
    let variables: Vec<(&str, Option<&str>)> = sweep
        .environment_variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_deref()))
        .collect();
    assert_eq!(variables, [("A", Some("1")), ("B", Some("two"))]);

    // S01-191: privileged is true or false.
    let privileged = refused("schedule: daemon\narguments: {privileged: abcd}");
    assert_eq!(privileged.code, code::INVALID_ARGUMENT_VALUE);
    assert_eq!(
        privileged.message,
        "Argument privileged has an invalid value: abcd."
    );
    with("schedule: daemon\narguments: {privileged: TRUE}");

    assert_eq!(
        printed(&sweep),
        json!({
            "name": "sweep", "kind": "workflows", "metadata": {}, "breed": {"reference": "sweep"},
            "status": "starting", "schedule": "daemon",
            "environment_variables": {"A": "1", "B": "two"}, "network": "BRIDGE",
            "arguments": [{"arg1": "a"}, {"arg2": "1"}],
        })
    );
}

#[test]
fn a_variable_has_a_value_and_is_declared() {
    let inline = |variables: &str| {
        let text = format!(
            "{{name: w, breed: {{name: b, deployable: d, env: {{MODE: ~, LEVEL: 1}}}}, schedule: daemon, env: {variables}}}"
        );
        read::<Workflow>(&text, Format::Yaml)
    };
    assert!(inline("{MODE: fast}").is_ok());
    // S01-192: declared, and without value.
    let missing = inline("{MODE: ~}").unwrap_err();
    assert_eq!(missing.len(), 1);
    assert_eq!(missing.first().code, code::MISSING_ENVIRONMENT_VARIABLE);
    assert_eq!(
        missing.first().message,
        "Missing environment variable value for 'MODE' in service 'b.'"
    );
    // S01-193: with a value, and not declared.
    let unknown = inline("{MOOD: fast}").unwrap_err();
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown.first().code, code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE);
    assert_eq!(
        unknown.first().message,
        "Unresolved reference 'MOOD' in breed 'b -> d'. Check if breed dependency is declared."
    );
    assert_eq!(unknown.first().hint.as_deref(), Some("did you mean `MODE`?"));
    // Of a breed that is only named, nothing is known.
    with("schedule: daemon\nenv: {ANY: ~}");
}

#[test]
fn a_status_is_one_of_six_words() {
    // S01-194: each word is the status it says.
    for (word, status) in [
        ("starting", WorkflowStatus::Starting),
        ("running", WorkflowStatus::Running),
        ("suspended", WorkflowStatus::Suspended),
        ("suspending", WorkflowStatus::Suspending),
        ("stopping", WorkflowStatus::Stopping),
        ("restarting", WorkflowStatus::Restarting(None)),
    ] {
        for text in [
            word.to_owned(),
            word.to_uppercase(),
            format!("'\"{word}\"'"),
            format!("' {word} '"),
        ] {
            let read = with(&format!("schedule: daemon\nstatus: {text}"));
            assert_eq!(read.status, status, "{text}");
            assert_eq!(printed(&read)["status"], word);
        }
    }
    // S01-195: another word is told in lower case.
    let unknown = refused("schedule: daemon\nstatus: Idle");
    assert_eq!(unknown.code, code::ILLEGAL_WORKFLOW_STATUS);
    assert_eq!(unknown.message, "Illegal workflow status: idle.");
    assert!(unknown.hint.unwrap().contains("suspended"));
    let slip = refused("schedule: daemon\nstatus: suspend");
    assert_eq!(slip.hint.as_deref(), Some("did you mean `suspended`?"));
    assert_eq!(
        refused("schedule: daemon\nstatus: restarting/starting").code,
        code::ILLEGAL_WORKFLOW_STATUS
    );
}

#[test]
fn what_the_engine_has_found_is_read_back_as_the_api_prints_it() {
    let running = with(
        "schedule: daemon
status: running
lookup_name: 0123
instances:
- {name: i1, host: 10.0.0.1, ports: {http: 31000, none: ~, part: 1.5}, deployed: true, metadata: {a: 1}}
- {name: i2, host: 10.0.0.2, deployed: false}
dialects: {Marathon: {a: [1]}}
health: {staged: 0, running: 2, healthy: 1, unhealthy: 1}
health_checks: []",
    );
    assert_eq!(running.instances.len(), 2);
    assert_eq!(
        running.instances[0].ports.iter().collect::<Vec<_>>(),
        [(&"http".to_owned(), &31_000)]
    );
    assert!(running.instances[0].deployed && !running.instances[1].deployed);
    assert_eq!(running.health, None);
    assert_eq!(running.health_checks, Some(Vec::new()));
    assert_eq!(printed(&running)["dialects"], json!({"marathon": {"a": [1]}}));
    let keys: Vec<String> = printed(&running).as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        keys,
        [
            "name",
            "kind",
            "metadata",
            "breed",
            "status",
            "schedule",
            "instances",
            "dialects",
            "health_checks"
        ]
    );
    assert_eq!(workflow(&to_yaml(&running)), running);
    assert_eq!(running.lookup_name(), lookup::workflow("sweep"));

    for lacking in [
        "{host: h, deployed: true}",
        "{name: i, deployed: true}",
        "{name: i, host: h}",
    ] {
        let problem = refused(&format!("schedule: daemon\ninstances: [{lacking}]"));
        assert_eq!(problem.code, code::MISSING_PATH_VALUE, "{lacking}");
    }
}

#[test]
fn health_checks_may_name_any_port() {
    let checked = "schedule: daemon\nhealth_checks: {port: web, initial_delay: 10s, timeout: 5s, interval: 5s, failures: 3}";
    assert_eq!(with(checked).health_checks.unwrap()[0].port, "web");
}

#[test]
fn the_kind_is_checked_and_other_keys_are_refused() {
    with("schedule: daemon\nkind: workflow");
    assert_eq!(
        refused("schedule: daemon\nkind: breeds").code,
        code::INCONSISTENT_ARTIFACT_KIND
    );
    let unknown = refused("schedule: daemon\nshedule: daemon");
    assert_eq!(unknown.message, r#"Unexpected in DSL: {"shedule":"daemon"}"#);
}

#[test]
fn a_workflow_is_one_of_several_documents() {
    let documents = read_documents(
        "kind: workflow\nname: sweep\nbreed: b\nschedule: daemon\n---\n{kind: templates, name: t, def: {a: 1}}\n",
        Format::Yaml,
    )
    .unwrap();
    let kinds: Vec<Kind> = documents.iter().map(|document| document.kind).collect();
    assert_eq!(kinds, [Kind::Workflow, Kind::Template]);
    let Content::Artifact(AnyArtifact::Workflow(sweep)) = &documents[0].content else {
        panic!("{documents:?}")
    };
    assert_eq!(sweep.name.as_str(), "sweep");
}
