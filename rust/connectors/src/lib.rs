//! Connectors: where a job's records come from and where they go. Each has a folder of its own; [`source`] and
//! [`sink`] make them from the name and the options in a stream graph. Nothing here knows Python: a source gives raw
//! columns, a sink takes bytes.
//!
//! ```
//! use penstock_core::{Configuration, source::Boundedness};
//! let options = serde_json::json!({"from": 1, "to": 10});
//! let numbers = penstock_connectors::source("sequence", &options, &Configuration::default())?;
//! assert_eq!(numbers.boundedness(), Boundedness::Bounded);
//! # Ok::<(), penstock_core::Error>(())
//! ```

mod batching;
mod bridge;
pub mod cache;
pub mod collection;
mod encoding;
pub mod file;
mod fixed_splits;
mod formats;
pub mod http;
pub mod hybrid;
pub mod kafka;
mod lenient_tls;
pub mod postgres;
pub mod redis;
mod registry;
pub mod sequence;

pub use formats::{AVRO_SCHEMA, AvroSchema, AvroType};
pub use registry::{sink, source};

/// A place where a test can have the process killed; see [`penstock_core::kill_point`].
fn kill_point(name: &str) {
    penstock_core::kill_point::hit(name);
}
