//! What tasks and enumerators bring to a checkpoint.

use std::sync::Arc;

use penstock_core::sabotage::Sabotage;
use penstock_core::{Error, Result};
use penstock_runtime::mailbox::{TaskId, TaskSnapshot};

use super::Coordinator;
use crate::checkpoint::assemble::{persisted_by, size_of_states};
use crate::checkpoint::decide::{Kind, Reason};
use crate::checkpoint::{TaskStates, upload};
use crate::job::attempt::Attempt;
use crate::job::event::Event;
use crate::slot::Destination;

impl Coordinator {
    /// An enumerator was written down.
    pub(crate) fn enumerator(&mut self, id: u64, vertex: usize, bytes: Vec<u8>, attempt: &Attempt) -> Option<Error> {
        if let Some(checkpoint) = self.in_progress.get_mut(&id) {
            checkpoint.parts.enumerators.insert(vertex, bytes);
        }
        self.acknowledged(id, attempt.enumerator_number(vertex), attempt)
    }

    /// Where the parts of a checkpoint go that come from other processes.
    pub(crate) fn destination(&self, id: u64) -> Destination {
        match self.in_progress.get(&id) {
            None => Destination::Nowhere,
            Some(checkpoint) if checkpoint.kind == Kind::Checkpoint => Destination::Checkpoint,
            Some(savepoint) => Destination::Savepoint(savepoint.folder.url()),
        }
    }

    /// A task has frozen its state: it is stored while the task goes on.
    pub(crate) fn snapshot(&mut self, task: TaskId, id: u64, snapshot: TaskSnapshot) {
        let Some(checkpoint) = self.in_progress.get(&id) else { return };
        let (folder, limit, events) = (checkpoint.folder.clone(), self.place.inline_limit, self.events.clone());
        let graph = Arc::clone(&self.job.graph);
        while self.uploads.try_join_next().is_some() {}
        let upload = async move {
            let states = upload::store(snapshot, task.subtask, &graph, &folder, limit).await;
            // Nobody waits for it once the job has ended.
            let _ = events.send(Event::Uploaded { task, checkpoint: id, states });
        };
        self.uploads.spawn_on(upload, &self.job.io);
    }

    /// A task's state is frozen, and not stored: nothing follows from that, except under sabotage.
    pub(crate) fn frozen(&mut self, task: TaskId, id: u64, attempt: &Attempt) -> Option<Error> {
        if self.job.tasks.sabotage == Some(Sabotage::EarlyAck) {
            return self.acknowledged(id, attempt.number_of(task), attempt);
        }
        None
    }

    /// A task's snapshot is stored, or cannot be.
    pub(crate) fn uploaded(
        &mut self,
        task: TaskId,
        id: u64,
        states: Result<TaskStates>,
        attempt: &Attempt,
    ) -> Option<Error> {
        match states {
            Ok(states) => {
                let (size, now) = (size_of_states(&states), self.job.clock.now_millis());
                let persisted = persisted_by(&states);
                self.shared.checkpoints(|history| history.acknowledged(id, task.vertex, size, persisted, now));
                if let Some(checkpoint) = self.in_progress.get_mut(&id) {
                    let keyed = states.iter().flat_map(|(_, state)| &state.keyed);
                    let files = keyed.flat_map(|handle| handle.location.shared());
                    let own = checkpoint.folder.home().map_or("", |home| &home.job);
                    if let Err(gone) = self.shared_files.acknowledged(id, own, files) {
                        let reason = format!("it refers to {}, which went with an earlier checkpoint", gone.name);
                        return self.failed(id, Reason::Upload(reason), attempt);
                    }
                    checkpoint.parts.tasks.insert((task.vertex, task.subtask), states);
                }
                self.acknowledged(id, attempt.number_of(task), attempt)
            }
            Err(error) => self.failed(id, Reason::Upload(error.to_string()), attempt),
        }
    }

    /// A task cannot take part.
    pub(crate) fn declined(&mut self, id: u64, reason: &Error, attempt: &Attempt) -> Option<Error> {
        self.failed(id, Reason::Declined(reason.to_string()), attempt)
    }

    /// A task has finished: it has nothing to contribute to what is in progress.
    pub(crate) fn finished(&mut self, task: TaskId, attempt: &Attempt) -> Option<Error> {
        let waiting: Vec<u64> = self
            .in_progress
            .iter()
            .filter(|(_, c)| !c.parts.tasks.contains_key(&(task.vertex, task.subtask)))
            .map(|(id, _)| *id)
            .collect();
        let number = attempt.number_of(task);
        waiting.into_iter().find_map(|id| self.acknowledged(id, number, attempt))
    }
}
