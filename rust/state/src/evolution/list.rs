//! Lists with time to live, whose elements lie one by one, with a time each: to another type of elements, from lists
//! without time to live and back to those.

use penstock_core::{Result, TypeInfo};

use super::types::convert;
use crate::elements::{elements, put_element};
use crate::wire::{Reader, damaged, put_varint};

/// `None` as a pickle, with its length: what stands for an absent element where each is a value of its own.
const PICKLED_NONE: &[u8] = b"\x04\x80\x02N.";

/// The types of elements before and after.
pub(super) type Types<'a> = (&'a TypeInfo, &'a TypeInfo);

/// Every element keeps the time it has.
pub(super) fn with_times(types: Types<'_>, bytes: &[u8], what: &str) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    for element in elements(bytes) {
        let (written_at, element) = element.ok_or_else(|| cut_off(what))?;
        put_element(&mut out, written_at, |out| whole(types, element, what, out))?;
    }
    Ok(out)
}

/// Time to live was switched on: the life of every element begins now.
pub(super) fn add_times(types: Types<'_>, bytes: &[u8], now: i64, what: &str) -> Result<Vec<u8>> {
    let (mut reader, mut out) = (Reader::new(bytes, what), Vec::with_capacity(bytes.len()));
    for _ in 0..reader.count()? {
        if reader.u8()? != 0 {
            put_element(&mut out, now, |out| convert(types.0, types.1, &mut reader, out))?;
        } else if *types.1 == TypeInfo::PickledByteArray {
            put_element(&mut out, now, |out| {
                out.extend_from_slice(PICKLED_NONE);
                Ok(())
            })?;
        } else {
            return Err(penstock_core::Error::invalid(format!(
                "{what} is a list with an element None, which a list with time to live cannot have as {}: switch the \
                 time to live off, or give the state another name to start it empty",
                types.1
            )));
        }
    }
    reader.finish()?;
    Ok(out)
}

/// Time to live was switched off.
pub(super) fn remove_times(types: Types<'_>, bytes: &[u8], what: &str) -> Result<Vec<u8>> {
    let elements = elements(bytes).map(|element| element.ok_or_else(|| cut_off(what))).collect::<Result<Vec<_>>>()?;
    let mut out = Vec::with_capacity(bytes.len());
    put_varint(&mut out, elements.len() as u64);
    for (_, element) in elements {
        out.push(1);
        whole(types, element, what, &mut out)?;
    }
    Ok(out)
}

fn whole(types: Types<'_>, element: &[u8], what: &str, out: &mut Vec<u8>) -> Result<()> {
    let mut reader = Reader::new(element, what);
    convert(types.0, types.1, &mut reader, out)?;
    reader.finish()
}

fn cut_off(what: &str) -> penstock_core::Error {
    damaged(what, "an element is cut off")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDENED: Types<'_> = (&TypeInfo::Byte, &TypeInfo::Short);

    fn timed(listed: &[(i64, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (written_at, element) in listed {
            put_element(&mut out, *written_at, |out| {
                out.extend_from_slice(element);
                Ok(())
            })
            .expect("short");
        }
        out
    }

    #[test]
    fn elements_widen_and_keep_their_times() {
        let old = timed(&[(7, &[5]), (9, &[0xff])]);
        assert_eq!(with_times(WIDENED, &old, "it").unwrap(), timed(&[(7, &[0, 5]), (9, &[0xff, 0xff])]));
    }

    #[test]
    fn times_come_and_go() {
        assert_eq!(add_times(WIDENED, &[2, 1, 5, 1, 6], 3, "it").unwrap(), timed(&[(3, &[0, 5]), (3, &[0, 6])]));
        let timed = timed(&[(7, &[5]), (9, &[6])]);
        assert_eq!(remove_times(WIDENED, &timed, "it").unwrap(), [2, 1, 0, 5, 1, 0, 6]);
        assert!(add_times(WIDENED, &[0], 3, "it").unwrap().is_empty());
        assert_eq!(remove_times(WIDENED, &[], "it").unwrap(), [0]);
    }

    #[test]
    fn an_absent_element_is_a_pickle_or_an_error() {
        let any = TypeInfo::PickledByteArray;
        assert_eq!(add_times((&any, &any), &[1, 0], 3, "it").unwrap(), timed(&[(3, PICKLED_NONE)]));
        let error = add_times(WIDENED, &[1, 0], 3, "it").unwrap_err().to_string();
        assert!(error.contains("it is a list with an element None"), "{error}");
    }

    #[test]
    fn what_is_cut_off_is_damage() {
        let old = timed(&[(7, &[5]), (9, &[6])]);
        for length in (1..old.len()).filter(|length| *length != 13) {
            for result in [with_times(WIDENED, &old[..length], "it"), remove_times(WIDENED, &old[..length], "it")] {
                assert!(result.expect_err("cut off").to_string().contains("it is damaged"), "{length}");
            }
        }
        assert!(with_times(WIDENED, &timed(&[(7, &[5, 6])]), "it").is_err(), "more than a byte");
    }
}
