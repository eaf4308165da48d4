//! BATCH input of a keyed operator: records wait until all are there and then come key by key, each key's in the order
//! they had, so that an operator has one key's state and timers at a time.

use indexmap::IndexMap;

use penstock_core::{Object, ObjectBatch, Result};
use penstock_state::backend::KeyRef;

use crate::chain::ChainNode;

struct Waiting {
    input: usize,
    key: Object,
    value: Object,
    timestamp: i64,
}

/// Records by key, keys in the order in which they came.
#[derive(Default)]
pub(super) struct Grouped {
    groups: IndexMap<(u16, Vec<u8>), Vec<Waiting>>,
}

impl Grouped {
    /// Keeps the records of a keyed batch; gives a batch without keys (what was broadcast) back, to be processed now.
    pub fn keep(&mut self, input: usize, mut batch: ObjectBatch) -> Option<ObjectBatch> {
        let Some(mut keys) = batch.keys.take() else { return Some(batch) };
        let objects = std::mem::take(&mut keys.objects);
        for (row, ((value, timestamp), key)) in batch.values.into_iter().zip(batch.timestamps).zip(objects).enumerate()
        {
            let group = (keys.groups[row], keys.bytes_of(row).to_vec());
            self.groups.entry(group).or_default().push(Waiting { input, key, value, timestamp });
        }
        None
    }

    /// Sends everything down the chain. The interpreter is held.
    pub fn release(&mut self, root: &mut ChainNode) -> Result<()> {
        for ((group, bytes), records) in std::mem::take(&mut self.groups) {
            for record in records {
                root.operator.set_key(record.key, KeyRef { group, bytes: &bytes }, record.timestamp)?;
                root.process(record.input, record.value, record.timestamp)?;
            }
            root.end_of_key()?;
        }
        Ok(())
    }

    /// Gives up what waits.
    pub fn clear(&mut self) {
        self.groups.clear();
    }
}
