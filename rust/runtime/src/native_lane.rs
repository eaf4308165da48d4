//! The lane of tasks without user functions: their records are columns, and no interpreter is held for them.

use std::sync::Arc;

use penstock_core::{Error, ObjectCodec, Result, TypeInfo};
use penstock_plan::Codec;

use crate::context::SharedContext;
use crate::lane::{
    BatchCall, BatchFunction, CustomPartitioner, Decoder, Encoder, FunctionCall, Functions, KeySelector, ObjectLane,
    ObjectSink, ObjectSinkSpec, TimestampAssigner,
};
use crate::operators::Operator;
use crate::operators::function::FunctionParts;
use crate::windows::WindowParts;

/// No language at all.
#[derive(Debug, Clone, Copy)]
pub struct NativeLane;

impl ObjectLane for NativeLane {
    fn hold(&self, run: &mut dyn FnMut()) {
        run();
    }

    fn release(&self, run: &mut dyn FnMut()) {
        run();
    }

    fn spawn(&self, name: &str, _run: Box<dyn FnOnce() + Send>) -> Result<()> {
        Err(Error::internal(format!("the thread {name} is started by the job's own lane")))
    }

    fn load(&self, _functions: &[u8]) -> Result<Box<dyn Functions>> {
        Ok(Box::new(Self))
    }
}

fn none<T>(what: &str) -> Result<T> {
    Err(Error::internal(format!("a task of the column lane was asked for {what}")))
}

impl Functions for NativeLane {
    fn function(&mut self, name: &str, _call: &FunctionCall<'_>, _parts: FunctionParts) -> Result<Box<dyn Operator>> {
        none(name)
    }

    fn batch_function(&mut self, name: &str, _call: &BatchCall<'_>) -> Result<Box<dyn BatchFunction>> {
        none(name)
    }

    fn window(
        &mut self,
        name: &str,
        _call: &FunctionCall<'_>,
        _window: WindowParts,
        _parts: FunctionParts,
    ) -> Result<Box<dyn Operator>> {
        none(name)
    }

    fn key_selector(
        &mut self,
        name: &str,
        _type: Option<&TypeInfo>,
        _max: u32,
        _context: &SharedContext,
    ) -> Result<Box<dyn KeySelector>> {
        none(name)
    }

    fn partitioner(
        &mut self,
        partitioner: &str,
        _selector: &str,
        _context: &SharedContext,
    ) -> Result<Box<dyn CustomPartitioner>> {
        none(partitioner)
    }

    fn timestamp_assigner(&mut self, name: &str) -> Result<Box<dyn TimestampAssigner>> {
        none(name)
    }

    fn decoder(&mut self, _codec: &Codec, _output_type: Option<&TypeInfo>) -> Result<Box<dyn Decoder>> {
        none("a decoder")
    }

    fn encoder(&mut self, _codec: &Codec, _input_type: Option<&TypeInfo>) -> Result<Box<dyn Encoder>> {
        none("an encoder")
    }

    fn object_sink(&mut self, spec: &ObjectSinkSpec<'_>) -> Result<Box<dyn ObjectSink>> {
        none(spec.connector)
    }

    fn codec(&self, _declared: Option<&TypeInfo>) -> Result<Arc<dyn ObjectCodec>> {
        none("a codec")
    }

    fn key_codec(&self, _key_type: Option<&TypeInfo>) -> Result<Arc<dyn ObjectCodec>> {
        none("a codec of keys")
    }
}
