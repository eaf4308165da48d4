//! The source: a file is a split, a position is a byte offset in it (of the text, for files that are compressed).

mod charset;
mod enumerator;
mod lines;
mod open;
mod reader;

use std::path::PathBuf;
use std::time::Duration;

use penstock_core::source::{Boundedness, ReaderContext, Source, SourceReader, SplitEnumerator};
use penstock_core::{Error, Result};
use serde::Deserialize;

use super::location;
use charset::Charset;
use enumerator::FileEnumerator;
use reader::FileReader;

/// What a stream graph says about a file source.
#[derive(Debug, Clone, Deserialize)]
pub struct FileSourceOptions {
    /// Files, and directories that are searched with all below them.
    pub paths: Vec<String>,
    /// What is in them: `text_line`.
    #[serde(default = "text_line")]
    pub format: String,
    /// Name of the encoding.
    #[serde(default = "utf_8")]
    pub charset: String,
    /// How often to look for new files; `None`: only once, and the source ends.
    #[serde(default)]
    pub monitor_interval_ms: Option<u64>,
}

fn text_line() -> String {
    "text_line".to_owned()
}

fn utf_8() -> String {
    "UTF-8".to_owned()
}

/// Lines of files.
pub struct FileSource {
    paths: Vec<PathBuf>,
    charset: Charset,
    monitor_interval: Option<Duration>,
}

impl FileSource {
    /// Checks the options.
    pub fn new(options: &FileSourceOptions) -> Result<Self> {
        if options.format != "text_line" {
            return Err(Error::invalid(format!(
                "a file source cannot read the format '{}'; it reads text_line",
                options.format
            )));
        }
        let paths = options.paths.iter().map(|path| location::local(path)).collect::<Result<_>>()?;
        let monitor_interval = options.monitor_interval_ms.map(Duration::from_millis);
        Ok(Self { paths, charset: Charset::named(&options.charset)?, monitor_interval })
    }
}

impl Source for FileSource {
    fn boundedness(&self) -> Boundedness {
        if self.monitor_interval.is_some() { Boundedness::Unbounded } else { Boundedness::Bounded }
    }

    fn preflight(&self) -> Result<()> {
        self.paths.iter().try_for_each(|path| enumerator::check(path))
    }

    fn enumerator(&self, _parallelism: u32, restored: Option<&[u8]>) -> Result<Box<dyn SplitEnumerator>> {
        Ok(Box::new(FileEnumerator::new(self.paths.clone(), self.monitor_interval, restored)?))
    }

    fn reader(&self, _context: ReaderContext) -> Result<Box<dyn SourceReader>> {
        Ok(Box::new(FileReader::new(self.charset)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(format: &str, charset: &str) -> FileSourceOptions {
        FileSourceOptions {
            paths: vec!["/nowhere/at/all".to_owned()],
            format: format.to_owned(),
            charset: charset.to_owned(),
            monitor_interval_ms: None,
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_before_the_job_runs() {
        assert!(FileSource::new(&options("parquet", "UTF-8")).err().unwrap().to_string().contains("parquet"));
        assert!(FileSource::new(&options("text_line", "EBCDIC")).err().unwrap().to_string().contains("EBCDIC"));
        let source = FileSource::new(&options("text_line", "UTF-8")).unwrap();
        assert!(source.preflight().unwrap_err().to_string().contains("/nowhere/at/all"));
    }
}
