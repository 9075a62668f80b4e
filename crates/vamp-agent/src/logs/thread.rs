//! Threads that hang where others must not.

use std::io;
use std::thread;

use tokio::sync::oneshot;

/// Works in a thread with a runtime of its own. Whoever holds what is returned hears of its end; an error means that it ended by a panic.
pub(super) fn spawn<F>(
    name: &str,
    work: impl FnOnce() -> F + Send + 'static,
) -> io::Result<oneshot::Receiver<()>>
where
    F: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (done, told) = oneshot::channel();
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        runtime.block_on(async { work().await });
        // Nobody may wait any more.
        let _ = done.send(());
    })?;
    Ok(told)
}
