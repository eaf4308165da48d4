//! The codecs of one edge.

use std::sync::Arc;

use penstock_core::ObjectCodec;

/// How the records of an edge become bytes and come back.
#[derive(Clone)]
pub struct EdgeCodecs {
    /// Of the values.
    pub value: Arc<dyn ObjectCodec>,
    /// Makes a key's object of its canonical bytes; absent where records have no keys.
    pub key: Option<Arc<dyn ObjectCodec>>,
}
