//! Which store a URL or path means.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use penstock_buckets::Bucket;
use penstock_core::{Configuration, Error, Result};
use url::Url;

use super::local::LocalStore;
use super::object::ObjectBackedStore;
use super::store::Store;

/// The store of a checkpoint directory: `file://`, a plain path, or a bucket.
pub(super) fn store(text: &str, config: &Configuration) -> Result<Arc<dyn Store>> {
    let text = text.trim();
    let Some(scheme) = scheme(text) else { return Ok(Arc::new(LocalStore::new(absolute(Path::new(text))?))) };
    if scheme == "file" {
        return Ok(Arc::new(LocalStore::new(file_path(text)?)));
    }
    if !penstock_buckets::is_bucket(&scheme) {
        return Err(Error::invalid(format!(
            "'{scheme}://' is not a place for checkpoints that Penstock knows; use a local path, file://, s3://, gs:// or abfs://"
        )));
    }
    Ok(Arc::new(ObjectBackedStore::new(Bucket::parse(text, "the checkpoint directory")?.open(config)?)))
}

fn scheme(text: &str) -> Option<String> {
    let (scheme, _) = text.split_once(':')?;
    let named = scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    named.then(|| scheme.to_ascii_lowercase())
}

/// A local path from the root on; a URL as it is.
pub(super) fn absolute_text(text: &str) -> Result<String> {
    match scheme(text) {
        Some(_) => Ok(text.to_owned()),
        None => Ok(absolute(Path::new(text))?.to_string_lossy().into_owned()),
    }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|e| Error::invalid(format!("'{}' is not a path: {e}", path.display())))
}

fn file_path(text: &str) -> Result<PathBuf> {
    let wrong = || Error::invalid(format!("'{text}' is not a local file URL; write file:///path"));
    let url = Url::parse(text).map_err(|_| wrong())?;
    url.to_file_path().map_err(|()| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> String {
        store(text, &Configuration::default()).map_or_else(|e| e.to_string(), |store| store.url().to_owned())
    }

    #[test]
    fn local_paths_in_all_spellings() {
        for text in ["/tmp/a b", "file:///tmp/a%20b", "file:/tmp/a b/", " /tmp/a b "] {
            assert_eq!(url(text), "file:///tmp/a b", "{text}");
        }
        let here = std::env::current_dir().expect("a working directory");
        assert_eq!(url("chk"), format!("file://{}/chk", here.display()));
        assert!(url("file://elsewhere/tmp").contains("not a local file URL"));
    }

    #[test]
    fn buckets_in_all_spellings() {
        for text in ["s3://my-bucket/dir", "s3a://my-bucket/dir/", "s3p://my-bucket/dir"] {
            assert_eq!(url(text), text.trim_end_matches('/'));
        }
    }

    #[test]
    fn other_places_are_refused_by_name() {
        assert!(url("hdfs://namenode/dir").starts_with("'hdfs://' is not a place"));
        assert!(url("s3:///dir").contains("names no bucket"));
    }

    #[test]
    fn a_password_in_a_url_is_refused_and_not_shown() {
        let error = url("s3://key:hush@bucket/dir");
        assert!(error.contains("do not belong into the URL") && !error.contains("hush"), "{error}");
    }
}
