//! The declared types of a state, as they are kept in snapshots.
//!
//! A descriptor holds them as text, which is JSON, so that a later life of the job can compare types by their structure,
//! and a reader can make values of the bytes. Snapshots of the first version had only words there: such a text is shown
//! as it is and compared with nothing.
//!
//! ```
//! use penstock_core::TypeInfo;
//! use penstock_state::{DeclaredTypes, StateKind};
//! let declared = DeclaredTypes { value: Some(TypeInfo::Long), ..DeclaredTypes::default() };
//! assert_eq!(declared.text(), r#"{"value":{"type":"LONG"}}"#);
//! assert_eq!(DeclaredTypes::parse(&declared.text()), Some(declared));
//! assert_eq!(DeclaredTypes::parse("LONG"), None);
//! assert_eq!(DeclaredTypes::words(StateKind::Value, r#"{"value":{"type":"LONG"}}"#), "LONG");
//! ```

use penstock_core::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::backend::StateKind;

/// What a state was declared as. A type that is absent means any object, pickled (for keys: in canonical form).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredTypes {
    /// Of values, elements of a list, or values of a map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<TypeInfo>,
    /// Of the keys of a map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map_key: Option<TypeInfo>,
    /// Of the operator's keys; known to its timers alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<TypeInfo>,
    /// Whether values have the time of their last use in front.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ttl: bool,
    /// Whether a window stands behind each key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub namespaced: bool,
}

impl DeclaredTypes {
    /// The text for a descriptor.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("types are names, lists and texts")
    }

    /// The types in a descriptor's text, unless it has only words.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The types as a user writes them, from a descriptor's text.
    #[must_use]
    pub fn words(kind: StateKind, text: &str) -> String {
        let Some(declared) = Self::parse(text) else { return text.to_owned() };
        let shown =
            |t: &Option<TypeInfo>| t.as_ref().map_or_else(|| "PICKLED_BYTE_ARRAY".to_owned(), ToString::to_string);
        let types = match kind {
            StateKind::Value | StateKind::List => shown(&declared.value),
            StateKind::Map => format!("{} -> {}", shown(&declared.map_key), shown(&declared.value)),
            StateKind::Timers => format!("keys {}", shown(&declared.key)),
        };
        if declared.ttl { format!("{types} with time to live") } else { types }
    }

    /// The type of the bytes under one key and map key: a list is stored whole.
    #[must_use]
    pub(crate) fn stored(&self, kind: StateKind) -> TypeInfo {
        let value = self.value.clone().unwrap_or(TypeInfo::PickledByteArray);
        if kind == StateKind::List { TypeInfo::List { element: Box::new(value) } } else { value }
    }
}
