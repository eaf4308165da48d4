//! Which versions of models an operator uses (`penstock.models.watch`). They are part of its state, so that a restored
//! operator begins with the same.

use std::collections::BTreeMap;

use penstock_core::{Error, Result};

use crate::operators::{OperatorState, Redistribution, RestoredOperator};

/// Name of the operator state.
const STATE: &str = "model-versions";

/// Versions by the name of the model's file.
#[derive(Debug, Default)]
pub struct ModelVersions {
    restored: BTreeMap<String, String>,
    current: BTreeMap<String, String>,
}

impl ModelVersions {
    /// Those of a checkpoint; at another parallelism, those of one of its subtasks.
    pub fn restore(restored: &RestoredOperator) -> Result<Self> {
        let pairs = restored.elements(STATE).iter().map(|bytes| serde_json::from_slice(bytes));
        let restored = pairs.collect::<Result<_, _>>().map_err(|e| Error::damaged(format!("{STATE}: {e}")))?;
        Ok(Self { restored, current: BTreeMap::new() })
    }

    /// The version at the checkpoint that was restored.
    #[must_use]
    pub fn restored(&self, model: &str) -> Option<&str> {
        self.restored.get(model).map(String::as_str)
    }

    /// From now on this version is used.
    pub fn set(&mut self, model: String, version: String) {
        self.current.insert(model, version);
    }

    /// The versions in use, if there are models.
    pub fn snapshot(&self) -> Result<Option<OperatorState>> {
        let elements = self.current.iter().map(|pair| serde_json::to_vec(&pair)).collect::<Result<Vec<_>, _>>();
        let elements = elements.map_err(|e| Error::internal(e.to_string()))?;
        let state = OperatorState { name: STATE.to_owned(), mode: Redistribution::Broadcast, elements };
        Ok((!state.elements.is_empty()).then_some(state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restored_operator_knows_what_it_used_and_not_what_it_will() {
        let mut versions = ModelVersions::default();
        assert_eq!(versions.snapshot().unwrap(), None);
        versions.set("a".to_owned(), "1".to_owned());
        versions.set("a".to_owned(), "2".to_owned());
        let operator = vec![versions.snapshot().unwrap().unwrap()];
        let restored = RestoredOperator { checkpoint_id: Some(1), operator };
        let back = ModelVersions::restore(&restored).unwrap();
        assert_eq!((back.restored("a"), back.restored("b")), (Some("2"), None));
        assert_eq!(back.snapshot().unwrap(), None, "nothing is in use before the function has asked");
    }
}
