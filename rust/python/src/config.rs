//! Configuration files.

use penstock_core::Configuration;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::collections::HashMap;

/// The options of the text of a `config.yaml`. ValueError names the line that is wrong.
#[pyfunction]
pub fn parse_config_yaml(text: &str) -> PyResult<HashMap<String, String>> {
    let config = Configuration::from_yaml(text, "config.yaml").map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok(config.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}
