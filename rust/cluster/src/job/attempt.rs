//! One attempt of a job: its tasks and sources, from their start to their end.

use std::collections::BTreeMap;

use penstock_core::event::Barrier;
use penstock_plan::ExecutionGraph;
use penstock_runtime::mailbox::{Mail, Mailbox, TaskId};

use crate::checkpoint::decide::Tasks;
use crate::source::{SourceCoordinator, Stop};

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Its functions are being opened.
    Starting,
    Running,
    /// It has ended well.
    Finished,
    /// It has ended otherwise.
    Stopped,
}

struct Entry {
    name: String,
    mailbox: Mailbox,
    state: State,
    /// Whether it is a source that may emit more records.
    reading: bool,
}

/// The tasks and sources of one attempt.
pub(crate) struct Attempt {
    /// From 0.
    pub(crate) number: u32,
    /// In the order of [`ExecutionGraph::subtasks`].
    tasks: Vec<Entry>,
    /// For each vertex, the number of its first task.
    first_of: Vec<usize>,
    sources: BTreeMap<usize, SourceCoordinator>,
}

impl Attempt {
    /// Tasks that are about to start. `names` are the vertices' names, `sources` those that read.
    pub(crate) fn new(
        number: u32,
        graph: &ExecutionGraph,
        mailboxes: &[Mailbox],
        names: Vec<String>,
        is_source: impl Fn(usize) -> bool,
    ) -> Self {
        let mut first_of = Vec::new();
        let mut tasks = Vec::new();
        for ((subtask, mailbox), name) in graph.subtasks.iter().zip(mailboxes).zip(names) {
            if subtask.index == 0 {
                first_of.push(tasks.len());
            }
            tasks.push(Entry {
                name,
                mailbox: mailbox.clone(),
                state: State::Starting,
                reading: is_source(subtask.vertex),
            });
        }
        Self { number, tasks, first_of, sources: BTreeMap::new() }
    }

    /// An attempt that never began.
    pub(crate) fn none(number: u32) -> Self {
        Self { number, tasks: Vec::new(), first_of: Vec::new(), sources: BTreeMap::new() }
    }

    /// The task's name.
    pub(crate) fn name_of(&self, task: TaskId) -> &str {
        &self.tasks[self.number_of(task)].name
    }

    pub(crate) fn add_source(&mut self, vertex: usize, source: SourceCoordinator) {
        self.sources.insert(vertex, source);
    }

    /// The task's number among all of the job.
    pub(crate) fn number_of(&self, task: TaskId) -> usize {
        self.first_of[task.vertex] + task.subtask as usize
    }

    /// The number under which an enumerator acknowledges: behind those of all tasks.
    pub(crate) fn enumerator_number(&self, vertex: usize) -> usize {
        self.tasks.len() + vertex
    }

    pub(crate) fn running(&mut self, task: TaskId) {
        let number = self.number_of(task);
        if self.tasks[number].state == State::Starting {
            self.tasks[number].state = State::Running;
        }
    }

    pub(crate) fn end_of_data(&mut self, task: TaskId) {
        let number = self.number_of(task);
        self.tasks[number].reading = false;
    }

    /// A task has ended; gives how many are left.
    pub(crate) fn ended(&mut self, task: TaskId, well: bool) -> usize {
        let number = self.number_of(task);
        let entry = &mut self.tasks[number];
        entry.state = if well { State::Finished } else { State::Stopped };
        entry.reading = false;
        self.left().count()
    }

    pub(crate) fn len(&self) -> usize {
        self.tasks.len()
    }

    fn left(&self) -> impl Iterator<Item = &Entry> {
        self.tasks.iter().filter(|task| matches!(task.state, State::Starting | State::Running))
    }

    /// The names of the tasks that have not ended.
    pub(crate) fn names_left(&self) -> Vec<&str> {
        self.left().map(|task| task.name.as_str()).collect()
    }

    /// The tasks that have not ended, as their numbers among all.
    pub(crate) fn numbers_left(&self) -> Vec<usize> {
        let left = |task: &Entry| matches!(task.state, State::Starting | State::Running);
        self.tasks.iter().enumerate().filter(|(_, task)| left(task)).map(|(number, _)| number).collect()
    }

