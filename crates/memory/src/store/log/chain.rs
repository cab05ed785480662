//! The chain: reading it, adding to it, finding where it breaks.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use somnium_types::{Sha256Hex, sha256_hex};

use super::entry::{Entry, Known, What};
use super::witness::Head;

/// What stands before the first line.
const START: [u8; 32] = [0; 32];
/// Name of the key that everybody has.
const OPEN: &str = "open";
/// Hexadecimal digits of a salt and of the name of a key.
const SALT: usize = 32;
const KEY_NAME: usize = 16;

/// What lines are sealed with.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::store) struct Seal {
    name: String,
    key: [u8; 32],
}

impl Seal {
    /// Seals nothing: everybody can write such a line. For folders that nobody watches.
    pub(in crate::store) fn open() -> Self {
        Self { name: OPEN.to_owned(), key: START }
    }

    pub(super) fn of(key: [u8; 32]) -> Self {
        let name = sha256_hex(&[b"somnium log key\0".as_slice(), &key].concat()).prefix(KEY_NAME);
        Self { name, key }
    }

    pub(in crate::store) fn mac(&self, parts: &[&[u8]]) -> Sha256Hex {
        // A key of any length is a key; ours has 32 bytes.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            return Sha256Hex::from_digest(START);
        };
        parts.iter().for_each(|part| mac.update(part));
        Sha256Hex::from_digest(mac.finalize().into_bytes().into())
    }

    /// Nobody without the key can tell what an erased line said by trying.
    fn salt(&self, previous: &Sha256Hex, text: &[u8]) -> String {
        self.mac(&[b"salt\0", previous.as_bytes(), text]).prefix(SALT)
    }

    fn tag(&self, previous: &Sha256Hex, seq: u64, leaf: &Sha256Hex) -> Sha256Hex {
        self.mac(&[b"tag\0", previous.as_bytes(), &seq.to_le_bytes(), leaf.as_bytes()])
    }
}

/// Returns the hash of all lines up to one. No key is needed for it, so that whoever seals a line, or keeps the last
/// link, vouches for every line before it: also for those that were sealed with keys that are not here, whose tags
/// cannot be checked.
fn link(previous: &Sha256Hex, line: &Line) -> Sha256Hex {
    let parts: [&[u8]; 6] = [
        b"link\0",
        previous.as_bytes(),
        line.key.as_bytes(),
        b"\0",
        line.leaf.as_bytes(),
        line.tag.as_bytes(),
    ];
    sha256_hex(&parts.concat())
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seal").field("name", &self.name).finish_non_exhaustive()
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct Line {
    pub(in crate::store) seq: u64,
    /// `None` where it was erased.
    pub(in crate::store) entry: Option<Entry>,
    salt: Option<String>,
    leaf: Sha256Hex,
    key: String,
    pub(in crate::store) tag: Sha256Hex,
}

impl Line {
    pub(super) fn is_sealed_with(&self, seal: &Seal) -> bool {
        self.key == seal.name
    }

    /// Returns what is wrong with it behind `previous`; lines that were sealed with another key can only be
    /// checked in part.
    fn fault(&self, seq: u64, previous: &Sha256Hex, seal: &Seal) -> Option<&'static str> {
        if self.seq != seq {
            return Some("a line is missing or out of its order before it");
        }
        let leaf = match (&self.entry, &self.salt) {
            (Some(entry), Some(salt)) => Some(leaf(salt, &text_of(entry))),
            (None, None) => None,
            _ => return Some("it is half erased"),
        };
        if leaf.is_some_and(|leaf| leaf != self.leaf) {
            return Some("it does not say what was written");
        }
        let open = Seal::open();
        let seal = if self.key == seal.name {
            seal
        } else if self.key == OPEN {
            &open
        } else {
            return None;
        };
        (seal.tag(previous, seq, &self.leaf) != self.tag)
            .then_some("it was not written behind the line before it")
    }
}

fn text_of(entry: &Entry) -> Vec<u8> {
    // Plain structures with string keys always serialise, in the order of their fields.
    serde_json::to_vec(entry).unwrap_or_default()
}

