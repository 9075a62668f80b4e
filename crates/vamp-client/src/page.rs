/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The number of the page, from 1.
    pub number: u32,
    /// Elements a page: 1 to 30.
    pub size: u32,
}

impl Page {
    /// The most elements that a server puts on a page.
    pub const LARGEST: u32 = 30;

    /// A page of the largest size.
    #[must_use]
    pub const fn number(number: u32) -> Self {
        Self {
            number,
            size: Self::LARGEST,
        }
    }

    pub(crate) fn query(self) -> [(&'static str, String); 2] {
        [
            ("page", self.number.to_string()),
            ("per_page", self.size.to_string()),
        ]
    }
}

impl Default for Page {
    fn default() -> Self {
        Self::number(1)
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing<T> {
    /// The elements of this page; none beyond the last.
    pub items: Vec<T>,
    /// How many elements the whole list has.
    pub total: u64,
}
