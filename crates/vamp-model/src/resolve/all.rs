//! Several values that refer to each other.

use std::fmt;
use std::hash::Hash;

use indexmap::IndexMap;

use super::ResolveError;
use crate::{ValueReference, ValueTemplate};

/// Values that refer to each other in a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceCycle {
    /// The names in the order in which they refer to each other; the last one is the first one again.
    pub chain: Vec<String>,
}

impl ReferenceCycle {
    /// Of a longer circle only the beginning is shown, and the name that closes it.
    const SHOWN: usize = 10;
}

impl fmt::Display for ReferenceCycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("values refer to each other in a circle: ")?;
        match self.chain.as_slice() {
            [beginning @ .., last] if beginning.len() > Self::SHOWN => {
                write!(f, "{} → … → {last}", beginning[..Self::SHOWN].join(" → "))
            }
            all => f.write_str(&all.join(" → ")),
        }
    }
}

impl std::error::Error for ReferenceCycle {}

/// Resolves named values that refer to each other, each after those that it refers to.
///
/// `refers_to` tells which of them a reference in one of them means, if any. `resolve` makes the text of one; it gets
/// those that are done, among them all that this one refers to. All texts together may have `most` bytes. The result is
/// in the order of `templates`.
///
/// ```
/// use indexmap::IndexMap;
/// use vamp_model::ValueReference;
/// use vamp_model::resolve::resolve_all;
///
/// let of = |values: &[(&str, &str)]| -> IndexMap<String, vamp_model::ValueTemplate> {
///     values.iter().map(|(name, value)| (name.to_string(), value.parse().unwrap())).collect()
/// };
/// let local = |_: &String, reference: &ValueReference| match reference {
///     ValueReference::Local(name) => Some(name.to_string()),
///     _ => None,
/// };
/// let resolve = |values: &IndexMap<String, vamp_model::ValueTemplate>| {
///     resolve_all(values, local, |_, value, done| Ok(value.resolve(|name| done[&name.to_string()].clone())), 1_000)
/// };
/// let resolved = resolve(&of(&[("url", "http://$host/"), ("host", "$name.org"), ("name", "vamp")]))?;
/// assert_eq!(resolved["url"], "http://vamp.org/");
///
/// let circle = resolve(&of(&[("a", "$b"), ("b", "x$c"), ("c", "$a")])).unwrap_err();
/// assert!(circle.to_string().ends_with("a → b → c → a."));
/// # Ok::<(), vamp_model::resolve::ResolveError>(())
/// ```
///
/// # Errors
/// Values that refer to each other in a circle, those of `resolve`, or too long texts.
pub fn resolve_all<K>(
    templates: &IndexMap<K, ValueTemplate>,
    refers_to: impl Fn(&K, &ValueReference) -> Option<K>,
    mut resolve: impl FnMut(&K, &ValueTemplate, &IndexMap<K, String>) -> Result<String, ResolveError>,
    most: usize,
) -> Result<IndexMap<K, String>, ResolveError>
where
    K: Hash + Eq + Clone + fmt::Display,
{
    let references: Vec<Vec<usize>> = templates
        .iter()
        .map(|(name, template)| {
            let names = template
                .references()
                .filter_map(|reference| refers_to(name, reference));
            names.filter_map(|name| templates.get_index_of(&name)).collect()
        })
        .collect();
    let order = in_order(&references).map_err(|circle| {
        let name = |position: usize| templates.get_index(position).map(|(name, _)| name.to_string());
        ReferenceCycle {
            chain: circle.into_iter().filter_map(name).collect(),
        }
    })?;
    let mut done = IndexMap::with_capacity(templates.len());
    let mut length = 0;
    for position in order {
        let Some((name, template)) = templates.get_index(position) else {
            continue;
        };
        let text = resolve(name, template, &done)?;
        length += text.len();
        if length > most {
            return Err(ResolveError::TooLong { most });
        }
        done.insert(name.clone(), text);
    }
    done.sort_by_cached_key(|name, _| templates.get_index_of(name));
    Ok(done)
}

