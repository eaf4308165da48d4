//! Entries in the order of their keys.

use std::ops::Bound;

use ::rocksdb::{DBRawIteratorWithThreadMode, ReadOptions};
use penstock_core::Result;

use super::instance::{Database, Instance};
use super::keys;
use super::linking::Kept;
use crate::backend::StateVisitor;

/// Visits what begins with `prefix`, in order; everything if it is empty.
pub(super) fn visit_prefix<'a>(
    instance: &Instance,
    prefix: &[u8],
    iterator: impl FnOnce(ReadOptions) -> DBRawIteratorWithThreadMode<'a, Database>,
    visit: &mut StateVisitor<'_>,
) -> Result<()> {
    visit_merged(instance, prefix, iterator, None, visit)
}

/// The same, where what was kept goes before what is in the database.
pub(super) fn visit_merged<'a>(
    instance: &Instance,
    prefix: &[u8],
    iterator: impl FnOnce(ReadOptions) -> DBRawIteratorWithThreadMode<'a, Database>,
    kept: Option<&Kept>,
    visit: &mut StateVisitor<'_>,
) -> Result<()> {
    let mut bounds = ReadOptions::default();
    if let Some(end) = keys::after(prefix) {
        bounds.set_iterate_upper_bound(end);
    }
    let mut iterator = iterator(bounds);
    iterator.seek(prefix);
    let mut visit = |stored: &[u8], value: &[u8]| {
        let (key, map_key) = keys::split(stored)?;
        visit(key, map_key, value)
    };
    let from = (Bound::Included(prefix), Bound::Unbounded);
    let kept = kept.into_iter().flat_map(|kept| kept.range::<[u8], _>(from));
    let mut kept = kept.take_while(|(stored, _)| stored.starts_with(prefix)).peekable();
    while let Some((stored, value)) = iterator.item() {
        while let Some((before, newer)) = kept.next_if(|(other, _)| other.as_slice() < stored) {
            newer.as_ref().map_or(Ok(()), |newer| visit(before, newer))?;
        }
        match kept.next_if(|(other, _)| other.as_slice() == stored) {
            Some((_, newer)) => newer.as_ref().map_or(Ok(()), |newer| visit(stored, newer))?,
            None => visit(stored, value)?,
        }
        iterator.next();
    }
    iterator.status().map_err(|e| instance.failed("be read", &e))?;
    kept.try_for_each(|(stored, newer)| newer.as_ref().map_or(Ok(()), |newer| visit(stored, newer)))
}
