//! What people wrote, changed, moved and deleted.

use serde_json::json;
use somnium_dream::{ClaimState, DreamStatus};
use somnium_types::{BlockId, Transcript};

use crate::common::*;

/// One mistake per tool, each in `count` sessions.
fn faults(name: &str, count: usize) -> Vec<Transcript> {
    sessions(name, count, |session, at| {
        session.error("open_valve", json!({ "valve": at }), "the valve is stuck in its seat").error(
            "prune",
            json!({ "rose": at }),
            "these shears are blunt today",
        )
    })
}

const FILE: &str = "notes/tools.md";

/// A store that dreamt once, and the ids of its two blocks: of the valve, of the shears.
fn dreamt_once() -> (Store, BlockId, BlockId) {
    let mut store = Store::default();
    let dreamt = store.dream(&faults("first", 4));
    let id = |tool| BlockId::from(claim(&dreamt, tool).id.as_str());
    let ids = (id("open_valve"), id("prune"));
    assert_eq!(dreamt.memory.block(&ids.0).unwrap().path.as_str(), FILE);
    (store, ids.0, ids.1)
}

fn bytes_of(store: &Store, id: &BlockId) -> String {
    let block = store.prior.memory.block(id).unwrap();
    store.read(block.path.as_str())[block.range].to_owned()
}

#[test]
fn a_block_that_a_person_edited_is_never_changed_again() {
    let (mut store, valve, shears) = dreamt_once();
    let title = store.prior.memory.block(&valve).unwrap().title;
    store.replace(FILE, &title, "Ask Ivy for the long spanner");
    let (edited, untouched) = (bytes_of(&store, &valve), bytes_of(&store, &shears));
    for round in 0..3 {
        let dreamt = store.dream(&faults(&format!("round-{round}"), 4));
        assert_eq!(bytes_of(&store, &valve), edited);
        assert_ne!(bytes_of(&store, &shears), untouched, "the block beside it is kept up to date");
        let found = claim(&dreamt, "open_valve");
        assert_eq!((found.state, found.title.as_str()), (ClaimState::Human, "Ask Ivy for the long spanner"));
        assert_eq!(found.support.sessions, 4 * (round + 2), "it is still counted");
        assert_eq!(dreamt.report.memory.blocks_kept_for_people, 1);
        assert_eq!(dreamt.stages.kept, std::slice::from_ref(&valve));
        assert_eq!(claim(&dreamt, "prune").state, ClaimState::Note);
    }
}

#[test]
fn a_line_that_a_person_adds_to_a_block_makes_it_theirs() {
    let (mut store, valve, _) = dreamt_once();
    let body = store.prior.memory.block(&valve).unwrap().body;
    store.replace(FILE, &body, &format!("{body}\nIt opens when it is warm."));
    let edited = bytes_of(&store, &valve);
    store.dream(&faults("second", 4));
    assert_eq!(bytes_of(&store, &valve), edited);
}

#[test]
fn a_deleted_block_never_comes_back() {
    let (mut store, valve, shears) = dreamt_once();
    let written = bytes_of(&store, &valve);
    store.replace(FILE, &written, "");
    for round in 0..3 {
        let dreamt = store.dream(&faults(&format!("round-{round}"), 4));
        assert_eq!(dreamt.memory.block(&valve), None, "round {round}");
        assert!(dreamt.memory.block(&shears).is_some());
        assert!(!has_claim(&dreamt, "open_valve"));
        assert!(dreamt.tombstones.contains_key(&valve));
        assert!(!files(&dreamt.memory).contains(valve.as_str()), "nor in the index");
        let whys = near_misses(&dreamt, "open_valve");
        assert!(whys.iter().any(|miss| miss.why.contains("deleted")), "{whys:?}");
    }
}

#[test]
fn a_tombstone_alone_keeps_a_block_away() {
    // The baselines may be lost or undone; what was deleted stays deleted.
    let (mut store, valve, _) = dreamt_once();
    let written = bytes_of(&store, &valve);
    store.replace(FILE, &written, "");
    store.dream(&[]);
    store.prior.baselines = somnium_memory::Baselines::default();
    assert_eq!(store.dream(&faults("second", 4)).memory.block(&valve), None);

    store.prior.tombstones.clear();
    assert!(store.dream(&faults("third", 4)).memory.block(&valve).is_some(), "without it, it comes back");
}

