//! The sink: records go into part files that nobody sees until the checkpoint that contains them is complete. So a
//! reader of the directory sees every record once.
//!
//! On a disk a part is called `part-<subtask>-<n>`, and `.part-<subtask>-<n>.inprogress.<uuid>` until it is committed. A
//! part that was open at a checkpoint is cut back to its length there after a crash. In a bucket it is an upload in
//! pieces that is completed when it is committed; its name has something random in it, because uploads of others cannot
//! be seen. Files of bulk formats are closed at every checkpoint.

mod bucket;
mod committer;
mod compaction;
mod date_pattern;
mod names;
mod part;
mod place;
mod rolling;
mod writer;
mod zone;

use std::sync::Arc;

use penstock_core::sink::{Committer, Sink, SinkWriter, WriterContext};
use penstock_core::{Clock, Configuration, Error, Result};
use serde::Deserialize;

use super::location::Location;
use crate::formats::WriteFormat;
use bucket::Bucketing;
use committer::FileCommitter;
use compaction::CompactionOptions;
use names::PartNames;
use part::Uploads;
use place::Place;
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
    location: Location,
    format: WriteFormat,
    names: PartNames,
    rolling: Rolling,
    bucketing: Bucketing,
    compaction: Option<CompactionOptions>,
    clock: Clock,
}

impl FileSink {
    /// Checks the options.
    pub fn new(options: FileSinkOptions, config: &Configuration) -> Result<Self> {
        Self::with_clock(options, config, Clock::System)
    }

    fn with_clock(options: FileSinkOptions, config: &Configuration, clock: Clock) -> Result<Self> {
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
        let location = Location::of(&options.path, config)?;
        if options.compaction.is_some() && matches!(location, Location::Bucket(_)) {
            return Err(Error::invalid(format!(
                "enable_compact needs a directory on a disk: what was uploaded to {} is joined by nobody before it is visible. Larger parts come of the rolling policy, and in bulk formats of longer checkpoint intervals",
                options.path
            )));
        }
        let settings = Settings {
            location,
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
        place::preflight(&self.settings.location)
    }

    fn is_two_phase(&self) -> bool {
        true
    }

    fn writer(&self, context: WriterContext) -> Result<Box<dyn SinkWriter>> {
        let place = self.settings.place(&context);
        Ok(Box::new(FileWriter::restore(Arc::clone(&self.settings), place, &context)?))
    }

    fn committer(&self, context: &WriterContext) -> Result<Option<Box<dyn Committer>>> {
        Ok(Some(Box::new(FileCommitter { place: self.settings.place(context) })))
    }
}

impl Settings {
    fn place(&self, context: &WriterContext) -> Place {
        match &self.location {
            Location::Local(path) => Place::Disk(path.clone()),
            Location::Bucket(folder) => Place::Bucket(Arc::new(Uploads {
                folder: Arc::clone(folder),
                io: context.io.clone(),
                wake: Arc::clone(&context.wake),
            })),
        }
    }
}

/// Adds to an error of the file system what was to be done.
fn failed(what: &str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Error {
    let message = format!("{what} {}", path.display());
    move |e| Error::external(format!("{message}: {e}"))
}

#[cfg(test)]
mod tests;
