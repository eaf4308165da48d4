//! librdkafka, called directly. The safe wrappers of `rdkafka` handle one message at a time; reading whole fetched
//! batches and producing without a report per record is what the data path is fast by. All `unsafe` of the crate is in
//! this folder.

mod client;
mod conf;
mod consumer;
mod event;
mod message;
mod offsets;
mod producer;
mod repeats;
mod transaction;

pub(crate) use client::{Client, Kind, end_in_background};
pub(crate) use conf::{Conf, SetError};
pub(crate) use consumer::Consumer;
pub(crate) use message::{FetchError, Message};
pub(crate) use offsets::{PartitionOffset, PartitionOffsets};
pub(crate) use producer::{Identity, Produced, Producer, in_flight};
pub(crate) use repeats::is_news;

use rdkafka::bindings as sys;
use std::ffi::{CStr, CString};

use penstock_core::{Error, Result};

/// librdkafka's words for an error code.
fn describe(code: sys::rd_kafka_resp_err_t) -> String {
    // SAFETY: the text is static in librdkafka.
    unsafe { CStr::from_ptr(sys::rd_kafka_err2str(code)) }.to_string_lossy().into_owned()
}

/// Names come from users and cannot hold a zero byte.
fn c_string(what: &str, text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error::invalid(format!("{what} {text:?} contains a zero byte")))
}
