//! One request on one connection.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::Instant;

use super::{Error, ErrorKind, RuntimeClient};

/// The longest answer that is taken: `show stat` of some ten thousand servers has a few MiB.
const LONGEST_ANSWER: u64 = 64 * 1024 * 1024;

/// Shortest and longest pause before a question is asked again whose connection broke: a master that reloads is back in some milliseconds.
const PAUSES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(50));

impl RuntimeClient {
    /// Sends a request, which ends with a line feed, and returns all that comes back.
    pub(super) async fn ask(&self, request: &str) -> Result<String, Error> {
        self.ask_until(request, Instant::now() + self.limit).await
    }

    async fn ask_until(&self, request: &str, deadline: Instant) -> Result<String, Error> {
        match tokio::time::timeout_at(deadline, self.exchange(request)).await {
            Ok(Ok(answer)) if answer.len() as u64 >= LONGEST_ANSWER => {
                Err(self.failed(ErrorKind::TooLong, "the answer is too long"))
            }
            Ok(Ok(answer)) => Ok(String::from_utf8_lossy(&answer).into_owned()),
            Ok(Err(error)) => Err(error),
            Err(_) => {
                let message = format!("no answer within {:?}", self.limit);
                Err(self.failed(ErrorKind::TimedOut, message))
            }
        }
    }

    async fn exchange(&self, request: &str) -> Result<Vec<u8>, Error> {
        let connected = UnixStream::connect(&self.path).await;
        let mut stream = connected.map_err(|error| self.unavailable(error))?;
        let mut answer = Vec::new();
        let conversation = async {
            stream.write_all(request.as_bytes()).await?;
            // The end of what is asked: HAProxy then closes the connection after the last answer.
            stream.shutdown().await?;
            stream.take(LONGEST_ANSWER).read_to_end(&mut answer).await
        };
        conversation.await.map_err(|error| self.unavailable(error))?;
        Ok(answer)
    }

    /// Asks what changes nothing, and asks again while it looks as if a master reloads, for a fifth of the time limit.
    pub(super) async fn ask_again<T>(
        &self,
        request: &str,
        read: impl Fn(&str) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let start = Instant::now();
        let deadline = start + self.limit;
        let mut pause = PAUSES.0;
        loop {
            let result = self
                .ask_until(request, deadline)
                .await
                .and_then(|answer| read(&answer));
            let Err(error) = result else { return result };
            if !self.may_be_a_reload(&error) || Instant::now() + pause > start + self.limit / 5 {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }
}
