//! Raw records of a source as objects with keys, made by the task that works on them.
//!
//! Where nothing but a key selector lies between a source and a keyed operator, and one channel connects the two, the
//! source hands its raw batches on. The consumer makes an object, asks for its key and calls its function on one and the
//! same thread: the interpreter does not go to and fro between two, and an object stays in the cache of one core.

use penstock_core::event::RawRecords;
use penstock_core::{Error, Keys, NO_TIMESTAMP, ObjectBatch, Result};

use crate::chain::OperatorIdentity;
use crate::lane::{Decoder, KeySelector};

/// Makes objects of a source's raw records.
pub struct RecordMaker {
    source: OperatorIdentity,
    decoder: Box<dyn Decoder>,
    selector: Box<dyn KeySelector>,
    key_bytes: Vec<u8>,
}

impl RecordMaker {
    /// A maker of this source's records, which get their keys from a selector. Errors are the source's.
    #[must_use]
    pub fn new(source: OperatorIdentity, decoder: Box<dyn Decoder>, selector: Box<dyn KeySelector>) -> Self {
        Self { source, decoder, selector, key_bytes: Vec::new() }
    }

    /// Before the first record.
    pub fn open(&mut self) -> Result<()> {
        let opened = self.selector.open();
        opened.map_err(|e| self.located(e))
    }

    /// After the last one, or after a failure.
    pub fn close(&mut self) -> Result<()> {
        let closed = self.selector.close();
        closed.map_err(|e| self.located(e))
    }

    /// The objects of some records, without those that the schema drops. The interpreter is held.
    pub fn make(&mut self, raw: &RawRecords) -> Result<ObjectBatch> {
        let made = self.objects(raw);
        made.map_err(|e| self.located(e))
    }

    fn objects(&mut self, RawRecords { batch: raw, emitted, dropped }: &RawRecords) -> Result<ObjectBatch> {
        let (mut values, mut timestamps) = (Vec::with_capacity(raw.len()), Vec::with_capacity(raw.len()));
        let mut keys = Keys::default();
        keys.reserve(raw.len());
        for row in 0..raw.len() {
            let Some(value) = self.decoder.decode(raw, row)? else { continue };
            self.key_bytes.clear();
            let (key, group) = self.selector.select(&value, &mut self.key_bytes)?;
            keys.push(key, group, &self.key_bytes);
            values.push(value);
            timestamps.push(raw.timestamps.as_ref().map_or(NO_TIMESTAMP, |timestamps| timestamps[row]));
        }
        emitted.add(values.len() as i64);
        if values.len() < raw.len() {
            dropped.add((raw.len() - values.len()) as i64);
        }
        Ok(ObjectBatch { values, timestamps, keys: Some(keys) })
    }

