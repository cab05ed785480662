//! Small worlds: sessions in a few words, and a store that dreams add to.

mod dreaming;
mod session;
mod world;

pub(crate) use dreaming::*;
pub(crate) use session::*;
pub(crate) use world::*;
