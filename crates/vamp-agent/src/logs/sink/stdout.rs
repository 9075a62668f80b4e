//! Standard output.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;

use async_trait::async_trait;

use super::outside::{Output, Outside};
use super::{Failure, Report, Sink};
use crate::logs::chunk::Batch;
use crate::logs::config::Format;
use crate::logs::encode::Document;

pub(super) struct Stdout {
    format: Format,
    document: Document,
    outside: Outside<Unbuffered>,
}

/// What is behind standard output, so that it is known how much has gone.
#[derive(Default)]
struct Unbuffered {
    open: Option<File>,
    /// The end of a line of which a part has gone.
    torn: Vec<u8>,
}

impl Stdout {
    pub(super) fn new(format: Format, document: Document) -> Self {
        Self {
            format,
            document,
            outside: Outside::new(Unbuffered::default()),
        }
    }
}

impl Unbuffered {
    fn opened(&mut self) -> io::Result<File> {
        match self.open.take() {
            Some(file) => Ok(file),
            None => Ok(io::stdout().as_fd().try_clone_to_owned()?.into()),
        }
    }

    fn write_torn(&mut self, file: &mut File) -> io::Result<()> {
        let (count, outcome) = write_some(file, &self.torn);
        self.torn.drain(..count);
        outcome
    }
}

impl Output for Unbuffered {
    fn write(&mut self, bytes: &[u8], ends: &[usize]) -> (usize, io::Result<()>) {
        let mut file = match self.opened() {
            Ok(file) => file,
            Err(error) => return (0, Err(error)),
        };
        if let Err(error) = self.write_torn(&mut file) {
            self.open = Some(file);
            return (0, Err(error));
        }
        let (count, outcome) = write_some(&mut file, bytes);
        self.open = Some(file);
        // A line of which a part has gone is not sent again: its end comes first the next time.
        let lines = ends.partition_point(|end| *end <= count);
        let is_torn = count > 0 && !ends.contains(&count);
        let Some(end) = ends.get(lines).filter(|_| is_torn) else {
            return (lines, outcome);
        };
        self.torn = bytes.get(count..*end).unwrap_or_default().to_vec();
        (lines + 1, outcome)
    }
}

/// Writes until all has gone or something goes wrong; says how much has gone.
fn write_some(file: &mut File, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut count = 0;
    while let Some(rest) = bytes.get(count..).filter(|rest| !rest.is_empty()) {
        match file.write(rest) {
            Ok(0) => return (count, Err(io::ErrorKind::WriteZero.into())),
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (count, Err(error)),
        }
    }
    (count, Ok(()))
}

#[async_trait(?Send)]
impl Sink for Stdout {
    async fn deliver(&mut self, batch: &mut Batch, report: &mut Report) -> Result<(), Failure> {
        let written = self.outside.write(batch, self.format, &self.document, report);
        written
            .await
            .map_err(|error| Failure(format!("standard output: {error}")))
    }

    async fn finish(&mut self, in_hand: &mut Batch) {
        // Why it failed interests nobody any more.
        let _ = self.outside.complete(in_hand).await;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_line_of_which_a_part_has_gone_is_completed_and_not_sent_again() {
        let (mut reader, writer) = UnixStream::pair().unwrap();
        writer.set_nonblocking(true).unwrap();
        let mut output = Unbuffered {
            open: Some(File::from(std::os::fd::OwnedFd::from(writer))),
            torn: Vec::new(),
        };
        let lines: Vec<String> = (0..1000)
            .map(|number| format!("{number} {}\n", "x".repeat(999)))
            .collect();
        let (mut next, mut text) = (0, Vec::new());
        while next < lines.len() {
            let bytes = lines[next..].concat();
            let ends: Vec<usize> = lines[next..]
                .iter()
                .scan(0, |end, line| {
                    *end += line.len();
                    Some(*end)
                })
                .collect();
            let (count, outcome) = output.write(bytes.as_bytes(), &ends);
            next += count;
            assert!(outcome.is_ok() || outcome.unwrap_err().kind() == io::ErrorKind::WouldBlock);
            // Whoever reads takes a little, and never a whole number of lines.
            let mut piece = [0; 5003];
            let length = reader.read(&mut piece).unwrap();
            text.extend_from_slice(&piece[..length]);
        }
        while !output.torn.is_empty() {
            let mut piece = [0; 5003];
            let length = reader.read(&mut piece).unwrap();
            text.extend_from_slice(&piece[..length]);
            let _ = output.write(&[], &[]);
        }
        drop(output);
        reader.read_to_end(&mut text).unwrap();
        assert!(text == lines.concat().as_bytes());
    }
}