#[test]
fn what_is_frozen_stays_to_the_byte_and_what_is_beside_it_is_kept_up_to_date() {
    for place in ["block", "/notes/tools.md", "/notes/", "/"] {
        let (mut store, valve, shears) = dreamt_once();
        let frozen = if place == "block" { valve.as_str() } else { place };
        store.prior.frozen.0.insert(somnium_memory::Place::parse(frozen).unwrap());
        let before =
            (bytes_of(&store, &valve), bytes_of(&store, &shears), store.read("MEMORY.md").to_owned());
        let mut more = faults("second", 4);
        more.extend(sessions("third", 4, |session, at| {
            session.error("fell_tree", json!({ "tree": at }), "the saw is lent to a neighbour")
        }));
        let dreamt = store.dream(&more);
        let changed = [
            before.0 != bytes_of(&store, &valve),
            before.1 != bytes_of(&store, &shears),
            has_claim(&dreamt, "fell_tree"),
            before.2 != store.read("MEMORY.md"),
        ];
        let expected = match place {
            "block" => [false, true, true, true],
            "/" => [false, false, false, false],
            _ => [false, false, false, before.2 != store.read("MEMORY.md")],
        };
        assert_eq!(changed, expected, "{place}");
        if place != "block" {
            let whys = near_misses(&dreamt, "fell_tree");
            assert!(whys.iter().any(|miss| miss.why.contains("frozen")), "{whys:?}");
        }
    }
}

#[test]
fn a_note_that_says_what_a_person_deleted_stays_away_under_another_id() {
    let (mut store, valve, _) = dreamt_once();
    let written = bytes_of(&store, &valve);
    store.replace(FILE, &written, "");
    store.dream(&[]);
    // As if the same mistake had been learnt under another id.
    let tombstone = store.prior.tombstones.remove(&valve).unwrap();
    store.prior.baselines.blocks.remove(&valve);
    let mut control = store.prior.clone();
    store.prior.tombstones.insert("m-000000".into(), tombstone.clone());
    let dreamt = store.dream(&faults("second", 4));
    assert!(!has_claim(&dreamt, "open_valve"));
    let whys = near_misses(&dreamt, "open_valve");
    assert!(whys.iter().any(|miss| miss.why.contains("says nearly the same")), "{whys:?}");

    let other = somnium_memory::Sketch::of("Water the ferns in the morning, before the sun is on the glass.");
    control
        .tombstones
        .insert("m-000000".into(), somnium_memory::store::Tombstone { sketch: other, ..tombstone });
    let mut store = Store { prior: control, ..Store::default() };
    assert!(has_claim(&store.dream(&faults("second", 4)), "open_valve"), "other words keep nothing away");
}

#[test]
fn a_file_that_a_person_deleted_does_not_come_back() {
    let (mut store, valve, shears) = dreamt_once();
    let path = store.prior.memory.block(&valve).unwrap().path;
    store.prior.memory.remove(&path);
    let dreamt = store.dream(&faults("second", 4));
    assert!(dreamt.memory.get(&path).is_none());
    assert_eq!((dreamt.memory.block(&valve), dreamt.memory.block(&shears)), (None, None));
    assert_eq!(dreamt.tombstones.len(), 2);
}

#[test]
fn a_block_that_was_moved_is_updated_where_it_is() {
    let (mut store, valve, _) = dreamt_once();
    let written = bytes_of(&store, &valve);
    store.replace(FILE, &written, "");
    store.write("team/valves.md", &format!("# Valves\n\nMine.\n\n{written}\n"));
    let dreamt = store.dream(&faults("second", 4));
    let moved = dreamt.memory.block(&valve).unwrap();
    assert_eq!(moved.path.as_str(), "team/valves.md");
    assert_ne!(bytes_of(&store, &valve), written, "it is still ours, and kept up to date");
    assert!(store.read("team/valves.md").starts_with("# Valves\n\nMine.\n\n###"));
    assert_eq!(claim(&dreamt, "open_valve").path, "/team/valves.md");
    assert!(dreamt.memory.index_text().unwrap().contains(&format!("team/valves.md#{valve}")));
    assert_eq!(files(&dreamt.memory).matches(&format!("<!-- som:{valve} -->")).count(), 1);
}

