//! The user functions of one subtask, as `penstock._runtime` unpickled them.

use penstock_core::{Error, ObjectCodec, Result, TypeInfo};
use penstock_plan::{Codec, FunctionShape};
use penstock_runtime::context::SharedContext;
use penstock_runtime::hybrid_decoder::HybridDecoder;
use penstock_runtime::lane::{
    AsyncCall, AsyncFunction, BatchCall, BatchFunction, CustomPartitioner, Decoder, Encoder, FunctionCall, Functions,
    JoinFunction, KeySelector, ObjectSink, ObjectSinkSpec, TimestampAssigner,
};
use penstock_runtime::operators::Operator;
use penstock_runtime::operators::function::{FunctionParts, function_operator};
use penstock_runtime::signal::TaskSignal;
use penstock_runtime::windows::{WindowParts, window_operator};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::Arc;

use crate::async_function::PyAsyncFunction;
use crate::avro::PyDatums;
use crate::batches::PyBatchFunction;
use crate::callable::Callable;
use crate::codec::{Records, TypeCodec, channel_codec};
use crate::collected::Collected;
use crate::columns::{RowDecoder, Shape};
use crate::context::{OperatorContext, ProcessContext};
use crate::errors;
use crate::function::{PyFunction, shared_codec};
use crate::joins::PyJoinFunction;
use crate::keys::{Lifetime, PyKeySelector, PyPartitioner, map_key_codec};
use crate::object_sinks::{CollectSink, PrintSink};
use crate::records::{Part, PyDecoder, PyEncoder, PyTimestampAssigner};
use crate::windows::PyWindowCalls;

/// Functions by name.
pub struct PyFunctions {
    pub loaded: Py<PyDict>,
    /// The classes that annotations name.
    pub records: Arc<Records>,
    pub collected: Arc<Collected>,
}

/// Runs `f` with the interpreter and reports an exception as the user's.
fn call<R>(f: impl FnOnce(Python<'_>) -> PyResult<R>) -> Result<R> {
    Python::attach(|py| f(py).map_err(|e| errors::user_error(py, &e, None)))
}

impl PyFunctions {
    fn get(&self, name: &str) -> Result<Py<PyAny>> {
        let found = call(|py| Ok(self.loaded.bind(py).get_item(name)?.map(Bound::unbind)))?;
        found.ok_or_else(|| Error::internal(format!("the job has no function '{name}'")))
    }

    /// A method of a function object, or the object itself where it is a plain callable.
    fn method(&self, name: &str, method: &str) -> Result<Py<PyAny>> {
        let object = self.get(name)?;
        call(|py| {
            let object = object.bind(py);
            Ok(if object.hasattr(method)? { object.getattr(method)? } else { object.clone() }.unbind())
        })
    }

    /// Opening and closing of those of these functions that are a `Function`: plain callables have neither.
    fn lifetime(&self, names: &[&str], context: &SharedContext) -> Result<Lifetime> {
        let objects = names.iter().map(|name| self.get(name)).collect::<Result<Vec<_>>>()?;
        call(|py| {
            let class = py.import("penstock.datastream.functions")?.getattr("Function")?;
            let mut functions = Vec::new();
            for object in objects {
                if object.bind(py).is_instance(&class)? {
                    functions.push((object, runtime_context(py, context, &self.loaded)?));
                }
            }
            Ok(Lifetime(functions))
        })
    }

    /// What `penstock._runtime.serialization` makes of a schema object.
    fn schema(&self, name: &str, direction: &str) -> Result<Py<PyAny>> {
        let schema = self.get(name)?;
        call(|py| Ok(py.import("penstock._runtime.serialization")?.call_method1(direction, (schema,))?.unbind()))
    }
}

/// A function of `penstock._runtime.printing` that makes the text of a record of this type.
fn formatter(maker: &str, declared: Option<&TypeInfo>) -> Result<Py<PyAny>> {
    let type_json = declared.map(serde_json::to_string).transpose().map_err(|e| Error::internal(e.to_string()))?;
    call(|py| Ok(py.import("penstock._runtime.printing")?.call_method1(maker, (type_json,))?.unbind()))
}

/// The runtime context of an operator as its function sees it.
fn runtime_context(py: Python<'_>, context: &SharedContext, loaded: &Py<PyDict>) -> PyResult<Py<PyAny>> {
    let native = OperatorContext::new(context.clone(), false).map_err(|e| errors::to_python(py, &e))?;
    let module = py.import("penstock._runtime.context")?;
    Ok(module.call_method1("make_runtime_context", (native, loaded.bind(py)))?.unbind())
}

fn shape_name(shape: FunctionShape) -> &'static str {
    match shape {
        FunctionShape::Map => "map",
        FunctionShape::FlatMap => "flat_map",
        FunctionShape::Filter => "filter",
        FunctionShape::Process => "process",
        FunctionShape::Reduce => "reduce",
        FunctionShape::CoMap => "co_map",
        FunctionShape::CoFlatMap => "co_flat_map",
        FunctionShape::CoProcess => "co_process",
        FunctionShape::BroadcastProcess => "broadcast_process",
        FunctionShape::Window => "window",
    }
}

