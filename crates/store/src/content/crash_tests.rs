//! What is left when the process dies at any point.

use std::sync::Mutex;

use tokio::sync::Notify;

/// A point at which a test lets the process die: whoever reaches it goes no further.
#[derive(Default)]
pub(crate) struct Crash {
    at: Mutex<Option<&'static str>>,
    died: Notify,
}

impl Crash {
    pub(crate) async fn reached(&self, step: &'static str) {
        if *self.at.lock().unwrap() == Some(step) {
            self.died.notify_one();
            std::future::pending::<()>().await;
        }
    }
}
