//! A single file of a store, for others than checkpoints: a model, for example.

use std::path::Path;
use std::sync::Arc;

use penstock_core::{Configuration, Error, Result};
use tokio::io::AsyncWriteExt;

use super::store::Store;
use super::target;

/// How much is fetched at a time.
const PIECE: u64 = 8 << 20;

/// A file that may change.
pub struct StoredFile {
    store: Arc<dyn Store>,
    name: String,
}

/// What a file is at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileVersion {
    /// Differs when the content does: the ETag, where the store has such.
    pub tag: String,
    /// In bytes.
    pub length: u64,
}

impl StoredFile {
    /// The file at a URL or a local path. Nothing is read yet.
    pub fn open(url: &str, config: &Configuration) -> Result<Self> {
        let (folder, name) = url.rsplit_once('/').filter(|(_, name)| !name.is_empty()).ok_or_else(|| {
            // The text itself may hold a password and is not repeated.
            Error::invalid("a file is named by its folder and its own name, as in s3://bucket/folder/name")
        })?;
        Ok(Self { store: target::store(folder, config)?, name: name.to_owned() })
    }

    /// The version that is there, if there is a file.
    pub async fn version(&self) -> Result<Option<FileVersion>> {
        let stat = self.store.stat(&self.name).await?;
        Ok(stat.map(|stat| FileVersion { tag: stat.tag, length: stat.length }))
    }

    /// Copies the file durably; false if another version is there, before or while it is read.
    pub async fn copy_to(&self, path: &Path, tag: &str) -> Result<bool> {
        let written = |e: std::io::Error| Error::external(format!("{} cannot be written: {e}", path.display()));
        let Some(version) = self.version().await?.filter(|version| version.tag == tag) else { return Ok(false) };
        let mut file = tokio::fs::File::create(path).await.map_err(written)?;
        let mut at = 0;
        while at < version.length {
            let end = version.length.min(at + PIECE);
            let bytes = match self.store.read(&self.name, at..end).await {
                Ok(bytes) => bytes,
                Err(_) if self.version().await? != Some(version.clone()) => return Ok(false),
                Err(error) => return Err(error),
            };
            file.write_all(&bytes).await.map_err(written)?;
            at = end;
        }
        file.flush().await.map_err(written)?;
        file.sync_all().await.map_err(written)?;
        Ok(self.version().await? == Some(version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_copy_is_of_one_version() {
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (folder.path().join("model"), folder.path().join("copy"));
        std::fs::write(&source, b"first").unwrap();
        let file = StoredFile::open(source.to_str().unwrap(), &Configuration::default()).unwrap();
        let first = file.version().await.unwrap().unwrap();
        assert!(file.copy_to(&target, &first.tag).await.unwrap());
        assert_eq!((std::fs::read(&target).unwrap(), first.length), (b"first".to_vec(), 5));
        std::fs::write(&source, b"second").unwrap();
        assert!(!file.copy_to(&target, &first.tag).await.unwrap());
        std::fs::remove_file(&source).unwrap();
        assert_eq!(file.version().await.unwrap(), None);
        assert!(StoredFile::open("model", &Configuration::default()).is_err());
    }
}
