//! `.somnium/log.jsonl`: who changed what, in a chain that shows when somebody changed the past.
//!
//! ```text
//! line n:  { seq, entry, salt, leaf, key, tag }      one JSON object
//! leaf  =  SHA-256(salt ‖ entry)                     stays when `entry` and `salt` are erased
//! tag   =  HMAC-SHA-256(key, link of line n-1 ‖ seq ‖ leaf)
//! link  =  SHA-256(link of line n-1 ‖ name of the key ‖ leaf ‖ tag)     not written: anybody can reckon it
//! ```
//!
//! The key and the last link seen (the *head*) are kept away from the folder by a [`Witness`]: whoever can write to the
//! folder can neither forge a line nor put an older log in the place of a newer one without that being noticed.
//! Edits made with an editor are no part of the log. They are found by comparing the files with what the log says
//! last, and entered as a person's ([`What::Outside`]) by the next change.
//!
//! The construction (salted leaves, a keyed chain, a head kept elsewhere) follows Crosby and Wallach, *Efficient Data
//! Structures for Tamper-Evident Logging*, USENIX Security 2009, in its linear form: a log has thousands of lines, not
//! millions.

mod chain;
mod entry;
mod standing;
mod witness;

pub use entry::{Entry, TouchedBlock, TouchedFile, What, Writer};
pub use standing::{Finding, Standing};
pub use witness::{Head, Witness};

pub(super) use chain::{Log, Seal};
pub(super) use entry::{Known, outside, touched};
