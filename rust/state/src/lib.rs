//! Keyed state, snapshots and where they are kept.

pub mod backend;
pub mod declared;
pub mod elements;
pub mod evolution;
pub mod factory;
pub mod hashmap;
pub mod in_flight;
pub mod incremental;
pub mod keyed;
pub mod metadata;
pub mod retained;
pub mod rocksdb;
mod small_bytes;
pub mod snapshot;
pub mod storage;
pub mod wire;

pub use backend::{FrozenState, KeyRef, KeyedStateBackend, StateDescriptor, StateId, StateKind};
pub use declared::DeclaredTypes;
pub use factory::{BackendContext, create_backend};
pub use metadata::{
    ChannelHandle, CheckpointMetadata, DatabaseFile, DatabaseFiles, EdgeName, FilePlace, KeyedHandle, OperatorState,
    OperatorStateEntry, OperatorStateMode, SharedFile, StateLocation, SubtaskState,
};
pub use snapshot::{restore_keyed, upload_keyed, write_keyed_snapshot};
pub use storage::{CheckpointFolder, CheckpointStorage, JobStorage, ListedCheckpoint, newest_of};
