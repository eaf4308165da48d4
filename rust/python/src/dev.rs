//! An embedded Kafka for trying things out: librdkafka's mock cluster.

use penstock_connectors::kafka::mock::MockCluster;
use penstock_core::Error;
use pyo3::prelude::*;
use std::collections::BTreeMap;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};

use crate::errors::to_python;

/// A running mock cluster. It belongs to a thread of its own, which ends when `stop` is dropped.
#[pyclass(frozen, module = "penstock._native")]
pub struct MockKafka {
    stop: Mutex<Option<Sender<()>>>,
    bootstrap_servers: String,
}

/// Starts a mock cluster with these topics and their numbers of partitions.
#[pyfunction]
pub fn start_mock_kafka(py: Python<'_>, topics: BTreeMap<String, i32>) -> PyResult<MockKafka> {
    let (stop, stopped) = channel::<()>();
    let (started, address) = channel();
    std::thread::spawn(move || match MockCluster::start(&topics) {
        Ok(cluster) => {
            // Whoever asked may be gone by now, and then `stopped` ends at once.
            let _ = started.send(Ok(cluster.bootstrap_servers()));
            let _ = stopped.recv();
        }
        Err(error) => drop(started.send(Err(error))),
    });
    let address =
        py.detach(move || address.recv()).unwrap_or_else(|_| Err(Error::internal("the mock cluster's thread ended")));
    let bootstrap_servers = address.map_err(|e| to_python(py, &e))?;
    Ok(MockKafka { stop: Mutex::new(Some(stop)), bootstrap_servers })
}

#[pymethods]
impl MockKafka {
    /// `host:port` of its brokers.
    #[getter]
    fn bootstrap_servers(&self) -> &str {
        &self.bootstrap_servers
    }

    /// Stops it.
    fn close(&self) {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
