//! Paths as users write them: plain, as `file:` URIs, or as URLs of buckets.

use std::path::PathBuf;
use std::sync::Arc;

use object_store::path::Path as ObjectPath;
use penstock_buckets::{Bucket, OpenBucket, is_bucket};
use penstock_core::{Configuration, Error, Result};

/// A file or directory.
#[derive(Clone)]
pub(super) enum Location {
    Local(PathBuf),
    Bucket(Arc<BucketFolder>),
}

/// A folder of a bucket, or an object in it.
pub(super) struct BucketFolder {
    pub(super) bucket: OpenBucket,
    /// The URL of the whole bucket, with a slash at its end.
    url: String,
}

impl Location {
    /// What a text names.
    pub(super) fn of(text: &str, config: &Configuration) -> Result<Self> {
        match text.split_once("://") {
            Some((scheme, rest)) if is_bucket(scheme) => {
                let bucket = Bucket::parse(text, "the path of a file connector")?.open(config)?;
                let name = rest.split('/').next().unwrap_or_default();
                Ok(Self::Bucket(Arc::new(BucketFolder { bucket, url: format!("{scheme}://{name}/") })))
            }
            _ => local(text).map(Self::Local),
        }
    }
}

impl BucketFolder {
    /// The URL of an object.
    pub(super) fn url_of(&self, path: &ObjectPath) -> String {
        format!("{}{path}", self.url)
    }

    /// The object of a URL that [`url_of`](Self::url_of) gave for this bucket.
    pub(super) fn path_of(&self, url: &str) -> Option<ObjectPath> {
        ObjectPath::parse(url.strip_prefix(&self.url)?).ok()
    }
}

/// The path that a text names.
fn local(text: &str) -> Result<PathBuf> {
    if let Some(rest) = text.strip_prefix("file:") {
        // `file:///a`, `file://localhost/a` and `file:/a` are the same.
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let rest = rest.strip_prefix("localhost").unwrap_or(rest);
        return Ok(PathBuf::from(rest));
    }
    match text.split_once("://") {
        Some((scheme, _)) => Err(Error::invalid(format!(
            "files at {text} cannot be used here: the scheme {scheme}: is not supported; plain paths, file:, s3:, gs: and abfs: are"
        ))),
        None if text.is_empty() => Err(Error::invalid("a file connector needs a path")),
        None => Ok(PathBuf::from(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_local_path() {
        for text in ["/a/b", "file:/a/b", "file:///a/b", "file://localhost/a/b"] {
            assert_eq!(local(text).unwrap(), PathBuf::from("/a/b"));
        }
        assert_eq!(local("a/b").unwrap(), PathBuf::from("a/b"));
    }

    #[test]
    fn other_schemes_are_named() {
        assert!(local("hdfs://nn/a").unwrap_err().to_string().contains("hdfs:"));
        assert!(local("").is_err());
    }

    #[test]
    fn objects_are_called_by_their_urls() {
        let Ok(Location::Bucket(folder)) = Location::of("s3://b/in", &Configuration::default()) else {
            panic!("a bucket")
        };
        let path = folder.bucket.path("a b.csv");
        assert_eq!(folder.url_of(&path), "s3://b/in/a b.csv");
        assert_eq!(folder.path_of("s3://b/in/a b.csv"), Some(path));
        assert_eq!(folder.path_of("s3://other/in/a.csv"), None);
    }
}
