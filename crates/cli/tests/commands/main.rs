//! Every command through the binary, in a folder of its own.

#![allow(unreachable_pub, reason = "the modules of one test program share what is public here")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod bad_input;
mod cache;
mod dream;
mod dreams;
mod effect;
mod erase;
mod eval;
mod explain;
mod export;
mod help;
mod mcp;
mod memory;
mod memory_tool;
mod people;
mod review;
mod sessions;
mod skills;
mod world;
