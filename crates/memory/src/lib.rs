//! The plain-text memory: a folder of Markdown that people own and dreams may add to.
//!
//! A [`Memory`] is the folder as a value. A *block* ([`Block`]) is a heading that ends in
//! `<!-- som:ID -->` and what follows it; all else, in any layout and any encoding, is somebody's text, read
//! and kept byte for byte. [`apply`] makes [`Edit`]s by byte range and returns the new value, [`unified_diff`]
//! shows the difference, [`ownership`] tells whose each block is. All of that is pure; [`store`] puts it on
//! disk.
//!
//! ```
//! use somnium_memory::{Edit, Memory, MemoryPath, apply};
//!
//! let notes = MemoryPath::new("notes/shell.md")?;
//! let mut memory = Memory::default();
//! memory.insert(notes.clone(), &b"# Shell\n\nMy own line.\n"[..]);
//! let edit = Edit::Put {
//!     path: notes.clone(),
//!     section: None,
//!     id: "m-7f3a".into(),
//!     title: "Use `od -c` where `file` is missing".into(),
//!     body: "Seen in 15 runs.".into(),
//! };
//! let after = apply(&memory, &[edit])?;
//! let block = "### Use `od -c` where `file` is missing  <!-- som:m-7f3a -->\nSeen in 15 runs.";
//! let expected = format!("# Shell\n\nMy own line.\n\n{block}\n");
//! assert_eq!(after.get(&notes), Some(expected.as_bytes()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing here knows the network, SQL, the system's time or a model.
#![warn(missing_docs)]

mod diff;
mod edit;
mod entries;
mod error;
pub mod export;
mod memory;
mod merge;
mod outline;
mod owner;
mod path;
mod people;
mod place;
pub mod redact;
mod search;
mod sketch;
mod splice;
pub mod store;
mod text;
pub mod tool;
mod traces;

/// The section of a file that holds notes on probation.
pub const UNCONFIRMED: &str = "Not yet confirmed";

pub use diff::{unified_diff, visible};
pub use edit::{Edit, IndexLine, apply};
pub use entries::{Entry, entries, fingerprint};
pub use error::EditError;
pub use memory::{Block, Memory, is_text};
pub use merge::{Merged, merge};
pub use outline::{INDEX_END, INDEX_START};
pub use owner::{Baseline, Baselines, Owner, ownership};
pub use path::{MACHINE_DIR, MemoryPath, PathError};
pub use people::{Deletion, rewrite, take_out, without};
pub use place::{Place, Places};
pub use search::{Hit, search};
pub use sketch::Sketch;
pub use traces::Traces;
