//! The values of a column, one by one.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, FixedSizeBinaryArray, Float64Array, Int64Array, ListArray, MapArray,
    PrimitiveArray, StringArray, StructArray, UnionArray,
};
use arrow_schema::DataType;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString};
use std::sync::Arc;

use super::temporal;
use super::units::{micros, stored_numbers, widened};
use crate::row::{self, Packed};

/// What a row becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A `Row` with dates and times as such.
    Row,
    /// A `dict` with dates and times as the numbers that they are in the file, as Flink's generic records have them.
    Dict,
}

/// What objects are made with.
pub struct Classes {
    decimal: Py<PyAny>,
    instant: Py<PyAny>,
}

impl Classes {
    pub fn new(py: Python<'_>) -> PyResult<Self> {
        Ok(Self {
            decimal: py.import("decimal")?.getattr("Decimal")?.unbind(),
            instant: py.import("penstock.common.time")?.getattr("Instant")?.unbind(),
        })
    }
}

/// Columns that are the fields of a record.
pub struct Record {
    names: Names,
    columns: Vec<Cells>,
    nulls: Option<ArrayRef>,
    /// Whether all columns can be packed into rows.
    packs: bool,
}

enum Names {
    /// Of all rows.
    Row(Py<PyList>),
    Dict(Vec<Py<PyString>>),
}

impl Record {
    pub fn new(py: Python<'_>, rows: &StructArray, shape: Shape, classes: &Arc<Classes>) -> PyResult<Self> {
        let names: Vec<String> = rows.fields().iter().map(|field| field.name().clone()).collect();
        let names = match shape {
            Shape::Row => Names::Row(row::names_list(py, &names)?),
            Shape::Dict => Names::Dict(names.iter().map(|name| PyString::intern(py, name).unbind()).collect()),
        };
        let columns = rows.columns().iter().map(|column| Cells::new(py, column, shape, classes));
        let columns = columns.collect::<PyResult<Vec<_>>>()?;
        let nulls = (rows.null_count() > 0).then(|| Arc::new(rows.clone()) as ArrayRef);
        let packs = !columns.is_empty() && columns.iter().all(Cells::packs);
        Ok(Self { names, columns, nulls, packs })
    }

    #[inline]
    pub fn get<'py>(&self, py: Python<'py>, row: usize) -> PyResult<Bound<'py, PyAny>> {
        if self.nulls.as_ref().is_some_and(|rows| rows.is_null(row)) {
            return Ok(py.None().into_bound(py));
        }
        match &self.names {
            Names::Row(names) => {
                if self.packs
                    && let Some(packed) = row::packed(py, names, self.columns.len(), |at| self.columns[at].packed(row))?
                {
                    return Ok(packed);
                }
                let values = row::list(py, self.columns.len(), |at| self.columns[at].get(py, row))?;
                row::make(py, 0, Some(names), values)
            }
            Names::Dict(names) => {
                let dict = PyDict::new(py);
                for (name, column) in names.iter().zip(&self.columns) {
                    dict.set_item(name, column.get(py, row)?)?;
                }
                Ok(dict.into_any())
            }
        }
    }
}

/// A column. What there are several widths of in files is widened here, so that the way of a value is short.
enum Cells {
    Null,
    Bool(BooleanArray),
    Int(Int64Array),
    UInt(PrimitiveArray<UInt64Type>),
    Float(Float64Array),
    Text(StringArray),
    Bytes(BinaryArray),
    Fixed(FixedSizeBinaryArray),
    Decimal { digits: PrimitiveArray<Decimal128Type>, scale: i8, classes: Arc<Classes> },
    Date(Int64Array),
    Time(Int64Array),
    Timestamp(Int64Array),
    Instant { micros: Int64Array, classes: Arc<Classes> },
    Lists { lists: ListArray, elements: Box<Cells> },
    Maps { maps: MapArray, keys: Box<Cells>, values: Box<Cells> },
    Records { records: ArrayRef, fields: Box<Record> },
    Dictionary { keys: Int64Array, values: Vec<Py<PyAny>> },
    Union { union: UnionArray, branches: Vec<(i8, Cells)> },
}

