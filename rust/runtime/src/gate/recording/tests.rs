use super::*;
use crate::exchange::tests::all_kinds;
use crate::exchange::{EdgeCodecs, Sender};
use crate::gate::GateInput;
use crate::gate::tests::{all, next, records as one_record, send};
use crate::lane::Functions;
use crate::testing::RustLane;

fn codecs() -> EdgeCodecs {
    let lane = RustLane::default();
    EdgeCodecs { value: lane.codec(None).unwrap(), key: Some(lane.key_codec(None).unwrap()) }
}

fn inputs(channels: crate::exchange::tests::Channels, restored: &[ChannelState]) -> (Vec<Sender>, InputGate) {
    let made = channels.into_iter().enumerate().map(|(number, (sender, mut receiver))| {
        receiver.use_codecs(codecs());
        let restored = restored.iter().find(|channel| channel.sender == number as u32).cloned();
        let input = GateInput::new(receiver, 0);
        (sender, GateInput { sender: number as u32, codecs: Some(codecs()), restored, ..input })
    });
    let (senders, inputs) = made.unzip();
    (senders, InputGate::new(inputs))
}

/// A gate over so many channels, once for each kind of channel.
fn gates(count: usize) -> impl Iterator<Item = (Vec<Sender>, InputGate)> {
    all_kinds(count).into_iter().map(|channels| inputs(channels, &[]))
}

/// A record as it is kept.
fn bytes_of(text: &str) -> ChannelElement {
    let mut out = Vec::new();
    keep(&StreamElement::Objects(one_record(text)), Some(&codecs()), &mut out).unwrap();
    out.remove(0)
}

/// What was kept, by channel; `|` begins an epoch.
fn kept(channels: &[ChannelState]) -> String {
    let element = |element: &ChannelElement| {
        if *element == ChannelElement::NewEpoch {
            return "|".to_owned();
        }
        match crate::exchange::in_flight::replay(element, Some(&codecs())).unwrap() {
            StreamElement::Objects(batch) => batch.values[0].downcast_ref::<String>().unwrap().clone(),
            StreamElement::Event(event) => format!("{event:?}"),
            StreamElement::Columns(_) | StreamElement::Raw(_) => panic!("neither columns nor raw records"),
        }
    };
    let channel = |channel: &ChannelState| {
        format!("{}: {}", channel.sender, channel.elements.iter().map(element).collect::<Vec<_>>().join(" "))
    };
    channels.iter().map(channel).collect::<Vec<_>>().join("; ")
}

/// Begins with the barrier that may overtake at the time 100.
fn overtake(gate: &mut InputGate) -> Barrier {
    let first = gate.overtaking(100).unwrap();
    gate.record(first, None);
    first
}

fn recorded(gate: &mut InputGate) -> Option<String> {
    let recorded = gate.recorded()?;
    Some(kept(&recorded.in_flight.unwrap().first().map(|one| one.channels.clone()).unwrap_or_default()))
}

#[test]
fn a_barrier_is_seen_before_its_turn_and_what_it_overtook_is_kept_and_still_read() {
    for (senders, mut gate) in gates(2) {
        for text in ["r a", "w 5", "r b", "u 1", "r c"] {
            send(&senders[0], text);
        }
        send(&senders[1], "r x");
        assert_eq!(gate.overtaking(99), None, "it is as if it were aligned");
        assert_eq!(gate.overtaking_from(), Some(100));
        overtake(&mut gate);
        assert_eq!(gate.overtaking(100), None, "once is enough");
        assert!(gate.has_recorded() && gate.recorded().is_none());
        // Nothing is held back; what the second channel gives before its barrier is kept too.
        assert_eq!(next(&mut gate).as_deref(), Some("r a"));
        assert_eq!(next(&mut gate).as_deref(), Some("r x"));
        send(&senders[1], "r y");
        send(&senders[1], "u 1");
        send(&senders[1], "r z");
        assert!(gate.has_recorded());
        assert_eq!(recorded(&mut gate).as_deref(), Some("0: a Watermark(5) b; 1: x y"));
        assert_eq!(all(&mut gate), "r y, r b, r z, r c");
        assert_eq!(gate.overtaking(200), None);
    }
}

#[test]
fn what_was_begun_is_kept_in_front() {
    for (senders, mut gate) in gates(1) {
        send(&senders[0], "r b");
        send(&senders[0], "u 1");
        let first = gate.overtaking(100).unwrap();
        gate.record(first, Some((0, vec![bytes_of("a")])));
        assert_eq!(recorded(&mut gate).as_deref(), Some("0: a | b"));
    }
}

#[test]
fn an_alignment_that_takes_too_long_becomes_unaligned() {
    for (senders, mut gate) in gates(2) {
        send(&senders[0], "u 1");
        send(&senders[0], "r after");
        send(&senders[1], "r before");
        assert_eq!(all(&mut gate), "look, r before", "up to the time it is aligned");
        overtake(&mut gate);
        assert_eq!(all(&mut gate), "r after", "and is not any more");
        send(&senders[1], "r late");
        assert_eq!(all(&mut gate), "r late");
        send(&senders[1], "u 1");
        assert_eq!(recorded(&mut gate).as_deref(), Some("0: ; 1: late"));
    }
}

#[test]
fn one_that_is_quick_stays_aligned() {
    for (senders, mut gate) in gates(2) {
        send(&senders[0], "u 1");
        send(&senders[1], "u 1");
        assert_eq!(all(&mut gate), "look, b 1");
        assert_eq!((gate.overtaking(200), gate.overtaking_from()), (None, None));
    }
}

