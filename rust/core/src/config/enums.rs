//! Options with a fixed set of values. Case does not matter, nor whether words are joined by `-` or `_`.

use serde::{Deserialize, Serialize};

use super::option::ConfigValue;

/// Declares an enum with the text of each value, and other spellings that are accepted.
macro_rules! config_enum {
    ($(#[$doc:meta])* $name:ident, $expected:literal {
        $($(#[$variant_doc:meta])* $variant:ident = $text:literal $(| $alias:literal)*),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// The value as it is written in a configuration.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }
        }

        impl ConfigValue for $name {
            const EXPECTED: &'static str = $expected;

            fn parse(text: &str) -> Option<Self> {
                let is = |spelling: &str| text.replace('-', "_").eq_ignore_ascii_case(&spelling.replace('-', "_"));
                $(if is($text) $(|| is($alias))* {
                    return Some(Self::$variant);
                })+
                None
            }
        }
    };
}

config_enum! {
    /// How a job with sources that end is run.
    RuntimeMode, "one of STREAMING, BATCH, AUTOMATIC" {
        /// Results as they come, checkpoints.
        Streaming = "STREAMING",
        /// Final results only; every source has to end.
        Batch = "BATCH",
        /// Batch if every source ends, otherwise streaming.
        Automatic = "AUTOMATIC",
    }
}

config_enum! {
    /// How finely the sources of latency markers are told apart.
    LatencyGranularity, "one of single, operator, subtask" {
        /// Not at all.
        Single = "single",
        /// By operator.
        Operator = "operator",
        /// By operator and subtask.
        Subtask = "subtask",
    }
}

config_enum! {
    /// What a checkpoint promises about state.
    CheckpointingMode, "one of EXACTLY_ONCE, AT_LEAST_ONCE" {
        /// Every record counts once.
        ExactlyOnce = "EXACTLY_ONCE",
        /// A record may count again after a restart.
        AtLeastOnce = "AT_LEAST_ONCE",
    }
}

config_enum! {
    /// What becomes of the checkpoints of a job that is cancelled.
    CheckpointRetention, "one of RETAIN_ON_CANCELLATION, DELETE_ON_CANCELLATION, NO_EXTERNALIZED_CHECKPOINTS" {
        /// They stay.
        RetainOnCancellation = "RETAIN_ON_CANCELLATION",
        /// They are deleted, and stay when the job fails.
        DeleteOnCancellation = "DELETE_ON_CANCELLATION",
        /// They are deleted.
        NoExternalizedCheckpoints = "NO_EXTERNALIZED_CHECKPOINTS",
    }
}

config_enum! {
    /// Who owns a snapshot that a job is started from.
    ClaimMode, "one of NO_CLAIM, CLAIM" {
        /// The user; the job's first checkpoint does not refer to it.
        NoClaim = "NO_CLAIM",
        /// The job, which deletes it when newer checkpoints make it useless.
        Claim = "CLAIM",
    }
}

config_enum! {
    /// What to do when a job fails.
    RestartStrategyKind, "a restart strategy: one of none, fixed-delay, failure-rate, exponential-delay" {
        /// Nothing.
        None = "none" | "off" | "disable",
        /// A number of restarts.
        FixedDelay = "fixed-delay" | "fixeddelay",
        /// Restarts while failures are rare enough.
        FailureRate = "failure-rate" | "failurerate",
        /// Restarts after growing pauses.
        ExponentialDelay = "exponential-delay" | "exponentialdelay",
    }
}

config_enum! {
    /// How much of a job starts again when a task fails.
    FailoverStrategy, "a failover strategy: one of region, full" {
        /// The tasks that are connected with it.
        Region = "region",
        /// All of them.
        Full = "full",
    }
}

config_enum! {
    /// Where keyed state lives.
    StateBackendKind, "a state backend: one of hashmap, rocksdb" {
        /// In memory.
        Hashmap = "hashmap" | "filesystem" | "jobmanager"
            | "org.apache.flink.runtime.state.hashmap.HashMapStateBackendFactory",
        /// On the local disk.
        Rocksdb = "rocksdb"
            | "org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackendFactory"
            | "org.apache.flink.contrib.streaming.state.EmbeddedRocksDBStateBackendFactory",
    }
}

config_enum! {
    /// Where the timers of the `rocksdb` backend live.
    TimerServiceKind, "one of ROCKSDB, HEAP" {
        /// On the local disk.
        Rocksdb = "ROCKSDB",
        /// In memory.
        Heap = "HEAP",
    }
}

config_enum! {
    /// Settings of the `rocksdb` backend for a kind of disk.
    RocksDbPreset, "one of DEFAULT, SPINNING_DISK_OPTIMIZED, SPINNING_DISK_OPTIMIZED_HIGH_MEM, FLASH_SSD_OPTIMIZED" {
        /// RocksDB's own.
        Default = "DEFAULT",
        /// For disks that turn.
        SpinningDisk = "SPINNING_DISK_OPTIMIZED",
        /// For disks that turn, with much memory.
        SpinningDiskHighMemory = "SPINNING_DISK_OPTIMIZED_HIGH_MEM",
        /// For disks that do not turn.
        Flash = "FLASH_SSD_OPTIMIZED",
    }
}

config_enum! {
    /// Where Python functions run when there are several slots.
    PythonExecutionMode, "one of process, thread" {
        /// One process per slot.
        Process = "process",
        /// All in one process.
        Thread = "thread",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_joints_do_not_matter() {
        for text in ["EXACTLY_ONCE", "exactly-once", "Exactly_Once"] {
            assert_eq!(CheckpointingMode::parse(text), Some(CheckpointingMode::ExactlyOnce), "{text}");
        }
        assert_eq!(CheckpointingMode::parse("exactlyonce"), None);
    }

    #[test]
    fn other_spellings_are_known() {
        assert_eq!(RestartStrategyKind::parse("off"), Some(RestartStrategyKind::None));
        assert_eq!(RestartStrategyKind::parse("failurerate"), Some(RestartStrategyKind::FailureRate));
        assert_eq!(StateBackendKind::parse("rockdb"), None);
        assert_eq!(StateBackendKind::Rocksdb.as_str(), "rocksdb");
    }
}
