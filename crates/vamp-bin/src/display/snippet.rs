//! What is wrong with a file, shown with the line it is about.

use std::fmt;

/// The longest part of a line that is shown, in characters.
const SHOWN: usize = 100;

/// One thing that is wrong, and where in which text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Complaint {
    /// The file as the user named it.
    pub(crate) file: Option<String>,
    /// The line, from 1; 0 when it is not known.
    pub(crate) line: usize,
    /// The column in characters, from 1; 0 when it is not known.
    pub(crate) column: usize,
    /// How many characters from there on it is about; 0 when that is not known.
    pub(crate) width: usize,
    /// The text of that line, if at hand.
    pub(crate) source: Option<String>,
    /// What is wrong.
    pub(crate) message: String,
    /// What would help.
    pub(crate) hint: Option<String>,
}

impl Complaint {
    /// The same with its line taken from the whole text.
    pub(crate) fn within(mut self, file: &str, text: &str) -> Self {
        self.file = Some(file.to_owned());
        self.source = self
            .line
            .checked_sub(1)
            .and_then(|line| text.lines().nth(line))
            .map(str::to_owned);
        self
    }

    /// The same of a file of settings: the value stays untold, which may be a password under a name that is not quite that of a setting.
    pub(crate) fn within_settings(self, file: &str, text: &str) -> Self {
        let complaint = self.within(file, text);
        let without_value = |line: String| match line.split_once('=') {
            Some((key, _)) => format!("{key}= …"),
            None => line,
        };
        Self {
            source: complaint.source.map(without_value),
            ..complaint
        }
    }

    fn place(&self) -> Option<String> {
        let file = self.file.as_deref();
        match (file, self.line, self.column) {
            (None, 0, _) => None,
            (Some(file), 0, _) => Some(file.to_owned()),
            (Some(file), line, 0) => Some(format!("{file}:{line}")),
            (Some(file), line, column) => Some(format!("{file}:{line}:{column}")),
            (None, line, 0) => Some(format!("line {line}")),
            (None, line, column) => Some(format!("line {line}, column {column}")),
        }
    }
}

/// The part of a line around a column that fits, and the column in it; control characters are replaced.
fn excerpt(line: &str, column: usize) -> (String, usize) {
    let clean: Vec<char> = line
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let position = column.saturating_sub(1);
    let begin = if clean.len() <= SHOWN {
        0
    } else {
        position.saturating_sub(SHOWN / 2).min(clean.len() - SHOWN)
    };
    let end = (begin + SHOWN).min(clean.len());
    let mut shown: String = clean.get(begin..end).unwrap_or_default().iter().collect();
    let mut column = position - begin.min(position);
    if begin > 0 {
        shown.insert(0, '…');
        column += 1;
    }
    if end < clean.len() {
        shown.push('…');
    }
    (shown, column)
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place() {
            Some(place) => writeln!(f, "{place}: {}", self.message)?,
            None => writeln!(f, "  {}", self.message)?,
        }
        if let Some(source) = &self.source
            && self.line > 0
        {
            let (shown, column) = excerpt(source, self.column);
            let number = self.line.to_string();
            let blank = " ".repeat(number.len());
            writeln!(f, "  {number} | {shown}")?;
            if self.column > 0 {
                let room = shown.chars().count().saturating_sub(column);
                let underline = "^".repeat(self.width.min(room).max(1));
                writeln!(f, "  {blank} | {}{underline}", " ".repeat(column))?;
            }
        }
        match &self.hint {
            Some(hint) => writeln!(f, "  hint: {hint}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(line: usize, column: usize) -> Complaint {
        Complaint {
            line,
            column,
            message: "unknown key `weigth`".to_owned(),
            ..Complaint::default()
        }
    }

    #[test]
    fn a_complaint_shows_the_line_and_points_at_the_column() {
        let text = "name: shop\nroutes: {a: {weigth: 10%}}\n";
        let mut complaint = complaint(2, 14).within("shop.yml", text);
        complaint.hint = Some("did you mean `weight`?".to_owned());
        insta::assert_snapshot!(complaint, @r"
        shop.yml:2:14: unknown key `weigth`
          2 | routes: {a: {weigth: 10%}}
            |              ^
          hint: did you mean `weight`?
        ");
    }

    #[test]
    fn all_of_what_is_wrong_is_underlined_as_far_as_it_is_shown() {
        let underlined = |width| {
            let complaint = Complaint {
                width,
                ..complaint(1, 5)
            };
            let shown = complaint.within("a", "{a: weigth}").to_string();
            shown.matches('^').count()
        };
        assert_eq!([0, 1, 6, 100].map(underlined), [1, 1, 6, 7]);
    }

    #[test]
    fn only_what_surrounds_the_column_of_a_long_line_is_shown() {
        let text = format!("{}weigth{}", "ü".repeat(300), "x".repeat(300));
        let shown = complaint(1, 301).within("long.yml", &text).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[1].chars().count() <= SHOWN + 8, "{shown}");
        let pointer = lines[2].chars().position(|c| c == '^').unwrap();
        assert_eq!(lines[1].chars().nth(pointer), Some('w'), "{shown}");
    }

    #[test]
    fn a_place_beyond_the_text_and_a_missing_place_are_shown_without_a_line() {
        assert_eq!(
            complaint(9, 1).within("a", "x").to_string(),
            "a:9:1: unknown key `weigth`\n"
        );
        assert_eq!(complaint(0, 0).to_string(), "  unknown key `weigth`\n");
        assert_eq!(
            complaint(3, 4).to_string(),
            "line 3, column 4: unknown key `weigth`\n"
        );
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let shown = complaint(1, 2).within("a", "a\u{1b}[31mb").to_string();
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
}
