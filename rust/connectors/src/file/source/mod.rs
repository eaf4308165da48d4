//! The source: a file is a split, a position is a byte offset in it as
//! its [format](crate::formats) understands it.

mod enumerator;
mod open;
mod reader;

use std::time::Duration;

use penstock_core::source::{Boundedness, ReaderContext, Source, SourceReader, SplitEnumerator};
use penstock_core::{Configuration, Result};
use serde::Deserialize;

use super::location::Location;
use crate::formats::{BadRecords, Format};
use enumerator::FileEnumerator;
use open::Opener;
use reader::FileReader;

/// What a stream graph says about a file source.
#[derive(Debug, Clone, Deserialize)]
pub struct FileSourceOptions {
    /// Files, and directories that are searched with all below them.
    pub paths: Vec<String>,
    /// How often to look for new files; `None`: only once, and the source ends.
    #[serde(default)]
    pub monitor_interval_ms: Option<u64>,
    /// What is in them: `format`, and the options of that format.
    #[serde(flatten)]
    pub format: serde_json::Map<String, serde_json::Value>,
}

/// Records of files.
pub struct FileSource {
    locations: Vec<Location>,
    format: Format,
    monitor_interval: Option<Duration>,
}

impl FileSource {
    /// Checks the options.
    pub fn new(options: &FileSourceOptions, config: &Configuration) -> Result<Self> {
        let locations = options.paths.iter().map(|path| Location::of(path, config)).collect::<Result<_>>()?;
        let monitor_interval = options.monitor_interval_ms.map(Duration::from_millis);
        Ok(Self { locations, format: Format::of(&options.format)?, monitor_interval })
    }
}

impl Source for FileSource {
    fn boundedness(&self) -> Boundedness {
        if self.monitor_interval.is_some() { Boundedness::Unbounded } else { Boundedness::Bounded }
    }

    fn preflight(&self) -> Result<()> {
        enumerator::preflight(&self.locations)
    }

    fn enumerator(&self, _parallelism: u32, restored: Option<&[u8]>) -> Result<Box<dyn SplitEnumerator>> {
        Ok(Box::new(FileEnumerator::new(self.locations.clone(), self.monitor_interval, restored)?))
    }

    fn reader(&self, context: ReaderContext) -> Result<Box<dyn SourceReader>> {
        let opener = Opener {
            locations: self.locations.clone(),
            format: self.format.clone(),
            bad: BadRecords::new(&context.metrics),
            io: context.io.clone(),
        };
        Ok(Box::new(FileReader::start(opener, &context)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn source(format: &serde_json::Value) -> Result<FileSource> {
        let mut options = json!({"paths": ["/nowhere/at/all"]});
        for (name, value) in format.as_object().unwrap() {
            options[name] = value.clone();
        }
        FileSource::new(&serde_json::from_value(options).unwrap(), &Configuration::default())
    }

    #[test]
    fn what_cannot_be_read_is_said_before_the_job_runs() {
        let error = |format| source(&format).err().unwrap().to_string();
        assert!(error(json!({"format": "protobuf"})).contains("protobuf"));
        assert!(error(json!({"format": "text_line", "charset": "EBCDIC"})).contains("EBCDIC"));
        let columns = json!([{"name": "a", "type": "STRING"}]);
        let long = json!({"format": "csv", "columns": columns, "separator": "||"});
        assert!(error(long).contains("column separator"));
        assert!(source(&json!({})).unwrap().preflight().unwrap_err().to_string().contains("/nowhere/at/all"));
    }
}
