//! What the log says to failures: an error that comes again with every restart is shown in full once. The error that a
//! job ends with is in its result, and not in the log as well.

use penstock_core::Error;

use crate::restart::Restart;

/// The failures of one job.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    last: Option<String>,
    restarts: u32,
}

impl Failures {
    /// Takes a failure and the strategy's answer at `now`; gives the text for the log.
    pub(crate) fn note(&mut self, error: &Error, answer: &Restart, now: i64) -> String {
        let identity = identity(error);
        let again = self.last.as_deref() == Some(identity.as_str());
        self.last = Some(identity);
        match answer {
            Restart::At { time, .. } => {
                self.restarts += 1;
                let pause = (time - now).max(0) as f64 / 1000.0;
                if again {
                    format!("restart {}, same error (in {pause:.1} s)", self.restarts)
                } else {
                    format!("restart {} in {pause:.1} s, because of {error}", self.restarts)
                }
            }
            Restart::Never { because } => format!("no restart: {because}"),
        }
    }
}

/// What two failures have in common when they are the same: not the record, nor the subtask.
fn identity(error: &Error) -> String {
    match error {
        Error::User(user) => format!("{}\n{}", user.operator, user.traceback),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(record: &str) -> Error {
        Error::user("Traceback\nValueError: no", Some(record.to_owned())).located("map", 1, 2)
    }

    #[test]
    fn the_same_error_is_shown_in_full_once() {
        let mut failures = Failures::default();
        let at = |time| Restart::At { time, attempt: 1 };
        let first = failures.note(&user("1"), &at(1000), 0);
        assert!(first.starts_with("restart 1 in 1.0 s, because of Traceback\nValueError: no"), "{first}");
        assert_eq!(failures.note(&user("2"), &at(3500), 2000), "restart 2, same error (in 1.5 s)");
        let never = Restart::Never { because: "2 of 2 restarts are used up".to_owned() };
        assert_eq!(failures.note(&user("3"), &never, 0), "no restart: 2 of 2 restarts are used up");
    }

    #[test]
    fn another_error_is_shown() {
        let mut failures = Failures::default();
        failures.note(&user("1"), &Restart::At { time: 0, attempt: 1 }, 0);
        let other = failures.note(&Error::external("the broker is away"), &Restart::At { time: 0, attempt: 2 }, 0);
        assert_eq!(other, "restart 2 in 0.0 s, because of the broker is away");
    }
}
