//! SHA-256 as this project writes it: lower-case hexadecimal.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// A SHA-256 digest: 32 bytes in memory and in binary formats, 64 lower-case hexadecimal digits everywhere that
/// people read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256Hex([u8; 32]);

impl Sha256Hex {
    /// Wraps a digest.
    pub fn from_digest(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// Returns the digest that is written as `hex`; `None` where that is anything but 64 lower-case digits.
    pub fn from_hex(hex: &str) -> Option<Self> {
        let digits = hex.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Self(digest))
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the 64 digits.
    pub fn to_hex(&self) -> String {
        self.prefix(64)
    }

    /// Returns the first `digits` digits, at most 64.
    pub fn prefix(&self, digits: usize) -> String {
        let mut text = String::with_capacity(64);
        for byte in self.0 {
            text.push(digit(byte >> 4));
            text.push(digit(byte & 15));
        }
        text.truncate(digits);
        text
    }
}

fn digit(nibble: u8) -> char {
    char::from(b"0123456789abcdef"[usize::from(nibble & 15)])
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Sha256Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for Sha256Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl Serialize for Sha256Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&self.to_hex())
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Sha256Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return <[u8; 32]>::deserialize(deserializer).map(Self);
        }
        let hex = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::from_hex(&hex).ok_or_else(|| D::Error::custom("not a SHA-256 of 64 lower-case digits"))
    }
}

/// Returns the SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Returns the SHA-256 of `bytes` as hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> Sha256Hex {
    Sha256Hex::from_digest(sha256(bytes))
}

/// Returns the first 16 hexadecimal digits of the SHA-256 of `bytes`: enough to name things in one store.
pub fn hex16(bytes: &[u8]) -> String {
    sha256_hex(bytes).prefix(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_match_the_published_test_vector() {
        // FIPS 180-4, "abc".
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc").to_hex(), hex);
        assert_eq!(Sha256Hex::from_hex(hex), Some(sha256_hex(b"abc")));
        assert_eq!(serde_json::to_value(sha256_hex(b"abc")).unwrap(), hex);
        assert_eq!(serde_json::from_value::<Sha256Hex>(hex.into()).unwrap(), sha256_hex(b"abc"));
    }

    #[test]
    fn only_64_lower_case_digits_are_a_digest() {
        let hex = sha256_hex(b"abc").to_hex();
        for wrong in ["", "abc", &hex[1..], &format!("{hex}0"), &hex.to_uppercase(), &hex.replace('a', "g")] {
            assert_eq!(Sha256Hex::from_hex(wrong), None, "{wrong}");
        }
    }
}
