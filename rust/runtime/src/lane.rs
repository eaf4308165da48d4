//! The object lane's boundary: what the engine asks of the language that user functions are written in.
//!
//! Everything here but [`ObjectLane::hold`], [`ObjectLane::spawn`] and [`ObjectLane::configure`] is called while the interpreter is held.

use std::sync::Arc;

use penstock_core::sink::{Sink, SinkRecord};
use penstock_core::source::{RawBatch, Source};
use penstock_core::{Configuration, Error, Object, ObjectCodec, Result, TypeInfo};
use penstock_plan::{BatchShape, Codec, FunctionShape};
use serde_json::Value;

use crate::chain::Outputs;
use crate::context::SharedContext;
use crate::operators::Operator;
use crate::operators::batches::{BatchResult, BatchValues};
use crate::operators::function::FunctionParts;
use crate::signal::TaskSignal;
use crate::timers::TimeDomain;
use crate::windows::WindowParts;

/// The interpreter.
pub trait ObjectLane: Send + Sync {
    /// Runs `run` with the interpreter held; calls may nest.
    fn hold(&self, run: &mut dyn FnMut());
    /// Runs `run` without the interpreter, within a `hold`.
    fn release(&self, run: &mut dyn FnMut());
    /// Starts a thread that may hold the interpreter.
    fn spawn(&self, name: &str, run: Box<dyn FnOnce() + Send>) -> Result<()>;
    /// A job with this configuration is about to run here. The interpreter is not held.
    fn configure(&self, _config: &Configuration) {}
    /// Makes the functions of one subtask and attempt: nothing is shared with any other.
    fn load(&self, functions: &[u8]) -> Result<Box<dyn Functions>>;
    /// A source that is among the functions of a job, with the options of its node. It is called without the interpreter.
    fn source(&self, _functions: &Arc<Vec<u8>>, _options: &Value) -> Result<Arc<dyn Source>> {
        Err(Error::invalid("there are no sources in the language of the functions"))
    }
    /// A sink that is among the functions of a job.
    fn sink(&self, _functions: &Arc<Vec<u8>>, _options: &Value) -> Result<Arc<dyn Sink>> {
        Err(Error::invalid("there are no sinks in the language of the functions"))
    }
}

