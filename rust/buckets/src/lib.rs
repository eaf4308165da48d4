//! Buckets: S3 and what speaks its protocol, Google Cloud Storage, Azure. Opened from a URL and Flink's keys, for
//! checkpoints and files alike, with errors that say which setting to change.
//!
//! ```
//! use penstock_core::Configuration;
//! let bucket = penstock_buckets::Bucket::parse("s3://events/2026", "the input path")?;
//! let config: Configuration = [("s3.endpoint".to_owned(), "http://localhost:9000".to_owned())].into_iter().collect();
//! assert_eq!(bucket.open(&config)?.path("a.csv").to_string(), "2026/a.csv");
//! # Ok::<(), penstock_core::Error>(())
//! ```

mod bucket;
mod cloud;
mod explain;
mod open;
mod s3;

pub use bucket::{Bucket, is_bucket};
pub use explain::{Explainer, is_missing, not_supported};
pub use open::OpenBucket;
