//! Avro datums and Python objects: what files hold, and values of Kafka whose schema is in a registry.

mod decode;
mod encode;
mod program;

pub use decode::{AvroDecoder, PyDatums};
pub use encode::encode;