    fn located(&self, error: Error) -> Error {
        error.located(&self.source.name, self.source.subtask, self.source.parallelism)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::StringArray;
    use arrow_array::cast::AsArray;
    use penstock_core::Object;
    use penstock_core::event::{Alignment, Barrier, StreamElement, StreamEvent};
    use penstock_core::metrics::Counter;
    use penstock_core::source::RawBatch;
    use std::sync::Arc;

    use crate::channel::channel;
    use crate::exchange::in_flight::replay;
    use crate::exchange::{EdgeCodecs, Receiver, Sender};
    use crate::lane::Functions;
    use crate::signal::TaskSignal;
    use crate::testing::RustLane;

    /// Texts; those that begin with `-` are dropped.
    struct Texts;

    impl Decoder for Texts {
        fn decode(&mut self, batch: &RawBatch, row: usize) -> Result<Option<Object>> {
            let text = batch.values.as_string::<i32>().value(row);
            Ok((!text.starts_with('-')).then(|| Object::from_value(text.to_owned())))
        }
    }

    /// The text itself is the key; `?` has none.
    struct Whole;

    impl KeySelector for Whole {
        fn select(&mut self, value: &Object, bytes: &mut Vec<u8>) -> Result<(Object, u16)> {
            let text = value.downcast_ref::<String>().unwrap();
            if text == "?" {
                return Err(Error::user("no key", None));
            }
            bytes.extend_from_slice(text.as_bytes());
            Ok((value.clone(), text.len() as u16))
        }
    }

    fn raw(texts: &[&str]) -> RawRecords {
        let batch = RawBatch {
            split: "s".into(),
            values: Arc::new(StringArray::from(texts.to_vec())),
            keys: None,
            timestamps: Some((0..texts.len() as i64).collect()),
            positions: (1..=texts.len() as i64).collect(),
            num_bytes: 0,
        };
        RawRecords { batch, emitted: Counter::default(), dropped: Counter::default() }
    }

    fn maker() -> RecordMaker {
        let (uid_hash, name) = (String::new(), "texts".to_owned());
        let source = OperatorIdentity { uid_hash, name, subtask: 0, parallelism: 1 };
        RecordMaker::new(source, Box::new(Texts), Box::new(Whole))
    }

    fn codecs() -> EdgeCodecs {
        let lane = RustLane::default();
        EdgeCodecs { value: lane.codec(None).unwrap(), key: Some(lane.key_codec(None).unwrap()) }
    }

    fn with_maker() -> (Sender, Receiver) {
        let (sender, mut receiver) = channel(&TaskSignal::default(), &TaskSignal::default());
        receiver.use_codecs(codecs());
        receiver.use_maker(maker());
        (sender, receiver)
    }

    /// The records with times, key groups and keys.
    fn shown(element: &StreamElement) -> String {
        let StreamElement::Objects(ObjectBatch { values, timestamps, keys: Some(keys) }) = element else {
            return format!("{element:?}");
        };
        let row = |row: usize| {
            let (value, key) = (&values[row], std::str::from_utf8(keys.bytes_of(row)).unwrap());
            format!(
                "{} at {} in {} by {key}",
                value.downcast_ref::<String>().unwrap(),
                timestamps[row],
                keys.groups[row]
            )
        };
        (0..values.len()).map(row).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn records_keep_their_times_and_what_the_schema_drops_is_counted() {
        let records = raw(&["a", "-", "bc"]);
        let made = maker().make(&records).unwrap();
        assert_eq!(shown(&StreamElement::Objects(made)), "a at 0 in 1 by a, bc at 2 in 2 by bc");
        assert_eq!((records.emitted.get(), records.dropped.get()), (2, 1));
        let later = RawRecords { batch: records.batch.slice(1..3), ..records };
        let made = maker().make(&later).unwrap();
        assert_eq!(shown(&StreamElement::Objects(made)), "bc at 2 in 2 by bc");
    }

    #[test]
    fn a_batch_of_which_nothing_is_left_is_passed_over() {
        let (sender, mut receiver) = with_maker();
        sender.send(StreamElement::Raw(raw(&["-", "-"]))).unwrap();
        sender.send(StreamElement::Raw(raw(&["a"]))).unwrap();
        assert_eq!(shown(&receiver.try_recv().unwrap().unwrap()), "a at 0 in 1 by a");
        assert!(receiver.try_recv().unwrap().is_none());
    }

    fn overtaking() -> StreamElement {
        let alignment = Alignment::Unaligned { from: 0 };
        StreamElement::Event(StreamEvent::Barrier(Barrier { checkpoint_id: 1, timestamp: 0, native: false, alignment }))
    }

    #[test]
    fn what_a_barrier_overtakes_is_kept_as_records_and_still_comes() {
        let (sender, mut receiver) = with_maker();
        sender.send(StreamElement::Raw(raw(&["a", "-", "bc"]))).unwrap();
        sender.send(overtaking()).unwrap();
        let mut kept = Vec::new();
        receiver.keep_overtaken(&mut kept).unwrap();
        let [kept] = kept.as_slice() else { panic!("{kept:?}") };
        let records = "a at 0 in 1 by a, bc at 2 in 2 by bc";
        assert_eq!(shown(&replay(kept, Some(&codecs())).unwrap()), records);
        assert_eq!(shown(&receiver.try_recv().unwrap().unwrap()), records);
    }

    #[test]
    fn a_selector_that_fails_while_records_are_kept_fails_when_they_come() {
        let (sender, mut receiver) = with_maker();
        sender.send(StreamElement::Raw(raw(&["a", "?"]))).unwrap();
        sender.send(overtaking()).unwrap();
        assert!(receiver.keep_overtaken(&mut Vec::new()).is_err(), "the checkpoint");
        let Err(Error::User(error)) = receiver.try_recv() else { panic!("it goes on") };
        assert_eq!((error.operator.as_str(), error.parallelism), ("texts", 1));
    }
}
