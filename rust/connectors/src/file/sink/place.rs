//! Where a sink writes.

use std::path::PathBuf;
use std::sync::Arc;

use penstock_core::{Error, Result};

use super::super::location::{BucketFolder, Location};
use super::part::Uploads;
use crate::bridge;

/// A directory, as one task of the sink uses it.
#[derive(Clone)]
pub(super) enum Place {
    Disk(PathBuf),
    Bucket(Arc<Uploads>),
}

/// Whether files can be written there. Nothing stays behind.
pub(super) fn preflight(location: &Location) -> Result<()> {
    match location {
        Location::Local(path) => disk(path),
        Location::Bucket(folder) => {
            let folder = Arc::clone(folder);
            bridge::run_alone(async move { bucket(&folder).await })
        }
    }
}

fn disk(path: &std::path::Path) -> Result<()> {
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

/// An upload that is begun and given up: needs the same rights as one that is completed.
async fn bucket(folder: &BucketFolder) -> Result<()> {
    let probe = folder.bucket.path(&format!(".penstock-probe-{}", uuid::Uuid::new_v4()));
    let failed = |e: object_store::Error| {
        Error::invalid(folder.bucket.explainer.error("the output directory cannot be written to", &e).to_string())
    };
    let upload = folder.bucket.multipart.create_multipart(&probe).await.map_err(failed)?;
    folder.bucket.multipart.abort_multipart(&probe, &upload).await.map_err(failed)
}
