//! Documents with slips, as readers have to bear them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{
    blueprint, breed, deployment, event, event_query, gateway, scale, stored_condition, stored_escalation,
    stored_rewrite, stored_route, stored_sla, template, workflow,
};
use crate::{to_json, to_yaml};

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

/// A document of any kind, in YAML or JSON.
fn document() -> impl Strategy<Value = String> {
    prop_oneof![
        blueprint().prop_map(|artifact| to_yaml(&artifact)),
        blueprint().prop_map(|artifact| to_json(&artifact)),
        gateway().prop_map(|artifact| to_yaml(&artifact)),
        stored_route().prop_map(|artifact| to_yaml(&artifact)),
        stored_condition().prop_map(|artifact| to_json(&artifact)),
        stored_rewrite().prop_map(|artifact| to_yaml(&artifact)),
        breed().prop_map(|artifact| to_yaml(&artifact)),
        scale(true).prop_map(|artifact| to_yaml(&artifact)),
        stored_sla().prop_map(|artifact| to_yaml(&artifact)),
        stored_escalation().prop_map(|artifact| to_json(&artifact)),
        deployment().prop_map(|artifact| to_yaml(&artifact)),
        event().prop_map(|event| to_yaml(&event)),
        template().prop_map(|artifact| to_yaml(&artifact)),
        workflow().prop_map(|artifact| to_yaml(&artifact)),
        event_query().prop_map(|query| to_json(&query)),
    ]
}

/// Documents with one to four slips: up to twelve characters are gone, and something stands in their place that means something
/// in YAML, in JSON or in the language. Few of them can be read; no reader may fail on them otherwise than with problems.
pub fn text_with_slips() -> impl Strategy<Value = String> {
    let slip = (any::<Index>(), 0_usize..12, select(SLIPS.as_slice()));
    (document(), vec(slip, 1..5)).prop_map(|(text, slips)| {
        let mut characters: Vec<char> = text.chars().collect();
        for (at, gone, instead) in slips {
            let start = at.index(characters.len() + 1);
            let end = (start + gone).min(characters.len());
            characters.splice(start..end, instead.chars());
        }
        characters.into_iter().collect()
    })
}
