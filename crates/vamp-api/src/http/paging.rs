//! Parts of long lists, and the links between them.

use axum::http::header::LINK;
use axum::http::{HeaderName, Uri};
use vamp_client::wire::TOTAL_COUNT;

use super::query::Query;
use super::{Answer, Failure};

/// The most elements of a page.
const LARGEST: u64 = 30;

/// The page that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paging {
    page: u64,
    per_page: u64,
}

impl Paging {
    /// The page of a request; the first where none is named, and the largest where its size makes no sense.
    pub(crate) fn of(query: &Query) -> Result<Self, Failure> {
        let positive = |number: Option<i32>| number.and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0);
        let page = positive(query.integer("page")?).unwrap_or(1);
        let per_page = positive(query.integer("per_page")?).unwrap_or(LARGEST);
        Ok(Self {
            page,
            per_page: per_page.min(LARGEST),
        })
    }

    /// How many elements come before the page.
    pub(crate) const fn offset(self) -> u64 {
        (self.page - 1) * self.per_page
    }

    /// The most elements of the page.
    pub(crate) const fn limit(self) -> u64 {
        self.per_page
    }

    /// The answer with the total of the list and the ways to its other pages.
    pub(crate) fn describe(self, answer: Answer, total: u64, place: &Place<'_>) -> Answer {
        answer
            .with_header(HeaderName::from_static(TOTAL_COUNT), &total.to_string())
            .with_link(&self.links(total, place))
    }

    fn links(self, total: u64, place: &Place<'_>) -> String {
        let last = total.div_ceil(self.per_page).max(1);
        let here = if total < self.offset() {
            total / self.per_page + 1
        } else {
            self.page
        };
        let targets = [
            ("first", 1),
            ("prev", here.saturating_sub(1).max(1)),
            ("next", (here + 1).min(last)),
            ("last", last),
        ];
        let links = targets.map(|(name, page)| format!("<{}>; rel={name}", self.at(page, place)));
        links.join(", ")
    }

    /// The address of another page: the request's own with `per_page` and `page` replaced.
    fn at(self, page: u64, place: &Place<'_>) -> String {
        let mut wanted =
            [("per_page", self.per_page), ("page", page)].map(|(name, number)| (name, Some(number)));
        let mut parameters = Vec::new();
        for pair in place.query().split('&').filter(|pair| !pair.is_empty()) {
            let name = pair.split('=').next().unwrap_or_default();
            match wanted.iter_mut().find(|(wanted, _)| *wanted == name) {
                Some((name, number)) => {
                    if let Some(number) = number.take() {
                        parameters.push(format!("{name}={number}"));
                    }
                }
                None => parameters.push(pair.to_owned()),
            }
        }
        for (name, number) in wanted {
            parameters.extend(number.map(|number| format!("{name}={number}")));
        }
        format!("{}?{}", place.address(), parameters.join("&"))
    }
}

impl Answer {
    fn with_link(self, links: &str) -> Self {
        // Addresses are ASCII, and their escapes stay as they are.
        self.with_encoded_header(LINK, links)
    }
}

/// Where a request was sent to, as its sender sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'r> {
    pub(crate) host: &'r str,
    pub(crate) uri: &'r Uri,
}

impl Place<'_> {
    fn query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    fn address(&self) -> String {
        let path = self.uri.path();
        let path = if path.starts_with('/') { path } else { "/" };
        format!("http://{}{path}", self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(uri: &str, total: u64) -> String {
        let uri: Uri = uri.parse().unwrap();
        let paging = Paging::of(&Query::parse(uri.query())).unwrap();
        let place = Place {
            host: "h:8080",
            uri: &uri,
        };
        paging.links(total, &place)
    }

    fn pages(uri: &str, total: u64) -> Vec<String> {
        let links = links(uri, total);
        let page = |link: &str| {
            let address = link.trim_start_matches('<').split('>').next().unwrap();
            let pairs = address.split(['?', '&']);
            let page = pairs.filter_map(|pair| pair.strip_prefix("page=")).next();
            page.unwrap().to_owned()
        };
        links.split(", ").map(page).collect()
    }

    #[test]
    fn links_keep_the_rest_of_the_address_and_replace_the_page_in_place() {
        assert_eq!(
            links("/default/api/v1/scales?per_page=2", 3),
            "<http://h:8080/default/api/v1/scales?per_page=2&page=1>; rel=first, \
             <http://h:8080/default/api/v1/scales?per_page=2&page=1>; rel=prev, \
             <http://h:8080/default/api/v1/scales?per_page=2&page=2>; rel=next, \
             <http://h:8080/default/api/v1/scales?per_page=2&page=2>; rel=last"
        );
        let kept = links("/api/v1/events?tag=a%3Ab&page=7&page=8&tag=c&per_page=90", 1000);
        assert!(
            kept.starts_with("<http://h:8080/api/v1/events?tag=a%3Ab&page=1&tag=c&per_page=30>; rel=first"),
            "{kept}"
        );
    }

    #[test]
    fn the_first_and_the_last_page_point_at_themselves() {
        for (uri, total, wanted) in [
            ("/a?per_page=2&page=1", 5, ["1", "1", "2", "3"]),
            ("/a?per_page=2&page=2", 5, ["1", "1", "3", "3"]),
            ("/a?per_page=2&page=3", 5, ["1", "2", "3", "3"]),
            ("/a?per_page=2&page=3", 4, ["1", "2", "2", "2"]),
            ("/a?per_page=2&page=99", 5, ["1", "2", "3", "3"]),
            ("/a", 0, ["1", "1", "1", "1"]),
            ("/a?page=0&per_page=0", 31, ["1", "1", "2", "2"]),
            ("/a?page=-5&per_page=-1", 30, ["1", "1", "1", "1"]),
        ] {
            assert_eq!(pages(uri, total), wanted, "{uri} of {total}");
        }
    }

    #[test]
    fn a_page_that_is_no_number_is_refused() {
        let failure = Paging::of(&Query::parse(Some("page=abc"))).unwrap_err();
        assert_eq!(
            failure.body.message,
            "The query parameter 'page' was malformed:\n'abc' is not a valid 32-bit signed integer value"
        );
    }
}
