//! Finds where datums end.

use super::numbers::long;
use super::schema::{Schema, Type};

/// Data that are nested deeper would not leave the stack in peace.
const DEPTH: usize = 200;

/// Goes behind one datum; `None` if the bytes are none.
pub(super) fn skip(schema: &Schema, bytes: &mut &[u8]) -> Option<()> {
    skip_value(schema, schema.root(), bytes, 0)
}

fn skip_value(schema: &Schema, of: &Type, bytes: &mut &[u8], depth: usize) -> Option<()> {
    if depth > DEPTH {
        return None;
    }
    match of {
        Type::Null => Some(()),
        Type::Boolean => skip_bytes(bytes, 1),
        Type::Integer(_)
        | Type::Enum(_)
        | Type::Date
        | Type::Time(_)
        | Type::LocalTimestamp(_)
        | Type::Timestamp(_) => long(bytes).map(|_| ()),
        Type::Float => skip_bytes(bytes, 4),
        Type::Double => skip_bytes(bytes, 8),
        Type::Bytes | Type::Text | Type::Decimal { size: None, .. } => skip_behind_length(bytes),
        Type::Fixed(size) | Type::Decimal { size: Some(size), .. } => skip_bytes(bytes, *size),
        Type::Array(items) => skip_blocks(bytes, |bytes| skip_value(schema, items, bytes, depth + 1)),
        Type::Map(values) => skip_blocks(bytes, |bytes| {
            skip_behind_length(bytes)?;
            skip_value(schema, values, bytes, depth + 1)
        }),
        Type::Record(number) => {
            schema.fields(*number).iter().try_for_each(|(_, field)| skip_value(schema, field, bytes, depth + 1))
        }
        Type::Union(branches) => {
            let branch = usize::try_from(long(bytes)?).ok()?;
            skip_value(schema, branches.get(branch)?, bytes, depth + 1)
        }
    }
}

#[inline]
fn skip_bytes(bytes: &mut &[u8], length: usize) -> Option<()> {
    *bytes = bytes.get(length..)?;
    Some(())
}

#[inline]
fn skip_behind_length(bytes: &mut &[u8]) -> Option<()> {
    let length = usize::try_from(long(bytes)?).ok()?;
    skip_bytes(bytes, length)
}

/// The items of an array or a map come in blocks; some say how many bytes they take.
fn skip_blocks(bytes: &mut &[u8], item: impl Fn(&mut &[u8]) -> Option<()>) -> Option<()> {
    loop {
        let count = long(bytes)?;
        if count == 0 {
            return Some(());
        }
        if count < 0 {
            skip_behind_length(bytes)?;
            continue;
        }
        for _ in 0..count {
            let before = bytes.len();
            item(bytes)?;
            if bytes.len() == before {
                // Items without bytes: all are alike, however many there are.
                break;
            }
        }
    }
}
