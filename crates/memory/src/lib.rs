//! The plain-text memory: a folder of Markdown that people own and dreams may add to.
//!
//! A [`Memory`] is the folder as a value. A *block* ([`Block`]) is a heading that ends in
//! `<!-- som:ID -->` and what follows it; all else, in any layout and any encoding, is somebody's text, read
//! and kept byte for byte. [`apply`] makes [`Edit`]s by byte range and returns the new value, [`unified_diff`]
//! shows the difference, [`ownership`] tells whose each block is. All of that is pure; [`store`] puts it on
//! disk.
//!
//! Nothing here knows the network, SQL, the system's time or a model.
#![warn(missing_docs)]

mod diff;
mod edit;
mod error;
mod memory;
mod outline;
mod owner;
mod path;
pub mod redact;
mod splice;
pub mod store;
mod text;

pub use diff::{unified_diff, visible};
pub use edit::{Edit, IndexLine, apply};
pub use error::EditError;
pub use memory::{Block, Memory, is_text};
pub use owner::{Baseline, Baselines, Owner, ownership};
pub use path::{MACHINE_DIR, MemoryPath, PathError};
