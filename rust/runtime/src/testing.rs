//! A lane of plain Rust values, so that jobs of the engine's own tests need no interpreter.
//!
//! Functions are closures under a name; a value is a [`String`] or an `i64` in an [`Object`].
//!
//! ```
//! use penstock_runtime::lane::ObjectLane;
//! use penstock_runtime::testing::RustLane;
//! let lane = RustLane::default().with("double", |call| {
//!     let n = *call.value.downcast_ref::<i64>().expect("a number");
//!     call.emit(penstock_core::Object::from_value(n * 2))
//! });
//! assert!(lane.load(&[]).is_ok());
//! ```

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use parking_lot::Mutex;
use penstock_core::key_group::{assign_key_group, java_bytes_hash};
use penstock_core::sink::SinkRecord;
use penstock_core::source::RawBatch;
use penstock_core::{Error, NO_TIMESTAMP, Object, ObjectCodec, Result, TypeInfo};
use penstock_plan::Codec;

use crate::chain::Outputs;
use crate::context::{OperatorContext, SharedContext};
use crate::lane::{
    BatchCall, BatchFunction, CustomPartitioner, Decoder, Encoder, FunctionCall, Functions, KeySelector, ObjectLane,
    ObjectSink, ObjectSinkSpec, TimestampAssigner, UserFunction,
};
use crate::operators::Operator;
use crate::operators::function::{FunctionParts, function_operator};
use crate::timers::TimeDomain;
use crate::windows::{Window, WindowCalls, WindowParts, window_operator};

/// What a function is called with.
pub struct Call<'a> {
    /// The record; the second of two for reduce, and the key of a timer.
    pub value: &'a Object,
    /// Time of the timer that fires, if one does.
    pub timer: Option<i64>,
    /// Event time of the record.
    pub timestamp: i64,
    /// The window that fires, if one does; `value` is what is kept of it.
    pub window: Option<&'a Window>,
    /// The operator's context: key, state, timers.
    pub context: &'a SharedContext,
    out: &'a mut Outputs,
}

impl Call<'_> {
    /// Emits a record with the time of the one that is processed.
    pub fn emit(&mut self, value: Object) -> Result<()> {
        self.out.emit(value, self.timer.unwrap_or(self.timestamp))
    }

    /// Uses the operator's context.
    pub fn with<R>(&self, run: impl FnOnce(&mut OperatorContext) -> Result<R>) -> Result<R> {
        self.context.with(run)?
    }
}

