//! In which order frames go to slot processes. A process gets nothing before it listens for the others, and an attempt of a
//! region begins when all processes that it needs do; what comes after it for the same process comes after it there.

use std::collections::VecDeque;

/// How far the process of a slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There is none.
    Absent,
    /// It does not listen yet.
    Starting,
    Ready,
}

/// What has to be there before a frame goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Beginning {
    /// The region of which it begins an attempt.
    pub(super) region: usize,
    /// The slots of that region.
    pub(super) slots: Vec<usize>,
}

#[derive(Debug)]
struct Held {
    slot: usize,
    frame: Vec<u8>,
    beginning: Option<Beginning>,
}

/// Whose tasks are gone with a process.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gone {
    slot: usize,
    /// Regions that were about to begin in a slot, and cannot.
    never_begun: Vec<(usize, usize)>,
}

impl Gone {
    /// Whether the tasks of a region in a slot are gone.
    pub(crate) fn takes(&self, region: usize, slot: usize) -> bool {
        slot == self.slot || self.never_begun.contains(&(region, slot))
    }
}

/// The frames that wait.
#[derive(Debug)]
pub(super) struct Line {
    states: Vec<State>,
    held: VecDeque<Held>,
}

impl Line {
    pub(super) fn new(slots: usize) -> Self {
        Self { states: vec![State::Absent; slots], held: VecDeque::new() }
    }

    /// A process was started.
    pub(super) fn starting(&mut self, slot: usize) {
        self.states[slot] = State::Starting;
    }

    /// A process listens. What may go out now is given by [`Self::due`].
    pub(super) fn ready(&mut self, slot: usize) {
        self.states[slot] = State::Ready;
    }

    /// Takes a frame in; with what has to be there if it begins an attempt.
    pub(super) fn push(&mut self, slot: usize, frame: Vec<u8>, beginning: Option<Beginning>) {
        if self.states[slot] != State::Absent {
            self.held.push_back(Held { slot, frame, beginning });
        }
    }

    /// The frames that may go out, in order, each with its slot.
    pub(super) fn due(&mut self) -> Vec<(usize, Vec<u8>)> {
        let is_ready = |slot: &usize| self.states[*slot] == State::Ready;
        let mut blocked = vec![false; self.states.len()];
        let (mut due, mut held) = (Vec::new(), VecDeque::new());
        for one in self.held.drain(..) {
            let others = one.beginning.as_ref().is_none_or(|beginning| beginning.slots.iter().all(is_ready));
            if blocked[one.slot] || !is_ready(&one.slot) || !others {
                blocked[one.slot] = true;
                held.push_back(one);
            } else {
                due.push((one.slot, one.frame));
            }
        }
        self.held = held;
        due
    }

    /// A process is gone, and so are the attempts that it was needed for.
    pub(super) fn gone(&mut self, slot: usize) -> Gone {
        self.states[slot] = State::Absent;
        let mut never_begun = Vec::new();
        self.held.retain(|one| {
            let lost = one.beginning.as_ref().filter(|beginning| beginning.slots.contains(&slot));
            never_begun.extend(lost.map(|beginning| (beginning.region, one.slot)));
            lost.is_none() && one.slot != slot
        });
        Gone { slot, never_begun }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three slots, of which region 0 has the first two and region 1 the last.
    fn line() -> Line {
        let mut line = Line::new(3);
        (0..3).for_each(|slot| line.starting(slot));
        line
    }

    fn begin(line: &mut Line, region: usize) {
        let slots = if region == 0 { vec![0, 1] } else { vec![2] };
        for slot in slots.clone() {
            let beginning = Beginning { region, slots: slots.clone() };
            line.push(slot, format!("begin {region}").into_bytes(), Some(beginning));
        }
    }

    fn due(line: &mut Line) -> Vec<String> {
        let text = |(slot, frame): (usize, Vec<u8>)| format!("{slot}: {}", String::from_utf8(frame).unwrap());
        line.due().into_iter().map(text).collect()
    }

    #[test]
    fn a_region_begins_when_all_its_processes_listen() {
        let mut line = line();
        begin(&mut line, 0);
        begin(&mut line, 1);
        line.push(0, b"mail".to_vec(), None);
        line.ready(2);
        assert_eq!(due(&mut line), ["2: begin 1"]);
        line.ready(0);
        assert!(due(&mut line).is_empty());
        line.ready(1);
        assert_eq!(due(&mut line), ["0: begin 0", "1: begin 0", "0: mail"]);
    }

    #[test]
    fn others_are_heard_while_a_process_is_replaced() {
        let mut line = line();
        (0..3).for_each(|slot| line.ready(slot));
        let gone = line.gone(0);
        assert!(gone.takes(0, 0) && !gone.takes(0, 1));
        line.push(0, b"lost".to_vec(), None);
        line.push(1, b"mail".to_vec(), None);
        assert_eq!(due(&mut line), ["1: mail"]);
        line.starting(0);
        begin(&mut line, 0);
        line.push(2, b"mail".to_vec(), None);
        line.push(1, b"later".to_vec(), None);
        assert_eq!(due(&mut line), ["2: mail"]);
        line.ready(0);
        assert_eq!(due(&mut line), ["0: begin 0", "1: begin 0", "1: later"]);
    }

    #[test]
    fn what_a_process_was_needed_for_never_begins() {
        let mut line = line();
        line.ready(1);
        line.ready(2);
        begin(&mut line, 0);
        begin(&mut line, 1);
        let gone = line.gone(0);
        assert!(gone.takes(0, 0) && gone.takes(0, 1) && !gone.takes(1, 2));
        assert_eq!(due(&mut line), ["2: begin 1"]);
    }
}
