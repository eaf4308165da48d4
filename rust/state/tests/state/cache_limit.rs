//! The object cache keeps to its limit while all that is read is fetched ahead.

use std::sync::Arc;

use penstock_core::config::StateBackendKind;
use penstock_core::{Clock, Error, Keys, Object, ObjectCodec, Result};
use penstock_state::keyed::{KeyedState, StateCodecs};
use penstock_state::{KeyRef, StateKind};

use crate::backends::{backend, descriptor};

const LIMIT: usize = 64 << 10;
const VALUE: usize = 1 << 10;

/// Values whose size cannot be seen from outside; each that lives holds the token.
struct Opaque(Arc<()>);

#[derive(Clone)]
struct Value {
    bytes: Vec<u8>,
    _token: Arc<()>,
}

impl Opaque {
    fn make(&self, bytes: Vec<u8>) -> Object {
        Object::from_value(Value { bytes, _token: Arc::clone(&self.0) })
    }

    fn alive(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

impl ObjectCodec for Opaque {
    fn check(&self, _value: &Object) -> Result<()> {
        Ok(())
    }
    fn encode(&self, value: &Object, out: &mut Vec<u8>) -> Result<()> {
        let value: &Value = value.downcast_ref().ok_or_else(|| Error::invalid("another object"))?;
        out.extend_from_slice(&value.bytes);
        Ok(())
    }
    fn decode(&self, bytes: &[u8]) -> Result<Object> {
        Ok(self.make(bytes.to_vec()))
    }
    fn isolate(&self, value: Object) -> Result<Object> {
        Ok(value)
    }
    fn is_mutable(&self, _value: &Object) -> bool {
        false
    }
    fn memory_size(&self, _value: &Object) -> usize {
        16
    }
}

#[test]
fn what_is_fetched_ahead_stays_within_the_limit() {
    let codec = Arc::new(Opaque(Arc::new(())));
    let mut keyed = KeyedState::new(backend(StateBackendKind::Rocksdb, 0..=1), Clock::manual(0), LIMIT);
    let codecs = StateCodecs { value: Arc::clone(&codec) as Arc<dyn ObjectCodec>, map_key: None };
    let state = keyed.register(&descriptor(StateKind::Value), codecs, None).unwrap();
    let key = |number: u32| number.to_be_bytes();
    for round in 0..3 {
        for batch in 0..40_u32 {
            let mut keys = Keys::default();
            (0..50).for_each(|i| keys.push(Object::from_value(()), 1, &key(batch * 50 + i)));
            keyed.prefetch(&keys).unwrap();
            // What came with this batch may be there besides what was there before.
            assert!(codec.alive() < 3 * LIMIT / VALUE, "{} values in round {round}", codec.alive());
            for i in 0..50 {
                keyed.set_key(Object::from_value(()), KeyRef { group: 1, bytes: &key(batch * 50 + i) });
                assert_eq!(keyed.value(state).unwrap().is_some(), round > 0);
                keyed.update(state, codec.make(vec![round; VALUE])).unwrap();
            }
            if round == 0 {
                // The size of what nobody has encoded yet is not known.
                keyed.write_back().unwrap();
            }
        }
    }
}
