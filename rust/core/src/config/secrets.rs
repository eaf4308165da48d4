//! Values that are not shown: a key that contains one of these words names a secret.

use std::collections::BTreeMap;

use super::Configuration;

/// What is shown instead of a secret.
pub const MASK: &str = "******";

const WORDS: [&str; 14] = [
    "password",
    "secret",
    "fs.azure.account.key",
    "apikey",
    "api-key",
    "auth-params",
    "service-key",
    "token",
    "basic-auth",
    "jaas.config",
    "http-headers",
    "access-key",
    "access.key",
    "accesskey",
];

/// Whether the value of a key must not be shown.
#[must_use]
pub fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    WORDS.iter().any(|word| key.contains(word))
}

impl Configuration {
    /// Every key with what may be shown of its value.
    #[must_use]
    pub fn masked(&self) -> BTreeMap<&str, &str> {
        self.iter().map(|(key, value)| (key, if is_secret(key) { MASK } else { value })).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_others_are_not() {
        let mut config = Configuration::default();
        config.set("s3.access-key", "AKIA");
        config.set("S3.Secret.Key", "hush");
        config.set("s3.endpoint", "http://localhost:9000");
        assert!(!format!("{config:?}").contains("hush"));
        let shown: Vec<_> = config.masked().into_iter().collect();
        assert_eq!(shown, [("S3.Secret.Key", MASK), ("s3.access-key", MASK), ("s3.endpoint", "http://localhost:9000")]);
    }

    #[test]
    fn every_word_hides() {
        assert!(WORDS.iter().all(|word| is_secret(&format!("x.{word}.y"))));
    }
}