impl Cells {
    fn new(py: Python<'_>, column: &ArrayRef, shape: Shape, classes: &Arc<Classes>) -> PyResult<Self> {
        use DataType as D;
        let inner = |column: &ArrayRef| Self::new(py, column, shape, classes);
        if shape == Shape::Dict
            && let Some(numbers) = stored_numbers(column)
        {
            return Ok(Self::Int(numbers));
        }
        Ok(match column.data_type() {
            D::Null => Self::Null,
            D::Boolean => Self::Bool(column.as_boolean().clone()),
            D::Int8 => Self::Int(widened::<Int8Type>(column)),
            D::Int16 => Self::Int(widened::<Int16Type>(column)),
            D::Int32 => Self::Int(widened::<Int32Type>(column)),
            D::Int64 => Self::Int(column.as_primitive().clone()),
            D::UInt8 => Self::Int(widened::<UInt8Type>(column)),
            D::UInt16 => Self::Int(widened::<UInt16Type>(column)),
            D::UInt32 => Self::Int(widened::<UInt32Type>(column)),
            D::UInt64 => Self::UInt(column.as_primitive().clone()),
            D::Float16 => Self::Float(column.as_primitive::<Float16Type>().unary(f64::from)),
            D::Float32 => Self::Float(column.as_primitive::<Float32Type>().unary(f64::from)),
            D::Float64 => Self::Float(column.as_primitive::<Float64Type>().clone()),
            D::Utf8 => Self::Text(column.as_string().clone()),
            D::Binary => Self::Bytes(column.as_binary().clone()),
            D::FixedSizeBinary(_) => Self::Fixed(column.as_fixed_size_binary().clone()),
            D::Decimal128(_, scale) => {
                let digits = column.as_primitive::<Decimal128Type>().clone();
                Self::Decimal { digits, scale: *scale, classes: Arc::clone(classes) }
            }
            D::Date32 => Self::Date(widened::<Date32Type>(column)),
            D::Time32(_) | D::Time64(_) => Self::Time(micros(column).ok_or_else(|| unknown(column))?),
            D::Timestamp(_, None) => Self::Timestamp(micros(column).ok_or_else(|| unknown(column))?),
            D::Timestamp(_, Some(_)) => {
                let micros = micros(column).ok_or_else(|| unknown(column))?;
                Self::Instant { micros, classes: Arc::clone(classes) }
            }
            D::List(_) => {
                let lists = column.as_list::<i32>().clone();
                Self::Lists { elements: Box::new(inner(lists.values())?), lists }
            }
            D::Map(..) => {
                let maps = column.as_map().clone();
                let (keys, values) = (Box::new(inner(maps.keys())?), Box::new(inner(maps.values())?));
                Self::Maps { maps, keys, values }
            }
            D::Struct(_) => {
                let fields = Box::new(Record::new(py, column.as_struct(), shape, classes)?);
                Self::Records { records: Arc::clone(column), fields }
            }
            D::Dictionary(..) => dictionary(py, column, shape, classes)?,
            D::Union(fields, _) => {
                let union = column.as_union().clone();
                let branches = fields.iter().map(|(id, _)| Ok((id, inner(union.child(id))?)));
                Self::Union { branches: branches.collect::<PyResult<_>>()?, union }
            }
            _ => return Err(unknown(column)),
        })
    }

