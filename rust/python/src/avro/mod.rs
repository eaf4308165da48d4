//! Python objects as Avro datums: what bulk formats of the file sink take. A schema is made into a plan once.

mod encode;
mod plan;

pub use plan::Plan;

use pyo3::prelude::*;

impl Plan {
    /// Appends the datum of a value. Raises TypeError or ValueError, naming the field that does not fit.
    pub fn encode(&self, value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
        encode::encode(self, value, out)
    }
}
