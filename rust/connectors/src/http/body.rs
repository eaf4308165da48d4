//! Bodies of requests.

use bytes::Bytes;

use super::options::BatchFormat;

/// The body of a batch.
pub(super) fn of(format: BatchFormat, records: &[Vec<u8>]) -> Bytes {
    match format {
        BatchFormat::JsonArray => [b"[", &*records.join(&b","[..]), b"]"].concat().into(),
        BatchFormat::Lines => {
            let mut lines = records.join(&b"\n"[..]);
            lines.push(b'\n');
            lines.into()
        }
        BatchFormat::Single => records.concat().into(),
    }
}

/// What a body is, unless the headers say it.
pub(super) fn content_type(format: BatchFormat) -> &'static str {
    match format {
        BatchFormat::JsonArray => "application/json",
        BatchFormat::Lines => "application/x-ndjson",
        BatchFormat::Single => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies() {
        let records = [b"{\"a\":1}".to_vec(), b"2".to_vec()];
        assert_eq!(of(BatchFormat::JsonArray, &records), "[{\"a\":1},2]");
        assert_eq!(of(BatchFormat::Lines, &records), "{\"a\":1}\n2\n");
        assert_eq!(of(BatchFormat::Single, &records[1..]), "2");
    }
}
