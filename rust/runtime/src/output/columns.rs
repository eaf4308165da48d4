//! The column lane at the end of a chain. A record finds the channel that it would have found as an object; batches are
//! sent as they come, without waiting for more.

use penstock_core::columns::ColumnBatch;
use penstock_core::event::StreamElement;
use penstock_core::{Error, Result};
use rand::Rng;

use super::{ChannelWriter, Partitioning, least_loaded};

impl ChannelWriter {
    /// Sends every batch of columns through bytes.
    #[must_use]
    pub fn serializing_columns(mut self) -> Self {
        self.serialize_columns = true;
        self
    }

    /// Takes a batch of columns.
    pub fn push_columns(&mut self, batch: &ColumnBatch) -> Result<()> {
        let count = self.targets.len();
        let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); count];
        match &mut self.partitioning {
            Partitioning::One(channel) => {
                let channel = *channel;
                return self.send_columns(channel, batch.clone());
            }
            Partitioning::Broadcast => {
                return (0..count).try_for_each(|channel| self.send_columns(channel, batch.clone()));
            }
            _ if count == 1 => return self.send_columns(0, batch.clone()),
            Partitioning::RoundRobin(next) => {
                for row in 0..batch.num_rows() {
                    *next = (*next + 1) % count;
                    rows_of[*next].push(row);
                }
            }
            Partitioning::LeastLoaded { last, among } => {
                *last = least_loaded(&self.targets, *last, *among);
                let channel = *last;
                return self.send_columns(channel, batch.clone());
            }
            Partitioning::Random(rng) => {
                for row in 0..batch.num_rows() {
                    rows_of[rng.random_range(0..count)].push(row);
                }
            }
            Partitioning::Hash { .. } | Partitioning::Custom(_) => {
                return Err(Error::internal("a batch of columns has no keys and no partitioner of the user's"));
            }
        }
        for (channel, rows) in rows_of.iter().enumerate() {
            self.send_columns(channel, batch.select(rows)?)?;
        }
        Ok(())
    }

    fn send_columns(&mut self, channel: usize, mut batch: ColumnBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        if self.serialize_columns {
            let mut bytes = Vec::new();
            batch.encode(&mut bytes)?;
            batch = ColumnBatch::decode(&bytes)?;
        }
        self.wait_while_overdrawn(channel);
        self.send_records(channel, StreamElement::Columns(batch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::channel;
    use crate::exchange::Receiver;
    use crate::native_lane::NativeLane;
    use crate::signal::TaskSignal;
    use arrow_array::Int64Array;
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;
    use std::sync::Arc;

    fn writer(partitioning: Partitioning, channels: usize) -> (ChannelWriter, Vec<Receiver>) {
        let (senders, receivers) =
            (0..channels).map(|_| channel(&TaskSignal::default(), &TaskSignal::default())).unzip();
        (ChannelWriter::new(partitioning, senders, Arc::new(NativeLane), TaskSignal::default()), receivers)
    }

    fn numbers(of: std::ops::Range<i64>) -> ColumnBatch {
        ColumnBatch::of_records(Arc::new(Int64Array::from_iter_values(of.clone())), Some(of.collect())).unwrap()
    }

    fn received(receiver: &mut Receiver) -> Vec<i64> {
        let mut all = Vec::new();
        while let Some(StreamElement::Columns(batch)) = receiver.try_recv().unwrap() {
            let values = batch.values().as_primitive::<Int64Type>().values().to_vec();
            assert_eq!(batch.timestamps(), Some(&values[..]), "each record keeps its time");
            all.extend(values);
        }
        all
    }

    #[test]
    fn round_robin_goes_on_from_batch_to_batch() {
        let (mut writer, mut receivers) = writer(Partitioning::RoundRobin(0), 2);
        writer.push_columns(&numbers(0..3)).unwrap();
        writer.push_columns(&numbers(3..5)).unwrap();
        assert_eq!((received(&mut receivers[0]), received(&mut receivers[1])), (vec![1, 3], vec![0, 2, 4]));
    }

    #[test]
    fn the_channel_with_the_least_to_do_gets_the_next_batch() {
        let (mut writer, mut receivers) = writer(Partitioning::LeastLoaded { last: 2, among: 4 }, 3);
        for batch in 0..3 {
            writer.push_columns(&numbers(batch..batch + 1)).unwrap();
        }
        // The consumer of the second channel is quick.
        assert_eq!(received(&mut receivers[1]), [1]);
        for batch in 3..5 {
            writer.push_columns(&numbers(batch..batch + 1)).unwrap();
        }
        let all: Vec<_> = receivers.iter_mut().map(received).collect();
        assert_eq!(all, [vec![0], vec![3], vec![2, 4]]);
    }

    #[test]
    fn a_full_channel_keeps_nothing_from_the_others() {
        let (mut writer, mut receivers) = writer(Partitioning::LeastLoaded { last: 1, among: 4 }, 2);
        let capacity = crate::channel::CAPACITY as i64;
        for number in 0..2 * capacity {
            assert!(writer.has_capacity());
            writer.push_columns(&numbers(number..number + 1)).unwrap();
        }
        assert!(!writer.has_capacity(), "both are full");
        assert_eq!(received(&mut receivers[1]).len() as i64, capacity);
        assert!(writer.has_capacity());
    }

    #[test]
    fn broadcast_gives_all_to_all() {
        let (mut writer, mut receivers) = writer(Partitioning::Broadcast, 2);
        writer.push_columns(&numbers(0..3)).unwrap();
        assert_eq!((received(&mut receivers[0]), received(&mut receivers[1])), (vec![0, 1, 2], vec![0, 1, 2]));
    }
}