/// How far a position has come.
#[derive(Clone, Copy, PartialEq)]
enum Visit {
    NotYet,
    /// It waits for those that it refers to.
    Open,
    Done,
}

/// The positions, each after those that it refers to; or a circle of them, the first one again at its end.
fn in_order(references: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut visits = vec![Visit::NotYet; references.len()];
    let mut order = Vec::with_capacity(references.len());
    // The chain that is followed, each with how many of its references are done. No recursion: chains can be long.
    let mut chain: Vec<(usize, usize)> = Vec::new();
    for start in 0..references.len() {
        if visits[start] == Visit::NotYet {
            visits[start] = Visit::Open;
            chain.push((start, 0));
        }
        while let Some((position, followed)) = chain.last_mut() {
            let Some(&next) = references[*position].get(*followed) else {
                visits[*position] = Visit::Done;
                order.push(*position);
                chain.pop();
                continue;
            };
            *followed += 1;
            match visits[next] {
                Visit::Done => {}
                Visit::NotYet => {
                    visits[next] = Visit::Open;
                    chain.push((next, 0));
                }
                Visit::Open => {
                    let circle = chain.iter().map(|(position, _)| *position);
                    let circle = circle.skip_while(|position| *position != next);
                    return Err(circle.chain([next]).collect());
                }
            }
        }
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::output::fill_in;

    fn resolve(values: &[(String, String)], most: usize) -> Result<IndexMap<String, String>, ResolveError> {
        let templates: IndexMap<String, ValueTemplate> = values
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect();
        let local = |_: &String, reference: &ValueReference| match reference {
            ValueReference::Local(name) => Some(name.to_string()),
            _ => None,
        };
        resolve_all(
            &templates,
            local,
            |_, template, done| {
                fill_in(template, most, |reference| {
                    Ok(done.get(&reference.to_string()).cloned().unwrap_or_default())
                })
            },
            most,
        )
    }

    fn resolved(values: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let values: Vec<(String, String)> = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        match resolve(&values, 1000) {
            Ok(texts) => Ok(texts.into_values().collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn values_come_after_those_that_they_refer_to_and_keep_their_order() {
        let values = [
            ("a", "<$b$c${b}>"),
            ("b", "(${c})"),
            ("c", "$$x"),
            ("d", "$unknown."),
        ];
        assert_eq!(resolved(&values).unwrap(), ["<($x)$x($x)>", "($x)", "$x", "."]);
    }

    #[test]
    fn a_circle_is_told_as_the_chain_of_its_names() {
        let circle = |values: &[(&str, &str)]| resolved(values).unwrap_err();
        let told = "Cannot parse: values refer to each other in a circle: ";
        assert_eq!(circle(&[("a", "$a")]), format!("{told}a → a."));
        let values = [("x", "$a"), ("a", "$y$b"), ("b", "$c"), ("c", "$a"), ("y", "")];
        assert_eq!(circle(&values), format!("{told}a → b → c → a."));
    }

    #[test]
    fn long_chains_are_followed_and_long_circles_shown_in_short() {
        let chain = |last: &str| -> Vec<(String, String)> {
            let links = (0..50_000).map(|at| (format!("v{at}"), format!("$v{}", at + 1)));
            links.chain([("v50000".to_owned(), last.to_owned())]).collect()
        };
        let texts = resolve(&chain("x"), 100_000).unwrap();
        assert_eq!(texts["v0"], "x");
        let circle = resolve(&chain("$v0"), 100_000).unwrap_err();
        assert_eq!(
            circle.to_string(),
            "Cannot parse: values refer to each other in a circle: v0 → v1 → v2 → v3 → v4 → v5 → v6 → v7 → v8 → v9 → … → v0."
        );
    }

    #[test]
    fn a_few_values_that_would_become_very_much_text_are_refused() {
        let mut values = vec![("v0".to_owned(), "0123456789".to_owned())];
        for at in 1..60 {
            let before = format!("$v{}", at - 1);
            values.push((format!("v{at}"), before.repeat(2)));
        }
        let refused = resolve(&values, 10_000).unwrap_err();
        assert_eq!(refused, ResolveError::TooLong { most: 10_000 });
    }
}
