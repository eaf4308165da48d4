//! The words every crate of Penstock uses: values, batches, stream events, key groups, configuration, errors,
//! and the traits a connector implements.
//!
//! ```
//! use penstock_core::key_group::{assign_key_group, subtask_of};
//! let group = assign_key_group(159, 128);
//! assert_eq!(group, 64);
//! assert_eq!(subtask_of(group, 128, 4), 2);
//! ```

pub mod batch;
pub mod clock;
pub mod codec;
pub mod columns;
pub mod config;
pub mod error;
pub mod event;
pub mod key_group;
pub mod kill_point;
pub mod metrics;
pub mod object;
pub mod sabotage;
pub mod sink;
pub mod source;
pub mod task_cell;
pub mod types;

pub use batch::{Keys, ObjectBatch, Record};
pub use clock::{Clock, NO_TIMESTAMP};
pub use codec::ObjectCodec;
pub use config::Configuration;
pub use error::{Error, Result};
pub use object::Object;
pub use types::TypeInfo;