/// The user functions of one subtask.
pub trait Functions: Send {
    /// The operator of a user function: binds the function and hands it to [`function_operator`](crate::operators::function::function_operator), which is generic, so
    /// that the call is part of the operator's own code.
    fn function(&mut self, name: &str, call: &FunctionCall<'_>, parts: FunctionParts) -> Result<Box<dyn Operator>>;
    /// A function of batches.
    fn batch_function(&mut self, name: &str, call: &BatchCall<'_>) -> Result<Box<dyn BatchFunction>>;
    /// An asynchronous function. `signal` is raised when calls have ended.
    fn async_function(
        &mut self,
        _call: &AsyncCall<'_>,
        _context: SharedContext,
        _signal: &TaskSignal,
    ) -> Result<Box<dyn AsyncFunction>> {
        Err(Error::invalid("this lane has no asynchronous functions"))
    }
    /// A function of pairs, for joins.
    fn join_function(
        &mut self,
        _name: &str,
        _call: &FunctionCall<'_>,
        _context: &SharedContext,
    ) -> Result<Box<dyn JoinFunction>> {
        Err(Error::invalid("this lane has no joins"))
    }
    /// The operator of windows: binds its functions and hands them to [`window_operator`](crate::windows::window_operator).
    fn window(
        &mut self,
        name: &str,
        call: &FunctionCall<'_>,
        window: WindowParts,
        parts: FunctionParts,
    ) -> Result<Box<dyn Operator>>;
    /// The key selector of a hash partitioned edge.
    fn key_selector(
        &mut self,
        name: &str,
        key_type: Option<&TypeInfo>,
        max_parallelism: u32,
        context: &SharedContext,
    ) -> Result<Box<dyn KeySelector>>;
    /// A custom partitioner with its key selector.
    fn partitioner(
        &mut self,
        partitioner: &str,
        selector: &str,
        context: &SharedContext,
    ) -> Result<Box<dyn CustomPartitioner>>;
    /// A timestamp assigner.
    fn timestamp_assigner(&mut self, name: &str) -> Result<Box<dyn TimestampAssigner>>;
    /// Makes objects of raw columns.
    fn decoder(&mut self, codec: &Codec, output_type: Option<&TypeInfo>) -> Result<Box<dyn Decoder>>;
    /// Makes raw records of objects.
    fn encoder(&mut self, codec: &Codec, input_type: Option<&TypeInfo>) -> Result<Box<dyn Encoder>>;
    /// A sink that takes objects: `print` and `collect`.
    fn object_sink(&mut self, spec: &ObjectSinkSpec<'_>) -> Result<Box<dyn ObjectSink>>;
    /// The codec of a declared type; `None`: any object, pickled.
    fn codec(&self, declared: Option<&TypeInfo>) -> Result<Arc<dyn ObjectCodec>>;
    /// The codec with which values of a declared type go to another task. `operator` is who sends them, where there is to
    /// be a warning if that is slow.
    fn channel_codec(&self, declared: Option<&TypeInfo>, _operator: Option<&str>) -> Result<Arc<dyn ObjectCodec>> {
        self.codec(declared)
    }
    /// Makes a key's object of the canonical bytes that its selector gave.
    fn key_codec(&self, key_type: Option<&TypeInfo>) -> Result<Arc<dyn ObjectCodec>>;
}

/// Which function operator is asked for.
pub struct FunctionCall<'a> {
    /// The calls it has.
    pub shape: FunctionShape,
    /// Whether records have keys.
    pub keyed: bool,
    /// Declared type of what it emits.
    pub output_type: Option<&'a TypeInfo>,
    /// Side outputs with their types.
    pub side_outputs: &'a [(String, Option<TypeInfo>)],
}

/// Which asynchronous function is asked for.
pub struct AsyncCall<'a> {
    /// Name of the function.
    pub function: &'a str,
    /// Name of its retry strategy.
    pub retry: Option<&'a str>,
    /// How long a record's calls may take in all, in milliseconds; 0: for ever.
    pub timeout_ms: u64,
    /// How many calls may be under way.
    pub capacity: usize,
    /// Declared type of what it emits.
    pub output_type: Option<&'a TypeInfo>,
}

/// How the calls for a record ended.
pub enum CallEnd {
    /// With what was returned.
    Returned(Object),
    /// With what was raised.
    Raised(Object),
}

/// An asynchronous user function. Its calls run on a thread of their own; numbers tell them apart.
pub trait AsyncFunction: Send {
    /// Called once before everything else.
    fn open(&mut self) -> Result<()>;
    /// Hands records over to be called with, in this order, as soon as not too many calls are under way.
    fn begin(&mut self, records: Vec<(u64, Object)>) -> Result<()>;
    /// Whether calls have ended that were not taken.
    fn has_ended(&self) -> bool;
    /// Takes the calls that have ended.
    fn take_ended(&mut self) -> Vec<(u64, CallEnd)>;
    /// Emits what was returned for a record.
    fn emit(&mut self, returned: Object, record: &Object, timestamp: i64, out: &mut Outputs) -> Result<()>;
    /// The error of what was raised for a record.
    fn error(&mut self, raised: Object, record: &Object) -> Error;
    /// Called once at the end, also after a failure. Calls that are under way are given up.
    fn close(&mut self) -> Result<()>;
}

/// A user function with its calls.
pub trait UserFunction: Send {
    /// Called once before everything else.
    fn open(&mut self) -> Result<()>;
    /// Calls the entry of `input`; what it emits goes to `out`, depth-first.
    fn call(&mut self, input: usize, value: Object, timestamp: i64, out: &mut Outputs) -> Result<()>;
    /// Combines two values, for reduce.
    fn combine(&mut self, accumulated: &Object, value: &Object) -> Result<Object>;
    /// A timer fired; the key and the time are in the context.
    fn on_timer(&mut self, domain: TimeDomain, timestamp: i64, out: &mut Outputs) -> Result<()>;
    /// Called once at the end, also after a failure.
    fn close(&mut self) -> Result<()>;
}

/// Which function of batches is asked for.
pub struct BatchCall<'a> {
    /// What becomes of its results.
    pub shape: BatchShape,
    /// In which form it takes a batch.
    pub form: &'a str,
    /// Declared type of its input.
    pub input_type: Option<&'a TypeInfo>,
    /// Declared type of what it emits.
    pub output_type: Option<&'a TypeInfo>,
    /// Whether it is to emit columns. The declared type has a [`Layout`](penstock_core::columns::Layout) then.
    pub emits_columns: bool,
    /// Who the operator is.
    pub context: &'a SharedContext,
}

