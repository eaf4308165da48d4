//! What a checkpoint keeps of a prepared transaction: enough to commit it from anywhere.

use penstock_core::Result;
use penstock_core::sink::{Committable, WriterContext};
use serde::{Deserialize, Serialize};

use crate::encoding;
use crate::kafka::native::Identity;

const VERSION: u8 = 1;

/// A transaction that was flushed and is still open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Prepared {
    pub(crate) transactional_id: String,
    producer_id: i64,
    epoch: i16,
    /// What is in it, to say what was lost where it cannot be committed.
    #[serde(default)]
    pub(super) written: Written,
}

/// What was written in a transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Written {
    pub(super) records: u64,
    /// Every topic that the sink had written to by then.
    pub(super) topics: Vec<String>,
    /// The life that wrote it, where names are used again: that life uses this one again once it is committed.
    #[serde(default)]
    pub(super) reused_by: Option<String>,
}

/// Names the life of a task.
pub(super) fn life(context: &WriterContext) -> String {
    format!("{}/{}", context.job_id, context.attempt)
}

impl Prepared {
    pub(super) fn new(transactional_id: String, identity: Identity, written: Written) -> Self {
        Self { transactional_id, producer_id: identity.producer_id, epoch: identity.epoch, written }
    }

    pub(super) fn identity(&self) -> Identity {
        Identity { producer_id: self.producer_id, epoch: self.epoch }
    }

    pub(super) fn encode(&self) -> Committable {
        Committable(encoding::encode(VERSION, self))
    }

    pub(super) fn decode(committable: &Committable) -> Result<Self> {
        encoding::decode("a prepared Kafka transaction", VERSION, &committable.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_of_older_versions_are_read() {
        let older = Committable([&[1], &br#"{"transactional_id":"p-0-7","producer_id":1,"epoch":0}"#[..]].concat());
        assert_eq!(Prepared::decode(&older).unwrap().written, Written::default());
    }

    #[test]
    fn it_comes_back_from_its_encoding() {
        let written = Written { records: 5, topics: vec!["orders".to_owned()], reused_by: None };
        let prepared = Prepared::new("p-0-7".to_owned(), Identity { producer_id: 4000, epoch: 3 }, written);
        assert_eq!(Prepared::decode(&prepared.encode()).unwrap(), prepared);
        assert!(Prepared::decode(&Committable(vec![9, b'{', b'}'])).unwrap_err().to_string().contains("version 9"));
    }
}
