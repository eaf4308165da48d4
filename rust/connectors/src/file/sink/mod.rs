//! The sink: records go into hidden part files, which get their final names when the checkpoint that contains them is
//! complete. So a reader of the directory sees every record once.
//!
//! A part is called `part-<subtask>-<n>`, and `.part-<subtask>-<n>.inprogress.<uuid>` until it is committed. A part that
//! was open at a checkpoint is cut back to its length there after a crash. Files of bulk formats are closed at every
//! checkpoint.

mod bucket;
mod committer;
mod compaction;
mod date_pattern;
mod names;
mod part;
mod rolling;
mod writer;
mod zone;

use std::path::PathBuf;
use std::sync::Arc;

use penstock_core::sink::{Committer, Sink, SinkWriter, WriterContext};
use penstock_core::{Clock, Error, Result};
use serde::Deserialize;

use super::location;
use crate::formats::WriteFormat;
use bucket::Bucketing;
use committer::FileCommitter;
use compaction::CompactionOptions;
use names::PartNames;
use rolling::{Rolling, RollingOptions};
use writer::FileWriter;

/// What a stream graph says about a file sink.
#[derive(Debug, Clone, Deserialize)]
pub struct FileSinkOptions {
    /// The directory.
    pub path: String,
    /// First part of the names.
    #[serde(default = "part")]
    pub prefix: String,
    /// Last part of the names.
    #[serde(default)]
    pub suffix: String,
    /// When to begin a new part.
    #[serde(default)]
    rolling: RollingOptions,
    /// `date-time` (a directory per hour) or `base-path` (one directory).
    #[serde(default = "date_time")]
    pub bucket: String,
    /// How directories are named, in Java's notation.
    #[serde(default = "hourly")]
    pub bucket_format: String,
    /// Time zone of those names; `None`: the machine's.
    #[serde(default)]
    pub zone: Option<String>,
    /// How records are written; lines of text if nothing is said.
    #[serde(default)]
    pub format: Option<serde_json::Value>,
    /// Whether parts are joined before they become visible.
    #[serde(default)]
    compaction: Option<CompactionOptions>,
}

fn part() -> String {
    "part".to_owned()
}

fn date_time() -> String {
    "date-time".to_owned()
}

fn hourly() -> String {
    "yyyy-MM-dd--HH".to_owned()
}

/// Records into part files.
pub struct FileSink {
    settings: Arc<Settings>,
}

/// What every writer of a sink needs.
struct Settings {
    path: PathBuf,
    format: WriteFormat,
    names: PartNames,
    rolling: Rolling,
    bucketing: Bucketing,
    compaction: Option<CompactionOptions>,
    clock: Clock,
}

impl FileSink {
    /// Checks the options.
    pub fn new(options: FileSinkOptions) -> Result<Self> {
        Self::with_clock(options, Clock::System)
    }

    fn with_clock(options: FileSinkOptions, clock: Clock) -> Result<Self> {
        if options.prefix.contains('/') || options.suffix.contains('/') {
            return Err(Error::invalid("the prefix and suffix of part files cannot contain '/'"));
        }
        let bucketing = match options.bucket.as_str() {
            "base-path" => Bucketing::BasePath,
            "date-time" => Bucketing::date_time(&options.bucket_format, options.zone.as_deref())?,
            other => {
                return Err(Error::invalid(format!(
                    "there is no bucket assigner '{other}'; there are date-time and base-path"
                )));
            }
        };
        let format = WriteFormat::of(options.format.as_ref())?;
        let rolling = if format.is_bulk() { Rolling::OnCheckpoint } else { Rolling::of(&options.rolling) };
        let settings = Settings {
            path: location::local(&options.path)?,
            format,
            names: PartNames { prefix: options.prefix, suffix: options.suffix },
            rolling,
            bucketing,
            compaction: options.compaction,
            clock,
        };
        Ok(Self { settings: Arc::new(settings) })
    }
}

impl Sink for FileSink {
    fn preflight(&self) -> Result<()> {
        let path = &self.settings.path;
        let unusable = |e: std::io::Error| {
            Error::invalid(format!("the output directory {} cannot be written to: {e}", path.display()))
        };
        // Folders that are made for the trial go again: a job that does not start leaves nothing behind.
        let missing: Vec<_> = path.ancestors().take_while(|folder| !folder.exists()).collect();
        let tried = std::fs::create_dir_all(path).and_then(|()| {
            let probe = path.join(format!(".penstock-probe-{}", uuid::Uuid::new_v4()));
            std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe))
        });
        for folder in missing {
            if std::fs::remove_dir(folder).is_err() {
                // Somebody uses it by now, or it could not be made at all.
                break;
            }
        }
        tried.map_err(unusable)
    }

    fn is_two_phase(&self) -> bool {
        true
    }

    fn writer(&self, context: WriterContext) -> Result<Box<dyn SinkWriter>> {
        Ok(Box::new(FileWriter::restore(Arc::clone(&self.settings), &context)?))
    }

    fn committer(&self, _context: &WriterContext) -> Result<Option<Box<dyn Committer>>> {
        Ok(Some(Box::new(FileCommitter)))
    }
}

/// Adds to an error of the file system what was to be done.
fn failed(what: &str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Error {
    let message = format!("{what} {}", path.display());
    move |e| Error::external(format!("{message}: {e}"))
}

#[cfg(test)]
mod tests;
