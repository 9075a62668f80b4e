use std::error::Error;
use std::fmt;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use super::{Problem, Problems};

/// Problems together with the text they stand in, for programs that show them with [`miette`].
///
/// Each problem is a diagnostic of its own among [`Diagnostic::related`], in the order of the places: with its code, its hint as help,
/// and a label at its span that tells its path.
///
/// ```
/// use vamp_model::{Format, Scale, read};
///
/// let text = "name: small\ncpu: much\nmemory: 1GB\ninstances: 1\n";
/// let problems = read::<Scale>(text, Format::Yaml).unwrap_err();
/// let report = problems.with_source("scale.yml", text);
/// assert_eq!(report.to_string(), "scale.yml has 1 problem");
/// # use miette::Diagnostic;
/// # assert_eq!(report.related().unwrap().count(), 1);
/// ```
#[derive(Debug)]
pub struct Report {
    source: NamedSource<String>,
    problems: Vec<Labelled>,
    omitted: usize,
}

impl Problems {
    /// The problems with the text that was read, and a name by which people know it, such as that of its file.
    #[must_use]
    pub fn with_source(self, name: impl AsRef<str>, text: impl Into<String>) -> Report {
        Report {
            source: NamedSource::new(name, text.into()),
            omitted: self.omitted,
            problems: self.into_iter().map(Labelled).collect(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.source.name();
        match self.problems.len() + self.omitted {
            1 => write!(f, "{name} has 1 problem"),
            count => write!(f, "{name} has {count} problems"),
        }
    }
}

impl Error for Report {}

impl Diagnostic for Report {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let shown = self.problems.len();
        (self.omitted > 0).then(|| -> Box<dyn fmt::Display> { Box::new(format!("shown here: {shown}")) })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        let problems = self.problems.iter();
        Some(Box::new(problems.map(|problem| problem as &dyn Diagnostic)))
    }
}

/// A problem that is shown in the text of its report.
#[derive(Debug)]
struct Labelled(Problem);

impl fmt::Display for Labelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl Error for Labelled {}

impl Diagnostic for Labelled {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.0.code))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let hint = self.0.hint.as_deref()?;
        Some(Box::new(hint))
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let Problem { span, path, .. } = &self.0;
        let label = (!path.is_empty()).then(|| path.clone());
        let span = LabeledSpan::new(label, span.start, span.len());
        Some(Box::new(std::iter::once(span)))
    }
}
