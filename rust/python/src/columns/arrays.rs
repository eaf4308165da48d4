//! What a function of batches gave, as columns. `penstock._runtime.batches` has brought it into one of a few forms.

use arrow_array::builder::BooleanBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, ListArray, PrimitiveArray, RecordBatch, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field};
use penstock_core::columns::Layout;
use pyo3::buffer::{Element, PyBuffer};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use std::ffi::CStr;
use std::sync::Arc;

use super::capsule::imported;
use super::objects::column;
use super::{cast, type_name};

/// The column of a field: from a list of values, from an object with the Arrow interface, from an array of the field's
/// own dtype (bytes for booleans), or, for lists of one length, from an array of all their elements and that length.
pub fn column_of(field: &Field, given: &Bound<'_, PyAny>, nullable: bool) -> PyResult<ArrayRef> {
    if let Ok(list) = given.cast::<PyList>() {
        return column(field, &list.iter().collect::<Vec<_>>(), nullable);
    }
    if let (Ok(pair), DataType::List(item)) = (given.cast::<PyTuple>(), field.data_type()) {
        return lists_of_one_length(item, pair);
    }
    // An array of NumPy has no such interface, and asking for what is missing costs an exception.
    let of_numpy = is_ndarray(given);
    if !of_numpy && (given.hasattr("__arrow_c_array__")? || given.hasattr("__arrow_c_stream__")?) {
        let array = only_column(imported(given)?)?;
        let array = cast(&array, field).map_err(PyTypeError::new_err)?;
        if !nullable && array.null_count() > 0 {
            let (name, nulls) = (field.name(), array.null_count());
            return Err(PyTypeError::new_err(format!("column '{name}': {nulls} values are null, and none may be")));
        }
        return Ok(array);
    }
    Ok(match field.data_type() {
        DataType::Int8 => numbers::<Int8Type>(given)?,
        DataType::Int16 => numbers::<Int16Type>(given)?,
        DataType::Int32 => numbers::<Int32Type>(given)?,
        DataType::Int64 => numbers::<Int64Type>(given)?,
        DataType::Float32 => numbers::<Float32Type>(given)?,
        DataType::Float64 => numbers::<Float64Type>(given)?,
        DataType::Boolean => booleans(&PyBuffer::<u8>::get(given)?.to_vec(given.py())?),
        other => {
            let class = given.get_type().name()?;
            return Err(PyTypeError::new_err(format!(
                "column '{}': expected {}, got {class}",
                field.name(),
                type_name(other)
            )));
        }
    })
}

fn is_ndarray(given: &Bound<'_, PyAny>) -> bool {
    // SAFETY: a type is alive as long as its instances, and so is its name, which ends with a zero.
    unsafe { CStr::from_ptr((*given.get_type_ptr()).tp_name) == c"numpy.ndarray" }
}

/// The columns of a table, which has those of the layout in any order. Raises TypeError naming what differs.
pub fn columns_by_name(layout: &Layout, table: &StructArray) -> PyResult<RecordBatch> {
    let fields = layout.schema.fields();
    let arrays = fields.iter().map(|field| {
        let found = table.column_by_name(field.name()).filter(|_| table.num_columns() == fields.len());
        let found = found.ok_or_else(|| {
            let wanted: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
            let text = format!("expected the columns {}, got {}", wanted.join(", "), table.column_names().join(", "));
            PyTypeError::new_err(text)
        })?;
        cast(found, field).map_err(PyTypeError::new_err)
    });
    let arrays = arrays.collect::<PyResult<Vec<_>>>()?;
    RecordBatch::try_new(layout.schema.clone(), arrays).map_err(|e| PyTypeError::new_err(e.to_string()))
}

/// Of a table with one column, that column.
fn only_column(array: ArrayRef) -> PyResult<ArrayRef> {
    match array.as_struct_opt().map(StructArray::columns) {
        None => Ok(array),
        Some([only]) => Ok(Arc::clone(only)),
        Some(several) => {
            Err(PyTypeError::new_err(format!("one column was expected, got a table with {}", several.len())))
        }
    }
}

fn numbers<T: ArrowPrimitiveType>(given: &Bound<'_, PyAny>) -> PyResult<ArrayRef>
where
    T::Native: Element,
{
    // A copy, for the function may keep the array and change it.
    let values = PyBuffer::<T::Native>::get(given)?.to_vec(given.py())?;
    Ok(Arc::new(PrimitiveArray::<T>::new(values.into(), None)))
}

fn booleans(bytes: &[u8]) -> ArrayRef {
    let mut builder = BooleanBuilder::with_capacity(bytes.len());
    for byte in bytes {
        builder.append_value(*byte != 0);
    }
    Arc::new(builder.finish())
}

fn lists_of_one_length(item: &Arc<Field>, pair: &Bound<'_, PyTuple>) -> PyResult<ArrayRef> {
    let items = column_of(item, &pair.get_item(0)?, true)?;
    let (rows, length): (usize, usize) = pair.get_item(1)?.extract()?;
    let offsets = OffsetBuffer::from_repeated_length(length, rows);
    let lists = ListArray::try_new(Arc::clone(item), offsets, items, None);
    Ok(Arc::new(lists.map_err(|e| PyValueError::new_err(e.to_string()))?))
}

/// The places at which a mask is true. Raises ValueError if it is not for `records` records.
pub fn boolean_mask(given: &Bound<'_, PyAny>, records: usize) -> PyResult<Vec<usize>> {
    let field = Field::new("mask", DataType::Boolean, true);
    let mask = column_of(&field, given, true)?;
    if mask.len() != records {
        return Err(PyValueError::new_err(format!("expected a mask of {records} booleans, got {}", mask.len())));
    }
    let mask = mask.as_boolean();
    Ok((0..records).filter(|&row| mask.is_valid(row) && mask.value(row)).collect())
}

/// Which record each of `values` values comes of. Raises ValueError if that cannot be.
pub fn indices(given: &Bound<'_, PyAny>, values: usize, records: usize) -> PyResult<Vec<usize>> {
    let field = Field::new("indices", DataType::Int64, false);
    let indices = column_of(&field, given, false)?;
    if indices.len() != values {
        let text = format!("expected an index for each of the {values} values, got {}", indices.len());
        return Err(PyValueError::new_err(text));
    }
    let place = |index: &i64| usize::try_from(*index).ok().filter(|place| *place < records);
    let numbers = indices.as_primitive::<Int64Type>().values();
    let places = numbers.iter().map(|index| {
        let text = || format!("expected indices from 0 to {}, got {index}", records - 1);
        place(index).ok_or_else(|| PyValueError::new_err(text()))
    });
    places.collect()
}