#[test]
fn the_end_of_a_channel_counts_as_its_barrier() {
    for (senders, mut gate) in gates(2) {
        send(&senders[0], "u 1");
        overtake(&mut gate);
        send(&senders[1], "r x");
        send(&senders[1], "end");
        assert_eq!(all(&mut gate), "look, r x, look");
        assert_eq!(recorded(&mut gate).as_deref(), Some("0: ; 1: x"));
    }
}

#[test]
fn a_savepoint_that_follows_waits_for_the_records_to_be_kept() {
    for (senders, mut gate) in gates(2) {
        send(&senders[0], "u 1");
        overtake(&mut gate);
        assert!(gate.recorded().is_none());
        send(&senders[0], "b 2");
        send(&senders[0], "r after");
        assert_eq!(all(&mut gate), "look");
        send(&senders[1], "r x");
        send(&senders[1], "u 1");
        assert_eq!(recorded(&mut gate).as_deref(), Some("0: ; 1: x"));
        assert_eq!(all(&mut gate), "r x", "the savepoint is aligned");
        send(&senders[1], "b 2");
        assert_eq!(all(&mut gate), "b 2, r after");
    }
}

#[test]
fn a_later_checkpoint_ends_one_that_came_to_nothing() {
    for (senders, mut gate) in gates(2) {
        send(&senders[0], "r a");
        send(&senders[0], "u 1");
        overtake(&mut gate);
        assert!(gate.recorded().is_none());
        send(&senders[0], "u 2");
        let second = gate.overtaking(100).unwrap();
        assert_eq!(second.checkpoint_id, 2);
        gate.record(second, None);
        assert!(gate.recorded().is_none());
        send(&senders[1], "u 2");
        assert_eq!(recorded(&mut gate).as_deref(), Some("0: a; 1: "));
        assert_eq!(all(&mut gate), "overtaken 1, r a");
    }
}

#[test]
fn a_savepoint_is_aligned_also_if_the_checkpoint_before_it_came_to_nothing() {
    for (senders, mut gate) in gates(2) {
        send(&senders[0], "u 1");
        overtake(&mut gate);
        assert!(gate.recorded().is_none());
        send(&senders[0], "b 2");
        send(&senders[0], "r after");
        assert_eq!(all(&mut gate), "look");
        send(&senders[1], "b 2");
        assert_eq!(all(&mut gate), "overtaken 1, b 2, r after");
    }
}

#[test]
fn what_is_restored_comes_before_anything_new_and_is_kept_again() {
    let restored = [
        ChannelState {
            sender: 0,
            watermark: 7,
            idle: false,
            elements: vec![bytes_of("a"), ChannelElement::Watermark(9)],
        },
        ChannelState { sender: 1, watermark: 8, idle: false, elements: vec![bytes_of("x"), ChannelElement::Idle] },
    ];
    for channels in all_kinds(2) {
        let (senders, mut gate) = inputs(channels, &restored);
        send(&senders[1], "r new");
        assert_eq!(next(&mut gate).as_deref(), Some("w 7"), "watermarks are where they were");
        assert_eq!(next(&mut gate).as_deref(), Some("r a"));
        send(&senders[0], "u 1");
        overtake(&mut gate);
        send(&senders[1], "u 1");
        let expected = "0: Watermark(9) |; 1: x Idle Active | new";
        assert_eq!(recorded(&mut gate).as_deref(), Some(expected), "what was not read yet is on its way again");
        // The sender is started anew and is not idle until it says so.
        assert_eq!(all(&mut gate), "r x, w 8, w 9, r new");
        send(&senders[1], "w 12");
        send(&senders[0], "w 11");
        assert_eq!(all(&mut gate), "w 11");
    }
}

#[test]
fn what_was_restored_stays_before_what_is_new_in_any_channel() {
    let channel = |sender, elements| ChannelState { sender, watermark: i64::MIN, idle: false, elements };
    for channels in all_kinds(3) {
        let restored = [channel(0, vec![bytes_of("a1"), bytes_of("a2")]), channel(1, vec![bytes_of("b")])];
        let (senders, mut gate) = inputs(channels, &restored);
        assert_eq!(next(&mut gate).as_deref(), Some("r a1"));
        // The key of a2 has this sender now.
        send(&senders[2], "r a3");
        for sender in &senders {
            send(sender, "u 1");
        }
        let first = gate.overtaking(100).unwrap();
        gate.record(first, Some((0, vec![bytes_of("rest of a1")])));
        assert_eq!(recorded(&mut gate).as_deref(), Some("0: rest of a1 | a2 |; 1: | b |; 2: | | a3"));
    }
    for channels in all_kinds(3) {
        use ChannelElement::NewEpoch;
        let restored = [
            channel(0, vec![bytes_of("rest of a1"), NewEpoch, bytes_of("a2")]),
            channel(1, vec![NewEpoch, bytes_of("b"), NewEpoch]),
            channel(2, vec![NewEpoch, NewEpoch, bytes_of("a3")]),
        ];
        let (senders, mut gate) = inputs(channels, &restored);
        assert_eq!(next(&mut gate).as_deref(), Some("r rest of a1"));
        send(&senders[1], "r a4");
        for sender in &senders {
            send(sender, "u 1");
        }
        overtake(&mut gate);
        assert_eq!(recorded(&mut gate).as_deref(), Some("0: | a2 | |; 1: | b | | a4; 2: | | a3 |"));
        assert_eq!(all(&mut gate), "r b, r a2, r a3, r a4");
    }
}

#[test]
fn at_least_once_reads_on_and_waits_for_all_barriers() {
    for (senders, mut gate) in gates(2) {
        send(&senders[0], "l 1");
        send(&senders[0], "r after");
        send(&senders[1], "r before");
        assert_eq!(all(&mut gate), "r before, r after");
        send(&senders[1], "l 1");
        assert_eq!(all(&mut gate), "b 1");
    }
}
