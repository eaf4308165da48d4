//! Declared types, as `pyflink.common.typeinfo` has them. The JSON form is what the Python package sends.
//!
//! ```
//! use penstock_core::TypeInfo;
//! let t: TypeInfo = serde_json::from_str(r#"{"type":"TUPLE","fields":[{"type":"STRING"},{"type":"LONG"}]}"#).unwrap();
//! assert_eq!(t.to_string(), "TUPLE(STRING, LONG)");
//! ```

use serde::{Deserialize, Serialize};
use std::fmt;

/// A declared type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TypeInfo {
    String,
    Byte,
    Boolean,
    Short,
    Int,
    Long,
    Float,
    Double,
    Char,
    BigInt,
    BigDec,
    Instant,
    SqlDate,
    SqlTime,
    SqlTimestamp,
    LocalDate,
    LocalTime,
    LocalDateTime,
    /// Any Python object; what an operator without a declared type emits.
    PickledByteArray,
    PrimitiveArray {
        element: Box<TypeInfo>,
    },
    BasicArray {
        element: Box<TypeInfo>,
    },
    ObjectArray {
        element: Box<TypeInfo>,
    },
    Tuple {
        fields: Vec<TypeInfo>,
    },
    Row {
        #[serde(default)]
        names: Option<Vec<String>>,
        fields: Vec<TypeInfo>,
    },
    List {
        element: Box<TypeInfo>,
    },
    Map {
        key: Box<TypeInfo>,
        value: Box<TypeInfo>,
    },
}

impl fmt::Display for TypeInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |fields: &[TypeInfo]| fields.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Self::PrimitiveArray { element } => write!(f, "PRIMITIVE_ARRAY({element})"),
            Self::BasicArray { element } => write!(f, "BASIC_ARRAY({element})"),
            Self::ObjectArray { element } => write!(f, "OBJECT_ARRAY({element})"),
            Self::List { element } => write!(f, "LIST({element})"),
            Self::Map { key, value } => write!(f, "MAP({key}, {value})"),
            Self::Tuple { fields } => write!(f, "TUPLE({})", list(fields)),
            Self::Row { names: None, fields } => write!(f, "ROW({})", list(fields)),
            Self::Row { names: Some(names), fields } => {
                let named: Vec<_> = names.iter().zip(fields).map(|(n, t)| format!("{n}: {t}")).collect();
                write!(f, "ROW({})", named.join(", "))
            }
            scalar => {
                let name = format!("{scalar:?}");
                for (i, c) in name.char_indices() {
                    if i > 0 && c.is_ascii_uppercase() {
                        f.write_str("_")?;
                    }
                    write!(f, "{}", c.to_ascii_uppercase())?;
                }
                Ok(())
            }
        }
    }
}
