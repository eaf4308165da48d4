//! Bytes of which there are many: short ones lie where they are kept, so that finding, comparing and copying them touches
//! no other memory.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

/// Longest bytes that need no memory of their own.
const INLINE: usize = 22;

/// Bytes that do not change their length.
#[derive(Clone)]
pub(crate) enum SmallBytes {
    /// How many of them count.
    Inline(u8, [u8; INLINE]),
    Heap(Box<[u8]>),
}

impl SmallBytes {
    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Inline(length, bytes) => &bytes[..usize::from(*length)],
            Self::Heap(bytes) => bytes,
        }
    }

    #[inline]
    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        match self {
            Self::Inline(length, bytes) => &mut bytes[..usize::from(*length)],
            Self::Heap(bytes) => bytes,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.as_slice().len()
    }
}

impl From<&[u8]> for SmallBytes {
    #[inline]
    fn from(bytes: &[u8]) -> Self {
        let mut inline = [0; INLINE];
        let Some(room) = inline.get_mut(..bytes.len()) else { return Self::Heap(bytes.into()) };
        room.copy_from_slice(bytes);
        Self::Inline(bytes.len() as u8, inline)
    }
}

impl Borrow<[u8]> for SmallBytes {
    fn borrow(&self) -> &[u8] {
        self.as_slice()
    }
}

impl PartialEq for SmallBytes {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for SmallBytes {}

impl PartialOrd for SmallBytes {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SmallBytes {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl Hash for SmallBytes {
    /// As that of a slice, which is looked for in its stead.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl std::fmt::Debug for SmallBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_slice().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_length_comes_back_and_is_found_by_its_slice() {
        assert_eq!(size_of::<Option<SmallBytes>>(), 24);
        let bytes: Vec<u8> = (0..=255).collect();
        let mut map = hashbrown::HashMap::new();
        for length in [0, 1, INLINE, INLINE + 1, 256] {
            let small = SmallBytes::from(&bytes[..length]);
            assert_eq!((small.as_slice(), small.len()), (&bytes[..length], length));
            map.insert(small, length);
        }
        assert!(map.len() == 5 && map.iter().all(|(key, length)| map.get(key.as_slice()) == Some(length)));
    }

    #[test]
    fn they_are_ordered_as_slices_are() {
        let of = |bytes: &[u8]| SmallBytes::from(bytes);
        assert!(of(b"") < of(b"\0") && of(&[1; 30]) < of(&[2]) && of(&[1; 22]) < of(&[1; 23]));
        let mut changed = of(b"ab");
        changed.as_mut_slice().copy_from_slice(b"cd");
        assert_eq!(changed, of(b"cd"));
    }
}
