//! Killing the program at any moment of any command leaves the old state or the new one.
//!
//! A row of [`table`] is a command in a small world. It is run once under `strace`, which lists the system calls of its
//! main thread that change a file; then again for some of them, or for all, each time killed right before that call. What is left
//! is looked at after the next command has opened the memory: every file has to be as before or as after, the history
//! has to hold, and the same command has to go through.
//!
//! `SOMNIUM_KILLS` is how many calls of each row are tried: a few by default, all of them in the long form
//! (`cargo xtask long kills`).

#![allow(unreachable_pub, reason = "the modules of one test program share what is public here")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

#[cfg(target_os = "linux")]
mod control;
#[cfg(target_os = "linux")]
mod harness;
#[cfg(target_os = "linux")]
mod shape;
#[cfg(target_os = "linux")]
mod strace;
mod table;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../commands/world.rs"]
mod world;

use std::collections::BTreeSet;

use crate::table::TABLE;
use crate::world::World;

#[test]
fn the_table_has_every_command() {
    let page = World::empty().run("reference").stdout;
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let described = headings.filter_map(|line| line.split_once("`somnium ")?.1.strip_suffix('`'));
    // A heading with others below it only says what there is.
    let described: Vec<_> = described.collect();
    let is_group = |name: &str| described.iter().any(|other| other.starts_with(&format!("{name} ")));
    let described: BTreeSet<_> = described.iter().copied().filter(|name| !is_group(name)).collect();
    let listed: BTreeSet<_> = TABLE.iter().map(|row| row.command).collect();
    assert_eq!(described, listed);
}

#[cfg(target_os = "linux")]
mod rows {
    use crate::harness::{kill_rows, run_readers};
    use crate::table::Family;

    #[test]
    fn commands_that_only_read_write_nothing() {
        run_readers();
    }

    #[test]
    fn dreams_are_whole_wherever_they_are_killed() {
        kill_rows(Family::Dreams);
    }

    #[test]
    fn changes_of_people_are_whole_wherever_they_are_killed() {
        kill_rows(Family::People);
    }

    #[test]
    fn reviews_are_whole_wherever_they_are_killed() {
        kill_rows(Family::Reviews);
    }

    #[test]
    fn calls_of_agents_are_whole_wherever_they_are_killed() {
        kill_rows(Family::Agents);
    }

    #[test]
    fn exports_are_whole_wherever_they_are_killed() {
        kill_rows(Family::Exports);
    }
}
