//! What holds for channels of both kinds. `all_kinds` makes them; the tests of the gate use it too.

use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use penstock_core::event::{StreamElement, StreamEvent};
use penstock_core::{Error, Object, ObjectBatch, Result};

use super::socket::connection::testing::Waiting;
use super::socket::{Connection, Watcher};
use super::{EdgeCodecs, Outlet, Receiver, Sender};
use crate::channel::{CAPACITY, OVERDRAFT, channel};
use crate::lane::Functions;
use crate::signal::TaskSignal;
use crate::testing::RustLane;

/// Some channels of one kind.
pub(crate) type Channels = Vec<(Sender, Receiver)>;

/// So many channels within a process, and so many over a socket.
pub(crate) fn all_kinds(count: usize) -> [Channels; 2] {
    let signal = TaskSignal::default;
    [(0..count).map(|_| channel(&signal(), &signal())).collect(), over_socket(count, &signal(), &signal())]
}

struct Panics;

impl Watcher for Panics {
    fn lost(&self, peer: usize) {
        panic!("{peer} is lost");
    }

    fn failed(&self, error: Error) {
        panic!("{error}");
    }
}

/// Channels over one connection.
pub(crate) fn over_socket(count: usize, producer: &TaskSignal, consumer: &TaskSignal) -> Channels {
    let lane = Arc::new(RustLane::default());
    let codecs = EdgeCodecs { value: lane.codec(None).unwrap(), key: Some(lane.key_codec(None).unwrap()) };
    let (here, there) = UnixStream::pair().unwrap();
    let (mut from, mut to) = (Connection::open(here, lane.clone()).unwrap(), Connection::open(there, lane).unwrap());
    let made = (0..count as u32).map(|number| {
        let (mut sender, mut receiver) = (from.outlet(number, producer), to.inlet(number, consumer));
        sender.use_codecs(codecs.clone());
        receiver.use_codecs(codecs.clone());
        let arrives: Sender = Box::new(Arrives { inner: sender, waiting: Waiting::of(&to, number) });
        (arrives, receiver)
    });
    let made = made.collect();
    from.start(0, Arc::new(Panics)).unwrap();
    to.start(1, Arc::new(Panics)).unwrap();
    made
}

/// Sends, and waits until what was sent has arrived, as it does at once within a process.
struct Arrives {
    inner: Sender,
    waiting: Waiting,
}

impl Outlet for Arrives {
    fn send(&self, element: StreamElement) -> Result<()> {
        let before = self.waiting.count();
        self.inner.send(element)?;
        eventually(|| self.waiting.count() > before || self.inner.is_closed());
        Ok(())
    }

    fn send_at_once(&self, element: StreamElement) -> Result<()> {
        let before = self.waiting.count();
        self.inner.send_at_once(element)?;
        eventually(|| self.waiting.count() > before || self.inner.is_closed());
        Ok(())
    }

    fn has_capacity(&self) -> bool {
        self.inner.has_capacity()
    }

    fn is_overdrawn(&self) -> bool {
        self.inner.is_overdrawn()
    }

    fn consumer_is_idle(&self) -> bool {
        self.inner.consumer_is_idle()
    }

    fn nanos_per_record(&self) -> u32 {
        self.inner.nanos_per_record()
    }

    fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    fn len(&self) -> usize {
        self.inner.len()
    }
}

/// Waits for something that another thread does.
pub(crate) fn eventually(mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "it did not happen");
        std::thread::yield_now();
    }
}

fn one(kind: Channels) -> (Sender, Receiver) {
    kind.into_iter().next().unwrap()
}

fn records(text: &str) -> StreamElement {
    let values = vec![Object::from_value(text.to_owned())];
    StreamElement::Objects(ObjectBatch { values, timestamps: vec![0], keys: None })
}

