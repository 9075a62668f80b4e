//! The threads that read.

use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::failure;
use crate::{Error, Result};

/// Questions that may wait for a reader; whoever asks one more waits for a place.
const QUEUE: usize = 256;

type Question = Box<dyn FnOnce(&Connection) + Send>;

/// Where questions go.
#[derive(Debug, Clone)]
pub(super) struct Readers {
    questions: mpsc::Sender<Question>,
}

impl Readers {
    /// Starts a thread for each connection. They end when this and its clones are gone.
    pub(super) fn start(connections: Vec<Connection>) -> Result<(Self, Vec<JoinHandle<()>>)> {
        let (questions, waiting) = mpsc::channel(QUEUE);
        let waiting = Arc::new(Mutex::new(waiting));
        let threads = connections
            .into_iter()
            .map(|connection| {
                let waiting = Arc::clone(&waiting);
                spawn("store-read", move || answer(&connection, &waiting))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok((Self { questions }, threads))
    }

    /// Asks in a transaction of its own: everything that `question` reads is as of one moment.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        operation: &'static str,
        subject: String,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let asked: Question = Box::new(move |connection| {
            let answered = in_one_moment(connection, question)
                .map_err(|error| failure::error(error, operation, subject));
            // Whoever asked may have gone.
            let _ = reply.send(answered);
        });
        let closed = |_| failure::closed(operation);
        self.questions.send(asked).await.map_err(closed)?;
        answer.await.map_err(|_| failure::closed(operation))?
    }
}

fn in_one_moment<T>(
    connection: &Connection,
    question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = connection.unchecked_transaction()?;
    question(&transaction)
}

fn answer(connection: &Connection, waiting: &Mutex<mpsc::Receiver<Question>>) {
    loop {
        // One idle thread waits for a question, the others for their turn to wait.
        let question = waiting.lock().blocking_recv();
        match question {
            Some(question) => question(connection),
            None => return,
        }
    }
}

/// A named thread.
pub(super) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| Error::new(crate::ErrorKind::Configuration, "start", "store").because(error))
}
