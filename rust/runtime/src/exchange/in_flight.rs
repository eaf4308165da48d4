//! Elements of a channel as an unaligned checkpoint keeps them, and back. The interpreter is held.

use bytes::Bytes;
use penstock_core::columns::ColumnBatch;
use penstock_core::event::{StreamElement, StreamEvent};
use penstock_core::{Error, Result};
use penstock_state::in_flight::ChannelElement;

use super::EdgeCodecs;
use super::socket::batch::{self, Rows};

/// Appends an element as bytes. Barriers, ends and markers are left out.
pub fn keep(element: &StreamElement, codecs: Option<&EdgeCodecs>, out: &mut Vec<ChannelElement>) -> Result<()> {
    match element {
        StreamElement::Objects(batch) => keep_rows(Rows::of(batch), codecs, out)?,
        StreamElement::Columns(batch) => {
            let mut bytes = Vec::new();
            batch.encode(&mut bytes)?;
            out.push(ChannelElement::Columns(bytes.into()));
        }
        StreamElement::Event(event) => out.extend(keep_event(event)),
        StreamElement::Raw(_) => return Err(Error::internal("raw records become objects before they are kept")),
    }
    Ok(())
}

/// Appends records as bytes.
pub(crate) fn keep_rows(rows: Rows<'_>, codecs: Option<&EdgeCodecs>, out: &mut Vec<ChannelElement>) -> Result<()> {
    let mut at = 0;
    while at < rows.len() {
        let mut bytes = Vec::new();
        at = batch::encode(rows, at, codecs_of(codecs)?, &mut bytes)?;
        out.push(ChannelElement::Records(bytes.into()));
    }
    Ok(())
}

/// The event, if it is kept.
pub(crate) fn keep_event(event: &StreamEvent) -> Option<ChannelElement> {
    match event {
        StreamEvent::Watermark(time) => Some(ChannelElement::Watermark(*time)),
        StreamEvent::Idle => Some(ChannelElement::Idle),
        StreamEvent::Active => Some(ChannelElement::Active),
        // Who sends them is started anew at a restore, and sends its own.
        StreamEvent::Barrier(_)
        | StreamEvent::LatencyMarker { .. }
        | StreamEvent::EndOfData { .. }
        | StreamEvent::EndOfPartition => None,
    }
}

/// The element that was kept.
pub fn replay(element: &ChannelElement, codecs: Option<&EdgeCodecs>) -> Result<StreamElement> {
    Ok(match element {
        ChannelElement::Records(bytes) => StreamElement::Objects(batch::decode(bytes, codecs_of(codecs)?)?),
        ChannelElement::Columns(bytes) => StreamElement::Columns(ColumnBatch::decode(bytes)?),
        ChannelElement::Watermark(time) => StreamElement::Event(StreamEvent::Watermark(*time)),
        ChannelElement::Idle => StreamElement::Event(StreamEvent::Idle),
        ChannelElement::Active => StreamElement::Event(StreamEvent::Active),
        ChannelElement::NewEpoch => return Err(Error::internal("the start of an epoch is no element of a stream")),
    })
}

/// Of records that were kept, those whose key group is in the range; `None`: there are none.
pub fn of_key_groups(records: &Bytes, groups: &std::ops::RangeInclusive<u16>) -> Result<Option<Bytes>> {
    batch::of_key_groups(records, groups).map(|bytes| bytes.map(Bytes::from))
}

fn codecs_of(codecs: Option<&EdgeCodecs>) -> Result<&EdgeCodecs> {
    codecs.ok_or_else(|| Error::internal("objects are kept of a channel without codecs"))
}
