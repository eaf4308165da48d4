//! A bucket that can be talked to.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::multipart::MultipartStore;
use object_store::path::Path;

use crate::Explainer;

/// A folder of a bucket, with a client.
pub struct OpenBucket {
    /// Everything that buckets can do.
    pub store: Arc<dyn ObjectStore>,
    /// Uploads in parts, which another process can complete.
    pub multipart: Arc<dyn MultipartStore>,
    /// The folder.
    pub root: Path,
    /// Makes errors of what the server answers.
    pub explainer: Explainer,
}

impl OpenBucket {
    pub(crate) fn new<S: ObjectStore + MultipartStore>(store: S, root: Path, explainer: Explainer) -> Self {
        let store = Arc::new(store);
        Self { multipart: Arc::clone(&store) as Arc<dyn MultipartStore>, store, root, explainer }
    }

    /// The path of something in the folder.
    #[must_use]
    pub fn path(&self, below: &str) -> Path {
        self.root.parts().chain(Path::from(below).parts()).collect()
    }
}