    /// What matters for triggering checkpoints.
    pub(crate) fn counts(&self) -> Tasks {
        let count = |state| self.tasks.iter().filter(|task| task.state == state).count();
        Tasks {
            running: count(State::Running),
            starting: count(State::Starting),
            finished: count(State::Finished),
            at_end_of_data: self.tasks.iter().all(|task| !task.reading),
        }
    }

    /// Who has to acknowledge a checkpoint that begins now: tasks that run, and enumerators.
    pub(crate) fn to_acknowledge(&self) -> Vec<usize> {
        let tasks =
            self.tasks.iter().enumerate().filter(|(_, task)| task.state == State::Running).map(|(number, _)| number);
        tasks.chain(self.sources.keys().map(|&vertex| self.enumerator_number(vertex))).collect()
    }

    /// How many tasks of each vertex take part in a checkpoint that begins now.
    pub(crate) fn to_take_part(&self) -> Vec<(usize, u32)> {
        let running = |first: usize, end: usize| self.tasks[first..end].iter().filter(|t| t.state == State::Running);
        let ends = self.first_of.iter().skip(1).copied().chain([self.tasks.len()]);
        let vertices = self.first_of.iter().copied().zip(ends).enumerate();
        vertices.map(|(vertex, (first, end))| (vertex, running(first, end).count() as u32)).collect()
    }

    /// Asks all sources for a barrier, and to stop with it.
    pub(crate) fn trigger(&self, barrier: Barrier, stop: Option<Stop>) {
        self.sources.values().for_each(|source| source.trigger(barrier, stop));
    }

    /// Sends a mail to every task that has not ended.
    pub(crate) fn send_all(&self, mail: &Mail) {
        self.left().for_each(|task| task.mailbox.send(mail.clone()));
    }

    pub(crate) fn send(&self, task: TaskId, mail: Mail) {
        if let Some(entry) = self.tasks.get(self.number_of(task)) {
            entry.mailbox.send(mail);
        }
    }

    pub(crate) fn sources(&self) -> impl Iterator<Item = (usize, &SourceCoordinator)> {
        self.sources.iter().map(|(vertex, source)| (*vertex, source))
    }

    /// Takes the sources away, to end them.
    pub(crate) fn take_sources(&mut self) -> Vec<SourceCoordinator> {
        std::mem::take(&mut self.sources).into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_plan::Subtask;

    fn task(vertex: usize, subtask: u32) -> TaskId {
        TaskId { vertex, subtask, attempt: 0 }
    }

    /// Two subtasks of a source, one of a sink.
    fn attempt() -> Attempt {
        let subtask = |vertex, index| Subtask { vertex, index, inputs: vec![], outputs: vec![] };
        let graph = ExecutionGraph { subtasks: vec![subtask(0, 0), subtask(0, 1), subtask(1, 0)], channels: vec![] };
        let names = ["a (1/2)", "a (2/2)", "b (1/1)"].map(str::to_owned).to_vec();
        Attempt::new(0, &graph, &[Mailbox::default(), Mailbox::default(), Mailbox::default()], names, |vertex| {
            vertex == 0
        })
    }

    #[test]
    fn the_last_checkpoint_waits_for_every_source() {
        let mut attempt = attempt();
        for task in [task(0, 0), task(0, 1), task(1, 0)] {
            attempt.running(task);
        }
        attempt.end_of_data(task(0, 0));
        assert_eq!(attempt.counts(), Tasks { running: 3, starting: 0, finished: 0, at_end_of_data: false });
        attempt.end_of_data(task(0, 1));
        assert!(attempt.counts().at_end_of_data);
    }

    #[test]
    fn tasks_that_have_ended_are_not_asked_any_more() {
        let mut attempt = attempt();
        attempt.running(task(0, 0));
        attempt.running(task(1, 0));
        assert_eq!(attempt.ended(task(0, 0), true), 2);
        assert_eq!(attempt.to_acknowledge(), [2]);
        assert_eq!(attempt.names_left(), ["a (2/2)", "b (1/1)"]);
        assert_eq!(attempt.ended(task(0, 1), false), 1);
        assert_eq!(attempt.counts(), Tasks { running: 1, starting: 0, finished: 1, at_end_of_data: true });
    }

    #[test]
    fn numbers_are_unique() {
        let attempt = attempt();
        assert_eq!(
            [attempt.number_of(task(0, 1)), attempt.number_of(task(1, 0)), attempt.enumerator_number(0)],
            [1, 2, 3]
        );
    }
}
