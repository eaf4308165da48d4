//! Values that are spread over several keys: maps given as keys with a common prefix, reporters, lists of folders.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::option::{ConfigOption, ConfigValue};
use super::{Configuration, options};
use crate::error::{Error, Result};

/// A metric reporter with its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reporter {
    /// `prom` in `metrics.reporter.prom.port`.
    pub name: String,
    /// Its keys without `metrics.reporter.<name>.`.
    pub settings: BTreeMap<String, String>,
}

impl Reporter {
    /// Reads one of its keys; `default` is written as a user would write it.
    pub fn read<T: ConfigValue>(&self, key: &str, default: &str) -> Result<T> {
        let text = self.settings.get(key).map_or(default, String::as_str);
        T::parse(text.trim()).ok_or_else(|| {
            Error::invalid(format!("metrics.reporter.{}.{key}: '{text}' is not {}", self.name, T::EXPECTED))
        })
    }
}

impl Configuration {
    /// The keys that begin with `prefix`, without it.
    #[must_use]
    pub fn section(&self, prefix: &str) -> BTreeMap<String, String> {
        self.iter().filter_map(|(key, value)| Some((key.strip_prefix(prefix)?.to_owned(), value.to_owned()))).collect()
    }

    /// Reads a map that is given in one text, or as one key per entry: `pipeline.global-job-parameters.k: v`.
    pub fn read_map(&self, option: &ConfigOption<BTreeMap<String, String>>) -> Result<BTreeMap<String, String>> {
        let mut map = self.read(option)?;
        map.extend(self.section(&format!("{}.", option.key())));
        Ok(map)
    }

    /// The metric reporters: those named in `metrics.reporters`, or every one that has a key.
    #[must_use]
    pub fn reporters(&self) -> Vec<Reporter> {
        let keys = self.section("metrics.reporter.");
        let mut names: Vec<&str> = match self.get(options::REPORTERS.key()).map(str::trim) {
            Some(listed) if !listed.is_empty() => {
                listed.split([',', ';', '[', ']', ' ']).filter(|name| !name.is_empty()).collect()
            }
            _ => keys.keys().filter_map(|key| Some(key.split_once('.')?.0)).collect(),
        };
        names.dedup();
        let settings = |name: &str| self.section(&format!("metrics.reporter.{name}."));
        names.into_iter().map(|name| Reporter { name: name.to_owned(), settings: settings(name) }).collect()
    }

    /// The folders for temporary files; empty where the system's own is to be taken.
    pub fn tmp_dirs(&self) -> Result<Vec<PathBuf>> {
        let text = self.read(&options::TMP_DIRS)?.unwrap_or_default();
        Ok(text.split([',', ';', ':']).map(str::trim).filter(|dir| !dir.is_empty()).map(PathBuf::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn config(entries: &[(&str, &str)]) -> Configuration {
        entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_map_may_be_given_both_ways() {
        let config =
            config(&[("pipeline.global-job-parameters", "a:1,b:2"), ("pipeline.global-job-parameters.b", "3")]);
        let map: Vec<_> = config.read_map(&options::GLOBAL_JOB_PARAMETERS).expect("a map").into_iter().collect();
        assert_eq!(map, [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "3".to_owned())]);
    }

    #[test]
    fn reporters_are_those_with_keys_unless_they_are_listed() {
        let mut config = config(&[("metrics.reporter.prom.port", "9300"), ("metrics.reporter.slf4j.interval", "1 s")]);
        let names = |config: &Configuration| config.reporters().into_iter().map(|r| r.name).collect::<Vec<_>>();
        assert_eq!(names(&config), ["prom", "slf4j"]);
        config.set("metrics.reporters", "prom");
        assert_eq!(names(&config), ["prom"]);
        let prom = &config.reporters()[0];
        assert_eq!(prom.read::<u16>("port", "9249").expect("a port"), 9300);
        let error = Reporter { name: "p".into(), settings: BTreeMap::from([("port".into(), "x".into())]) }
            .read::<u16>("port", "1");
        assert!(error.expect_err("no port").to_string().starts_with("metrics.reporter.p.port: 'x' is not"));
    }

    #[test]
    fn folders() {
        assert_eq!(Configuration::default().tmp_dirs().expect("none"), Vec::<PathBuf>::new());
        let config = config(&[("taskmanager.tmp.dirs", "/a:/b, /c")]);
        assert_eq!(config.tmp_dirs().expect("three"), ["/a", "/b", "/c"].map(Path::new));
    }
}
