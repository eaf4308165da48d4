//! A split that is being read in Python.

use penstock_core::source::{ObjectBatch, Split, Wake};
use penstock_core::{Error, NO_TIMESTAMP, Object, Result};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCFunction, PyDict, PyTuple};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

use super::RUNTIME;
use crate::callable::Callable;
use crate::object::wrap;

/// What one poll of a split gave.
pub enum Polled {
    Records(ObjectBatch),
    Nothing,
    End,
}

/// A split, its reader, and where it is.
pub struct OpenSplit {
    pub id: Arc<str>,
    /// `OpenSplit` of `penstock._runtime.python_connectors`.
    open: Py<PyAny>,
    poll: Callable,
    classes: Classes,
    /// Where the reader was opened, or was after the last poll that gave records.
    data: Vec<u8>,
    /// Whether there were records since `data` was made.
    moved: bool,
    /// How many records from `data` on were given before the checkpoint that this goes on from.
    skip: i64,
    /// Whether another poll may give something.
    ready: Arc<AtomicBool>,
    pub paused: bool,
}

/// What a poll's result is compared with.
struct Classes {
    record: Py<PyAny>,
    end: Py<PyAny>,
}

impl OpenSplit {
    /// Has the source make a reader.
    pub fn open(py: Python<'_>, source: &Py<PyAny>, split: Split, subtask: (u32, u32), wake: Wake) -> PyResult<Self> {
        let ready = Arc::new(AtomicBool::new(true));
        let set = Arc::clone(&ready);
        let on_ready = move |_: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| {
            set.store(true, Ordering::Release);
            wake();
        };
        let on_ready = PyCFunction::new_closure(py, None, None, on_ready)?;
        let runtime = py.import(RUNTIME)?;
        let open = runtime.call_method1("OpenSplit", (source, PyBytes::new(py, &split.data), subtask, on_ready))?;
        let classes =
            Classes { record: runtime.getattr("Record")?.unbind(), end: runtime.getattr("END_OF_SPLIT")?.unbind() };
        let poll = Callable::new(&open.getattr("poll")?);
        Ok(Self {
            id: split.id.into(),
            open: open.unbind(),
            poll,
            classes,
            data: split.data,
            moved: false,
            skip: split.position,
            ready,
            paused: false,
        })
    }

    /// Whether it is worth asking.
    pub fn is_ready(&self) -> bool {
        !self.paused && self.ready.load(Ordering::Acquire)
    }

    /// Asks the reader for records.
    pub fn poll(&mut self, py: Python<'_>, max_records: usize) -> PyResult<Polled> {
        let open = self.open.bind(py);
        open.call_method0("check")?;
        if self.moved {
            self.data = open.call_method0("data")?.cast::<PyBytes>()?.as_bytes().to_vec();
            self.moved = false;
        }
        let given = self.poll.call1(max_records.into_pyobject(py)?.as_any())?;
        if given.is(&self.classes.end) {
            return Ok(Polled::End);
        }
        let records = if given.is_none() { Records::default() } else { self.records(&given)? };
        let count = records.objects.len() as i64;
        if count == 0 {
            return Ok(Polled::Nothing);
        }
        self.moved = true;
        Ok(Polled::Records(self.batch(records)))
    }

    /// The batch of what a poll gave, without what was given before.
    fn batch(&mut self, records: Records) -> ObjectBatch {
        let Records { mut objects, timestamps } = records;
        let timed = timestamps.iter().any(|time| *time != NO_TIMESTAMP);
        let position = self.skip.min(objects.len() as i64);
        self.skip -= position;
        objects.drain(..position as usize);
        let timestamps = timed.then(|| timestamps[position as usize..].to_vec());
        ObjectBatch { split: Arc::clone(&self.id), objects, timestamps, data: self.data.clone(), position }
    }

    fn records(&self, given: &Bound<'_, PyAny>) -> PyResult<Records> {
        let (py, mut records) = (given.py(), Records::default());
        let class = self.classes.record.bind(py).as_ptr();
        for item in given.try_iter()? {
            let item = item?;
            if item.get_type_ptr().cast() == class {
                let time = item.getattr("timestamp")?;
                records.timestamps.push(if time.is_none() { NO_TIMESTAMP } else { time.extract()? });
                records.objects.push(wrap(item.getattr("value")?));
            } else {
                records.timestamps.push(NO_TIMESTAMP);
                records.objects.push(wrap(item));
            }
        }
        Ok(records)
    }

    /// Has the split become ready later.
    pub fn wait(&self, py: Python<'_>, io: &Handle, wake: &Wake) -> PyResult<()> {
        self.ready.store(false, Ordering::Release);
        if let Some(seconds) = self.open.bind(py).call_method0("wait")?.extract::<Option<f64>>()? {
            let (ready, wake) = (Arc::clone(&self.ready), Arc::clone(wake));
            let delay = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_secs(1));
            io.spawn(async move {
                tokio::time::sleep(delay).await;
                ready.store(true, Ordering::Release);
                wake();
            });
        }
        Ok(())
    }

    /// An error if there should have been more records than there were.
    pub fn check_end(&self) -> Result<()> {
        if self.skip == 0 {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "the split {} ends {} records before the place of the checkpoint: reading it again from the same position \
             has to give the same records",
            self.id, self.skip
        )))
    }

    /// Closes the reader.
    pub fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.open.bind(py).call_method0("close").map(drop)
    }
}

#[derive(Default)]
struct Records {
    objects: Vec<Object>,
    timestamps: Vec<i64>,
}
