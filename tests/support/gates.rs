//! Gates that a script waits at until the test opens them.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex};

use super::waiting::BOUND;

/// Gates by name, all closed at first. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gates(Arc<(Mutex<BTreeSet<String>>, Condvar)>);

impl Gates {
    /// Opens a gate for good.
    pub(crate) fn open(&self, name: &str) {
        self.0.0.lock().expect("nobody panics at a gate").insert(name.to_owned());
        self.0.1.notify_all();
    }

    /// Waits until a gate is open. A test that never opens it has failed, and nobody waits for ever.
    pub(crate) fn pass(&self, name: &str) {
        let open = self.0.0.lock().expect("nobody panics at a gate");
        let closed = |open: &mut BTreeSet<String>| !open.contains(name);
        drop(self.0.1.wait_timeout_while(open, BOUND, closed).expect("nobody panics at a gate"));
    }
}
