//! The map keys of buffered records: event time and a number among those of the same time. Their bytes are those of
//! `TUPLE(LONG, INT)`, so that readers of state need to know nothing else.

use penstock_core::{Error, Object, ObjectCodec, Result, TypeInfo};

/// A map key of a buffered record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeKey {
    pub(super) time: i64,
    pub(super) number: i32,
}

/// Every field has a byte in front that says that it is there.
const THERE: u8 = 1;
/// The length of a key.
const LEN: usize = 14;

impl TimeKey {
    pub(super) fn declared() -> TypeInfo {
        TypeInfo::Tuple { fields: vec![TypeInfo::Long, TypeInfo::Int] }
    }

    pub(super) fn bytes(self) -> [u8; LEN] {
        let mut bytes = [THERE; LEN];
        bytes[1..9].copy_from_slice(&self.time.to_be_bytes());
        bytes[10..].copy_from_slice(&self.number.to_be_bytes());
        bytes
    }

    /// The time in the bytes of a key.
    pub(super) fn time_of(bytes: &[u8]) -> Option<i64> {
        Some(i64::from_be_bytes(*bytes.get(1..9)?.first_chunk()?))
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        let number = i32::from_be_bytes(*bytes.get(10..LEN)?.first_chunk()?);
        Some(Self { time: Self::time_of(bytes)?, number })
    }
}

/// The codec of these keys.
pub(super) struct TimeKeyCodec;

impl ObjectCodec for TimeKeyCodec {
    fn check(&self, value: &Object) -> Result<()> {
        key_in(value).map(drop)
    }

    fn encode(&self, value: &Object, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(&key_in(value)?.bytes());
        Ok(())
    }

    fn decode(&self, bytes: &[u8]) -> Result<Object> {
        let key = TimeKey::of(bytes).ok_or_else(|| Error::external("the key of a buffered record is damaged"))?;
        Ok(Object::from_value(key))
    }

    fn isolate(&self, value: Object) -> Result<Object> {
        Ok(value)
    }

    fn is_mutable(&self, _value: &Object) -> bool {
        false
    }

    fn memory_size(&self, _value: &Object) -> usize {
        size_of::<TimeKey>()
    }
}

fn key_in(value: &Object) -> Result<TimeKey> {
    value.downcast_ref().copied().ok_or_else(|| Error::internal("a buffered record has a key of its own kind"))
}
