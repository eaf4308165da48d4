//! Runs the enumerator of one source on tokio: finds splits, hands them to the readers, and asks these for barriers.
//!
//! Splits and barriers of a source are mailed from here alone, so that they keep their order: what the enumerator's
//! snapshot says was handed out is in the readers' mailboxes before the barrier, and nothing else is.
//!
//! Readers that start again while others go on get their splits back: with the positions of the checkpoint, and those
//! that were handed out after it from their beginning.

use std::sync::mpsc::Sender;
use std::time::Duration;

use penstock_core::Result;
use penstock_core::event::Barrier;
use penstock_core::source::{Split, SplitEnumerator};
use penstock_runtime::mailbox::{Mail, Mailbox};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::job::event::Event;

/// How the readers stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stop {
    /// Whether event time goes to its end first.
    pub(crate) drain: bool,
}

enum Command {
    /// Write the enumerator down, then ask the readers for this barrier, as the last thing they do where `stop` says
    /// so; then whether they drain.
    Trigger { barrier: Barrier, stop: Option<Stop> },
    /// A checkpoint with these positions is complete.
    CheckpointComplete { checkpoint: u64, positions: Vec<Split> },
    /// Some readers start again.
    Reset(Reset),
    /// A reader has come to the end of this split.
    SplitFinished(String),
}

/// Readers that start again, and what from.
pub(crate) struct Reset {
    /// Their subtasks, and where they are reached from now on.
    pub(crate) readers: Vec<(u32, Mailbox)>,
    /// The checkpoint they go on from; 0: from the beginning.
    pub(crate) checkpoint: u64,
    /// The splits that all readers had in it.
    pub(crate) positions: Vec<Split>,
}

/// What a coordinator begins with.
pub(crate) struct SourceStart {
    /// The attempt it belongs to.
    pub(crate) attempt: u32,
    /// The source's vertex.
    pub(crate) vertex: usize,
    /// The source's name, for logs.
    pub(crate) name: String,
    pub(crate) enumerator: Box<dyn SplitEnumerator>,
    /// The checkpoint it goes on from; 0: from the beginning.
    pub(crate) checkpoint: u64,
    /// Splits that readers had in the checkpoint.
    pub(crate) restored: Vec<Split>,
    /// The readers, by subtask.
    pub(crate) readers: Vec<Mailbox>,
}

/// The handle of a running coordinator. Dropping it lets the coordinator do what it was told and end.
pub(crate) struct SourceCoordinator {
    commands: UnboundedSender<Command>,
    task: JoinHandle<()>,
}

impl SourceCoordinator {
    /// Starts it.
    pub(crate) fn start(start: SourceStart, io: &Handle, events: Sender<Event>) -> Self {
        let (commands, received) = unbounded_channel();
        let barrier = start.checkpoint;
        let runner = Runner { start, events, commands: received, barrier, handed_out: Vec::new(), complete: false };
        Self { commands, task: io.spawn(runner.run()) }
    }

    pub(crate) fn trigger(&self, barrier: Barrier, stop: Option<Stop>) {
        self.send(Command::Trigger { barrier, stop });
    }

    pub(crate) fn checkpoint_complete(&self, checkpoint: u64, positions: Vec<Split>) {
        self.send(Command::CheckpointComplete { checkpoint, positions });
    }

    /// Hands the splits of readers that start again to these. What was mailed to them before is not heard any more.
    pub(crate) fn reset(&self, reset: Reset) {
        self.send(Command::Reset(reset));
    }

    pub(crate) fn split_finished(&self, split: String) {
        self.send(Command::SplitFinished(split));
    }

    /// Ends it at once.
    pub(crate) fn abort(self) {
        self.task.abort();
    }

    /// Lets it finish what it was told, for at most `timeout`.
    pub(crate) async fn finish(self, timeout: Duration) {
        let Self { commands, mut task } = self;
        drop(commands);
        if tokio::time::timeout(timeout, &mut task).await.is_err() {
            task.abort();
        }
    }

