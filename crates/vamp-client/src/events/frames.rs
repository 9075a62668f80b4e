//! Server-sent events: from bytes to records, as the HTML standard says (section 9.2, "Parsing an event stream").

/// One record of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Frame {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) data: String,
}

/// What has been received and makes no record yet.
#[derive(Debug, Default)]
pub(super) struct Frames {
    line: Vec<u8>,
    after_return: bool,
    frame: Frame,
    has_data: bool,
}

/// A record became larger than any server sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record of the stream is larger than {LARGEST_RECORD} bytes")]
pub(super) struct TooLarge;

/// Bytes of a record: twice what a server takes as event.
const LARGEST_RECORD: usize = 32 * 1024 * 1024;

impl Frames {
    /// The records that these bytes complete. Lines end with LF, CR or both; records with an empty line.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Frame>, TooLarge> {
        let mut complete = Vec::new();
        for &byte in bytes {
            let second_of_pair = self.after_return && byte == b'\n';
            self.after_return = byte == b'\r';
            match byte {
                _ if second_of_pair => {}
                b'\n' | b'\r' => {
                    let line = std::mem::take(&mut self.line);
                    complete.extend(self.end_line(&String::from_utf8_lossy(&line)));
                }
                _ => self.line.push(byte),
            }
            if self.line.len() + self.frame.data.len() > LARGEST_RECORD {
                return Err(TooLarge);
            }
        }
        Ok(complete)
    }

    fn end_line(&mut self, line: &str) -> Option<Frame> {
        if line.is_empty() {
            let frame = std::mem::take(&mut self.frame);
            let complete = std::mem::take(&mut self.has_data);
            return complete.then_some(frame);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                if self.has_data {
                    self.frame.data.push('\n');
                }
                self.frame.data.push_str(value);
                self.has_data = true;
            }
            "event" => self.frame.name = Some(value.to_owned()),
            "id" if !value.contains('\0') => self.frame.id = Some(value.to_owned()),
            // Comments, `retry`, and what a later standard may add.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(id: Option<&str>, name: Option<&str>, data: &str) -> Frame {
        Frame {
            id: id.map(str::to_owned),
            name: name.map(str::to_owned),
            data: data.to_owned(),
        }
    }

    #[test]
    fn records_are_the_same_whatever_the_line_ends_and_wherever_the_bytes_are_cut() {
        let text = ": hello\n\ndata:{\"a\":1}\nevent:event\nid: 7\n\ndata: two\ndata:lines\n\ndata:\n\nretry: 3\nid:8\n\ndata";
        let wanted = vec![
            frame(Some("7"), Some("event"), "{\"a\":1}"),
            frame(None, None, "two\nlines"),
            frame(None, None, ""),
        ];
        for end in ["\n", "\r", "\r\n"] {
            let text = text.replace('\n', end);
            for cut in 0..=text.len() {
                let mut frames = Frames::default();
                let (first, second) = text.as_bytes().split_at(cut);
                let mut found = frames.feed(first).unwrap();
                found.extend(frames.feed(second).unwrap());
                assert_eq!(found, wanted, "cut at {cut}, lines end with {end:?}");
            }
        }
    }

    #[test]
    fn a_record_without_end_is_given_up() {
        let mut frames = Frames::default();
        let chunk = vec![b'x'; 1024 * 1024];
        let outcome: Result<Vec<_>, _> = (0..33).map(|_| frames.feed(&chunk)).collect();
        assert_eq!(outcome, Err(TooLarge));
    }
}
