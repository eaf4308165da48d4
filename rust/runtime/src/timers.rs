//! Timers of one keyed operator subtask: ordered in memory, written to the state backend when a snapshot is taken.

use std::collections::BTreeMap;
use std::sync::Arc;

use penstock_core::{Error, Object, ObjectCodec, Result, TypeInfo};
use penstock_state::DeclaredTypes;
use penstock_state::backend::{KeyRef, KeyedStateBackend, StateDescriptor, StateId, StateKind};
use penstock_state::evolution::Conversion;

/// Which clock a timer follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeDomain {
    /// The watermark.
    EventTime,
    /// The machine's clock.
    ProcessingTime,
}

/// A timer that is due.
pub struct DueTimer {
    /// When it was due.
    pub timestamp: i64,
    /// Its key's group.
    pub group: u16,
    /// Canonical bytes of its key.
    pub key: Vec<u8>,
    /// Its key.
    pub key_object: Object,
}

type TimerKey = (i64, u16, Vec<u8>);

#[derive(Default)]
struct Queue {
    timers: BTreeMap<TimerKey, Object>,
    /// How the timers differ from those that are stored: `true` added, `false` removed.
    changes: BTreeMap<TimerKey, bool>,
    stored: Option<StateId>,
}

/// The name under which timers of event time are kept.
pub const EVENT_TIMERS_STATE: &str = "_timers/event-time";

/// Timers of both domains.
#[derive(Default)]
pub struct Timers {
    event: Queue,
    processing: Queue,
    key_codec: Option<Arc<dyn ObjectCodec>>,
    /// Whether each snapshot is to lack a timer: sabotage.
    loses: bool,
}

impl Timers {
    /// Timers kept in `backend`, with those that a restore has brought. Needs the interpreter. Keys that had another
    /// type, or were `namespaced` (those of windows) and are not, are an error.
    pub fn restore(
        backend: &mut dyn KeyedStateBackend,
        key_codec: Arc<dyn ObjectCodec>,
        key_type: Option<&TypeInfo>,
        namespaced: bool,
        operator: &str,
    ) -> Result<Self> {
        let declared = DeclaredTypes { key: key_type.cloned(), namespaced, ..DeclaredTypes::default() }.text();
        let queue = |backend: &mut dyn KeyedStateBackend, name: &str| {
            let (name, kind, declared) = (name.to_owned(), StateKind::Timers, declared.clone());
            Queue::restore(backend, &StateDescriptor { name, kind, declared }, &*key_codec, operator)
        };
        let event = queue(backend, EVENT_TIMERS_STATE)?;
        let processing = queue(backend, "_timers/processing-time")?;
        Ok(Self { event, processing, key_codec: Some(key_codec), loses: false })
    }

    /// The same with snapshots that each lack one of the timers registered since the one before: sabotage.
    #[must_use]
    pub fn losing(self) -> Self {
        Self { loses: true, ..self }
    }

    /// Registers a timer; registering the same one again changes nothing.
    pub fn register(&mut self, domain: TimeDomain, timestamp: i64, key: KeyRef<'_>, key_object: Object) {
        let queue = self.queue(domain);
        let timer = (timestamp, key.group, key.bytes.to_vec());
        if queue.timers.insert(timer.clone(), key_object).is_none() {
            queue.changed(timer, true);
        }
    }

    /// Removes a timer, if it is there.
    pub fn delete(&mut self, domain: TimeDomain, timestamp: i64, key: KeyRef<'_>) {
        let queue = self.queue(domain);
        let timer = (timestamp, key.group, key.bytes.to_vec());
        if queue.timers.remove(&timer).is_some() {
            queue.changed(timer, false);
        }
    }

    /// Takes the earliest timer that is due at `now`.
    pub fn pop_due(&mut self, domain: TimeDomain, now: i64) -> Option<DueTimer> {
        let queue = self.queue(domain);
        let first = queue.timers.first_entry()?;
        if first.key().0 > now {
            return None;
        }
        let (timer, key_object) = first.remove_entry();
        queue.changed(timer.clone(), false);
        let (timestamp, group, key) = timer;
        Some(DueTimer { timestamp, group, key, key_object })
    }

    /// When the next timer is due.
    #[must_use]
    pub fn next(&self, domain: TimeDomain) -> Option<i64> {
        let queue = if domain == TimeDomain::EventTime { &self.event } else { &self.processing };
        queue.timers.first_key_value().map(|((time, _, _), _)| *time)
    }

    /// Brings the backend up to date.
    pub fn write_back(&mut self, backend: &mut dyn KeyedStateBackend) -> Result<()> {
        let Some(codec) = self.key_codec.clone() else { return Ok(()) };
        if self.loses {
            self.event.lose_one();
        }
        self.event.write_back(backend, &*codec)?;
        self.processing.write_back(backend, &*codec)
    }

    fn queue(&mut self, domain: TimeDomain) -> &mut Queue {
        match domain {
            TimeDomain::EventTime => &mut self.event,
            TimeDomain::ProcessingTime => &mut self.processing,
        }
    }
}

impl Queue {
    fn restore(
        backend: &mut dyn KeyedStateBackend,
        descriptor: &StateDescriptor,
        key_codec: &dyn ObjectCodec,
        operator: &str,
    ) -> Result<Self> {
        if let Some(restored) = backend.descriptors().iter().find(|d| d.name == descriptor.name) {
            Conversion::between(restored, descriptor, operator)?;
        }
        let id = backend.register(descriptor)?;
        let mut timers = BTreeMap::new();
        backend.scan_all(id, &mut |key, time, value| {
            let time = <[u8; 8]>::try_from(time).map_err(|_| Error::external("the snapshot of a timer is damaged"))?;
            // The sign bit is flipped in storage, so that bytes order as times do.
            let timestamp = (u64::from_be_bytes(time) ^ (1 << 63)) as i64;
            timers.insert((timestamp, key.group, key.bytes.to_vec()), key_codec.decode(value)?);
            Ok(())
        })?;
        Ok(Self { timers, changes: BTreeMap::new(), stored: Some(id) })
    }

    /// A timer was added or removed. What is taken back before the next snapshot leaves nothing to be written.
    fn changed(&mut self, timer: TimerKey, added: bool) {
        if self.changes.remove(&timer).is_none() {
            self.changes.insert(timer, added);
        }
    }

    fn lose_one(&mut self) {
        let added = self.changes.iter().find(|(_, added)| **added).map(|(timer, _)| timer.clone());
        if let Some(timer) = added {
            self.changes.remove(&timer);
        }
    }

    fn write_back(&mut self, backend: &mut dyn KeyedStateBackend, key_codec: &dyn ObjectCodec) -> Result<()> {
        let Some(id) = self.stored else { return Ok(()) };
        let mut value = Vec::new();
        for (timer, added) in std::mem::take(&mut self.changes) {
            let time = ((timer.0 as u64) ^ (1 << 63)).to_be_bytes();
            let key = KeyRef { group: timer.1, bytes: &timer.2 };
            match self.timers.get(&timer) {
                Some(key_object) if added => {
                    value.clear();
                    key_codec.encode(key_object, &mut value)?;
                    backend.put(id, key, &time, &value)?;
                }
                _ => backend.delete(id, key, &time)?,
            }
        }
        Ok(())
    }
}