type Function = dyn Fn(&mut Call<'_>) -> Result<()> + Send + Sync;

/// A lane whose functions are Rust closures. Sinks `print` and `collect` gather what they get in [`RustLane::collected`].
#[derive(Clone, Default)]
pub struct RustLane {
    functions: HashMap<String, Arc<Function>>,
    collected: Arc<Mutex<Vec<String>>>,
}

impl RustLane {
    /// Adds a function.
    #[must_use]
    pub fn with(mut self, name: &str, function: impl Fn(&mut Call<'_>) -> Result<()> + Send + Sync + 'static) -> Self {
        self.functions.insert(name.to_owned(), Arc::new(function));
        self
    }

    /// What the object sinks have got, as text.
    #[must_use]
    pub fn collected(&self) -> Vec<String> {
        self.collected.lock().clone()
    }
}

impl ObjectLane for RustLane {
    fn hold(&self, run: &mut dyn FnMut()) {
        run();
    }

    fn release(&self, run: &mut dyn FnMut()) {
        run();
    }

    fn spawn(&self, name: &str, run: Box<dyn FnOnce() + Send>) -> Result<()> {
        let started = std::thread::Builder::new().name(name.to_owned()).spawn(run);
        started.map(|_| ()).map_err(|e| Error::external(format!("no thread: {e}")))
    }

    fn load(&self, _functions: &[u8]) -> Result<Box<dyn Functions>> {
        Ok(Box::new(self.clone()))
    }
}

impl RustLane {
    fn find(&self, name: &str) -> Result<Arc<Function>> {
        self.functions.get(name).cloned().ok_or_else(|| Error::invalid(format!("there is no function '{name}'")))
    }
}

impl Functions for RustLane {
    fn function(&mut self, name: &str, _call: &FunctionCall<'_>, parts: FunctionParts) -> Result<Box<dyn Operator>> {
        let closure = Closure { function: self.find(name)?, context: Arc::clone(&parts.context) };
        Ok(function_operator(closure, parts))
    }

    fn batch_function(&mut self, _name: &str, _call: &BatchCall<'_>) -> Result<Box<dyn BatchFunction>> {
        Err(Error::invalid("the Rust lane has no functions of batches"))
    }

    /// What is kept of a window is the sum of its numbers, or its texts one after the other. The function is called when
    /// the window fires.
    fn window(
        &mut self,
        name: &str,
        _call: &FunctionCall<'_>,
        window: WindowParts,
        parts: FunctionParts,
    ) -> Result<Box<dyn Operator>> {
        let closure = Closure { function: self.find(name)?, context: Arc::clone(&parts.context) };
        Ok(window_operator(closure, window, parts))
    }

    /// A number is its own key; of a text it is what stands before the first `:`.
    fn key_selector(
        &mut self,
        _name: &str,
        _key_type: Option<&TypeInfo>,
        max_parallelism: u32,
        _context: &SharedContext,
    ) -> Result<Box<dyn KeySelector>> {
        Ok(Box::new(FirstPart { max_parallelism }))
    }

    fn partitioner(
        &mut self,
        _partitioner: &str,
        _selector: &str,
        _context: &SharedContext,
    ) -> Result<Box<dyn CustomPartitioner>> {
        Err(Error::invalid("the Rust lane has no custom partitioners"))
    }

    /// A number is its own time.
    fn timestamp_assigner(&mut self, _name: &str) -> Result<Box<dyn TimestampAssigner>> {
        Ok(Box::new(OwnTime))
    }

    fn decoder(&mut self, _codec: &Codec, _output_type: Option<&TypeInfo>) -> Result<Box<dyn Decoder>> {
        Ok(Box::new(Values))
    }

    fn encoder(&mut self, _codec: &Codec, _input_type: Option<&TypeInfo>) -> Result<Box<dyn Encoder>> {
        Ok(Box::new(Values))
    }

    fn object_sink(&mut self, _spec: &ObjectSinkSpec<'_>) -> Result<Box<dyn ObjectSink>> {
        Ok(Box::new(Collecting(Arc::clone(&self.collected))))
    }

    fn codec(&self, _declared: Option<&TypeInfo>) -> Result<Arc<dyn ObjectCodec>> {
        Ok(Arc::new(TextCodec { marked: true }))
    }

    fn key_codec(&self, _key_type: Option<&TypeInfo>) -> Result<Arc<dyn ObjectCodec>> {
        Ok(Arc::new(TextCodec { marked: false }))
    }
}

struct Closure {
    function: Arc<Function>,
    context: SharedContext,
}

impl UserFunction for Closure {
    fn open(&mut self) -> Result<()> {
        Ok(())
    }

    fn call(&mut self, _input: usize, value: Object, timestamp: i64, out: &mut Outputs) -> Result<()> {
        (self.function)(&mut Call { value: &value, timer: None, timestamp, window: None, context: &self.context, out })
    }

    fn combine(&mut self, accumulated: &Object, value: &Object) -> Result<Object> {
        match (accumulated.downcast_ref::<i64>(), value.downcast_ref::<i64>()) {
            (Some(a), Some(b)) => Ok(Object::from_value(a + b)),
            _ => Err(Error::invalid("only numbers are combined")),
        }
    }

    fn on_timer(&mut self, _domain: TimeDomain, timestamp: i64, out: &mut Outputs) -> Result<()> {
        let key = self.context.with(OperatorContext::current_key)??;
        (self.function)(&mut Call {
            value: &key,
            timer: Some(timestamp),
            timestamp: NO_TIMESTAMP,
            window: None,
            context: &self.context,
            out,
        })
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}

impl WindowCalls for Closure {
    fn open(&mut self) -> Result<()> {
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }

    fn first(&mut self, value: Object, _timestamp: i64) -> Result<Object> {
        Ok(value)
    }

    fn add(&mut self, contents: Object, value: Object, _timestamp: i64) -> Result<Object> {
        WindowCalls::merge(self, contents, value)
    }

    fn merge(&mut self, contents: Object, others: Object) -> Result<Object> {
        match (contents.downcast_ref::<i64>(), others.downcast_ref::<i64>()) {
            (Some(a), Some(b)) => Ok(Object::from_value(a + b)),
            _ => Ok(Object::from_value(format!("{} {}", text(&contents)?, text(&others)?))),
        }
    }

    fn fire(&mut self, window: &Window, contents: &Object, timestamp: i64, out: &mut Outputs) -> Result<bool> {
        let context = &self.context;
        (self.function)(&mut Call { value: contents, timer: None, timestamp, window: Some(window), context, out })?;
        Ok(true)
    }

    fn clear(&mut self, _window: &Window) -> Result<()> {
        Ok(())
    }
}

struct FirstPart {
    max_parallelism: u32,
}

impl KeySelector for FirstPart {
    fn select(&mut self, value: &Object, bytes: &mut Vec<u8>) -> Result<(Object, u16)> {
        let text = text(value)?;
        let key = text.split(':').next().unwrap_or_default();
        bytes.extend_from_slice(key.as_bytes());
        Ok((
            Object::from_value(key.to_owned()),
            assign_key_group(java_bytes_hash(key.as_bytes()), self.max_parallelism),
        ))
    }
}

struct OwnTime;

impl TimestampAssigner for OwnTime {
    fn extract(&mut self, value: &Object, record_timestamp: i64) -> Result<i64> {
        Ok(value.downcast_ref::<i64>().copied().unwrap_or(record_timestamp))
    }
}

/// Numbers and text, from and to raw columns.
struct Values;

impl Decoder for Values {
    fn decode(&mut self, batch: &RawBatch, row: usize) -> Result<Option<Object>> {
        if let Some(numbers) = batch.values.as_primitive_opt::<Int64Type>() {
            return Ok(Some(Object::from_value(numbers.value(row))));
        }
        if let Some(texts) = batch.values.as_string_opt::<i32>() {
            return Ok(Some(Object::from_value(texts.value(row).to_owned())));
        }
        let bytes =
            batch.values.as_binary_opt::<i32>().ok_or_else(|| Error::internal("a column of an unknown type"))?;
        Ok(Some(Object::from_value(String::from_utf8_lossy(bytes.value(row)).into_owned())))
    }
}

impl Encoder for Values {
    fn encode(
        &mut self,
        value: &Object,
        timestamp: i64,
        write: &mut dyn FnMut(&SinkRecord<'_>) -> Result<()>,
    ) -> Result<()> {
        let text = text(value)?;
        let timestamp = (timestamp != NO_TIMESTAMP).then_some(timestamp);
        write(&SinkRecord { value: Some(text.as_bytes()), timestamp, ..SinkRecord::default() })
    }
}

struct Collecting(Arc<Mutex<Vec<String>>>);

impl ObjectSink for Collecting {
    fn write(&mut self, value: &Object) -> Result<()> {
        self.0.lock().push(text(value)?);
        Ok(())
    }

    fn flush(&mut self) -> Result<usize> {
        Ok(0)
    }
}

/// A number as `#n`, a text as it is behind `$`; without marks everything is a text.
struct TextCodec {
    marked: bool,
}

/// A codec of texts alone.
#[must_use]
pub fn text_codec() -> Arc<dyn ObjectCodec> {
    Arc::new(TextCodec { marked: false })
}

impl ObjectCodec for TextCodec {
    fn check(&self, value: &Object) -> Result<()> {
        text(value).map(|_| ())
    }

    fn encode(&self, value: &Object, out: &mut Vec<u8>) -> Result<()> {
        let mark = if value.downcast_ref::<i64>().is_some() { b'#' } else { b'$' };
        if self.marked {
            out.push(mark);
        }
        out.extend_from_slice(text(value)?.as_bytes());
        Ok(())
    }

    fn decode(&self, bytes: &[u8]) -> Result<Object> {
        let text = std::str::from_utf8(bytes).map_err(|e| Error::external(e.to_string()))?;
        match text.split_at_checked(1) {
            _ if !self.marked => Ok(Object::from_value(text.to_owned())),
            Some(("#", number)) => {
                number.parse().map(Object::from_value::<i64>).map_err(|e| Error::external(e.to_string()))
            }
            Some(("$", text)) => Ok(Object::from_value(text.to_owned())),
            _ => Err(Error::external("neither a number nor a text")),
        }
    }

    fn isolate(&self, value: Object) -> Result<Object> {
        Ok(value)
    }

    fn is_mutable(&self, _value: &Object) -> bool {
        false
    }

    fn memory_size(&self, _value: &Object) -> usize {
        64
    }
}

/// The text of a value.
fn text(value: &Object) -> Result<String> {
    let number = value.downcast_ref::<i64>().map(i64::to_string);
    number
        .or_else(|| value.downcast_ref::<String>().cloned())
        .ok_or_else(|| Error::invalid("a value is neither a number nor a text"))
}
