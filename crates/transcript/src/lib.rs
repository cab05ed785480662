//! Reads the session logs of any agent into one [`Transcript`](somnium_types::Transcript).
//!
//! ```text
//! paths ─► paths::expand ─► source::open (.zst, .gz, plain) ─► documents (lines or one value)
//!       ─► import::sniff ─► Importer::import ─► Transcript
//! ```
//!
//! A format is told by content, never by name. Bad input is listed in the [`FileReport`] and skipped;
//! nothing here panics on any input, and nothing here asks the machine for the time.
#![warn(missing_docs)]

mod content;
pub mod discover;
mod documents;
mod draft;
mod error;
mod harness_text;
mod home;
pub mod import;
mod json;
pub mod paths;
mod read;
mod source;

pub use error::ReadError;
pub use read::{FileReport, read_bytes, read_file, read_files};
