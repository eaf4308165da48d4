use super::*;
use crate::exchange::Sender;
use crate::exchange::tests::all_kinds;
use penstock_core::Object;

/// A gate over so many channels, once for each kind of channel.
fn gates(count: usize) -> impl Iterator<Item = (Vec<Sender>, InputGate)> {
    all_kinds(count).into_iter().map(|channels| {
        let (senders, receivers) =
            channels.into_iter().map(|(sender, receiver)| (sender, GateInput::new(receiver, 0))).unzip();
        (senders, InputGate::new(receivers))
    })
}

/// A barrier with this alignment.
pub(in crate::gate) fn barrier(checkpoint_id: u64, alignment: Alignment) -> Barrier {
    Barrier { checkpoint_id, timestamp: 0, native: false, alignment }
}

/// Sends what a word and its number or text mean: `b`, `l` and `u` are barriers, aligned, at least once, and unaligned from
/// the time 100 on.
pub(in crate::gate) fn send(sender: &Sender, text: &str) {
    let barrier = |id: &str, alignment| StreamEvent::Barrier(barrier(id.parse().unwrap(), alignment));
    let event = match text.split_once(' ').unwrap_or((text, "")) {
        ("r", value) => return sender.send(StreamElement::Objects(records(value))).unwrap(),
        ("w", time) => StreamEvent::Watermark(time.parse().unwrap()),
        ("b", id) => barrier(id, Alignment::Aligned),
        ("l", id) => barrier(id, Alignment::AtLeastOnce),
        ("u", id) => barrier(id, Alignment::Unaligned { from: 100 }),
        ("idle", _) => StreamEvent::Idle,
        ("active", _) => StreamEvent::Active,
        ("eod", _) => StreamEvent::EndOfData { drain: true },
        ("end", _) => StreamEvent::EndOfPartition,
        other => panic!("{other:?}"),
    };
    sender.send(StreamElement::Event(event)).unwrap();
}

/// A batch of one record.
pub(in crate::gate) fn records(text: &str) -> ObjectBatch {
    ObjectBatch { values: vec![Object::from_value(text.to_owned())], timestamps: vec![0], keys: None }
}

/// The next item in the same words.
pub(in crate::gate) fn next(gate: &mut InputGate) -> Option<String> {
    Some(match gate.poll().unwrap()? {
        GateItem::Batch { batch, .. } => format!("r {}", batch.values[0].downcast_ref::<String>().unwrap()),
        GateItem::Watermark(time) => format!("w {time}"),
        GateItem::Barrier(b) => format!("b {}", b.checkpoint_id),
        GateItem::Overtaken(id) => format!("overtaken {id}"),
        GateItem::Idle(idle) => format!("idle {idle}"),
        GateItem::LookAhead => "look".to_owned(),
        GateItem::EndOfData { .. } => "eod".to_owned(),
        GateItem::End => "end".to_owned(),
        other => panic!("{other:?}"),
    })
}

pub(in crate::gate) fn all(gate: &mut InputGate) -> String {
    std::iter::from_fn(|| next(gate)).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_channel_whose_barrier_came_waits_for_the_others() {
    for (senders, mut gate) in gates(2) {
        send(&senders[0], "b 1");
        send(&senders[0], "r after");
        send(&senders[1], "r before");
        assert_eq!(all(&mut gate), "r before");
        send(&senders[1], "b 1");
        assert_eq!(all(&mut gate), "b 1, r after");
    }
}

#[test]
fn a_later_barrier_overtakes() {
    for (senders, mut gate) in gates(2) {
        send(&senders[0], "b 1");
        send(&senders[1], "b 2");
        assert_eq!(all(&mut gate), "overtaken 1");
        send(&senders[0], "b 2");
        assert_eq!(all(&mut gate), "b 2");
    }
}

#[test]
fn an_ended_channel_needs_no_barrier() {
    for (senders, mut gate) in gates(2) {
        send(&senders[0], "b 1");
        assert_eq!(all(&mut gate), "");
        send(&senders[1], "eod");
        send(&senders[1], "end");
        assert_eq!(all(&mut gate), "b 1");
        send(&senders[0], "eod");
        send(&senders[0], "end");
        assert_eq!(all(&mut gate), "eod, end");
    }
}

#[test]
fn the_smallest_watermark_counts_and_idle_channels_do_not() {
    for (senders, mut gate) in gates(2) {
        send(&senders[0], "w 10");
        assert_eq!(all(&mut gate), "");
        send(&senders[1], "w 5");
        assert_eq!(all(&mut gate), "w 5");
        send(&senders[1], "idle");
        assert_eq!(all(&mut gate), "w 10");
        send(&senders[1], "active");
        send(&senders[1], "w 7");
        send(&senders[0], "w 20");
        assert_eq!(all(&mut gate), "w 20", "a channel that lags behind after being idle does not hold the watermark");
        send(&senders[1], "w 25");
        assert_eq!(all(&mut gate), "", "it has caught up and counts again");
        send(&senders[0], "w 30");
        assert_eq!(all(&mut gate), "w 25");
    }
}
