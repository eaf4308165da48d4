//! MurmurHash3 in its 128-bit form for 64-bit machines, seed 0: the hash behind operator ids.

const C1: u64 = 0x87c3_7b91_1142_53d5;
const C2: u64 = 0x4cf5_ad43_2745_937f;

/// The hash as its 16 bytes, low half first.
pub(crate) fn murmur3_128(data: &[u8]) -> [u8; 16] {
    let (mut h1, mut h2) = (0_u64, 0_u64);
    let mut blocks = data.chunks_exact(16);
    for block in &mut blocks {
        let (k1, k2) = halves(block);
        h1 = (h1 ^ mix1(k1)).rotate_left(27).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x52dc_e729);
        h2 = (h2 ^ mix2(k2)).rotate_left(31).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    let (k1, k2) = halves(blocks.remainder());
    h1 ^= mix1(k1) ^ data.len() as u64;
    h2 ^= mix2(k2) ^ data.len() as u64;
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    (h1, h2) = (finish(h1), finish(h2));
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&h1.to_le_bytes());
    bytes[8..].copy_from_slice(&h2.to_le_bytes());
    bytes
}

/// Up to 16 bytes as two little-endian numbers, filled up with zeros.
fn halves(block: &[u8]) -> (u64, u64) {
    let mut padded = [0; 16];
    padded[..block.len()].copy_from_slice(block);
    let number = u128::from_le_bytes(padded);
    (number as u64, (number >> 64) as u64)
}

fn mix1(k: u64) -> u64 {
    k.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2)
}

fn mix2(k: u64) -> u64 {
    k.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1)
}

fn finish(mut h: u64) -> u64 {
    h = (h ^ (h >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    h = (h ^ (h >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    h ^ (h >> 33)
}

#[cfg(test)]
mod tests {
    use super::murmur3_128;

    fn hex(data: &[u8]) -> String {
        format!("{:032x}", u128::from_be_bytes(murmur3_128(data)))
    }

    /// Texts of every kind of length: empty, a part of a block, a block, several blocks and a part.
    #[test]
    fn hashes_are_those_of_other_implementations() {
        let cases = [
            ("", "00000000000000000000000000000000"),
            ("a", "897859f6655555855a890e51483ab5e6"),
            ("kafka-source", "61252f73469d3ffba207c548d29a0267"),
            ("exactly16bytes!!", "6c51802c12cb5355319db0f3e560d8d4"),
            ("日本", "8617be787de7d486bd099c30ca8febae"),
            ("a uid that is longer than thirty-two bytes, to take two blocks", "a80104b213e3d59d2acebdfaee5fff03"),
        ];
        for (text, hash) in cases {
            assert_eq!(hex(text.as_bytes()), hash, "{text}");
        }
        assert_eq!(hex(&[0; 4]), "bc764cd8ddf7a0cff126f51c16239658");
    }
}
