//! How the elements of a list state with time to live lie in bytes: of each the time its life began (eight bytes, big
//! endian), its length (four, big endian) and its bytes. Without a time to live a list is one value instead.
//!
//! ```
//! use penstock_state::elements::{elements, put_element};
//! let mut bytes = Vec::new();
//! put_element(&mut bytes, 7, |out| { out.extend_from_slice(b"abc"); Ok(()) }).unwrap();
//! assert_eq!(elements(&bytes).map(|element| element.unwrap()).collect::<Vec<_>>(), [(7, &b"abc"[..])]);
//! assert!(elements(&bytes[..14]).next().unwrap().is_none(), "it is cut off");
//! ```

use penstock_core::{Error, Result};

/// Appends an element.
pub fn put_element(out: &mut Vec<u8>, written_at: i64, element: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
    out.extend_from_slice(&written_at.to_be_bytes());
    let length_at = out.len();
    out.extend_from_slice(&[0; 4]);
    element(out)?;
    let length = u32::try_from(out.len() - length_at - 4)
        .map_err(|_| Error::invalid("an element of a list state takes more than 4 GiB"))?;
    out[length_at..length_at + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// The elements with their times, oldest first; a last `None` where the bytes end within one.
pub fn elements(mut bytes: &[u8]) -> impl Iterator<Item = Option<(i64, &[u8])>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let element = split(bytes);
        bytes = element.map_or(&[], |(_, _, rest)| rest);
        Some(element.map(|(written_at, element, _)| (written_at, element)))
    })
}

fn split(bytes: &[u8]) -> Option<(i64, &[u8], &[u8])> {
    let (written_at, rest) = bytes.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (element, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    Some((i64::from_be_bytes(*written_at), element, rest))
}