    fn send(&self, command: Command) {
        // A coordinator that has ended has reported why.
        let _ = self.commands.send(command);
    }
}

struct Runner {
    start: SourceStart,
    events: Sender<Event>,
    commands: UnboundedReceiver<Command>,
    /// The newest checkpoint that readers were asked for a barrier of.
    barrier: u64,
    /// Splits that no complete checkpoint has, each with the newest barrier before it.
    handed_out: Vec<(u64, Split)>,
    /// Whether the readers know that no more splits come.
    complete: bool,
}

impl Runner {
    async fn run(mut self) {
        let restored = std::mem::take(&mut self.start.restored);
        self.start.enumerator.restored(&restored);
        self.assign(restored, |_| true);
        if let Err(error) = self.discover().await {
            self.report(Event::SourceFailed { attempt: self.start.attempt, error });
            return;
        }
        let mut next = self.next_look();
        loop {
            tokio::select! {
                command = self.commands.recv() => match command {
                    Some(Command::SplitFinished(id)) => {
                        if self.start.enumerator.split_finished(&id) {
                            if let Err(error) = self.discover().await {
                                self.report(Event::SourceFailed { attempt: self.start.attempt, error });
                                return;
                            }
                            next = self.next_look();
                        }
                    }
                    Some(command) => self.carry_out(command).await,
                    None => return,
                },
                () = sleep_until(next) => {
                    self.discover_again().await;
                    next = self.next_look();
                }
            }
        }
    }

    fn next_look(&self) -> Option<Instant> {
        self.start.enumerator.discovery_interval().map(|interval| Instant::now() + interval)
    }

    async fn discover(&mut self) -> Result<()> {
        let found = self.start.enumerator.discover().await?;
        self.handed_out.extend(found.iter().map(|split| (self.barrier, split.clone())));
        self.assign(found, |_| true);
        if !self.complete && self.start.enumerator.is_complete() {
            self.complete = true;
            self.start.readers.iter().for_each(|reader| reader.send(Mail::NoMoreSplits));
        }
        Ok(())
    }

    /// What is read already goes on while the outside cannot be asked for more.
    async fn discover_again(&mut self) {
        if let Err(error) = self.discover().await {
            tracing::warn!("{}: looking for new splits failed and is tried again later: {error}", self.start.name);
        }
    }

    /// Hands splits to those of their readers that are meant.
    fn assign(&self, splits: Vec<Split>, is_meant: impl Fn(u32) -> bool) {
        let parallelism = self.start.readers.len();
        let mut of_reader: Vec<Vec<Split>> = vec![Vec::new(); parallelism];
        for split in splits {
            let owner = self.start.enumerator.owner(&split, parallelism as u32) % parallelism as u32;
            if is_meant(owner) {
                of_reader[owner as usize].push(split);
            }
        }
        for (reader, splits) in self.start.readers.iter().zip(of_reader).filter(|(_, splits)| !splits.is_empty()) {
            reader.send(Mail::AddSplits(splits));
        }
    }

    async fn carry_out(&mut self, command: Command) {
        match command {
            Command::Trigger { barrier, stop } => {
                self.barrier = barrier.checkpoint_id;
                let enumerator = self.start.enumerator.snapshot();
                let mail = match stop {
                    None => Mail::TriggerCheckpoint(barrier),
                    Some(Stop { drain }) => Mail::StopWithSavepoint { barrier, drain },
                };
                self.start.readers.iter().for_each(|reader| reader.send(mail.clone()));
                let (attempt, vertex, checkpoint) = (self.start.attempt, self.start.vertex, barrier.checkpoint_id);
                self.report(Event::Triggered { attempt, vertex, checkpoint, enumerator });
            }
            // What follows from it is the loop's.
            Command::SplitFinished(_) => {}
            Command::Reset(reset) => self.reset(reset),
            Command::CheckpointComplete { checkpoint, positions } => {
                self.handed_out.retain(|(barrier, _)| *barrier >= checkpoint);
                // The positions that count are in the checkpoint; what is told to the outside is for information.
                if let Err(error) = self.start.enumerator.checkpoint_complete(&positions).await {
                    tracing::warn!(
                        "{}: the positions of a completed checkpoint could not be told: {error}",
                        self.start.name
                    );
                }
            }
        }
    }