    #[inline]
    fn get<'py>(&self, py: Python<'py>, row: usize) -> PyResult<Bound<'py, PyAny>> {
        if self.is_null(row) {
            return Ok(py.None().into_bound(py));
        }
        Ok(match self {
            Self::Null => py.None().into_bound(py),
            Self::Bool(values) => PyBool::new(py, values.value(row)).to_owned().into_any(),
            Self::Int(values) => PyInt::new(py, values.value(row)).into_any(),
            Self::UInt(values) => PyInt::new(py, values.value(row)).into_any(),
            Self::Float(values) => PyFloat::new(py, values.value(row)).into_any(),
            Self::Text(values) => row::text(py, values.value(row))?,
            Self::Bytes(values) => PyBytes::new(py, values.value(row)).into_any(),
            Self::Fixed(values) => PyBytes::new(py, values.value(row)).into_any(),
            Self::Decimal { digits, scale, classes } => {
                classes.decimal.bind(py).call1((decimal_text(digits.value(row), *scale),))?
            }
            Self::Date(days) => temporal::date(py, days.value(row))?,
            Self::Time(micros) => temporal::time(py, micros.value(row))?,
            Self::Timestamp(micros) => temporal::datetime(py, micros.value(row))?,
            Self::Instant { micros, classes } => {
                let micros = micros.value(row);
                let nanos = micros.rem_euclid(1_000_000) * 1000;
                classes.instant.bind(py).call1((micros.div_euclid(1_000_000), nanos))?
            }
            Self::Lists { lists, elements } => {
                let (start, end) = (lists.value_offsets()[row] as usize, lists.value_offsets()[row + 1] as usize);
                let values = (start..end).map(|at| elements.get(py, at)).collect::<PyResult<Vec<_>>>()?;
                PyList::new(py, values)?.into_any()
            }
            Self::Maps { maps, keys, values } => {
                let dict = PyDict::new(py);
                for at in maps.value_offsets()[row] as usize..maps.value_offsets()[row + 1] as usize {
                    dict.set_item(keys.get(py, at)?, values.get(py, at)?)?;
                }
                dict.into_any()
            }
            Self::Records { fields, .. } => fields.get(py, row)?,
            Self::Dictionary { keys, values } => match values.get(keys.value(row) as usize) {
                Some(value) => value.bind(py).clone(),
                None => py.None().into_bound(py),
            },
            Self::Union { union, branches } => {
                let id = union.type_id(row);
                match branches.iter().find(|(branch, _)| *branch == id) {
                    Some((_, values)) => values.get(py, union.value_offset(row))?,
                    None => py.None().into_bound(py),
                }
            }
        })
    }

    /// Whether its values are of the kinds that rows can hold as bytes: nobody can change them.
    fn packs(&self) -> bool {
        matches!(self, Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Text(_) | Self::Bytes(_))
    }

    /// A value of a column that packs.
    #[inline]
    fn packed(&self, row: usize) -> Packed<'_> {
        if self.is_null(row) {
            return Packed::None;
        }
        match self {
            Self::Bool(values) => Packed::Bool(values.value(row)),
            Self::Int(values) => Packed::Int(values.value(row)),
            Self::Float(values) => Packed::Float(values.value(row)),
            Self::Text(values) => Packed::Text(values.value(row)),
            Self::Bytes(values) => Packed::Bytes(values.value(row)),
            _ => Packed::None,
        }
    }

    #[inline]
    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(values) => values.is_null(row),
            Self::Int(values) | Self::Date(values) | Self::Time(values) | Self::Timestamp(values) => {
                values.is_null(row)
            }
            Self::UInt(values) => values.is_null(row),
            Self::Float(values) => values.is_null(row),
            Self::Text(values) => values.is_null(row),
            Self::Bytes(values) => values.is_null(row),
            Self::Fixed(values) => values.is_null(row),
            Self::Decimal { digits, .. } => digits.is_null(row),
            Self::Instant { micros, .. } => micros.is_null(row),
            Self::Lists { lists, .. } => lists.is_null(row),
            Self::Maps { maps, .. } => maps.is_null(row),
            Self::Records { records, .. } => records.is_null(row),
            Self::Dictionary { keys, .. } => keys.is_null(row),
            Self::Union { .. } => false,
        }
    }
}

fn dictionary(py: Python<'_>, column: &ArrayRef, shape: Shape, classes: &Arc<Classes>) -> PyResult<Cells> {
    let dictionary = column.as_any_dictionary_opt().ok_or_else(|| unknown(column))?;
    if dictionary.values().is_empty() {
        return Ok(Cells::Null);
    }
    let values = Cells::new(py, dictionary.values(), shape, classes)?;
    let values = (0..dictionary.values().len()).map(|at| Ok(values.get(py, at)?.unbind()));
    let keys = dictionary.normalized_keys();
    let keys = keys.iter().enumerate().map(|(row, key)| column.is_valid(row).then_some(*key as i64));
    Ok(Cells::Dictionary { keys: keys.collect(), values: values.collect::<PyResult<_>>()? })
}

/// A number with a point as many digits from the right as the scale says.
fn decimal_text(digits: i128, scale: i8) -> String {
    format!("{digits}E{}", -i16::from(scale))
}

#[cold]
fn unknown(column: &ArrayRef) -> PyErr {
    PyTypeError::new_err(format!("a column of {} has no Python values", column.data_type()))
}
