//! Metrics that user functions register.

use penstock_core::metrics::{self, MetricGroup};
use pyo3::prelude::*;
use std::sync::Arc;

/// The group under these names.
pub fn group(root: &MetricGroup, names: &[String]) -> MetricGroup {
    names.iter().fold(root.clone(), |group, name| group.group(name))
}

/// Registers a gauge whose value a Python function computes when it is read; a failing function shows NaN.
pub fn gauge(group: &MetricGroup, name: &str, supplier: Py<PyAny>) {
    let value = move || Python::attach(|py| supplier.call0(py).and_then(|v| v.extract::<f64>(py)).unwrap_or(f64::NAN));
    group.computed(name, Arc::new(value));
}

#[pyclass(frozen, module = "penstock._native")]
pub struct Counter(pub metrics::Counter);

#[pymethods]
impl Counter {
    #[pyo3(signature = (n = 1))]
    fn inc(&self, n: i64) {
        self.0.add(n);
    }

    #[pyo3(signature = (n = 1))]
    fn dec(&self, n: i64) {
        self.0.add(-n);
    }

    fn get_count(&self) -> i64 {
        self.0.get()
    }
}

#[pyclass(frozen, module = "penstock._native")]
pub struct Meter(pub metrics::Counter);

#[pymethods]
impl Meter {
    #[pyo3(signature = (value = 1))]
    fn mark_event(&self, value: i64) {
        self.0.add(value);
    }

    fn get_count(&self) -> i64 {
        self.0.get()
    }
}

#[pyclass(frozen, module = "penstock._native")]
pub struct Distribution(pub metrics::Distribution);

#[pymethods]
impl Distribution {
    fn update(&self, value: i64) {
        self.0.update(value);
    }
}