#[test]
fn capacity_comes_back_at_half() {
    for (sender, mut receiver) in all_kinds(1).map(one) {
        for n in 0..CAPACITY {
            assert!(sender.has_capacity(), "{n}");
            sender.send(StreamElement::Event(StreamEvent::Watermark(n as i64))).unwrap();
        }
        assert!(!sender.has_capacity());
        assert!(receiver.try_recv().unwrap().is_some());
        assert!(!sender.has_capacity());
        assert!(receiver.try_recv().unwrap().is_some());
        eventually(|| sender.has_capacity() && sender.len() == CAPACITY / 2);
    }
}

#[test]
fn a_closed_channel_never_blocks() {
    for (sender, receiver) in all_kinds(1).map(one) {
        for _ in 0..CAPACITY + OVERDRAFT {
            sender.send(StreamElement::Event(StreamEvent::Idle)).unwrap();
        }
        assert!(sender.is_overdrawn());
        drop(receiver);
        eventually(|| sender.has_capacity() && !sender.is_overdrawn());
        sender.send(records("nobody reads this")).unwrap();
    }
}

#[test]
fn elements_keep_their_order() {
    for (sender, mut receiver) in all_kinds(1).map(one) {
        sender.send(records("a")).unwrap();
        sender.send(StreamElement::Event(StreamEvent::Watermark(5))).unwrap();
        sender.send(records("b")).unwrap();
        let mut seen = Vec::new();
        while let Some(element) = receiver.try_recv().unwrap() {
            seen.push(match element {
                StreamElement::Objects(batch) => batch.values[0].downcast_ref::<String>().unwrap().clone(),
                other => format!("{other:?}"),
            });
        }
        assert_eq!(seen, ["a", "Event(Watermark(5))", "b"]);
    }
}

#[test]
fn the_pace_goes_back_with_the_capacity() {
    for (sender, mut receiver) in all_kinds(1).map(one) {
        receiver.set_nanos_per_record(700);
        for _ in 0..CAPACITY {
            sender.send(StreamElement::Event(StreamEvent::Active)).unwrap();
        }
        while receiver.try_recv().unwrap().is_some() {}
        eventually(|| sender.nanos_per_record() == 700);
    }
}

#[test]
fn a_consumer_that_goes_to_sleep_wakes_its_producer_to_send_what_it_has() {
    let (producer, consumer) = (TaskSignal::default(), TaskSignal::default());
    let (sender, mut receiver) = one(over_socket(1, &producer, &consumer));
    assert!(!sender.consumer_is_idle());
    receiver.about_to_sleep();
    producer.sleep(Some(Instant::now() + Duration::from_secs(20)));
    assert!(sender.consumer_is_idle());
    sender.send(records("a")).unwrap();
    assert!(!sender.consumer_is_idle(), "it is about to wake");
    // It says so although something is on its way: that is not believed.
    receiver.about_to_sleep();
    assert!(receiver.try_recv().unwrap().is_some());
    receiver.about_to_sleep();
    eventually(|| sender.consumer_is_idle());
}

#[test]
fn a_damaged_connection_is_reported() {
    struct Tells(std::sync::mpsc::Sender<String>);
    impl Watcher for Tells {
        fn lost(&self, peer: usize) {
            self.0.send(format!("lost {peer}")).unwrap();
        }
        fn failed(&self, error: Error) {
            self.0.send(error.to_string()).unwrap();
        }
    }
    let (told, hears) = std::sync::mpsc::channel();
    let watched = || {
        let (here, there) = UnixStream::pair().unwrap();
        let mut to = Connection::open(there, Arc::new(RustLane::default())).unwrap();
        let kept = to.outlet(0, &TaskSignal::default());
        to.start(4, Arc::new(Tells(told.clone()))).unwrap();
        (here, kept)
    };
    let (mut here, kept) = watched();
    std::io::Write::write_all(&mut here, b"this is no frame at all").unwrap();
    assert!(hears.recv().unwrap().contains("no frame of this version"));
    eventually(|| kept.is_closed());
    let (here, kept) = watched();
    drop(here);
    assert_eq!(hears.recv().unwrap(), "lost 4");
    eventually(|| kept.is_closed());
}
