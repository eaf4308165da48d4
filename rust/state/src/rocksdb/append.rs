//! Adding to lists without reading them: a merge of RocksDB's, which puts lists together when it is asked for them or
//! rewrites its files.

use ::rocksdb::{MergeOperands, Options};

use crate::wire::{Reader, put_varint};

/// Has a column family, or all of a database, put lists together. Whoever opens files in which merges may wait needs it.
pub(super) fn put_lists_together(options: &mut Options) {
    options.set_merge_operator_associative("penstock.lists", |_key, first, more| together(first, more));
}

/// An encoded list is the number of its elements, as a varint, and the elements. `None`, which is an error of the
/// database, if one of them is no list.
fn together(first: Option<&[u8]>, more: &MergeOperands) -> Option<Vec<u8>> {
    joined(first.into_iter().chain(more))
}

/// Several lists as one; `None` if one of them is no list.
pub(super) fn joined<'a>(lists: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let (mut count, mut elements) = (0_u64, Vec::new());
    for list in lists {
        let mut reader = Reader::new(list, "a list in RocksDB");
        count = count.checked_add(reader.varint().ok()?)?;
        elements.push(reader.rest());
    }
    let mut whole = Vec::with_capacity(10 + elements.iter().map(|part| part.len()).sum::<usize>());
    put_varint(&mut whole, count);
    for part in elements {
        whole.extend_from_slice(part);
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_joined_in_their_order() {
        let many = [&[0x80, 1][..], &[7; 128]].concat();
        let whole = joined([&[2, 10, 11][..], &[0], &many, &[1, 12]].into_iter()).expect("lists");
        assert_eq!(whole, [&[0x83, 1, 10, 11][..], &[7; 128], &[12]].concat());
        assert_eq!(joined([&[1, 1][..], &[]].into_iter()), None, "no list");
    }
}