    fn reset(&mut self, reset: Reset) {
        let Reset { readers, checkpoint, mut positions } = reset;
        let later = self.handed_out.iter().filter(|(barrier, _)| *barrier >= checkpoint);
        positions.extend(later.map(|(_, split)| split.clone()));
        let subtasks: Vec<u32> = readers.iter().map(|(subtask, _)| *subtask).collect();
        for (subtask, mailbox) in readers {
            self.start.readers[subtask as usize] = mailbox;
        }
        let parallelism = self.start.readers.len() as u32;
        let owner = |split: &Split| self.start.enumerator.owner(split, parallelism) % parallelism;
        let own: Vec<Split> = positions.iter().filter(|split| subtasks.contains(&owner(split))).cloned().collect();
        self.start.enumerator.restored(&own);
        self.assign(own, |_| true);
        if self.complete {
            for subtask in subtasks {
                self.start.readers[subtask as usize].send(Mail::NoMoreSplits);
            }
        }
    }

    fn report(&self, event: Event) {
        // Nobody listens any more when the job has ended.
        let _ = self.events.send(event);
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use penstock_core::Error;
    use penstock_core::event::Alignment;
    use std::sync::mpsc;

    /// Finds one split at every look.
    struct OnePerLook {
        looks: u32,
        interval: Option<Duration>,
    }

    #[async_trait]
    impl SplitEnumerator for OnePerLook {
        async fn discover(&mut self) -> Result<Vec<Split>> {
            self.looks += 1;
            if self.looks == 13 {
                return Err(Error::external("the broker is away"));
            }
            Ok(vec![split(self.looks)])
        }

        fn discovery_interval(&self) -> Option<Duration> {
            self.interval
        }

        fn owner(&self, split: &Split, parallelism: u32) -> u32 {
            split.id.parse::<u32>().unwrap() % parallelism
        }

        fn snapshot(&self) -> Vec<u8> {
            vec![self.looks as u8]
        }
    }

    fn split(id: u32) -> Split {
        Split { id: id.to_string(), position: 0, data: vec![] }
    }

    fn start(enumerator: impl SplitEnumerator + 'static, readers: &[Mailbox], restored: Vec<Split>) -> SourceStart {
        SourceStart {
            attempt: 3,
            vertex: 1,
            name: "source".into(),
            enumerator: Box::new(enumerator),
            checkpoint: 8,
            restored,
            readers: readers.to_vec(),
        }
    }

    fn barrier(checkpoint_id: u64) -> Barrier {
        Barrier { checkpoint_id, timestamp: 0, native: false, alignment: Alignment::Aligned }
    }

    fn mails(reader: &Mailbox) -> Vec<String> {
        let text = |mail| match mail {
            Mail::AddSplits(splits) => {
                format!("add {}", splits.iter().map(|s| s.id.as_str()).collect::<Vec<_>>().join(" "))
            }
            Mail::TriggerCheckpoint(barrier) => format!("barrier {}", barrier.checkpoint_id),
            other => format!("{other:?}"),
        };
        std::iter::from_fn(|| reader.take()).map(text).collect()
    }

    #[test]
    fn splits_reach_their_owners_before_the_barrier() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let readers = [Mailbox::default(), Mailbox::default()];
        let (events, received) = mpsc::channel();
        let source = start(OnePerLook { looks: 0, interval: None }, &readers, vec![split(4), split(7)]);
        let coordinator = SourceCoordinator::start(source, runtime.handle(), events);
        coordinator.trigger(barrier(9), None);
        let Event::Triggered { attempt: 3, vertex: 1, checkpoint: 9, enumerator } = received.recv().unwrap() else {
            panic!("not triggered")
        };
        assert_eq!(enumerator, [1]);
        assert_eq!(mails(&readers[0]), ["add 4", "NoMoreSplits", "barrier 9"]);
        assert_eq!(mails(&readers[1]), ["add 7", "add 1", "NoMoreSplits", "barrier 9"]);
    }

