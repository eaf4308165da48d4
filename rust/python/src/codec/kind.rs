//! What the boundary does with a type, decided once per operator.

use penstock_core::TypeInfo;

use crate::row::Names;

/// A declared type in the form in which values are handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `str`
    Text,
    /// `str` of one character
    Char,
    /// `bool`
    Bool,
    /// `int` of so many bits
    Int(u32),
    /// `float` of 4 bytes in storage
    Float,
    /// `float`
    Double,
    /// `bytes`
    Bytes,
    /// `tuple`
    Tuple(Vec<Kind>),
    /// `penstock.common.Row`
    Row { names: Option<Names>, fields: Vec<Kind> },
    /// `list`, or `tuple` where the type is an array
    List(Box<Kind>),
    /// `dict`
    Map(Box<Kind>, Box<Kind>),
    /// An instance of one of these classes, each a module and a name; stored as a pickle.
    Instance(&'static [(&'static str, &'static str)]),
    /// A `datetime` or `time` of this class; stored as a pickle, cut to milliseconds.
    Millis(&'static str),
    /// Anything, stored as a pickle
    Any,
}

impl Kind {
    /// The kind of a declared type; `None`: any object.
    #[must_use]
    pub fn of(declared: Option<&TypeInfo>) -> Self {
        let Some(declared) = declared else { return Self::Any };
        let inner = |t: &TypeInfo| Box::new(Self::of(Some(t)));
        let all = |fields: &[TypeInfo]| fields.iter().map(|t| Self::of(Some(t))).collect();
        match declared {
            TypeInfo::String => Self::Text,
            TypeInfo::Char => Self::Char,
            TypeInfo::Boolean => Self::Bool,
            TypeInfo::Byte => Self::Int(8),
            TypeInfo::Short => Self::Int(16),
            TypeInfo::Int => Self::Int(32),
            TypeInfo::Long => Self::Int(64),
            TypeInfo::Float => Self::Float,
            TypeInfo::Double => Self::Double,
            TypeInfo::BigInt => Self::Instance(&[("builtins", "int")]),
            TypeInfo::BigDec => Self::Instance(&[("decimal", "Decimal")]),
            TypeInfo::Instant => Self::Instance(&[("penstock.common.time", "Instant")]),
            TypeInfo::SqlDate | TypeInfo::LocalDate => Self::Instance(&[("datetime", "date")]),
            TypeInfo::SqlTime | TypeInfo::LocalTime => Self::Millis("time"),
            TypeInfo::SqlTimestamp | TypeInfo::LocalDateTime => Self::Millis("datetime"),
            TypeInfo::PickledByteArray => Self::Any,
            TypeInfo::PrimitiveArray { element } if **element == TypeInfo::Byte => Self::Bytes,
            TypeInfo::PrimitiveArray { element }
            | TypeInfo::BasicArray { element }
            | TypeInfo::ObjectArray { element }
            | TypeInfo::List { element } => Self::List(inner(element)),
            TypeInfo::Map { key, value } => Self::Map(inner(key), inner(value)),
            TypeInfo::Tuple { fields } => Self::Tuple(all(fields)),
            TypeInfo::Row { names, fields } => Self::Row { names: names.clone().map(Names::new), fields: all(fields) },
        }
    }

    /// Whether no value of this kind can be changed.
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        match self {
            Self::Text
            | Self::Char
            | Self::Bool
            | Self::Int(_)
            | Self::Float
            | Self::Double
            | Self::Bytes
            | Self::Millis(_)
            | Self::Instance(_) => true,
            Self::Tuple(fields) => fields.iter().all(Self::is_scalar),
            Self::Row { .. } | Self::List(_) | Self::Map(..) | Self::Any => false,
        }
    }

    /// What a value of this kind is called in an error.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Self::Text => "str".to_owned(),
            Self::Char => "str of one character".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Int(bits) => format!("int of {bits} bits"),
            Self::Float | Self::Double => "float".to_owned(),
            Self::Bytes => "bytes".to_owned(),
            Self::Tuple(fields) => format!("tuple of {}", fields.len()),
            Self::Row { fields, .. } => format!("Row or tuple of {}", fields.len()),
            Self::List(_) => "list".to_owned(),
            Self::Map(..) => "dict".to_owned(),
            Self::Instance(classes) => classes.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(" or "),
            Self::Millis(class) => (*class).to_owned(),
            Self::Any => "object".to_owned(),
        }
    }
}
