//! The rows of a batch of columns as records of a sink.

use arrow_array::cast::AsArray;
use arrow_array::types::ByteArrayType;
use arrow_array::{Array, GenericByteArray};
use arrow_schema::DataType;
use penstock_core::columns::ColumnBatch;
use penstock_core::sink::SinkRecord;
use penstock_core::{Error, NO_TIMESTAMP, Result};

type Write<'a> = dyn FnMut(&SinkRecord<'_>) -> Result<()> + 'a;

/// Calls `write` for each row, in order.
pub(super) fn each_record(batch: &ColumnBatch, topic: Option<&str>, write: &mut Write<'_>) -> Result<()> {
    let values = batch.values();
    match values.data_type() {
        DataType::Utf8 => rows(values.as_string::<i32>(), batch.timestamps(), topic, write),
        DataType::Binary => rows(values.as_binary::<i32>(), batch.timestamps(), topic, write),
        other => Err(Error::internal(format!("a column of {other} cannot be written"))),
    }
}

fn rows<T: ByteArrayType>(
    values: &GenericByteArray<T>,
    timestamps: Option<&[i64]>,
    topic: Option<&str>,
    write: &mut Write<'_>,
) -> Result<()> {
    for row in 0..values.len() {
        let value: &T::Native = values.value(row);
        let timestamp = timestamps.map(|times| times[row]).filter(|time| *time != NO_TIMESTAMP);
        write(&SinkRecord { topic, value: Some(value.as_ref()), timestamp, ..SinkRecord::default() })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{Int64Array, StringArray};
    use std::sync::Arc;

    #[test]
    fn a_row_has_its_own_time_and_the_topic_of_all() {
        let texts = Arc::new(StringArray::from(vec!["a", "b"]));
        let batch = ColumnBatch::of_records(texts, Some(vec![NO_TIMESTAMP, 7])).unwrap();
        let mut seen = Vec::new();
        let mut keep = |r: &SinkRecord<'_>| {
            seen.push((r.topic.map(str::to_owned), r.value.map(<[u8]>::to_vec), r.timestamp));
            Ok(())
        };
        each_record(&batch, Some("t"), &mut keep).unwrap();
        let topic = || Some("t".to_owned());
        assert_eq!(seen, [(topic(), Some(b"a".to_vec()), None), (topic(), Some(b"b".to_vec()), Some(7))]);
    }

    #[test]
    fn the_first_error_ends_it() {
        let batch = ColumnBatch::of_records(Arc::new(StringArray::from(vec!["a", "b"])), None).unwrap();
        let mut calls = 0;
        let result = each_record(&batch, None, &mut |_| {
            calls += 1;
            Err(Error::external("full"))
        });
        assert!(result.is_err());
        assert_eq!(calls, 1);
        let numbers = ColumnBatch::of_records(Arc::new(Int64Array::from(vec![1])), None).unwrap();
        assert!(each_record(&numbers, None, &mut |_| Ok(())).is_err());
    }
}
