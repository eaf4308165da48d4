//! What a checkpoint keeps of a prepared transaction: enough to commit it from anywhere.

use penstock_core::Result;
use penstock_core::sink::Committable;
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
}

impl Prepared {
    pub(super) fn new(transactional_id: String, identity: Identity) -> Self {
        Self { transactional_id, producer_id: identity.producer_id, epoch: identity.epoch }
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
    fn it_comes_back_from_its_encoding() {
        let prepared = Prepared::new("p-0-7".to_owned(), Identity { producer_id: 4000, epoch: 3 });
        assert_eq!(Prepared::decode(&prepared.encode()).unwrap(), prepared);
        assert!(Prepared::decode(&Committable(vec![9, b'{', b'}'])).unwrap_err().to_string().contains("version 9"));
    }
}