/// A user function of batches.
pub trait BatchFunction: Send {
    /// Called once before everything else.
    fn open(&mut self) -> Result<()>;
    /// Calls it with the records of a batch, which are not none.
    fn call(&mut self, records: &BatchValues) -> Result<BatchResult>;
    /// Called once at the end, also after a failure.
    fn close(&mut self) -> Result<()>;
}

/// A user function of pairs.
pub trait JoinFunction: Send {
    /// Called once before everything else.
    fn open(&mut self) -> Result<()>;
    /// Emits what it makes of a left and a right record, which have these times, with the later of them.
    fn join(&mut self, pair: [&Object; 2], times: [i64; 2], out: &mut Outputs) -> Result<()>;
    /// Called once at the end, also after a failure.
    fn close(&mut self) -> Result<()>;
}

/// Finds the key of a record.
pub trait KeySelector: Send {
    /// Appends the key's canonical bytes to `bytes`; returns the key and its key group.
    fn select(&mut self, value: &Object, bytes: &mut Vec<u8>) -> Result<(Object, u16)>;
    /// Before the first record.
    fn open(&mut self) -> Result<()> {
        Ok(())
    }
    /// After the last one, or after a failure.
    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The user's partitioner.
pub trait CustomPartitioner: Send {
    /// The channel for a record, of `channels`.
    fn partition(&mut self, value: &Object, channels: u32) -> Result<u32>;
    /// Before the first record.
    fn open(&mut self) -> Result<()> {
        Ok(())
    }
    /// After the last one, or after a failure.
    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The user's timestamp assigner.
pub trait TimestampAssigner: Send {
    /// The event time of a record in milliseconds.
    fn extract(&mut self, value: &Object, record_timestamp: i64) -> Result<i64>;
}

/// Makes objects of raw columns.
pub trait Decoder: Send {
    /// The object of one row; `None`: the schema drops it.
    fn decode(&mut self, batch: &RawBatch, row: usize) -> Result<Option<Object>>;
    /// What becomes of an object that the source itself made: it has to fit the declared type.
    fn accept(&mut self, _batch: &RawBatch, object: Object) -> Result<Object> {
        Ok(object)
    }
}

/// Makes raw records of objects.
pub trait Encoder: Send {
    /// Calls `write` with the record's bytes.
    fn encode(
        &mut self,
        value: &Object,
        timestamp: i64,
        write: &mut dyn FnMut(&SinkRecord<'_>) -> Result<()>,
    ) -> Result<()>;
}

/// A sink that takes objects.
pub trait ObjectSink: Send {
    /// Takes one.
    fn write(&mut self, value: &Object) -> Result<()>;
    /// Called at the end of a batch; returns how many bytes it has written, where it writes bytes.
    fn flush(&mut self) -> Result<usize>;
}

/// Which object sink is asked for.
pub struct ObjectSinkSpec<'a> {
    /// `print` or `collect`.
    pub connector: &'a str,
    /// The connector's options.
    pub options: &'a serde_json::Value,
    /// Declared type of the input.
    pub input_type: Option<&'a TypeInfo>,
    /// Index of the subtask, from 0.
    pub subtask: u32,
    /// Number of subtasks.
    pub parallelism: u32,
}