impl Functions for PyFunctions {
    fn function(&mut self, name: &str, spec: &FunctionCall<'_>, parts: FunctionParts) -> Result<Box<dyn Operator>> {
        let context = &parts.context;
        let function = self.get(name)?;
        let shown = context.with(|c| c.info.operator_name.clone())?;
        let function = call(|py| {
            let bound = py
                .import("penstock._runtime.operations")?
                .call_method1("bind", (function, shape_name(spec.shape), spec.keyed))?;
            // Broadcast state may be changed on the broadcast side (the second input) alone.
            let contexts = [ProcessContext::new(py, context, false)?, ProcessContext::new(py, context, true)?];
            PyFunction::new(&shown, &bound, spec, &contexts, runtime_context(py, context, &self.loaded)?)
        })?;
        Ok(function_operator(function, parts))
    }

    fn batch_function(&mut self, name: &str, spec: &BatchCall<'_>) -> Result<Box<dyn BatchFunction>> {
        let function = self.get(name)?;
        let bound = call(|py| {
            let context = runtime_context(py, spec.context, &self.loaded)?;
            PyBatchFunction::new(function.bind(py), spec, context)
        })?;
        Ok(Box::new(bound))
    }

    fn async_function(
        &mut self,
        call: &AsyncCall<'_>,
        context: SharedContext,
        signal: &TaskSignal,
    ) -> Result<Box<dyn AsyncFunction>> {
        let function = self.get(call.function)?;
        let retry = call.retry.map(|name| self.get(name)).transpose()?;
        let info = context.with(|c| c.info.clone())?;
        let made = self::call(|py| {
            let runtime_context = runtime_context(py, &context, &self.loaded)?;
            PyAsyncFunction::new(py, &function, retry, call, (&info, runtime_context), signal)
        })?;
        Ok(Box::new(made))
    }

    fn join_function(
        &mut self,
        name: &str,
        call: &FunctionCall<'_>,
        context: &SharedContext,
    ) -> Result<Box<dyn JoinFunction>> {
        let function = self.get(name)?;
        let shown = context.with(|c| c.info.operator_name.clone())?;
        let made = self::call(|py| {
            let runtime_context = runtime_context(py, context, &self.loaded)?;
            PyJoinFunction::new(py, &function, call, &shown, runtime_context)
        })?;
        Ok(Box::new(made))
    }

    fn window(
        &mut self,
        name: &str,
        spec: &FunctionCall<'_>,
        window: WindowParts,
        parts: FunctionParts,
    ) -> Result<Box<dyn Operator>> {
        let context = &parts.context;
        let operation = self.get(name)?;
        let shown = context.with(|c| c.info.operator_name.clone())?;
        let calls = call(|py| {
            let runtime_context = runtime_context(py, context, &self.loaded)?;
            PyWindowCalls::new(py, &shown, &operation, runtime_context, spec, &window.spec, context)
        })?;
        Ok(window_operator(calls, window, parts))
    }

    fn key_selector(
        &mut self,
        name: &str,
        key_type: Option<&TypeInfo>,
        max_parallelism: u32,
        context: &SharedContext,
    ) -> Result<Box<dyn KeySelector>> {
        let selector = self.method(name, "get_key")?;
        let lifetime = self.lifetime(&[name], context)?;
        Python::attach(|py| {
            let selector = PyKeySelector::new(selector.bind(py), key_type, max_parallelism, lifetime);
            Ok(Box::new(selector) as Box<dyn KeySelector>)
        })
    }

