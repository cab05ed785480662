//! The shape of the report, which programs read, and the words of the notes, which people read.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::common::*;

/// The garden's sessions, its memory, its report.
#[test]
fn the_report_of_a_small_world() {
    let mut dreamt = dream(&garden());
    dreamt.report.claims.iter_mut().for_each(|claim| claim.evidence.truncate(2));
    dreamt.report.next_actions.rows.truncate(4);
    insta::assert_json_snapshot!(dreamt.report);
}

#[test]
fn the_memory_of_a_small_world() {
    insta::assert_snapshot!(files(&dream(&garden()).memory));
}

/// What a field of the report may hold.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Number,
    Count,
    Yes,
    Null,
}

impl Shape {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Number => value.is_number(),
            Self::Count => value.is_u64(),
            Self::Yes => value.is_boolean(),
            Self::Null => value.is_null(),
        }
    }
}

/// Every field that the design's example gives for a dream and for a mistake, as JSON pointers.
const FIELDS: &[(&str, Shape)] = &[
    ("/dream/id", Shape::Text),
    ("/dream/status", Shape::Text),
    ("/dream/sessions", Shape::Count),
    ("/dream/events", Shape::Count),
    ("/dream/seconds", Shape::Number),
    ("/dream/mode", Shape::Text),
    ("/dream/seed", Shape::Count),
    ("/dream/usage/input_tokens", Shape::Count),
    ("/dream/usage/output_tokens", Shape::Count),
    ("/dream/usage/cache_creation_input_tokens", Shape::Count),
    ("/dream/usage/cache_read_input_tokens", Shape::Count),
    ("/claims/0/id", Shape::Text),
    ("/claims/0/kind", Shape::Text),
    ("/claims/0/state", Shape::Text),
    ("/claims/0/scope", Shape::Text),
    ("/claims/0/title", Shape::Text),
    ("/claims/0/text", Shape::Text),
    ("/claims/0/path", Shape::Text),
    ("/claims/0/support/sessions", Shape::Count),
    ("/claims/0/support/tasks", Shape::Count),
    ("/claims/0/support/days", Shape::Count),
    ("/claims/0/support/agents", Shape::Count),
    ("/claims/0/support/principals", Shape::Count),
    ("/claims/0/support/heldout", Shape::Count),
    ("/claims/0/outcome/fail_with", Shape::Count),
    ("/claims/0/outcome/with", Shape::Count),
    ("/claims/0/outcome/fail_without", Shape::Count),
    ("/claims/0/outcome/without", Shape::Count),
    ("/claims/0/outcome/lift", Shape::Number),
    ("/claims/0/outcome/q", Shape::Number),
    ("/claims/0/signature/tool", Shape::Text),
    ("/claims/0/signature/class", Shape::Text),
    ("/claims/0/signature/template", Shape::Text),
    ("/claims/0/signature/silent", Shape::Yes),
    ("/claims/0/signature/feature", Shape::Null),
    ("/claims/0/signature/repair/tool", Shape::Text),
    ("/claims/0/signature/repair/change", Shape::Text),
    ("/claims/0/signature/repair/recovered", Shape::Count),
    ("/claims/0/signature/repair/of", Shape::Count),
    ("/claims/0/evidence/0/session_id", Shape::Text),
    ("/claims/0/evidence/0/event_index", Shape::Count),
    ("/claims/0/evidence/0/bytes/0", Shape::Count),
    ("/claims/0/evidence/0/bytes/1", Shape::Count),
    ("/claims/0/evidence/0/sha256", Shape::Text),
    ("/claims/0/evidence/0/quote", Shape::Text),
    ("/memory/blocks_added", Shape::Count),
    ("/memory/blocks_changed", Shape::Count),
    ("/memory/blocks_removed", Shape::Count),
    ("/memory/blocks_kept_for_people", Shape::Count),
    ("/memory/index_tokens", Shape::Count),
    ("/near_misses/0/id", Shape::Text),
    ("/near_misses/0/why", Shape::Text),
];

#[test]
fn every_field_of_the_documented_object_is_there_with_its_type() {
    let dreamt = dream(&garden());
    let mut report = serde_json::to_value(&dreamt.report).unwrap();
    let with_repair = |claim: &Value| claim["signature"]["repair"].is_object();
    report["claims"].as_array_mut().unwrap().retain(with_repair);
    assert_eq!(report["skipped"], Value::Array(vec![]), "the caller's to fill in");
    for (pointer, shape) in FIELDS {
        let Some(value) = report.pointer(pointer) else { panic!("{pointer} is not in {report:#}") };
        assert!(shape.fits(value), "{pointer} is {value}");
    }
    assert_eq!(report["dream"]["mode"], "offline");
    assert_eq!(report["claims"][0]["kind"], "mistake");
    assert!(report["claims"][0]["path"].as_str().unwrap().starts_with("/notes/"));
}

