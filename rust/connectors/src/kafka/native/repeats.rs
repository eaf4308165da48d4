//! While a broker is away, every client that tries to reach it says so again and again. The log says it once, until it
//! has been quiet for so long that the broker must have been back.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Longer than librdkafka pauses between two attempts, 10 s unless the user says otherwise.
const QUIET: Duration = Duration::from_secs(30);
/// Kinds of lines that are remembered at most.
const MOST: usize = 256;

/// What was said lately, by any client of the process.
static SAID: LazyLock<Mutex<Repeats>> = LazyLock::new(Mutex::default);

/// Whether a line says something that was not said just before.
pub(crate) fn is_news(line: &str) -> bool {
    SAID.lock().is_news(line, Instant::now())
}

/// The kinds of lines that came lately, with when.
#[derive(Debug, Default)]
struct Repeats(HashMap<String, Instant>);

impl Repeats {
    fn is_news(&mut self, line: &str, now: Instant) -> bool {
        let kind = kind(line);
        if let Some(last) = self.0.get_mut(&kind) {
            return now.duration_since(std::mem::replace(last, now)) >= QUIET;
        }
        if self.0.len() >= MOST {
            self.0.retain(|_, last| now.duration_since(*last) < QUIET);
        }
        if self.0.len() < MOST {
            self.0.insert(kind, now);
        }
        true
    }
}

/// The line without what differs from one time to the next: numbers of attempts and clients, and how long it took.
fn kind(line: &str) -> String {
    let line = line.split(" (after ").next().unwrap_or(line);
    line.chars().filter(|c| !c.is_ascii_digit()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOWN: &str = "FAIL: [thrd:localhost:9092/1]: localhost:9092/1: Connect to ipv4#127.0.0.1:9092 failed: Connection \
                        refused (after 0ms in state CONNECT)";
    const DOWN_AGAIN: &str = "FAIL: [thrd:localhost:9092/1]: localhost:9092/1: Connect to ipv4#127.0.0.1:9092 failed: \
                              Connection refused (after 3ms in state CONNECT, 30 identical error(s) suppressed)";

    #[test]
    fn an_outage_is_news_once_and_again_after_it_is_over() {
        let (mut said, start) = (Repeats::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(said.is_news(DOWN, at(0)));
        assert!(!said.is_news(DOWN_AGAIN, at(10)));
        assert!(!said.is_news(DOWN_AGAIN, at(35)), "however long it lasts");
        assert!(said.is_news("ERROR: 1/1 brokers are down", at(36)));
        assert!(said.is_news(DOWN, at(65)));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut said, now) = (Repeats::default(), Instant::now());
        let letters = |n: usize| (0..n).map(|_| 'x').collect::<String>();
        for n in 0..2 * MOST {
            assert!(said.is_news(&letters(n), now));
        }
        assert_eq!(said.0.len(), MOST);
        assert!(!said.is_news(&letters(1), now), "what was said before the limit was reached is known");
        assert!(said.is_news("new", now + QUIET));
        assert_eq!(said.0.len(), 1, "what is over makes room");
    }
}
