//! Which sessions start without a note: decided by hash, so that nothing has to be written down when a session
//! starts, and everybody who looks later comes to the same answer.

use std::collections::BTreeSet;

use super::guard::HOOKS;
use crate::propose::ARCHIVE;
use somnium_memory::store::{HoldBack, Share};
use somnium_memory::{Edit, EditError, INDEX_END, INDEX_START, Memory, MemoryPath, apply};
use somnium_types::{BlockId, SessionId, Timestamp, sha256_hex};

/// Files and folders that no agent loads, or that only one person's sessions do.
const APART: [&str; 5] = [ARCHIVE, "people/", "quarantine.md", "conflicts.md", HOOKS];
/// Digits of the hash that decide.
const DIGITS: usize = 12;

/// Returns whether a session starts without a note. A pure function: equal arguments give equal answers on every
/// machine. Different notes are held back from different sessions, and another salt draws anew.
pub fn is_held_back(session: &SessionId, note: &BlockId, share: Share, salt: &str) -> bool {
    let text = format!("hold-back\0{salt}\0{session}\0{note}");
    let digest = sha256_hex(text.as_bytes());
    let drawn = u64::from_str_radix(&digest.prefix(DIGITS), 16).unwrap_or(u64::MAX);
    let all = 1u64 << (4 * DIGITS);
    // The share is in ten-thousandths: this is `drawn / all < share` without rounding.
    u128::from(drawn) * u128::from(Share::WHOLE) < u128::from(share.parts()) * u128::from(all)
}

/// Returns the arrangement in force at a time, with its number: the latest that began by then. Without a time nobody
/// can say.
pub(crate) fn in_force(arrangements: &[HoldBack], at: Option<Timestamp>) -> Option<(usize, &HoldBack)> {
    let known = arrangements.iter().enumerate().filter(|(_, one)| at.is_some_and(|at| one.from <= at));
    known.max_by_key(|(number, one)| (one.from, *number))
}

/// Returns what a session that starts now is not to be shown: notes of `notes` that the hash holds back.
pub fn held_back(
    session: &SessionId,
    notes: &BTreeSet<BlockId>,
    arrangements: &[HoldBack],
) -> BTreeSet<BlockId> {
    let Some(now) = arrangements.iter().max_by_key(|one| one.from) else { return BTreeSet::new() };
    let is_out = |note: &&BlockId| is_held_back(session, note, now.share, &now.salt);
    notes.iter().filter(is_out).cloned().collect()
}

/// Returns the memory without some blocks: neither they nor their lines in the index are there. Everything else is byte
/// for byte what it was.
///
/// # Errors
///
/// As [`apply`].
pub fn without(memory: &Memory, blocks: &BTreeSet<BlockId>) -> Result<Memory, EditError> {
    let there = memory.blocks().into_iter().map(|block| block.id).filter(|id| blocks.contains(id));
    let edits: Vec<Edit> = there.map(|id| Edit::Remove { id }).collect();
    let mut left = apply(memory, &edits)?;
    let index = memory.index_path();
    let lines =
        left.get(&index).filter(|_| memory.index_text().is_some()).map(|text| without_lines(text, blocks));
    if let Some(lines) = lines {
        left.insert(index, lines);
    }
    Ok(left)
}

/// Returns what a session is shown: the memory without the blocks that are held back from it, and without what no
/// agent is to load or what is for one person's sessions alone.
///
/// # Errors
///
/// As [`without`].
pub fn shown(memory: &Memory, held_back: &BTreeSet<BlockId>) -> Result<Memory, EditError> {
    let mut left = without(memory, held_back)?;
    let is_kept_apart = |path: &MemoryPath| {
        let path = path.as_str();
        APART.iter().any(|apart| path == *apart || (apart.ends_with('/') && path.starts_with(apart)))
    };
    let apart: Vec<MemoryPath> = left.files().map(|(path, _)| path.clone()).filter(is_kept_apart).collect();
    apart.iter().for_each(|path| left.remove(path));
    Ok(left)
}

/// Takes the lines of some blocks out of the managed region of an index; what people link to is theirs.
fn without_lines(text: &[u8], blocks: &BTreeSet<BlockId>) -> Vec<u8> {
    let mut is_managed = false;
    let mut keeps = |line: &[u8]| {
        match String::from_utf8_lossy(line).trim() {
            INDEX_START => is_managed = true,
            INDEX_END => is_managed = false,
            line => {
                let block = line.rsplit_once('#').filter(|_| is_managed).map(|(_, id)| BlockId::from(id));
                return block.is_none_or(|id| !blocks.contains(&id));
            }
        }
        true
    };
    text.split_inclusive(|byte| *byte == b'\n').filter(|line| keeps(line)).flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(percent: f64) -> Share {
        Share::of_percent(percent).unwrap()
    }

    #[test]
    fn as_many_sessions_as_the_share_says_start_without_a_note() {
        for percent in [1.0, 10.0, 50.0] {
            let note = BlockId::from("m-1");
            let is_out = |n: &u32| is_held_back(&format!("s{n}").as_str().into(), &note, share(percent), "x");
            let out = (0..20_000_u32).filter(is_out).count() as f64 / 200.0;
            // Four standard errors.
            let off = 4.0 * (percent * (100.0 - percent) / 20_000.0).sqrt();
            assert!((out - percent).abs() < off, "{out} of {percent}");
        }
        let never = is_held_back(&"s".into(), &"m-1".into(), share(0.0), "x");
        let always = is_held_back(&"s".into(), &"m-1".into(), share(100.0), "x");
        assert!(!never && always);
    }

    #[test]
    fn notes_and_salts_are_drawn_apart() {
        let draw = |note: &str, salt: &str| -> Vec<bool> {
            let one =
                |n: u32| is_held_back(&format!("s{n}").as_str().into(), &note.into(), share(50.0), salt);
            (0..2_000).map(one).collect()
        };
        let (first, other, again) = (draw("m-1", "x"), draw("m-2", "x"), draw("m-1", "y"));
        for pair in [(&first, &other), (&first, &again)] {
            let same = pair.0.iter().zip(pair.1).filter(|(a, b)| a == b).count();
            assert!((900..1_100).contains(&same), "{same} of 2,000 alike");
        }
        assert_eq!(first, draw("m-1", "x"));
    }

    #[test]
    fn a_larger_share_keeps_those_that_were_held_back() {
        let note = BlockId::from("m-1");
        for n in 0..500 {
            let session = SessionId::from(format!("s{n}"));
            assert!(
                !is_held_back(&session, &note, share(5.0), "x")
                    || is_held_back(&session, &note, share(20.0), "x")
            );
        }
    }
}
