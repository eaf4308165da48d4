//! Runs tasks: channels, alignment, watermarks, operators and the loops that drive them.

pub mod broadcast_state;
pub mod build;
pub mod chain;
pub mod channel;
pub mod context;
pub mod exchange;
pub mod gate;
pub mod hybrid_decoder;
pub mod joins;
pub mod lane;
pub mod mailbox;
pub mod model_versions;
pub mod native_lane;
pub mod operators;
pub mod output;
pub mod raw_columns;
pub mod raw_records;
pub mod signal;
pub mod task;
pub mod testing;
pub mod timers;
pub mod watermark;
pub mod windows;
