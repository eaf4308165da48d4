//! Typed options: a key, the type of its value and its default, read from the text of a [`Configuration`].
//!
//! ```
//! use penstock_core::config::{ConfigOption, Configuration};
//! use std::time::Duration;
//! const PAUSE: ConfigOption<Duration> = ConfigOption::new("demo.pause", "1 min");
//! let mut config = Configuration::default();
//! assert_eq!(config.read(&PAUSE).unwrap(), Duration::from_secs(60));
//! config.set("demo.pause", "soon");
//! assert!(config.read(&PAUSE).unwrap_err().to_string().starts_with("demo.pause: 'soon' is not a duration"));
//! ```

use std::marker::PhantomData;

use super::{Configuration, deprecated};
use crate::error::{Error, Result};

/// A value that can be read from text.
pub trait ConfigValue: Sized {
    /// What is expected, with an article and examples, for error texts: `a duration such as '60 s'`.
    const EXPECTED: &'static str;

    /// Reads the value; `None` where the text is not one.
    fn parse(text: &str) -> Option<Self>;
}

/// A key with the type of its value. `ConfigOption<Option<T>>` is a key without a default.
#[derive(Debug)]
pub struct ConfigOption<T> {
    key: &'static str,
    default: &'static str,
    value: PhantomData<fn() -> T>,
}

impl<T: ConfigValue> ConfigOption<T> {
    /// An option whose default is written as a user would write it.
    #[must_use]
    pub const fn new(key: &'static str, default: &'static str) -> Self {
        Self { key, default, value: PhantomData }
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// The default as text; empty where there is none.
    #[must_use]
    pub const fn default_text(&self) -> &'static str {
        self.default
    }
}

impl<T: ConfigValue> ConfigOption<Option<T>> {
    /// An option without a default.
    #[must_use]
    pub const fn unset(key: &'static str) -> Self {
        Self::new(key, "")
    }
}

impl Configuration {
    /// Reads an option: its own key, else the newest of its older names, else its default.
    pub fn read<T: ConfigValue>(&self, option: &ConfigOption<T>) -> Result<T> {
        let (key, text) = self.lookup(option.key).unwrap_or((option.key, option.default));
        T::parse(text.trim()).ok_or_else(|| Error::invalid(format!("{key}: '{text}' is not {}", T::EXPECTED)))
    }

    /// The name under which a key is set, its own or an older one, with the text of its value.
    #[must_use]
    pub fn lookup<'a>(&'a self, key: &'a str) -> Option<(&'a str, &'a str)> {
        let older = deprecated::older_names(key).iter().map(|&(old, _)| old);
        std::iter::once(key).chain(older).find_map(|name| Some((name, self.get(name)?)))
    }

    /// Whether a key is set, under its own name or an older one.
    #[must_use]
    pub fn contains<T: ConfigValue>(&self, option: &ConfigOption<T>) -> bool {
        self.lookup(option.key).is_some()
    }
}

impl<T: ConfigValue> ConfigValue for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn parse(text: &str) -> Option<Self> {
        if text.is_empty() { Some(None) } else { T::parse(text).map(Some) }
    }
}

impl ConfigValue for String {
    const EXPECTED: &'static str = "a text";

    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl ConfigValue for bool {
    const EXPECTED: &'static str = "a boolean: true or false";

    fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }
}

macro_rules! number {
    ($($type:ty: $expected:literal),*) => {$(
        impl ConfigValue for $type {
            const EXPECTED: &'static str = $expected;

            fn parse(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )*};
}

number!(
    i32: "a whole number",
    i64: "a whole number",
    u16: "a port or another whole number from 0 to 65535",
    u32: "a whole number of at least 0",
    u64: "a whole number of at least 0",
    f64: "a number such as '1.5'"
);

#[cfg(test)]
mod tests {
    use super::*;

    const RATIO: ConfigOption<f64> = ConfigOption::new("demo.ratio", "1.5");
    const NAME: ConfigOption<Option<String>> = ConfigOption::unset("demo.name");
    const UNALIGNED: ConfigOption<bool> = ConfigOption::new("execution.checkpointing.unaligned.enabled", "false");

    #[test]
    fn a_default_is_used_until_the_key_is_set() {
        let mut config = Configuration::default();
        assert_eq!((config.read(&RATIO).expect("default"), config.read(&NAME).expect("none")), (1.5, None));
        config.set("demo.ratio", " 2 ");
        config.set("demo.name", "x");
        assert_eq!((config.read(&RATIO).expect("set"), config.read(&NAME).expect("set")), (2.0, Some("x".to_owned())));
    }

    #[test]
    fn an_older_name_counts_and_the_newer_one_wins() {
        let mut config = Configuration::default();
        config.set("execution.checkpointing.unaligned", "TRUE");
        assert!(config.read(&UNALIGNED).expect("old name"));
        assert!(config.contains(&UNALIGNED));
        config.set("execution.checkpointing.unaligned.enabled", "false");
        assert!(!config.read(&UNALIGNED).expect("new name"));
    }

    #[test]
    fn an_error_names_the_key_that_the_user_wrote() {
        let mut config = Configuration::default();
        config.set("execution.checkpointing.unaligned", "yes");
        let error = config.read(&UNALIGNED).expect_err("not a boolean").to_string();
        assert_eq!(error, "execution.checkpointing.unaligned: 'yes' is not a boolean: true or false");
    }
}
