//! How the values of one declared type become bytes and come back.

use crate::error::Result;
use crate::object::Object;

/// The codec of one type, chosen once per operator. Needs the lane's interpreter to be held.
pub trait ObjectCodec: Send + Sync {
    /// Whether the value fits the type; the error names the value and the type.
    fn check(&self, value: &Object) -> Result<()>;
    /// Appends the value's bytes.
    fn encode(&self, value: &Object, out: &mut Vec<u8>) -> Result<()>;
    /// Makes a value of bytes that `encode` made.
    fn decode(&self, bytes: &[u8]) -> Result<Object>;
    /// A value that shares nothing changeable with `value`; the value itself where it cannot change.
    fn isolate(&self, value: Object) -> Result<Object>;
    /// Whether somebody who holds the value can change it.
    fn is_mutable(&self, value: &Object) -> bool;
    /// Roughly what the value takes in memory, in bytes.
    fn memory_size(&self, value: &Object) -> usize;
}
