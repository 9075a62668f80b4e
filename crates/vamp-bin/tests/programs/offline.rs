//! The commands that need no server.

use std::fs;
use std::process::Command;

use insta::assert_snapshot;
use tempfile::TempDir;

use crate::support::{Ran, run, run_with, vamp};

const BROKEN: &str = "\
kind: blueprint
name: shop
gateways:
  9050: {routes: {web/http: {weigth: 100%}}}
clusters:
  web:
  - breed: web:1
    scale: {cpu: 5x, memory: 64MB}
";

const SHOP: &str = "\
kind: blueprint
name: shop
gateways:
  9050: web/http
clusters:
  web:
  - breed: web:1
    scale: small
";

const PARTS: &str = "\
kind: breed
name: web:1
deployable: acme/web:1
ports: {http: 8080}
---
kind: scale
name: small
cpu: 0.5
memory: 128Ki
";

/// A directory named `shop` with these files.
struct Files(TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("shop")).unwrap();
        for (name, text) in files {
            fs::write(root.path().join("shop").join(name), text).unwrap();
        }
        Self(root)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = vamp();
        command.current_dir(self.0.path().join("shop")).args(arguments);
        command
    }

    fn vamp(&self, arguments: &[&str]) -> Ran {
        run(&mut self.command(arguments))
    }
}

#[test]
fn problems_are_told_with_their_lines_underlined_and_status_5() {
    let files = Files::new(&[("shop.yml", BROKEN)]);
    assert_snapshot!(files.vamp(&["validate", "shop.yml"]).shown(), @r#"
    status 5
    --- out
    --- err
    error: there are 2 problems
    shop.yml:4:30: Unexpected in DSL: {"gateways":{"9050":{"routes":{"web/http":{"weigth":"100%"}}}}}
      4 |   9050: {routes: {web/http: {weigth: 100%}}}
        |                              ^^^^^^
      hint: did you mean `weight`?
    shop.yml:8:18: Unexpected type for path 'cpu'.
      8 |     scale: {cpu: 5x, memory: 64MB}
        |                  ^^
      hint: expected a quantity of cores such as 0.5 or 500m, found text '5x'
    "#);
}

#[test]
fn editors_and_ci_get_problems_as_json() {
    let files = Files::new(&[("shop.yml", BROKEN)]);
    let ran = files.vamp(&["validate", "-o", "json", "shop.yml"]);
    assert_eq!(ran.status, 5);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&report["valid"], &report["files"][0]["valid"]),
        (&false.into(), &false.into())
    );
    let errors = report["files"][0]["errors"].as_array().unwrap();
    let told: Vec<String> = errors
        .iter()
        .map(|error| {
            format!(
                "{} {}:{} {}",
                error["code"], error["line"], error["column"], error["path"]
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            r#""UnexpectedElement" 4:30 "gateways.9050.routes.web/http.weigth""#,
            r#""UnexpectedTypeError" 8:18 "clusters.web[0].scale.cpu""#,
        ]
    );
    assert_eq!(errors[0]["hint"], "did you mean `weight`?");
}

