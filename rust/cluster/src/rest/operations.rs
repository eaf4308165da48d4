//! Operations that take long: a request begins one and gets an id, under which its result is asked for. As in Flink, an
//! operation that failed is a completed one.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use parking_lot::Mutex;
use penstock_core::{Clock, Result};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::error::RestError;

/// How long a result is kept, in milliseconds (Flink's `rest.async.store-duration`).
const KEPT: i64 = 5 * 60 * 1000;
/// Most operations that are remembered.
const MOST: usize = 1000;

enum State<T> {
    InProgress,
    Completed(Completed<T>),
}

struct Completed<T> {
    result: Result<T>,
    /// From when on it is forgotten.
    until: i64,
    /// Whether somebody has seen it.
    seen: bool,
}

/// By job and id.
type Known<T> = HashMap<(String, String), State<T>>;

/// Operations of one kind, by job and id.
pub(super) struct Operations<T> {
    known: Arc<Mutex<Known<T>>>,
    clock: Clock,
}

impl<T: Clone + Send + 'static> Operations<T> {
    pub(super) fn new(clock: Clock) -> Self {
        Self { known: Arc::default(), clock }
    }

    /// Begins an operation, unless there is one with this id. `None`: too many are under way.
    pub(super) fn begin<F>(&self, job: &str, id: &str, io: &Handle, operation: impl FnOnce() -> F) -> Option<Value>
    where
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let key = (job.to_owned(), id.to_owned());
        let answer = json!({"request-id": id});
        let mut known = self.known.lock();
        let now = self.clock.now_millis();
        known.retain(|_, state| !matches!(state, State::Completed(done) if done.until <= now));
        if known.contains_key(&key) {
            return Some(answer);
        }
        if known.len() >= MOST {
            return None;
        }
        known.insert(key.clone(), State::InProgress);
        drop(known);
        let (known, clock, operation) = (Arc::clone(&self.known), self.clock.clone(), operation());
        io.spawn(async move {
            let result = operation.await;
            let until = clock.now_millis() + KEPT;
            known.lock().insert(key, State::Completed(Completed { result, until, seen: false }));
        });
        Some(answer)
    }

    /// How far an operation is, with its result as `describe` has it. `None`: it is not known.
    pub(super) fn status(&self, job: &str, id: &str, describe: impl FnOnce(&Result<T>) -> Value) -> Option<Value> {
        let now = self.clock.now_millis();
        match self.known.lock().get_mut(&(job.to_owned(), id.to_owned()))? {
            State::InProgress => Some(json!({"status": {"id": "IN_PROGRESS"}, "operation": null})),
            State::Completed(done) if done.until <= now => None,
            State::Completed(done) => {
                done.seen = true;
                Some(json!({"status": {"id": "COMPLETED"}, "operation": describe(&done.result)}))
            }
        }
    }

    /// Whether every operation has ended and its result was seen.
    pub(super) fn all_seen(&self) -> bool {
        self.known.lock().values().all(|state| matches!(state, State::Completed(done) if done.seen))
    }
}

/// The answer to a request that begins an operation.
pub(super) type Accepted = std::result::Result<(StatusCode, Json<Value>), RestError>;

/// What [`Operations::begin`] gave, as an answer.
pub(super) fn accepted(begun: Option<Value>) -> Accepted {
    match begun {
        Some(answer) => Ok((StatusCode::ACCEPTED, Json(answer))),
        None => Err(RestError::new(StatusCode::SERVICE_UNAVAILABLE, "Too many operations are under way.")),
    }
}

/// The answer where no operation of this kind is known for a job.
pub(super) fn unknown(kind: &str, trigger: &str, job: &str) -> RestError {
    RestError::not_found(format!("There is no {kind} operation with triggerId={trigger} for job {job}."))
}

/// An error in the form in which Flink has exceptions. There is no Java object to be serialised.
pub(super) fn failure(error: &penstock_core::Error) -> Value {
    let text = error.to_string();
    json!({"class": "penstock.util.exceptions.PenstockError", "stack-trace": text, "serialized-throwable": null})
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_core::Error;

    #[test]
    fn the_same_id_is_the_same_operation() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let operations = Operations::new(Clock::System);
        let (first, received) = tokio::sync::oneshot::channel::<Result<u64>>();
        let wait = || async move { received.await.unwrap() };
        assert_eq!(operations.begin("job", "1", runtime.handle(), wait).unwrap(), json!({"request-id": "1"}));
        let never = || async { Err::<u64, _>(Error::external("begun twice")) };
        assert!(operations.begin("job", "1", runtime.handle(), never).is_some());
        let describe = |result: &Result<u64>| json!(result.as_ref().ok());
        assert_eq!(operations.status("job", "1", describe).unwrap()["status"]["id"], "IN_PROGRESS");
        assert!(operations.status("another", "1", describe).is_none());
        first.send(Ok(7)).unwrap();
        let done = loop {
            let status = operations.status("job", "1", describe).unwrap();
            if status["status"]["id"] == "COMPLETED" {
                break status;
            }
            std::thread::yield_now();
        };
        assert_eq!(done["operation"], 7);
    }
}
