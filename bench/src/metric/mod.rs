//! The figures, one module each.

pub mod attribution;
pub mod cost;
pub mod curve;
pub mod effect;
pub mod fdr;
pub mod growth;
pub mod invariance;
pub mod lift;
pub mod next_action;
pub mod planted;
pub mod poison;
pub mod preferences;
pub mod provenance;
pub mod retention;
pub mod signatures;
pub mod silent;
pub mod staleness;
pub mod supersession;
pub mod value;
