//! A thread with its own connection to the record, and the way to hand it work. It does all that it was given before it ends.

use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::error::StoreError;

/// A thread that works for as long as there is a sender of its work.
pub(crate) struct Worker<S> {
    name: &'static str,
    sender: Mutex<Option<S>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl<S> Worker<S> {
    pub(crate) fn start(
        name: &'static str,
        sender: S,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<Self, StoreError> {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work)?;
        Ok(Self { name, sender: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)) })
    }

    /// Hands work over by the sender; there is none once it was closed.
    pub(crate) fn with<T>(&self, hand_over: impl FnOnce(Option<&S>) -> T) -> T {
        hand_over(self.sender.lock().unwrap_or_else(PoisonError::into_inner).as_ref())
    }

    /// Does all that was handed over, and takes no more.
    pub(crate) fn close(&self) {
        drop(self.sender.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::warn!(thread = self.name, "a thread of the record broke off");
        }
    }
}

impl<S> Drop for Worker<S> {
    fn drop(&mut self) {
        self.close();
    }
}
