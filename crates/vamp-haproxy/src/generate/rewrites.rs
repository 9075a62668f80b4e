//! Rewrites as rules for requests: section 4.2 of HAProxy's configuration manual, keyword `http-request set-path`.

use vamp_model::{Reference, Rewrite, Route};

use super::Omitted;
use crate::raw::{self, InvalidRaw};
use crate::text::Text;

/// Why a rewrite cannot stand in a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnusableRewrite {
    /// The new path would break the configuration.
    #[error("its path cannot stand in a configuration: {0}")]
    Path(InvalidRaw),
    /// The new path is more than one word.
    #[error("its path is more than one word; put it in quotes or write `\\ ` for a blank")]
    Words,
    /// The condition would break the configuration.
    #[error("its condition cannot stand in a configuration: {0}")]
    Condition(InvalidRaw),
}

/// The rules of a route, in its order.
pub(super) fn rules(route: &Route) -> Result<Vec<Text<'static>>, Omitted> {
    let rules = route.rewrites.iter().map(|rewrite| match rewrite {
        Reference::Named(_) => Err(Omitted::NotWrittenOut),
        Reference::Inline(rewrite) => rule(rewrite).map_err(|reason| Omitted::Rewrite {
            rewrite: rewrite.to_string(),
            reason,
        }),
    });
    rules.collect()
}

fn rule(rewrite: &Rewrite) -> Result<Text<'static>, UnusableRewrite> {
    let Rewrite { path, condition, .. } = rewrite;
    match raw::words(path) {
        Ok(1) => {}
        Ok(_) => return Err(UnusableRewrite::Words),
        Err(reason) => return Err(UnusableRewrite::Path(reason)),
    }
    raw::words(condition).map_err(UnusableRewrite::Condition)?;
    let rule = if is_braced(condition) {
        format!("set-path {path} if {condition}")
    } else {
        format!("set-path {path} if {{ {condition} }}")
    };
    match raw::words(&rule) {
        // `http-request` is a word, too.
        Ok(words) if words < raw::MOST_WORDS => Ok(Text::trusted(rule)),
        Ok(_) => Err(UnusableRewrite::Condition(InvalidRaw::Words)),
        Err(reason) => Err(UnusableRewrite::Condition(reason)),
    }
}

/// Whether a condition is in braces already, from one end to the other.
fn is_braced(condition: &str) -> bool {
    let condition = condition.trim();
    condition.starts_with('{') && condition.ends_with('}')
}
