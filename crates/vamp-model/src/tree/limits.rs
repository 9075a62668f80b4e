/// How much a text may ask for before it is refused, so that no text can exhaust its reader.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the text. Default: 16 MiB.
    pub bytes: usize,
    /// Mappings and sequences inside one another, counting what aliases bring in; inside metadata four fifths of it. Default: 100.
    pub depth: usize,
    /// Artifacts in one text, counting elements of top-level sequences. Default: 10,000.
    pub documents: usize,
    /// Values that anchors, aliases and merge keys of a text copy. Default: 100,000.
    pub alias_values: usize,
    /// Problems reported; further ones are only counted. Default: 1,000.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 16 * 1024 * 1024,
            depth: 100,
            documents: 10_000,
            alias_values: 100_000,
            problems: 1_000,
        }
    }
}
