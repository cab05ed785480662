//! SHA-256 as this project writes it: lower-case hexadecimal.

use std::fmt;

use sha2::{Digest, Sha256};

/// A SHA-256 digest as 64 lower-case hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Sha256Hex(Box<str>);

impl Sha256Hex {
    /// Returns the digest as digits.
    pub fn from_digest(digest: [u8; 32]) -> Self {
        let mut text = String::with_capacity(64);
        for byte in digest {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
            }
        }
        Self(text.into())
    }

    /// Returns the 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sha256Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Sha256Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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
    sha256_hex(bytes).as_str()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn digests_match_the_published_test_vector() {
        // FIPS 180-4, "abc".
        assert_eq!(
            super::sha256_hex(b"abc").as_str(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
