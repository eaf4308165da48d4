//! The frame of a file: a head with the schema, then blocks of records, each followed by the file's own marker.

/// What ends a block.
pub(super) type Marker = [u8; 16];

/// The head of a file.
pub(super) fn head(schema: &str, marker: &Marker) -> Vec<u8> {
    let mut out = b"Obj\x01".to_vec();
    put_long(2, &mut out);
    for (key, value) in [("avro.schema", schema), ("avro.codec", "null")] {
        put_bytes(key.as_bytes(), &mut out);
        put_bytes(value.as_bytes(), &mut out);
    }
    put_long(0, &mut out);
    out.extend_from_slice(marker);
    out
}

/// Appends a block of so many records.
pub(super) fn put_block(count: usize, datums: &[u8], marker: &Marker, out: &mut Vec<u8>) {
    put_long(count as i64, out);
    put_bytes(datums, out);
    out.extend_from_slice(marker);
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_long(bytes.len() as i64, out);
    out.extend_from_slice(bytes);
}

/// A number in groups of seven bits, the lowest first, its sign in the lowest bit.
fn put_long(number: i64, out: &mut Vec<u8>) {
    let mut rest = ((number << 1) ^ (number >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_groups_of_seven_bits() {
        let bytes = |number| {
            let mut bytes = Vec::new();
            put_long(number, &mut bytes);
            bytes
        };
        assert_eq!([0, -1, 1, 63, -64].map(bytes), [[0], [1], [2], [126], [127]]);
        assert_eq!([64, -65].map(bytes), [[0x80, 1], [0x81, 1]]);
        assert_eq!(bytes(i64::MIN).len(), 10);
    }
}
