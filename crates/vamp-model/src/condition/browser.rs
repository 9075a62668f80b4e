use super::Leaf;
use crate::boolean::Expression;

/// Browsers that `user-agent == …` knows by name, in any case, each with the texts that its `User-Agent` header contains.
/// Chrome's own contains `Safari`, too, but not `Version`, and so Safari has two.
pub const BROWSERS: [(&str, &[&str]); 5] = [
    ("Chrome", &["Chrome"]),
    ("Firefox", &["Firefox"]),
    ("Safari", &["Safari", "Version"]),
    ("Edge", &["Edge"]),
    ("IE", &["MSIE"]),
];

/// The texts that the `User-Agent` header of a well-known browser contains, all of them; nothing for another name.
#[must_use]
pub fn browser(name: &str) -> Option<&'static [&'static str]> {
    BROWSERS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, texts)| *texts)
}

/// The tests that a leaf stands for: those of the browser, as ACL expressions, and other leaves themselves.
pub(super) fn expanded(leaf: Leaf) -> Expression<Leaf> {
    let texts = match &leaf {
        Leaf::UserAgent(name) => browser(name).unwrap_or_default(),
        _ => &[],
    };
    texts
        .iter()
        .map(|text| Expression::Leaf(Leaf::Value(format!("req.fhdr(User-Agent) -m sub '{text}'"))))
        .reduce(|left, right| left & right)
        .unwrap_or(Expression::Leaf(leaf))
}