    fn partitioner(
        &mut self,
        partitioner: &str,
        selector: &str,
        context: &SharedContext,
    ) -> Result<Box<dyn CustomPartitioner>> {
        Ok(Box::new(PyPartitioner {
            lifetime: self.lifetime(&[partitioner, selector], context)?,
            partitioner: self.method(partitioner, "partition")?,
            selector: self.method(selector, "get_key")?,
        }))
    }

    fn timestamp_assigner(&mut self, name: &str) -> Result<Box<dyn TimestampAssigner>> {
        let assigner = self.method(name, "extract_timestamp")?;
        Python::attach(|py| {
            Ok(Box::new(PyTimestampAssigner(Callable::new(assigner.bind(py)))) as Box<dyn TimestampAssigner>)
        })
    }

    fn decoder(&mut self, codec: &Codec, output_type: Option<&TypeInfo>) -> Result<Box<dyn Decoder>> {
        Ok(Box::new(match codec {
            Codec::Utf8 => PyDecoder::Utf8,
            Codec::Bytes => PyDecoder::Bytes,
            Codec::Long => PyDecoder::Long,
            Codec::Pickle => PyDecoder::Pickle,
            Codec::Object => PyDecoder::Object(TypeCodec::new(output_type)),
            Codec::Rows => return Ok(Box::new(call(|py| RowDecoder::new(py, Shape::Row))?)),
            Codec::Dicts => return Ok(Box::new(call(|py| RowDecoder::new(py, Shape::Dict))?)),
            Codec::Function { function } => PyDecoder::Function(self.schema(function, "decoder")?),
            Codec::Hybrid { codecs } => {
                let decoders = codecs.iter().map(|codec| self.decoder(codec, output_type)).collect::<Result<_>>()?;
                return Ok(Box::new(HybridDecoder::new(decoders)));
            }
            Codec::Avro { schema } => return Ok(Box::new(PyDatums::new(schema))),
            Codec::Record { .. } => {
                return Err(Error::invalid("a source cannot read with the codec of a sink"));
            }
        }))
    }

    fn encoder(&mut self, codec: &Codec, input_type: Option<&TypeInfo>) -> Result<Box<dyn Encoder>> {
        let part = |functions: &Self, codec: &Codec| Part::of(codec, &mut |name| functions.schema(name, "encoder"));
        let Codec::Record { topic, topic_selector, key, value, headers } = codec else {
            let value = if *codec == Codec::Utf8 {
                Part::Shown(formatter("line_formatter", input_type)?)
            } else {
                part(self, codec)?
            };
            return Ok(Box::new(PyEncoder { topic: None, topic_selector: None, key: None, value, headers: None }));
        };
        Ok(Box::new(PyEncoder {
            topic: topic.clone(),
            topic_selector: topic_selector.as_deref().map(|name| self.method(name, "apply")).transpose()?,
            key: key.as_deref().map(|codec| part(self, codec)).transpose()?,
            value: part(self, value)?,
            headers: headers.as_deref().map(|name| self.method(name, "get_headers")).transpose()?,
        }))
    }

    fn object_sink(&mut self, spec: &ObjectSinkSpec<'_>) -> Result<Box<dyn ObjectSink>> {
        if spec.connector == "collect" {
            return Ok(Box::new(CollectSink(Arc::clone(&self.collected))));
        }
        let formatter = formatter("formatter", spec.input_type)?;
        let to_stderr = spec.options.get("to_stderr").and_then(serde_json::Value::as_bool).unwrap_or(false);
        let identifier = spec.options.get("identifier").and_then(serde_json::Value::as_str);
        Ok(Box::new(PrintSink::new(formatter, to_stderr, identifier, spec.subtask, spec.parallelism)))
    }

    fn codec(&self, declared: Option<&TypeInfo>) -> Result<Arc<dyn ObjectCodec>> {
        Ok(shared_codec(declared))
    }

    fn channel_codec(&self, declared: Option<&TypeInfo>, operator: Option<&str>) -> Result<Arc<dyn ObjectCodec>> {
        Ok(channel_codec(declared, &self.records, operator))
    }

    fn key_codec(&self, key_type: Option<&TypeInfo>) -> Result<Arc<dyn ObjectCodec>> {
        Ok(map_key_codec(key_type))
    }
}