#[test]
fn the_report_can_be_read_back() {
    let report = dream(&garden()).report;
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<somnium_dream::Report>(&text).unwrap(), report);
}

#[test]
fn what_is_reported_is_what_is_in_the_memory() {
    let dreamt = dream(&garden());
    let blocks: BTreeSet<_> = dreamt.memory.blocks().iter().map(|block| block.id.to_string()).collect();
    let claims: BTreeSet<_> = dreamt.report.claims.iter().map(|claim| claim.id.to_string()).collect();
    assert_eq!(blocks, claims);
    assert_eq!(dreamt.report.memory.blocks_added, claims.len() as u64);
    for claim in &dreamt.report.claims {
        let written = block(&dreamt.memory, claim);
        assert_eq!((&written.title, &written.body), (&claim.title, &claim.text));
        assert_eq!(format!("/{}", written.path), claim.path);
    }
}

#[test]
fn every_word_comes_from_the_evidence_or_from_the_table_of_phrases() {
    let world = garden();
    let dreamt = dream(&world);
    assert_eq!(foreign_words(&dreamt), BTreeSet::new());
    assert_evidence(&dreamt, &world);
    // What stands between quotation marks stands in a cited place, piece by piece.
    for claim in &dreamt.report.claims {
        let text = format!("{}\n{}", claim.title, claim.text);
        for quotation in text.split('“').skip(1).filter_map(|rest| rest.split('”').next()) {
            let cited = |piece: &str| claim.evidence.iter().any(|place| place.quote.contains(piece));
            assert!(
                quotation.split('…').map(str::trim).all(cited),
                "“{quotation}” is nowhere in the evidence"
            );
        }
    }
}

#[test]
fn every_number_of_a_note_is_one_of_its_claim() {
    let dreamt = dream(&garden());
    for claim in &dreamt.report.claims {
        let mut known = BTreeSet::new();
        numbers(&serde_json::to_value((claim.support, claim.outcome, signature(claim))).unwrap(), &mut known);
        let outside: String = claim.text.split(['“', '”', '`']).step_by(2).collect::<Vec<_>>().join(" ");
        let words = outside.split(|c: char| !c.is_ascii_digit() && c != '.');
        let told: Vec<_> = words.map(|word| word.trim_matches('.')).filter(|word| !word.is_empty()).collect();
        assert!(!told.is_empty());
        let occurrences = claim.text.split("Seen ").nth(1).and_then(|rest| rest.split(' ').next());
        let unknown = |number: &&&str| !known.contains(**number) && Some(**number) != occurrences;
        assert_eq!(told.iter().find(unknown), None, "of {known:?} in {}", claim.text);
    }
}

/// Every number in a value, as it is printed.
fn numbers(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Number(number) => {
            into.insert(number.to_string());
            into.extend(number.as_f64().map(|number| number.to_string()));
        }
        Value::Array(items) => items.iter().for_each(|item| numbers(item, into)),
        Value::Object(fields) => fields.values().for_each(|field| numbers(field, into)),
        _ => {}
    }
}

#[test]
fn the_index_keeps_to_its_budget() {
    let mut store = Store::default();
    let full = store.dream(&garden()).report.memory.index_tokens;
    store = Store::default();
    store.options.index_tokens = u32::try_from(full).unwrap() - 1;
    let dreamt = store.dream(&garden());
    assert!(dreamt.report.memory.index_tokens < full);
    let lines = dreamt.memory.index_text().unwrap();
    assert_eq!(
        dreamt.report.memory.index_tokens,
        lines.lines().map(|line| line.len().div_ceil(4) as u64).sum::<u64>()
    );
}

#[test]
fn sessions_of_other_agents_are_left_out() {
    let mut store = Store::default();
    store.options.agent = Some("ivy".into());
    let dreamt = store.dream(&garden());
    let of_ivy = garden().iter().filter(|session| session.agent == Some("ivy".into())).count() as u64;
    assert_eq!(dreamt.report.dream.sessions, of_ivy);
    assert!(dreamt.report.claims.iter().all(|claim| claim.support.agents == 1));
}
