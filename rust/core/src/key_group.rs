//! Key groups: the unit in which keyed state moves between subtasks. The arithmetic is Flink's, so that a typed key
//! lands on the subtask on which Flink would put it.

use std::ops::RangeInclusive;

/// Flink's finaliser over a 32-bit hash code (`MathUtils.murmurHash`): MurmurHash3 of one block.
#[must_use]
pub fn murmur_hash(code: i32) -> i32 {
    let mut k = (code as u32).wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    k = k.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    k ^= 4;
    k ^= k >> 16;
    k = k.wrapping_mul(0x85eb_ca6b);
    k ^= k >> 13;
    k = k.wrapping_mul(0xc2b2_ae35);
    k ^= k >> 16;
    match k as i32 {
        i32::MIN => 0,
        n => n.abs(),
    }
}

/// The key group of a key with this hash code.
#[inline]
#[must_use]
pub fn assign_key_group(hash_code: i32, max_parallelism: u32) -> u16 {
    (murmur_hash(hash_code) as u32 % max_parallelism) as u16
}

/// The subtask that owns a key group.
#[inline]
#[must_use]
pub fn subtask_of(group: u16, max_parallelism: u32, parallelism: u32) -> u32 {
    u32::from(group) * parallelism / max_parallelism
}

/// The key groups that a subtask owns.
#[must_use]
pub fn key_group_range(subtask: u32, parallelism: u32, max_parallelism: u32) -> RangeInclusive<u16> {
    let start = (subtask * max_parallelism).div_ceil(parallelism);
    let end = ((subtask + 1) * max_parallelism - 1) / parallelism;
    start as u16..=end as u16
}

/// The maximum parallelism of an operator that does not set one.
#[must_use]
pub fn default_max_parallelism(parallelism: u32) -> u32 {
    (parallelism + parallelism / 2).next_power_of_two().clamp(128, 32_768)
}

/// Java's `String.hashCode` over UTF-16 code units.
#[must_use]
pub fn java_string_hash(text: &str) -> i32 {
    let add = |hash: i32, unit: i32| hash.wrapping_mul(31).wrapping_add(unit);
    if text.is_ascii() {
        return text.bytes().fold(0, |hash, byte| add(hash, i32::from(byte)));
    }
    text.encode_utf16().fold(0, |hash, unit| add(hash, i32::from(unit)))
}

/// Java's `Long.hashCode`.
#[inline]
#[must_use]
pub fn java_long_hash(value: i64) -> i32 {
    (value ^ ((value as u64) >> 32) as i64) as i32
}

/// Java's `Arrays.hashCode(byte[])`.
#[must_use]
pub fn java_bytes_hash(bytes: &[u8]) -> i32 {
    bytes.iter().fold(1_i32, |h, &b| h.wrapping_mul(31).wrapping_add(i32::from(b as i8)))
}

/// PyFlink wraps every key into a row of one field; this is that row's hash code.
#[inline]
#[must_use]
pub fn row_hash(field_hash: i32) -> i32 {
    62_i32.wrapping_add(field_hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (hash code of the key's row, key group of 128, key group of 4096, subtask of 4), taken from Flink.
    #[test]
    fn groups_are_flinks() {
        for (key, row, of_128, of_4096, subtask) in [
            ("", 62, 33, 3233, 1),
            ("a", 159, 64, 448, 2),
            ("user-1", -836_031_763, 67, 3907, 2),
            ("u1", 3738, 20, 3988, 0),
            ("😀", 1_772_961, 19, 2835, 0),
        ] {
            assert_eq!(row_hash(java_string_hash(key)), row, "{key}");
            assert_eq!(assign_key_group(row, 128), of_128, "{key}");
            assert_eq!(assign_key_group(row, 4096), of_4096, "{key}");
            assert_eq!(subtask_of(of_128, 128, 4), subtask, "{key}");
        }
    }

    #[test]
    fn ranges_cover_every_group_once() {
        for parallelism in [1, 3, 4, 7, 128] {
            let owners: Vec<u16> = (0..parallelism).flat_map(|i| key_group_range(i, parallelism, 128)).collect();
            assert_eq!(owners, (0..128).collect::<Vec<u16>>());
            for subtask in 0..parallelism {
                assert!(key_group_range(subtask, parallelism, 128).all(|g| subtask_of(g, 128, parallelism) == subtask));
            }
        }
    }

    #[test]
    fn default_max_parallelism_is_flinks() {
        let cases = [(1, 128), (85, 128), (86, 256), (170, 256), (171, 256), (200, 512)];
        for (parallelism, expected) in cases {
            assert_eq!(default_max_parallelism(parallelism), expected, "{parallelism}");
        }
    }
}
