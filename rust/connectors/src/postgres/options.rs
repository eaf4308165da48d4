//! What a stream graph says about PostgreSQL sinks, as JSON.

use serde::Deserialize;

/// A PostgreSQL sink: a table with its columns, or a statement.
#[derive(Debug, Clone, Deserialize)]
pub struct SinkOptions {
    /// `postgresql://…` or `jdbc:postgresql://…`.
    pub url: String,
    /// Unless the URL has it.
    #[serde(default)]
    pub user: Option<String>,
    /// Unless the URL has it.
    #[serde(default)]
    pub password: Option<String>,
    /// The table, with its schema if it has one.
    #[serde(default)]
    pub table: Option<String>,
    /// Columns of the table, in the order of a record's fields.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Columns of a unique key: a record replaces the row with its key. Empty: every record is a new row.
    #[serde(default)]
    pub key: Vec<String>,
    /// Instead of a table: a statement with a `?` for each field of a record.
    #[serde(default)]
    pub statement: Option<String>,
    /// What is promised about records when something fails.
    #[serde(default)]
    pub delivery_guarantee: Guarantee,
    /// First part of the names of prepared transactions.
    #[serde(default)]
    pub transactional_id_prefix: Option<String>,
    /// How many records are written together.
    #[serde(default = "default_batch_size")]
    pub batch_size: usize,
    /// How long a record waits for others; 0: for a full batch or a checkpoint.
    #[serde(default = "default_interval")]
    pub batch_interval_ms: u64,
    /// How often a batch is tried again when the connection fails.
    #[serde(default = "default_retries")]
    pub max_retries: u32,
}

fn default_batch_size() -> usize {
    1000
}

fn default_interval() -> u64 {
    1000
}

fn default_retries() -> u32 {
    3
}

/// What is promised about records when something fails.
#[derive(Debug, Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Guarantee {
    /// Records may be written again after a failure.
    #[default]
    AtLeastOnce,
    /// Each record counts once.
    ExactlyOnce,
}
