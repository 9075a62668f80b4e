//! The pages of the reference show the tables that the description gives.
//!
//! With `VAMP_UPDATE_DOCS=1` the tables are written anew.

use std::collections::BTreeSet;
use std::path::PathBuf;

use vamp_model::schema::{Block, blocks};

const END: &str = "<!-- end -->";

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/reference"))
}

fn pages() -> Vec<(PathBuf, String)> {
    let mut pages: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.sort();
    pages
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path, text)
        })
        .collect()
}

/// The page with each table as the description gives it, and the names of the blocks that it shows.
fn with_tables(page: &str) -> (String, BTreeSet<String>) {
    let mut text = String::new();
    let mut shown = BTreeSet::new();
    let mut rest = page;
    while let Some((before, behind)) = rest.split_once("<!-- fields: ") {
        let (name, behind) = behind.split_once(" -->").expect("the mark of a table ends");
        let (_, behind) = behind.split_once(END).expect("a table ends");
        let block = block(name).unwrap_or_else(|| panic!("there is no block '{name}'"));
        text.push_str(&format!(
            "{before}<!-- fields: {name} -->\n\n{}\n{END}",
            block.to_markdown()
        ));
        shown.insert(name.to_owned());
        rest = behind;
    }
    text.push_str(rest);
    (text, shown)
}

fn block(name: &str) -> Option<&'static Block> {
    blocks().into_iter().find(|block| block.name == name)
}

#[test]
fn the_tables_of_the_reference_are_those_of_the_description() {
    let update = std::env::var_os("VAMP_UPDATE_DOCS").is_some_and(|value| value == "1");
    for (path, page) in pages() {
        let (expected, _) = with_tables(&page);
        if page == expected {
            continue;
        }
        assert!(
            update,
            "{} is not up to date: run this test with VAMP_UPDATE_DOCS=1",
            path.display()
        );
        std::fs::write(path, expected).unwrap();
    }
}

#[test]
fn every_block_is_on_the_page_to_which_others_lead() {
    for block in blocks() {
        let (file, heading) = block.page.split_once('#').unwrap();
        let Some((_, page)) = pages().into_iter().find(|(path, _)| path.ends_with(file)) else {
            panic!("{}: there is no page {file}", block.name);
        };
        let (_, shown) = with_tables(&page);
        assert!(shown.contains(block.name), "{file} does not show {}", block.name);
        let mut headings = page.lines().filter(|line| line.starts_with('#')).map(anchor);
        assert!(
            headings.any(|anchor| anchor == heading),
            "{file} has no heading #{heading}"
        );
    }
}

#[test]
fn every_link_from_one_page_to_another_leads_somewhere() {
    let pages = pages();
    let headings = |file: &str| -> Option<Vec<String>> {
        let (_, page) = pages.iter().find(|(path, _)| path.ends_with(file))?;
        let headings = page.lines().filter(|line| line.starts_with('#'));
        Some(headings.map(anchor).collect())
    };
    let mut failures = Vec::new();
    for (path, page) in &pages {
        let links = page
            .split("](")
            .skip(1)
            .filter_map(|behind| behind.split_once(')'));
        for (link, _) in links.filter(|(link, _)| !link.contains("://")) {
            let own = path.file_name().unwrap().to_string_lossy();
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() { own.as_ref() } else { file };
            let leads = match headings(file) {
                Some(headings) => heading.is_empty() || headings.iter().any(|known| known == heading),
                None => path.with_file_name(file).is_file() && heading.is_empty(),
            };
            if !leads {
                failures.push(format!("{own}: {link}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The anchor that mdBook gives a heading.
fn anchor(heading: &str) -> String {
    let words = heading
        .trim_start_matches('#')
        .trim()
        .to_lowercase()
        .replace(' ', "-");
    words
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        .collect()
}
