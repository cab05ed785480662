//! Domain values that every other crate speaks in: ids, sessions as [`Transcript`]s, outcomes, origins,
//! and the two traits ([`Clock`], [`IdGen`]) through which time and fresh ids enter the program.
//!
//! Nothing here does I/O, and nothing here is a wire format: foreign logs are read by
//! `somnium-transcript`, and what a dream reports is written by `somnium-dream`.
#![warn(missing_docs)]

mod clock;
mod error_codes;
mod event;
mod hash;
mod id;
mod idgen;
mod outcome;
mod transcript;

pub use clock::{Clock, FixedClock, SystemClock};
pub use error_codes::{ERROR_CODES, ErrorCode, error_code};
pub use event::{
    Actor, Body, Event, Origin, Status, SubagentPhase, SystemKind, Thread, ThreadId, ToolCall, ToolResult,
};
pub use hash::{Sha256Hex, hex16, sha256, sha256_hex};
pub use id::{AgentId, BlockId, CallId, ChangeId, ClaimId, DreamId, PrincipalId, SessionId, TaskKey, TeamId};
pub use idgen::{IdGen, SeededIdGen};
pub use outcome::{Label, Outcome, OutcomeSource};
pub use transcript::{Skipped, SourceRef, Transcript, Usage};

/// An instant, always UTC, to the nanosecond. Re-exported so that no other crate needs `jiff` for it.
pub type Timestamp = jiff::Timestamp;
