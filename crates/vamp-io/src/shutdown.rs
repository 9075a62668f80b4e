//! The wish to end, told to many tasks.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A wish to end that everybody with a clone of it sees. It is never taken back.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    token: CancellationToken,
}

impl Shutdown {
    /// A wish not yet expressed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A wish that SIGINT or SIGTERM expresses. A second signal ends the process at once, with status 130.
    ///
    /// # Errors
    /// The handlers cannot be installed.
    pub fn on_signals() -> std::io::Result<Self> {
        let shutdown = Self::new();
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let told = shutdown.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                if told.is_triggered() {
                    std::process::exit(130);
                }
                told.trigger();
            }
        });
        Ok(shutdown)
    }

    /// Asks everybody to end.
    pub fn trigger(&self) {
        self.token.cancel();
    }

    /// Whether the end is asked for.
    #[must_use]
    pub fn is_triggered(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits until the end is asked for.
    pub async fn wait(&self) {
        self.token.cancelled().await;
    }
}
