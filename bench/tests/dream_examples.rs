//! A dream on the committed example sessions finds the loud mistakes that were planted in them, and none of
//! what was planted to mislead it.

#![expect(clippy::unwrap_used, reason = "test code; the lint spares only the test functions themselves")]

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use somnium_bench::fleet::{self, Expected, Kind};
use somnium_dream::{
    Normalised, Options, PreferenceSignature, Prior, Report, ReportedClaim, Scope, Signature, dream,
    normalise,
};
use somnium_transcript::{paths, read_files};

fn report() -> Report {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/sessions");
    let sessions: Mutex<Vec<Normalised>> = Mutex::default();
    let files = paths::expand(&[folder]).unwrap();
    read_files(&files, &|transcript| {
        sessions.lock().unwrap().push(normalise(&transcript, &Options::default()));
    });
    dream(sessions.into_inner().unwrap(), Prior::default(), &Options::default()).unwrap().report
}

/// Whether a claim of the report cites or says these words.
fn speaks_of(report: &Report, words: &str) -> bool {
    report.claims.iter().any(|claim| {
        claim.title.contains(words)
            || claim.text.contains(words)
            || claim.evidence.iter().any(|evidence| evidence.quote.contains(words))
    })
}

/// Whether a claim says that this tool is called in vain: it cites the calls, not what they answered.
fn is_repeated(report: &Report, tool: Option<&str>) -> bool {
    report.claims.iter().any(|claim| {
        let Signature::Mistake(signature) = &claim.signature else { return false };
        signature.class == "repeated-call" && Some(signature.tool.as_str()) == tool
    })
}

#[test]
fn every_planted_loud_mistake_is_a_note_and_no_decoy_is() {
    let report = report();
    let key = fleet::examples(fleet::DEFAULT_SEED).unwrap().key;
    let (mut found, mut kept_out) = (0, 0);
    for entry in &key.planted {
        let Some(trace) = entry.trace else { continue };
        if entry.kind == Kind::LoudMistake && entry.expected == Expected::Claim {
            let learnt = speaks_of(&report, trace) || is_repeated(&report, entry.tool);
            assert!(learnt, "`{}` ({trace}) is not learnt", entry.id);
            found += 1;
        } else if entry.expected != Expected::Claim {
            assert!(!speaks_of(&report, trace), "`{}` ({trace}) is learnt", entry.id);
            kept_out += 1;
        }
    }
    assert!(found >= 7 && kept_out >= 2, "{found} planted mistakes, {kept_out} decoys");
}

/// The claims about what people want.
fn preferences(report: &Report) -> Vec<(&ReportedClaim, &PreferenceSignature)> {
    let claims = report.claims.iter();
    claims
        .filter_map(|claim| match &claim.signature {
            Signature::Preference(signature) => Some((claim, signature)),
            _ => None,
        })
        .collect()
}

#[test]
fn every_planted_preference_is_the_teams_and_no_decoy_is_anybodys() {
    let report = report();
    let key = fleet::examples(fleet::DEFAULT_SEED).unwrap().key;
    // What a claim about each of them says, by the ids of the key.
    let speaks = |id: &str, claim: &ReportedClaim, signature: &PreferenceSignature| {
        let value = (signature.attribute.as_str(), signature.value.as_str());
        let says = |words: &[&str]| words.iter().all(|word| claim.title.to_lowercase().contains(word));
        match id {
            "summary-table-first" => value == ("position", "first") && signature.situation.contains("table"),
            "summary-table-last" => value == ("position", "last") && signature.situation.contains("table"),
            "send-docx" => value == ("format", "word"),
            "send-pdf" => value == ("format", "pdf"),
            "british-spelling" => value == ("spelling", "british spelling"),
            "american-spelling" => value == ("spelling", "american spelling"),
            "cite-page" => says(&["page"]) && (says(&["entry"]) || says(&["event"])),
            "emoji" => says(&["emoji"]),
            _ => false,
        }
    };
    let found = preferences(&report);
    let mut planted = 0;
    for entry in key.planted.iter().filter(|entry| entry.kind == Kind::Preference) {
        let about: Vec<_> =
            found.iter().filter(|(claim, signature)| speaks(entry.id, claim, signature)).collect();
        let expected = usize::from(entry.expected == Expected::Claim);
        assert_eq!(about.len(), expected, "`{}`: {:#?}", entry.id, report.claims);
        planted += expected;
        for (claim, signature) in about {
            assert_eq!(
                (claim.scope, claim.path.as_str()),
                (Scope::Team, "/team/preferences.md"),
                "{}",
                entry.id
            );
            assert_eq!(signature.principals as usize, entry.principals.len(), "{}", entry.id);
        }
    }
    assert_eq!(planted, 3);
    assert_eq!(found.len(), planted, "nothing else is a preference");
    // The minority, and what was given up, are listed with what is wanted now.
    let of =
        |attribute: &str| found.iter().find(|(_, signature)| signature.attribute == attribute).unwrap().1;
    assert_eq!(of("position").dissent.iter().map(|other| other.value.as_str()).collect::<Vec<_>>(), ["last"]);
    assert!(of("format").given_up.iter().any(|other| other.value == "pdf" && other.principals == 3));
    for entry in key.planted.iter().filter(|entry| entry.kind == Kind::Poison) {
        let trace = entry.trace.unwrap();
        assert!(found.iter().all(|(claim, _)| !claim.title.contains(trace) && !claim.text.contains(trace)));
    }
}

#[test]
fn the_parser_that_loses_pages_is_a_note_that_says_when() {
    let report = report();
    let key = fleet::examples(fleet::DEFAULT_SEED).unwrap().key;
    let entry = key.planted.iter().find(|entry| entry.id == "lost-pages").unwrap();
    let silent = |claim: &&ReportedClaim| match &claim.signature {
        Signature::Mistake(signature) => signature.silent && Some(signature.tool.as_str()) == entry.tool,
        _ => false,
    };
    let claims: Vec<&ReportedClaim> = report.claims.iter().filter(silent).collect();
    assert_eq!(claims.len(), 1, "{claims:#?}");
    assert_eq!(claims[0].title, "Call `ocr_pages` when `scanned` of `list_documents` is below 2015");
    // Every session that shows it is one in which the pages were lost.
    let planted: Vec<&str> = entry.sessions.iter().map(AsRef::as_ref).collect();
    let outcome = claims[0].outcome.unwrap();
    assert!(outcome.fail_with >= 7 && outcome.fail_with as usize <= planted.len(), "{outcome:?}");
    assert!(outcome.lift > 2.0 && outcome.q <= 0.01, "{outcome:?}");
}
