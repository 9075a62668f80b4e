use super::InvalidAnswer;

/// A map or a list of patterns that the process has loaded: `show map` and `show acl` without a name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MapFile {
    /// Its number; commands take it as `#2`.
    pub id: i64,
    /// The file that it was read from, by which commands know it too; `None` when the configuration holds the patterns itself.
    pub file: Option<String>,
    /// Who uses it.
    pub description: String,
    /// The version that is asked; `None` before HAProxy 2.4, which has no versions.
    pub current_version: Option<u32>,
    /// The version that was prepared last.
    pub next_version: Option<u32>,
    /// How many entries all versions have together.
    pub entries: Option<u64>,
}

/// An entry of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MapEntry {
    /// What `set map` and `del map` know this entry by, behind a `#`. It holds until the process ends.
    pub reference: String,
    /// The key. HAProxy does not mark its end: one with a blank is read up to the blank.
    pub key: String,
    /// The value; empty in lists of patterns.
    pub value: String,
}

/// Reads the answer to `show map` without a name.
///
/// # Errors
/// A line is no such entry.
pub fn map_files(answer: &str) -> Result<Vec<MapFile>, InvalidAnswer> {
    lines(answer)
        .map(|(line, number)| file(line).ok_or(invalid(number, "number and name")))
        .collect()
}

/// Reads the answer to `show map` with a name.
///
/// # Errors
/// A line is no such entry.
pub fn map_entries(answer: &str) -> Result<Vec<MapEntry>, InvalidAnswer> {
    lines(answer)
        .map(|(line, number)| entry(line).ok_or(invalid(number, "entry")))
        .collect()
}

fn lines(answer: &str) -> impl Iterator<Item = (&str, usize)> {
    let numbered = answer.lines().zip(1..);
    numbered.filter(|(line, _)| !line.is_empty() && !line.starts_with('#'))
}

fn invalid(line: usize, missing: &'static str) -> InvalidAnswer {
    InvalidAnswer {
        command: "show map",
        line,
        missing,
    }
}

/// `2 (/etc/hosts.map) pattern loaded from file … curr_ver=0 next_ver=0 entry_cnt=2`.
fn file(line: &str) -> Option<MapFile> {
    let (id, rest) = line.split_once(" (")?;
    let (file, description) = rest.split_once(") ")?;
    let number = |name: &str| {
        let word = description.split(' ').find_map(|word| word.strip_prefix(name));
        word.and_then(|value| value.parse::<u64>().ok())
    };
    let version = |name| number(name).and_then(|version| version.try_into().ok());
    Some(MapFile {
        id: id.parse().ok()?,
        file: (!file.is_empty()).then(|| file.to_owned()),
        current_version: version("curr_ver="),
        next_version: version("next_ver="),
        entries: number("entry_cnt="),
        description: description
            .split(" curr_ver=")
            .next()?
            .trim_end_matches('.')
            .to_owned(),
    })
}

/// `0x7f21b0036d30 key value`.
fn entry(line: &str) -> Option<MapEntry> {
    let (reference, rest) = line.split_once(' ')?;
    let (key, value) = rest.split_once(' ').unwrap_or((rest, ""));
    reference.starts_with("0x").then(|| MapEntry {
        reference: reference.to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_and_their_entries_are_read() {
        let files = map_files(
            "# id (file) description\n\
             -1 (/etc/a b.map) pattern loaded from file '/etc/a b.map' used by map at file 'h.cfg' line 11. curr_ver=3 next_ver=4 entry_cnt=2\n\
             2 () acl 'path' file 'h.cfg' line 12\n\n",
        )
        .unwrap();
        assert_eq!(
            (files[0].id, files[0].file.as_deref()),
            (-1, Some("/etc/a b.map"))
        );
        let numbers = (files[0].current_version, files[0].next_version, files[0].entries);
        assert_eq!(numbers, (Some(3), Some(4), Some(2)));
        assert!(
            files[0].description.ends_with("line 11"),
            "{}",
            files[0].description
        );
        assert_eq!((&files[1].file, files[1].entries), (&None, None));

        let entries = map_entries("0x1 a.test b\n0x2 c.test d e\n0x3 alone\n\n").unwrap();
        let read: Vec<_> = entries
            .iter()
            .map(|entry| (entry.reference.as_str(), entry.key.as_str(), entry.value.as_str()))
            .collect();
        assert_eq!(
            read,
            [
                ("0x1", "a.test", "b"),
                ("0x2", "c.test", "d e"),
                ("0x3", "alone", "")
            ]
        );
        assert_eq!(map_entries("").unwrap(), []);
        assert!(map_entries("Unknown map identifier.").is_err() && map_files("nothing").is_err());
    }
}
