//! How values of declared types lie in bytes, so that they can be walked without making values of them.
//!
//! Numbers are big endian; texts, byte strings and pickles have their length in front, sequences and maps their number
//! of items; fields, elements and map values have a byte that tells whether they are there; a row begins with its kind.

use penstock_core::{Result, TypeInfo};

use crate::wire::{Reader, put_varint};

/// The layout of one type.
pub(super) enum Layout<'a> {
    /// A signed integer of so many bytes.
    Integer(usize),
    /// Something of so many bytes.
    Fixed(usize),
    /// A length and so many bytes.
    Sized,
    /// Fields, each of which may be absent.
    Fields { row: bool, fields: &'a [TypeInfo] },
    /// A number and so many elements, each of which may be absent.
    Elements(&'a TypeInfo),
    /// A number and so many keys with a value, which may be absent.
    Entries(&'a TypeInfo, &'a TypeInfo),
}

impl<'a> Layout<'a> {
    pub(super) fn of(declared: &'a TypeInfo) -> Self {
        match declared {
            TypeInfo::Byte => Self::Integer(1),
            TypeInfo::Short => Self::Integer(2),
            TypeInfo::Int => Self::Integer(4),
            TypeInfo::Long => Self::Integer(8),
            TypeInfo::Boolean => Self::Fixed(1),
            TypeInfo::Float => Self::Fixed(4),
            TypeInfo::Double => Self::Fixed(8),
            TypeInfo::String
            | TypeInfo::Char
            | TypeInfo::BigInt
            | TypeInfo::BigDec
            | TypeInfo::Instant
            | TypeInfo::SqlDate
            | TypeInfo::SqlTime
            | TypeInfo::SqlTimestamp
            | TypeInfo::LocalDate
            | TypeInfo::LocalTime
            | TypeInfo::LocalDateTime
            | TypeInfo::PickledByteArray => Self::Sized,
            TypeInfo::PrimitiveArray { element } if **element == TypeInfo::Byte => Self::Sized,
            TypeInfo::PrimitiveArray { element }
            | TypeInfo::BasicArray { element }
            | TypeInfo::ObjectArray { element }
            | TypeInfo::List { element } => Self::Elements(element),
            TypeInfo::Map { key, value } => Self::Entries(key, value),
            TypeInfo::Tuple { fields } => Self::Fields { row: false, fields },
            TypeInfo::Row { fields, .. } => Self::Fields { row: true, fields },
        }
    }
}

/// Passes a value on as it is.
pub(super) fn copy(declared: &TypeInfo, reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Result<()> {
    match Layout::of(declared) {
        Layout::Integer(length) | Layout::Fixed(length) => out.extend_from_slice(reader.take(length)?),
        Layout::Sized => {
            let bytes = reader.bytes()?;
            put_varint(out, bytes.len() as u64);
            out.extend_from_slice(bytes);
        }
        Layout::Fields { row, fields } => {
            if row {
                out.push(reader.u8()?);
            }
            fields.iter().try_for_each(|field| nullable(reader, out, |r, out| copy(field, r, out)))?;
        }
        Layout::Elements(element) => {
            items(reader, out, |r, out| nullable(r, out, |r, out| copy(element, r, out)))?;
        }
        Layout::Entries(key, value) => {
            items(reader, out, |r, out| {
                copy(key, r, out)?;
                nullable(r, out, |r, out| copy(value, r, out))
            })?;
        }
    }
    Ok(())
}

/// What may be absent: a byte that tells, and the value.
pub(super) fn nullable(
    reader: &mut Reader<'_>,
    out: &mut Vec<u8>,
    value: impl FnOnce(&mut Reader<'_>, &mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    let there = reader.u8()?;
    out.push(there);
    if there == 0 { Ok(()) } else { value(reader, out) }
}

/// A number of items and the items.
pub(super) fn items(
    reader: &mut Reader<'_>,
    out: &mut Vec<u8>,
    mut item: impl FnMut(&mut Reader<'_>, &mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    let count = reader.count()?;
    put_varint(out, count as u64);
    (0..count).try_for_each(|_| item(reader, out))
}
