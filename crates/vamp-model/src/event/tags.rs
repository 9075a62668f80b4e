use indexmap::IndexSet;

/// The tags under which an event is found: each tag, and before it, of each tag with a colon, the part before the first one.
///
/// `gateways:web` is found as `gateways`, too; `:x` under the empty tag. Tags that are asked for are not expanded.
#[must_use]
pub fn expand_tags<'t>(tags: impl IntoIterator<Item = &'t str>) -> IndexSet<String> {
    let mut expanded = IndexSet::new();
    for tag in tags {
        if let Some((group, _)) = tag.split_once(':') {
            expanded.insert(group.to_owned());
        }
        expanded.insert(tag.to_owned());
    }
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_with_a_colon_is_found_by_its_first_part_too() {
        let cases: [(&[&str], &[&str]); 5] = [
            (&["gateways:web"], &["gateways", "gateways:web"]),
            (&["a:b:c"], &["a", "a:b:c"]),
            (&["a", "a", "a:b", "a:c"], &["a", "a:b", "a:c"]),
            (
                &[":lead", "trail:", "::"],
                &["", ":lead", "trail", "trail:", "::"],
            ),
            (&["x y", "é", "%2F"], &["x y", "é", "%2F"]),
        ];
        for (tags, expected) in cases {
            let expanded = expand_tags(tags.iter().copied());
            assert_eq!(Vec::from_iter(&expanded), expected, "{tags:?}");
            let again = expand_tags(expanded.iter().map(String::as_str));
            assert_eq!(again, expanded, "{tags:?}");
        }
    }
}
