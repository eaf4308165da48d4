//! Records that wait inside the writer, because nothing can take them just now.

use penstock_core::sink::SinkRecord;

/// A record with bytes of its own.
pub(super) struct OwnedRecord {
    topic: String,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(String, Vec<u8>)>,
    timestamp: Option<i64>,
}

impl OwnedRecord {
    pub(super) fn of(topic: &str, record: &SinkRecord<'_>) -> Self {
        Self {
            topic: topic.to_owned(),
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers: record.headers.to_vec(),
            timestamp: record.timestamp,
        }
    }

    pub(super) fn topic(&self) -> &str {
        &self.topic
    }

    pub(super) fn record(&self) -> SinkRecord<'_> {
        SinkRecord {
            topic: None,
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            headers: &self.headers,
            timestamp: self.timestamp,
        }
    }
}
