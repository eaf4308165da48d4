//! What runs of a job: its tasks, each in an attempt of its own, and its sources.

use std::collections::BTreeMap;

use penstock_core::event::Barrier;
use penstock_plan::{ExecutionGraph, Regions};
use penstock_runtime::mailbox::{Mail, Mailbox, TaskId};

use crate::checkpoint::decide::Tasks;
use crate::source::{Reset, SourceCoordinator, Stop};

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Its functions are being opened.
    Starting,
    Running,
    /// It has ended well.
    Finished,
    /// It has ended otherwise, or was not started yet.
    Stopped,
}

struct Entry {
    id: TaskId,
    name: String,
    region: usize,
    mailbox: Mailbox,
    state: State,
    is_source: bool,
    /// Whether it is a source that may emit more records.
    reading: bool,
}

/// The tasks and sources of a job.
pub(crate) struct Attempt {
    /// How often all of the job was started, from 0.
    pub(crate) number: u32,
    /// In the order of [`ExecutionGraph::subtasks`].
    tasks: Vec<Entry>,
    /// For each vertex, the number of its first task.
    first_of: Vec<usize>,
    sources: BTreeMap<usize, SourceCoordinator>,
}

impl Attempt {
    /// Tasks before their first start. `names` are theirs, `is_source` says which vertices read.
    pub(crate) fn new(
        graph: &ExecutionGraph,
        regions: &Regions,
        names: Vec<String>,
        is_source: impl Fn(usize) -> bool,
    ) -> Self {
        let mut first_of = Vec::new();
        let mut tasks = Vec::new();
        for ((subtask, region), name) in graph.subtasks.iter().zip(&regions.of).zip(names) {
            if subtask.index == 0 {
                first_of.push(tasks.len());
            }
            tasks.push(Entry {
                id: TaskId { vertex: subtask.vertex, subtask: subtask.index, attempt: 0 },
                name,
                region: *region,
                mailbox: Mailbox::default(),
                state: State::Stopped,
                is_source: is_source(subtask.vertex),
                reading: false,
            });
        }
        Self { number: 0, tasks, first_of, sources: BTreeMap::new() }
    }

    /// The tasks of these regions, as their numbers among all.
    pub(crate) fn tasks_of(&self, regions: &[usize]) -> Vec<usize> {
        let of = |(number, task): (usize, &Entry)| regions.contains(&task.region).then_some(number);
        self.tasks.iter().enumerate().filter_map(of).collect()
    }

    /// A task will be started anew.
    pub(crate) fn next(&mut self, number: usize) {
        self.tasks[number].id.attempt += 1;
    }

    /// A task was started; it is reached there.
    pub(crate) fn started(&mut self, number: usize, mailbox: Mailbox) {
        let task = &mut self.tasks[number];
        (task.mailbox, task.state, task.reading) = (mailbox, State::Starting, task.is_source);
    }

    /// The task with a number, in its newest attempt.
    pub(crate) fn id_of(&self, number: usize) -> TaskId {
        self.tasks[number].id
    }

    /// The attempt that the tasks of a region are in.
    pub(crate) fn attempt_of(&self, region: usize) -> u32 {
        self.tasks.iter().find(|task| task.region == region).map_or(0, |task| task.id.attempt)
    }

    /// Whether a task is in its newest attempt.
    pub(crate) fn is_current(&self, task: TaskId) -> bool {
        self.tasks[self.number_of(task)].id == task
    }

    /// The task's name.
    pub(crate) fn name_of(&self, number: usize) -> &str {
        &self.tasks[number].name
    }

    /// The region that a task belongs to.
    pub(crate) fn region_of(&self, number: usize) -> usize {
        self.tasks[number].region
    }

    /// Where the subtasks of a vertex are reached, in order.
    pub(crate) fn mailboxes_of(&self, vertex: usize) -> Vec<Mailbox> {
        self.tasks.iter().filter(|task| task.id.vertex == vertex).map(|task| task.mailbox.clone()).collect()
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

    /// A task has ended; gives how many are left of its region.
    pub(crate) fn ended(&mut self, number: usize, well: bool) -> usize {
        let entry = &mut self.tasks[number];
        entry.state = if well { State::Finished } else { State::Stopped };
        entry.reading = false;
        let region = entry.region;
        self.left().filter(|task| task.region == region).count()
    }

    fn left(&self) -> impl Iterator<Item = &Entry> {
        self.tasks.iter().filter(|task| matches!(task.state, State::Starting | State::Running))
    }

    /// Whether a task has not ended.
    pub(crate) fn is_left(&self, number: usize) -> bool {
        matches!(self.tasks[number].state, State::Starting | State::Running)
    }

    /// The tasks that have not ended, as their numbers among all.
    pub(crate) fn numbers_left(&self) -> Vec<usize> {
        (0..self.tasks.len()).filter(|&number| self.is_left(number)).collect()
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

    /// Asks the tasks of a region that are left to stop.
    pub(crate) fn cancel(&self, region: usize) {
        self.left().filter(|task| task.region == region).for_each(|task| task.mailbox.send(Mail::Cancel));
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

    /// Tells a source of readers that start again.
    pub(crate) fn reset_source(&self, vertex: usize, reset: Reset) {
        if let Some(source) = self.sources.get(&vertex) {
            source.reset(reset);
        }
    }

    pub(crate) fn split_finished(&self, task: TaskId, split: String) {
        if let Some(source) = self.sources.get(&task.vertex) {
            source.split_finished(split);
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

    /// Two subtasks of a source, one of a sink behind the first.
    fn attempt() -> Attempt {
        let subtask = |vertex, index| Subtask { vertex, index, inputs: vec![], outputs: vec![] };
        let graph = ExecutionGraph { subtasks: vec![subtask(0, 0), subtask(0, 1), subtask(1, 0)], channels: vec![] };
        let names = ["a (1/2)", "a (2/2)", "b (1/1)"].map(str::to_owned).to_vec();
        let regions = Regions { of: vec![0, 1, 0], count: 2 };
        let mut attempt = Attempt::new(&graph, &regions, names, |vertex| vertex == 0);
        (0..3).for_each(|number| attempt.started(number, Mailbox::default()));
        attempt
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
        assert_eq!(attempt.ended(0, true), 1, "one is left of its region");
        assert_eq!(attempt.to_acknowledge(), [2]);
        assert_eq!(attempt.numbers_left(), [1, 2]);
        assert_eq!(attempt.ended(1, false), 0);
        assert_eq!(attempt.counts(), Tasks { running: 1, starting: 0, finished: 1, at_end_of_data: true });
    }

    #[test]
    fn a_task_that_starts_again_is_another_attempt_and_reads_again() {
        let mut attempt = attempt();
        attempt.end_of_data(task(0, 0));
        attempt.end_of_data(task(0, 1));
        attempt.ended(1, false);
        attempt.next(1);
        attempt.started(1, Mailbox::default());
        assert!(attempt.is_current(task(0, 0)) && !attempt.is_current(task(0, 1)));
        assert_eq!((attempt.attempt_of(0), attempt.attempt_of(1)), (0, 1));
        assert_eq!(attempt.id_of(1), TaskId { attempt: 1, ..task(0, 1) });
        assert!(!attempt.counts().at_end_of_data);
        assert_eq!(attempt.tasks_of(&[0]), [0, 2]);
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
