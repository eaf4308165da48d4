//! Writes the records of one subtask.

use std::collections::BTreeMap;
use std::sync::Arc;

use penstock_core::sink::{Committable, SinkRecord, SinkWriter, WriterContext};
use penstock_core::{Error, Result};

use super::bucket::CurrentBucket;
use super::compaction::Waiting;
use super::part::{ClosedPart, DiskPart, OpenPart, PartFile};
use super::place::Place;
use super::{Settings, failed};
use crate::encoding;

const STATE_VERSION: u8 = 1;
/// The version of what tells which closed parts wait for others.
const WAITING_VERSION: u8 = 2;
/// The version of committables.
pub(super) const PART_VERSION: u8 = 1;
/// How many records may pass between two looks at the age of parts.
const LOOK_EVERY: u32 = 1024;

pub(super) struct FileWriter {
    settings: Arc<Settings>,
    place: Place,
    /// Stands in the names of parts in buckets.
    random: String,
    subtask: u32,
    current: CurrentBucket,
    /// By name of the bucket.
    buckets: BTreeMap<String, Bucket>,
    /// Closed since the last checkpoint.
    closed: Vec<ClosedPart>,
    /// Closed before, and kept until there are more of them.
    waiting: Waiting,
    since_look: u32,
    end_of_input: bool,
}

struct Bucket {
    next_number: u64,
    open: Option<OpenPart>,
}

impl FileWriter {
    pub(super) fn restore(settings: Arc<Settings>, place: Place, context: &WriterContext) -> Result<Self> {
        let (mut closed, mut waiting) = (Vec::new(), Waiting::default());
        for state in &context.restored_state {
            if state.first() == Some(&WAITING_VERSION) {
                waiting.adopt(encoding::decode("the parts of a file sink", WAITING_VERSION, state)?)?;
                continue;
            }
            for part in encoding::decode::<Vec<PartFile>>("the state of a file sink", STATE_VERSION, state)? {
                closed.extend(ClosedPart::recover(part, &place)?);
            }
        }
        Ok(Self {
            settings,
            place,
            random: uuid::Uuid::new_v4().simple().to_string()[..12].to_owned(),
            subtask: context.subtask,
            current: CurrentBucket::default(),
            buckets: BTreeMap::new(),
            closed,
            waiting,
            since_look: 0,
            end_of_input: false,
        })
    }

    /// The open part of the current bucket, a new one if the old one is full.
    fn part(&mut self, now: i64) -> Result<&mut OpenPart> {
        if !self.buckets.contains_key(self.current.name()) {
            let next_number = self.first_number(self.current.name())?;
            self.buckets.insert(self.current.name().to_owned(), Bucket { next_number, open: None });
        }
        let bucket = self.buckets.get_mut(self.current.name()).expect("inserted above");
        if let Some(full) = bucket.open.take_if(|part| self.settings.rolling.before_write(part.facts())) {
            self.closed.push(full.close()?);
        }
        if bucket.open.is_none() {
            let names = &self.settings.names;
            let name = match &self.place {
                Place::Disk(_) => names.target(self.subtask, bucket.next_number),
                Place::Bucket(_) => names.unique(&self.random, self.subtask, bucket.next_number),
            };
            bucket.next_number += 1;
            let writer = self.settings.format.writer()?;
            bucket.open = Some(OpenPart::create(&self.place, self.current.name(), &name, writer, now)?);
        }
        Ok(bucket.open.as_mut().expect("opened above"))
    }

    fn first_number(&self, bucket: &str) -> Result<u64> {
        let Place::Disk(path) = &self.place else { return Ok(0) };
        let directory = path.join(bucket);
        let free = self.settings.names.first_free(&directory, self.subtask);
        free.map_err(failed("cannot read the directory", &directory))
    }

    /// Closes the parts for which `ripe` says so, and forgets buckets that are over.
    fn close_parts(&mut self, ripe: impl Fn(&OpenPart) -> bool) -> Result<()> {
        for bucket in self.buckets.values_mut() {
            if let Some(part) = bucket.open.take_if(|part| ripe(part)) {
                self.closed.push(part.close()?);
            }
        }
        let current = self.current.name();
        self.buckets.retain(|name, bucket| bucket.open.is_some() || name == current);
        Ok(())
    }

    fn close_old_parts(&mut self) -> Result<()> {
        self.since_look = 0;
        let (rolling, now) = (self.settings.rolling, self.settings.clock.now_millis());
        self.close_parts(|part| rolling.at(part.facts(), now))
    }
}

impl SinkWriter for FileWriter {
    fn write(&mut self, record: &SinkRecord<'_>) -> Result<()> {
        let value = record.value.ok_or_else(|| Error::invalid("a file sink was given a record without a value"))?;
        self.since_look += 1;
        if self.since_look >= LOOK_EVERY {
            self.close_old_parts()?;
        }
        let now = self.settings.clock.now_millis();
        self.current.update(&self.settings.bucketing, now);
        self.part(now)?.write(value, now)
    }

    fn has_capacity(&mut self) -> bool {
        self.buckets.values_mut().filter_map(|b| b.open.as_mut()).all(OpenPart::has_capacity)
    }

    fn flush(&mut self, end_of_input: bool) -> Result<()> {
        self.end_of_input |= end_of_input;
        self.buckets.values_mut().filter_map(|b| b.open.as_mut()).try_for_each(OpenPart::sync)
    }

    fn prepare_commit(&mut self, _checkpoint_id: u64) -> Result<Vec<Committable>> {
        if self.end_of_input || self.settings.rolling.on_checkpoint() {
            self.close_parts(|_| true)?;
        } else {
            self.close_old_parts()?;
        }
        let mut ripe: Vec<PartFile> = self.closed.drain(..).map(|part| part.file).collect();
        if let Some(options) = &self.settings.compaction {
            let closed = ripe.drain(..).filter_map(PartFile::on_disk).collect::<Vec<DiskPart>>();
            ripe.extend(self.waiting.ripe(closed, options, self.end_of_input)?.into_iter().map(PartFile::Disk));
        }
        Ok(ripe.iter().map(|part| Committable(encoding::encode(PART_VERSION, part))).collect())
    }

    fn snapshot(&mut self, _checkpoint_id: u64) -> Result<Vec<Vec<u8>>> {
        let open: Vec<PartFile> =
            self.buckets.values_mut().filter_map(|b| b.open.as_mut()).map(OpenPart::describe).collect();
        let mut state = Vec::new();
        if !open.is_empty() {
            state.push(encoding::encode(STATE_VERSION, &open));
        }
        if !self.waiting.is_empty() {
            state.push(encoding::encode(WAITING_VERSION, &self.waiting));
        }
        Ok(state)
    }

    fn close(&mut self) {
        for bucket in std::mem::take(&mut self.buckets).into_values() {
            bucket.open.into_iter().for_each(OpenPart::discard);
        }
        self.closed.drain(..).for_each(|part| part.discard(&self.place));
    }
}