fn leaf(salt: &str, text: &[u8]) -> Sha256Hex {
    sha256_hex(&[salt.as_bytes(), b"\0", text].concat())
}

/// The whole log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Log {
    pub(in crate::store) lines: Vec<Line>,
}

impl Log {
    /// Reads a log. `Err` says which line cannot be read.
    pub(in crate::store) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let lines = bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
        let read = |(at, line): (usize, &[u8])| {
            serde_json::from_slice(line).map_err(|error| format!("line {}: {error}", at + 1))
        };
        Ok(Self { lines: lines.map(read).collect::<Result<_, _>>()? })
    }

    pub(in crate::store) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for line in &self.lines {
            bytes.extend(serde_json::to_vec(line).unwrap_or_default());
            bytes.push(b'\n');
        }
        bytes
    }

    /// Adds a line.
    pub(in crate::store) fn add(&mut self, entry: Entry, seal: &Seal) {
        let seq = self.lines.last().map_or(0, |line| line.seq + 1);
        let previous = self.links().last().unwrap_or(Sha256Hex::from_digest(START));
        let text = text_of(&entry);
        let salt = seal.salt(&previous, &text);
        let leaf = leaf(&salt, &text);
        let tag = seal.tag(&previous, seq, &leaf);
        self.lines.push(Line {
            seq,
            entry: Some(entry),
            salt: Some(salt),
            leaf,
            key: seal.name.clone(),
            tag,
        });
    }

    /// Takes what lines say out of them; the chain stays whole.
    pub(in crate::store) fn erase(&mut self, which: impl Fn(&Entry) -> bool) {
        for line in self.lines.iter_mut().filter(|line| line.entry.as_ref().is_some_and(&which)) {
            (line.entry, line.salt) = (None, None);
        }
    }

    /// Returns the entries, oldest first; erased ones are passed over.
    pub(in crate::store) fn entries(&self) -> impl DoubleEndedIterator<Item = (u64, &Entry)> {
        self.lines.iter().filter_map(|line| Some((line.seq, line.entry.as_ref()?)))
    }

    pub(in crate::store) fn head(&self) -> Option<Head> {
        Some(Head { seq: self.lines.last()?.seq, link: self.links().last()? })
    }

    /// Returns what the folder holds by what its log says; `None` for an empty log.
    pub(in crate::store) fn known(&self) -> Option<Known> {
        let mut known = Known::default();
        self.entries().for_each(|(_, entry)| known.add(entry));
        (!self.lines.is_empty()).then_some(known)
    }

    /// Returns the first line that is not what was written, with what is wrong.
    pub(super) fn broken(&self, seal: &Seal) -> Option<(u64, &'static str)> {
        let mut previous = Sha256Hex::from_digest(START);
        for (seq, line) in (0..).zip(&self.lines) {
            if let Some(why) = line.fault(seq, &previous, seal) {
                return Some((seq, why));
            }
            previous = link(&previous, line);
        }
        None
    }

    /// Returns the hash of all lines up to each.
    pub(super) fn links(&self) -> impl Iterator<Item = Sha256Hex> {
        self.lines.iter().scan(Sha256Hex::from_digest(START), |previous, line| {
            *previous = link(previous, line);
            Some(previous.clone())
        })
    }

    /// Returns how many lines from `first` on were sealed with another key, and nobody here accepted. Only a line of
    /// ours accepts: everybody can write another that says so.
    pub(super) fn foreign(&self, first: u64, seal: &Seal) -> usize {
        let accepts = |line: &Line| {
            line.is_sealed_with(seal) && line.entry.as_ref().is_some_and(|entry| entry.what == What::Accepted)
        };
        let accepted = self.lines.iter().rposition(accepts).map_or(0, |at| at + 1);
        let first = usize::try_from(first).unwrap_or(usize::MAX).max(accepted);
        self.lines.iter().skip(first).filter(|line| !line.is_sealed_with(seal)).count()
    }

    /// Returns the number of the last line that was sealed here.
    pub(super) fn last_of_ours(&self, seal: &Seal) -> Option<u64> {
        self.lines.iter().rev().find(|line| line.is_sealed_with(seal)).map(|line| line.seq)
    }
}
