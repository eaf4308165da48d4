//! Values from the backend's bytes, with an error that says whose they are.

use penstock_core::{Error, Object, ObjectCodec, Result};

/// The value in stored bytes.
#[inline]
pub(super) fn decode(codec: &dyn ObjectCodec, bytes: &[u8], state: &str, operator: &str) -> Result<Object> {
    codec.decode(bytes).map_err(|error| unreadable(&error, state, operator))
}

#[cold]
fn unreadable(error: &Error, state: &str, operator: &str) -> Error {
    Error::invalid(format!(
        "state '{state}' of operator '{operator}' cannot be read: {error}\nIf a class has changed so that its pickles do \
         not load any more, give it back the name and fields it had, or give the state another name to start it empty"
    ))
}
