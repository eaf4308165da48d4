//! `penstock._native`: the engine as Python sees it. The only crate that knows PyO3.

mod async_function;
mod avro;
mod batches;
mod broadcast;
mod callable;
mod canonical;
mod codec;
mod collected;
mod columns;
mod config;
mod connectors;
mod context;
mod dev;
mod direct_method;
mod errors;
mod function;
mod functions;
mod inspect;
mod job;
mod joins;
mod keys;
mod lane;
mod logging;
mod metrics;
mod object;
mod object_sinks;
mod records;
mod row;
mod savepoint;
mod slots;
mod state;
mod stored_files;
mod watching;
mod windows;

use pyo3::prelude::*;

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(job::execute, module)?)?;
    module.add_function(wrap_pyfunction!(job::execution_plan, module)?)?;
    module.add_function(wrap_pyfunction!(logging::init_logging, module)?)?;
    module.add_function(wrap_pyfunction!(config::parse_config_yaml, module)?)?;
    module.add_function(wrap_pyfunction!(dev::start_mock_kafka, module)?)?;
    module.add_function(wrap_pyfunction!(inspect::open_checkpoint, module)?)?;
    module.add_class::<inspect::StoredCheckpoint>()?;
    module.add_class::<inspect::StoredEntries>()?;
    module.add_function(wrap_pyfunction!(job::rest_address, module)?)?;
    module.add_function(wrap_pyfunction!(job::settle_rest, module)?)?;
    module.add_function(wrap_pyfunction!(stored_files::stored_file_version, module)?)?;
    module.add_function(wrap_pyfunction!(stored_files::copy_stored_file, module)?)?;
    module.add_function(wrap_pyfunction!(watching::describe_job, module)?)?;
    module.add_function(wrap_pyfunction!(watching::incompatible_states, module)?)?;
    module.add_function(wrap_pyfunction!(watching::journal_newest, module)?)?;
    module.add_function(wrap_pyfunction!(watching::journal_append, module)?)?;
    module.add_class::<job::Job>()?;
    module.add_class::<savepoint::Savepoint>()?;
    module.add_class::<dev::MockKafka>()?;
    module.add_class::<slots::PySlot>()?;
    module.add_class::<avro::AvroDecoder>()?;
    module.add_class::<async_function::CallEnds>()?;
    module.add_class::<context::OperatorContext>()?;
    module.add_class::<joins::JoinContext>()?;
    module.add_class::<context::ProcessContext>()?;
    module.add_class::<context::TimerService>()?;
    module.add_class::<state::ValueState>()?;
    state::add_direct_methods(module.py())?;
    module.add_class::<state::ListState>()?;
    module.add_class::<state::MapState>()?;
    module.add_class::<broadcast::BroadcastState>()?;
    module.add_class::<columns::RecordBatch>()?;
    module.add_class::<columns::Array>()?;
    module.add_class::<columns::Memory>()?;
    module.add("RowBase", row::class(module.py())?)?;
    module.add_class::<metrics::Counter>()?;
    module.add_class::<metrics::Meter>()?;
    module.add_class::<metrics::Distribution>()?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))
}