    #[test]
    fn the_first_look_must_succeed_and_later_ones_need_not() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (events, received) = mpsc::channel();
        let reader = [Mailbox::default()];
        let _failing = SourceCoordinator::start(
            start(OnePerLook { looks: 12, interval: None }, &reader, vec![]),
            runtime.handle(),
            events.clone(),
        );
        assert!(matches!(received.recv().unwrap(), Event::SourceFailed { attempt: 3, .. }));

        let source = start(OnePerLook { looks: 11, interval: Some(Duration::from_millis(1)) }, &reader, vec![]);
        let coordinator = SourceCoordinator::start(source, runtime.handle(), events);
        let mut added = Vec::new();
        while added.len() < 3 {
            added.extend(mails(&reader[0]));
            std::thread::yield_now();
        }
        assert_eq!(added[..3], ["add 12", "add 14", "add 15"]);
        coordinator.abort();
    }

    /// Has three splits; the next one is found when one was read.
    struct OneAfterAnother(u32);

    #[async_trait]
    impl SplitEnumerator for OneAfterAnother {
        async fn discover(&mut self) -> Result<Vec<Split>> {
            self.0 += 1;
            Ok(vec![split(self.0)])
        }

        fn is_complete(&self) -> bool {
            self.0 == 3
        }

        fn split_finished(&mut self, id: &str) -> bool {
            id == self.0.to_string() && !self.is_complete()
        }

        fn owner(&self, _split: &Split, _parallelism: u32) -> u32 {
            0
        }

        fn snapshot(&self) -> Vec<u8> {
            vec![self.0 as u8]
        }
    }

    #[test]
    fn the_next_look_comes_when_the_enumerator_says_so() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (events, received) = mpsc::channel();
        let reader = [Mailbox::default()];
        let source = start(OneAfterAnother(0), &reader, vec![]);
        let coordinator = SourceCoordinator::start(source, runtime.handle(), events);
        for read in ["1", "1", "2", "3"] {
            coordinator.split_finished(read.to_owned());
        }
        coordinator.trigger(barrier(9), None);
        assert!(matches!(received.recv().unwrap(), Event::Triggered { .. }));
        assert_eq!(mails(&reader[0]), ["add 1", "add 2", "add 3", "NoMoreSplits", "barrier 9"]);
    }

    #[test]
    fn readers_that_start_again_get_back_what_was_theirs() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (events, received) = mpsc::channel();
        let first = [Mailbox::default(), Mailbox::default()];
        let source = start(OnePerLook { looks: 0, interval: None }, &first, vec![split(4), split(7)]);
        let coordinator = SourceCoordinator::start(source, runtime.handle(), events);
        let reset = |checkpoint, positions: &[u32]| {
            let reader = Mailbox::default();
            coordinator.reset(Reset {
                readers: vec![(1, reader.clone())],
                checkpoint,
                positions: positions.iter().map(|id| split(*id)).collect(),
            });
            coordinator.trigger(barrier(9), None);
            received.recv().unwrap();
            mails(&reader)
        };
        // Split 1 was found after checkpoint 8, and is in checkpoint 9.
        assert_eq!(reset(8, &[4, 7]), ["add 7 1", "NoMoreSplits", "barrier 9"]);
        assert_eq!(reset(9, &[4, 7, 1]), ["add 7 1", "NoMoreSplits", "barrier 9"]);
        assert_eq!(reset(9, &[4]), ["NoMoreSplits", "barrier 9"], "both were read to their ends");
        assert_eq!(mails(&first[0]), ["add 4", "NoMoreSplits", "barrier 9", "barrier 9", "barrier 9"]);
    }
}
