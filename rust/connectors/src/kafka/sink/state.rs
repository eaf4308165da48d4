//! The writer's own state: prefix and names of its transactions, so that those of an old prefix are found after a
//! change, and those that are prepared are told from those that are not where names are used again.

use std::collections::BTreeMap;

use penstock_core::Result;
use serde::{Deserialize, Serialize};

use crate::encoding;
use crate::kafka::native::Identity;
use crate::kafka::options::Naming;

const VERSION: u8 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct WriterState {
    prefix: String,
    #[serde(default)]
    naming: Naming,
    /// Prepared transactions that may not be committed yet.
    #[serde(default)]
    in_flight: Vec<InFlight>,
}

#[derive(Debug, Serialize, Deserialize)]
struct InFlight {
    transactional_id: String,
    producer_id: i64,
    epoch: i16,
}

pub(super) fn encode(prefix: &str, naming: Naming, in_flight: impl IntoIterator<Item = (String, Identity)>) -> Vec<u8> {
    let in_flight = in_flight.into_iter().map(|(transactional_id, Identity { producer_id, epoch })| InFlight {
        transactional_id,
        producer_id,
        epoch,
    });
    encoding::encode(VERSION, &WriterState { prefix: prefix.to_owned(), naming, in_flight: in_flight.collect() })
}

/// What earlier lives have left, as far as the checkpoint knows.
#[derive(Debug)]
pub(super) struct Earlier {
    /// The current prefix and every earlier one; whether its transactions of checkpoints up to the restored one are
    /// known by the checkpoint's number in their names.
    pub(super) prefixes: BTreeMap<String, bool>,
    /// Prepared transactions under names that are used again.
    pub(super) in_flight: BTreeMap<String, Identity>,
}

impl Earlier {
    /// Of a sink that has this prefix and strategy now.
    pub(super) fn read(current: &str, naming: Naming, restored: &[Vec<u8>]) -> Result<Self> {
        let mut earlier = Self { prefixes: BTreeMap::new(), in_flight: BTreeMap::new() };
        for bytes in restored {
            let state: WriterState = encoding::decode("the state of a Kafka sink", VERSION, bytes)?;
            *earlier.prefixes.entry(state.prefix).or_default() |= state.naming == Naming::Incrementing;
            let identity = |t: &InFlight| Identity { producer_id: t.producer_id, epoch: t.epoch };
            earlier.in_flight.extend(state.in_flight.into_iter().map(|t| (t.transactional_id.clone(), identity(&t))));
        }
        // Nothing is restored for a subtask that the job did not have before. Whoever had its number later, in a life
        // without a checkpoint, named transactions as this sink does.
        let older_are_prepared = restored.is_empty() && naming == Naming::Incrementing;
        earlier.prefixes.entry(current.to_owned()).or_insert(older_are_prepared);
        Ok(earlier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_prefixes_and_what_is_in_flight_are_remembered() {
        let identity = Identity { producer_id: 7, epoch: 3 };
        let restored = [
            encode("old", Naming::Incrementing, []),
            encode("pool", Naming::Pooling, [("pool-0-1".to_owned(), identity)]),
            encode("old", Naming::Incrementing, []),
        ];
        let earlier = Earlier::read("new", Naming::Incrementing, &restored).unwrap();
        let prefixes: Vec<_> = earlier.prefixes.iter().map(|(prefix, older)| (prefix.as_str(), *older)).collect();
        assert_eq!(prefixes, [("new", false), ("old", true), ("pool", false)]);
        assert_eq!(earlier.in_flight.get("pool-0-1"), Some(&identity));
        assert!(Earlier::read("new", Naming::Incrementing, &[vec![7]]).is_err());
    }

    #[test]
    fn a_subtask_that_was_not_there_knows_names_by_their_numbers_only_where_these_count_up() {
        let older = |naming| Earlier::read("p", naming, &[]).unwrap().prefixes["p"];
        assert!(older(Naming::Incrementing) && !older(Naming::Pooling));
    }

    #[test]
    fn states_of_older_versions_have_a_name_for_each_checkpoint() {
        let older = [&[1], &br#"{"prefix":"p"}"#[..]].concat();
        assert_eq!(Earlier::read("p", Naming::Incrementing, &[older]).unwrap().prefixes.get("p"), Some(&true));
    }
}
