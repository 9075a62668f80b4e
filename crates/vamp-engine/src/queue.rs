//! One queue of changes per deployment.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

/// Lets one change after the other through, first come, first served, for each name by itself.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    by_name: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

/// While it is held, no other change of the same name is under way.
pub(crate) type Turn = OwnedMutexGuard<()>;

impl Queues {
    pub(crate) async fn turn(&self, name: &str) -> Turn {
        let queue = {
            let mut by_name = self.by_name.lock();
            match by_name.get(name).and_then(Weak::upgrade) {
                Some(queue) => queue,
                None => {
                    by_name.retain(|_, queue| queue.strong_count() > 0);
                    let queue = Arc::default();
                    by_name.insert(name.to_owned(), Arc::downgrade(&queue));
                    queue
                }
            }
        };
        queue.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn changes_of_one_name_wait_for_one_another_and_others_do_not() {
        let queues = Queues::default();
        let first = queues.turn("a").await;
        let other = queues.turn("b").await;
        let mut second = Box::pin(queues.turn("a"));
        let waits = futures::poll!(second.as_mut()).is_pending();
        assert!(waits);
        drop(first);
        drop(second.await);
        drop(other);
        drop(queues.turn("c").await);
        assert_eq!(queues.by_name.lock().len(), 1, "nothing is kept for ever");
    }
}
