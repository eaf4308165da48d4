//! URLs of folders in buckets.

use object_store::path::Path as ObjectPath;
use penstock_core::{Configuration, Error, Result};
use url::Url;

use crate::open::OpenBucket;
use crate::{cloud, s3};

/// Whether a scheme is that of a bucket.
pub fn is_bucket(scheme: &str) -> bool {
    matches!(scheme, "s3" | "s3a" | "s3p" | "s3n" | "gs" | "abfs" | "abfss" | "wasb" | "wasbs" | "az" | "azure")
}

/// A folder of a bucket, by its URL.
pub struct Bucket {
    /// The URL as given.
    pub(crate) url: Url,
    /// The bucket's name.
    pub(crate) name: String,
    /// The folder in it.
    pub(crate) path: ObjectPath,
}

impl Bucket {
    /// Reads a URL; `what` says in errors what it is the URL of.
    pub fn parse(text: &str, what: &str) -> Result<Self> {
        let example = "write it as s3://bucket/folder";
        // The text itself may hold a password and is not repeated.
        let url = Url::parse(text).map_err(|e| Error::invalid(format!("{what} is not a URL ({e}); {example}")))?;
        if url.password().is_some() || url.query().is_some() {
            return Err(Error::invalid(format!(
                "credentials do not belong into the URL of {what}; {example}, and see s3.access-key"
            )));
        }
        let name = url.host_str().unwrap_or_default().to_owned();
        if name.is_empty() {
            return Err(Error::invalid(format!("'{url}' names no bucket; {example}")));
        }
        let path = ObjectPath::from_url_path(url.path())
            .map_err(|e| Error::invalid(format!("'{url}' is not a usable path: {e}")))?;
        Ok(Self { url, name, path })
    }

    /// The folder as users write it.
    pub(crate) fn display(&self) -> String {
        self.url.as_str().trim_end_matches('/').to_owned()
    }

    /// Sets up a client. Nothing is read or written yet.
    pub fn open(&self, config: &Configuration) -> Result<OpenBucket> {
        match self.url.scheme() {
            "s3" | "s3a" | "s3p" | "s3n" => s3::open(self, config),
            "gs" => cloud::google(self, config),
            scheme if is_bucket(scheme) => cloud::azure(self, config),
            other => Err(Error::invalid(format!("'{other}://' is no bucket that Penstock knows"))),
        }
    }
}