#[test]
fn the_files_may_refer_to_one_another_and_what_is_in_none_is_not_checked() {
    let files = Files::new(&[("shop.yml", SHOP), ("parts.yml", PARTS)]);
    assert_snapshot!(files.vamp(&["validate", "shop.yml", "parts.yml"]).shown(), @r"
    status 0
    --- out
    shop.yml: valid: blueprint shop
    parts.yml: valid: breed web:1, scale small
    --- err
    ");
    let alone = run_with(&mut files.command(&["validate", "-"]), SHOP);
    assert_snapshot!(alone.shown(), @r"
    status 0
    --- out
    standard input: valid: blueprint shop, 4 checks not made
    --- err
    standard input:4:9: not checked: whether a breed of cluster 'web' has the port 'http'
    standard input:7:12: not checked: whether the breeds that 'web:1' needs are in the blueprint
    standard input:7:12: not checked: whether the breed 'web:1' exists
    standard input:8:12: not checked: whether the scale 'small' exists
    ");
    // A port that the breed in the other file has not.
    let other = PARTS.replace("http:", "admin:");
    let files = Files::new(&[("shop.yml", SHOP), ("parts.yml", &other)]);
    let ran = files.vamp(&["validate", "shop.yml", "parts.yml"]);
    assert_eq!(ran.status, 5);
    assert!(
        ran.err
            .contains("Gateway port 'web.http -> 9050' cannot be resolved"),
        "{}",
        ran.err
    );
}

#[test]
fn what_is_imported_from_elsewhere_leaves_a_document_unchecked() {
    let template = "kind: template\nname: defaults\ndefinition: {deployable: acme/web}\n";
    let breed = "kind: breed\nname: web:1\nimport: defaults\n";
    let files = Files::new(&[("breed.yml", breed), ("template.yml", template)]);
    assert_snapshot!(files.vamp(&["validate", "breed.yml"]).shown(), @r"
    status 0
    --- out
    breed.yml: not checked
    --- err
    breed.yml:3:9: not checked: Nobody can tell whether 'templates/defaults' exists, and what it says.
    ");
    let together = files.vamp(&["validate", "breed.yml", "template.yml"]);
    assert_eq!(
        together.out,
        "breed.yml: valid: breed web:1\ntemplate.yml: valid: template defaults\n"
    );
}

#[test]
fn what_a_document_imports_from_its_own_file_is_printed_with_it() {
    let breed = "kind: breed\nname: web:1\nimport: defaults\n";
    let template = "kind: template\nname: defaults\ndefinition: {deployable: acme/web}\n";
    let together = format!("{breed}---\n{template}");
    let files = Files::new(&[("breed.yml", breed), ("all.yml", &together)]);
    let shown = files.vamp(&["convert", "all.yml", "-o", "json"]).json();
    assert_eq!(shown[0]["deployable"]["definition"], "acme/web");
    assert_snapshot!(files.vamp(&["convert", "breed.yml"]).shown(), @r"
    status 5
    --- out
    --- err
    error: breed.yml is not valid: there is a problem
    breed.yml:3:9: Nobody can tell whether 'templates/defaults' exists, and what it says.
      3 | import: defaults
        |         ^^^^^^^^
    hint: what is imported must stand in the same file
    ");
}

#[test]
fn a_file_that_is_no_text_is_told_with_the_line() {
    let files = Files::new(&[]);
    fs::write(
        files.0.path().join("shop/latin.yml"),
        b"kind: breed\nname: caf\xe9\n",
    )
    .unwrap();
    let refused = files.vamp(&["validate", "latin.yml"]);
    assert_eq!(refused.status, 5);
    assert_eq!(
        refused.err,
        "error: cannot read latin.yml: it is no UTF-8 text, from line 2 on\n"
    );
}

#[test]
fn documents_that_name_no_kind_are_of_the_kind_given() {
    let edge = "name: edge\nport: 8080\nroutes: {shop/9050: {}}\n";
    let files = Files::new(&[("edge.yml", edge)]);
    let without = files.vamp(&["convert", "edge.yml"]);
    assert_eq!(without.status, 5);
    assert!(
        without
            .err
            .contains("hint: where documents do not name their kind, --kind KIND does")
    );
    let gateway = files
        .vamp(&["convert", "--kind", "gateway", "edge.yml", "-o", "json"])
        .json();
    assert_eq!(
        (&gateway["kind"], &gateway["port"]),
        (&"gateways".into(), &"8080".into())
    );
    assert_eq!(
        files.vamp(&["validate", "--kind", "gateways", "edge.yml"]).status,
        0
    );
    // Those that name one are of that, and both can be referred to.
    let parts = "name: edge\nroutes: {a: canary}\n---\n{kind: route, name: canary, weight: 100%}\n";
    let files = Files::new(&[("parts.yml", parts), ("edge.yml", edge)]);
    let checked = files.vamp(&["validate", "--kind", "gateway", "parts.yml"]);
    assert_eq!(checked.out, "parts.yml: valid: gateway edge, route canary\n");
    let converted = files.vamp(&["convert", "--kind", "gateway", "parts.yml"]);
    assert!(converted.out.contains("\nkind: routes\n"), "{}", converted.out);
    let unknown = files.vamp(&["convert", "--kind", "gatway", "edge.yml"]);
    assert_eq!(unknown.status, 2);
    assert!(unknown.err.contains("did you mean gateway?"), "{}", unknown.err);
}

#[test]
fn artifacts_are_printed_in_full_expanded_or_by_name() {
    let all = format!("{SHOP}---\n{PARTS}");
    let files = Files::new(&[("all.yml", &all)]);
    let full = files.vamp(&["convert", "all.yml"]);
    assert_eq!(full.out.matches("---\n").count(), 2);
    assert!(
        full.out.contains("- breed:\n        reference: web:1\n"),
        "{}",
        full.out
    );
    // What is printed is read back and printed alike.
    assert_eq!(
        run_with(&mut files.command(&["convert", "-"]), &full.out).out,
        full.out
    );
    let expanded = files
        .vamp(&["convert", "--expand", "all.yml", "-o", "json"])
        .json();
    let service = &expanded[0]["clusters"]["web"]["services"][0];
    assert_eq!(service["breed"]["deployable"]["definition"], "acme/web:1");
    assert_eq!(service["scale"]["cpu"], 0.5);
    let shown = files.vamp(&["convert", "--expand", "all.yml"]).out;
    let short = run_with(&mut files.command(&["convert", "--references", "-"]), &shown).out;
    assert!(short.contains("- breed:\n        reference: web:1\n"), "{short}");
    let lost = run_with(&mut files.command(&["convert", "--expand", "-"]), SHOP);
    assert_eq!(lost.status, 5);
    assert!(
        lost.err.contains("Artifact cannot be found: 'web:1'"),
        "{}",
        lost.err
    );
}

#[test]
fn standard_input_is_compared_with_a_file_only() {
    let files = Files::new(&[]);
    let refused = files.vamp(&["diff", "--offline", "-", "-"]);
    assert_eq!((refused.status, refused.out.as_str()), (2, ""));
    assert!(refused.err.contains("standard input can be read only once"));
}

#[test]
fn files_are_compared_artifact_by_artifact() {
    let new = PARTS.replace("0.5", "600m").replace("128Ki", "0.125MB") + "---\n" + SHOP;
    let old = format!("{PARTS}---\nkind: scales\nname: gone\ncpu: 1\nmemory: 1MB\n");
    let files = Files::new(&[("old.yml", &old), ("new.yml", &new)]);
    assert_snapshot!(files.vamp(&["diff", "--offline", "old.yml", "new.yml"]).shown(), @r"
    status 1
    --- out
    scale gone removed
    scale small changed
      cpu: 0.5 → 0.6
    blueprint shop added
    --- err
    ");
    let same = files.vamp(&["diff", "--offline", "old.yml", "old.yml"]);
    assert_eq!((same.status, same.out.as_str()), (0, ""));
    let json = files.vamp(&["diff", "--offline", "-o", "json", "old.yml", "new.yml"]);
    let changes: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(changes[1]["differences"][0]["path"], "cpu");
}

#[test]
fn a_compose_file_becomes_a_blueprint_that_is_valid() {
    let compose = "version: '3'\nservices:\n  web: {image: acme/web, environment: ['DB=db:5432']}\n  db: {image: postgres}\n";
    let files = Files::new(&[("docker-compose.yml", compose)]);
    let ran = files.vamp(&["import", "compose", "docker-compose.yml"]);
    assert_eq!(ran.status, 0, "{}", ran.shown());
    assert!(ran.out.starts_with("# Compose version: 3.\n"), "{}", ran.out);
    // The directory names it.
    assert!(
        ran.out.contains("\nname: shop\nkind: blueprints\n"),
        "{}",
        ran.out
    );
    let checked = run_with(&mut files.command(&["validate", "-"]), &ran.out);
    assert_eq!(
        (checked.status, checked.err.as_str()),
        (0, ""),
        "{}",
        checked.shown()
    );
    let broken = run_with(
        &mut files.command(&["import", "compose", "--name", "x", "-"]),
        "services:\n  web: {build: .}\n",
    );
    assert_snapshot!(broken.shown(), @r"
    status 5
    --- out
    --- err
    error: standard input cannot be made a blueprint
    standard input:2:3: Can't find any value for path: /image
      2 |   web: {build: .}
        |   ^^^
      hint: images are not built here: build the image first, and say its name under `image`
    ");
}

#[test]
fn the_language_is_explained() {
    let files = Files::new(&[]);
    assert_snapshot!(files.vamp(&["explain", "blueprint.clusters.web.services[0].scale.cpu"]).shown(), @r"
    status 0
    --- out
    blueprint.clusters.<cluster>.services[].scale.cpu

    The share of the processor for each instance.

      type       quantity
      unit       cores
      required   yes
      example    cpu: 0.2
      500m is short for 0.5
    --- err
    ");
    assert!(files.vamp(&["explain"]).out.contains("\nblueprint "));
    let json = files.vamp(&["explain", "-o", "json", "scale"]).json();
    assert_eq!(json["path"], "scale");
    let unknown = files.vamp(&["explain", "blueprint.cluster"]);
    assert_eq!(unknown.status, 3);
    assert!(
        unknown.err.contains("did you mean `clusters`?"),
        "{}",
        unknown.err
    );
}