#[test]
fn a_block_that_was_moved_to_a_section_stays_in_it() {
    let (mut store, valve, _) = dreamt_once();
    let written = bytes_of(&store, &valve);
    store.replace(FILE, &written, "");
    let rest = store.read(FILE);
    store.write(FILE, &format!("{rest}\n## By the north wall\n\n{written}\n"));
    let dreamt = store.dream(&faults("second", 4));
    assert_eq!(dreamt.memory.block(&valve).unwrap().section.as_deref(), Some("By the north wall"));
    assert_ne!(bytes_of(&store, &valve), written);
}

#[test]
fn what_people_wrote_around_the_blocks_stays_byte_for_byte() {
    let mine =
        "\u{feff}# Memory of the house\r\n\r\nWater *early*.  \r\n\r\n```sh\n### not a heading\n```\r\n";
    let other = "no heading at all\n\n\n\ttabs and trailing blanks   \n";
    let mut store = Store::of(&[("MEMORY.md", mine), ("diary/2026.txt", other), ("notes/tools.md", other)]);
    store.dream(&faults("first", 4));
    store.dream(&faults("second", 4));
    assert!(store.read("MEMORY.md").starts_with(mine));
    assert_eq!(store.read("diary/2026.txt"), other);
    assert!(store.read(FILE).starts_with(other));
}

/// A person writes `between` the two blocks, and after them.
fn stays_around_the_blocks(between: &str) {
    let (mut store, valve, shears) = dreamt_once();
    let at = |id| store.prior.memory.block(id).unwrap().range.start;
    let at = at(&valve).max(at(&shears));
    let mut text = store.read(FILE);
    text.insert_str(at, between);
    text.push_str("\n# The end\n \nlast words");
    store.write(FILE, &text);
    let outside = |store: &Store| {
        let mut text = store.read(FILE);
        for block in store.prior.memory.blocks().iter().filter(|block| block.path.as_str() == FILE).rev() {
            text.replace_range(block.range.clone(), block.id.as_str());
        }
        text
    };
    let (before, first) = (outside(&store), bytes_of(&store, &valve));
    store.dream(&faults("second", 4));
    assert_ne!(bytes_of(&store, &valve), first);
    assert_eq!(outside(&store), before);
}

#[test]
fn what_people_write_between_the_blocks_stays_where_it_is() {
    stays_around_the_blocks("### Mine\n\nBetween.  \n\n\n");
}

#[test]
fn a_section_that_a_person_puts_above_a_block_stays_above_it() {
    stays_around_the_blocks("## Mine\n\nBetween.  \n\n\n");
}

#[test]
fn a_person_s_block_with_an_id_of_ours_is_left_alone() {
    let (_, valve, _) = dreamt_once();
    let theirs = format!("# Notes\n\n### My own words  <!-- som:{valve} -->\nhands off\n");
    let mut store = Store::of(&[("mine.md", &theirs)]);
    let dreamt = store.dream(&faults("first", 4));
    assert_eq!(store.read("mine.md"), theirs);
    assert_eq!(claim(&dreamt, "open_valve").state, ClaimState::Human);
}

#[test]
fn taking_everything_of_ours_out_is_respected_as_a_whole() {
    let (mut store, ..) = dreamt_once();
    store.prior.memory = somnium_memory::Memory::default();
    let dreamt = store.dream(&faults("second", 4));
    assert!(dreamt.memory.blocks().is_empty());
    assert!(dreamt.report.claims.is_empty());
    let again = store.dream(&[]);
    assert_eq!(again.report.dream.status, DreamStatus::CompletedEmpty);
}
