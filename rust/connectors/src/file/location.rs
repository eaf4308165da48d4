//! Paths as users write them: plain, or as `file:` URIs.

use std::path::PathBuf;

use penstock_core::{Error, Result};

/// The path that a text names.
pub(super) fn local(text: &str) -> Result<PathBuf> {
    if let Some(rest) = text.strip_prefix("file:") {
        // `file:///a`, `file://localhost/a` and `file:/a` are the same.
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let rest = rest.strip_prefix("localhost").unwrap_or(rest);
        return Ok(PathBuf::from(rest));
    }
    match text.split_once("://") {
        Some((scheme, _)) => Err(Error::invalid(format!(
            "files at {text} cannot be used here: the scheme {scheme}: is not supported, only file: and plain paths are"
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
}
