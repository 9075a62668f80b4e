/// How much a text may ask for before it is refused, so that no text can exhaust its reader.
///
/// ```
/// use vamp_model::Limits;
///
/// let limits = Limits::default().with_bytes(64 * 1024).with_depth(20);
/// assert_eq!((limits.bytes, limits.depth), (65_536, 20));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the text. Default: 16 MiB.
    pub bytes: usize,
    /// Mappings and sequences inside one another, counting what aliases bring in; inside metadata four fifths of it. Default: 100.
    /// Values above [`Limits::DEEPEST`] count as that.
    pub depth: usize,
    /// Artifacts in one text, counting elements of top-level sequences. Default: 10,000.
    pub documents: usize,
    /// Values that anchors, aliases and merge keys of a text copy. Default: 100,000.
    pub alias_values: usize,
    /// Values that a document imports from other artifacts. Default: 100,000.
    pub import_values: usize,
    /// Terms that a condition may have once it is written out as alternatives. Default: 256.
    pub formula_terms: usize,
    /// Problems reported; further ones are only counted. Default: 1,000.
    pub problems: usize,
}

impl Limits {
    /// The greatest [`depth`](Self::depth) there is: whoever walks over a tree needs stack for each step inwards.
    pub const DEEPEST: usize = 250;

    /// The same limits with another number of bytes.
    #[must_use]
    pub const fn with_bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// The same limits with another depth.
    #[must_use]
    pub const fn with_depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// The same limits with another number of artifacts.
    #[must_use]
    pub const fn with_documents(self, documents: usize) -> Self {
        Self { documents, ..self }
    }

    /// The same limits with another number of values that aliases copy.
    #[must_use]
    pub const fn with_alias_values(self, alias_values: usize) -> Self {
        Self { alias_values, ..self }
    }

    /// The same limits with another number of values that a document imports.
    #[must_use]
    pub const fn with_import_values(self, import_values: usize) -> Self {
        Self {
            import_values,
            ..self
        }
    }

    /// The same limits with another number of terms of a condition.
    #[must_use]
    pub const fn with_formula_terms(self, formula_terms: usize) -> Self {
        Self {
            formula_terms,
            ..self
        }
    }

    /// The same limits with another number of problems.
    #[must_use]
    pub const fn with_problems(self, problems: usize) -> Self {
        Self { problems, ..self }
    }

    /// The depth that counts.
    pub(crate) fn effective_depth(&self) -> usize {
        self.depth.min(Self::DEEPEST)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 16 * 1024 * 1024,
            depth: 100,
            documents: 10_000,
            alias_values: 100_000,
            import_values: 100_000,
            formula_terms: 256,
            problems: 1_000,
        }
    }
}
