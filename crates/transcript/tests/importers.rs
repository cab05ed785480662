//! One suite for all importers: it runs over every fixture of every format, and fails for a format without one.

#[path = "coding_importers/render.rs"]
mod render;

use std::io::Write;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::Value;
use somnium_transcript::import::{IMPORTERS, Importer, Json, SAMPLE};
use somnium_transcript::{FileReport, read_bytes};
use somnium_types::{Body, Sha256Hex, Transcript};

/// A file of `tests/fixtures/<importer>/`.
struct Fixture {
    importer: &'static dyn Importer,
    name: String,
    bytes: Vec<u8>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Returns all fixtures of one importer, the smallest first.
fn fixtures_of(importer: &'static dyn Importer) -> Vec<Fixture> {
    let mut paths = Vec::new();
    let mut folders = vec![folder().join(importer.name())];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { paths.push(path) }
        }
    }
    paths.sort();
    let fixture = |path: PathBuf| {
        let name = path.strip_prefix(folder()).expect("a path under the folder").display().to_string();
        Fixture { importer, name, bytes: std::fs::read(path).expect("a fixture can be read") }
    };
    let mut fixtures: Vec<Fixture> = paths.into_iter().map(fixture).collect();
    fixtures.sort_by_key(|fixture| fixture.bytes.len());
    fixtures
}

fn fixtures() -> Vec<Fixture> {
    IMPORTERS.iter().flat_map(|importer| fixtures_of(*importer)).collect()
}

fn read(name: &str, bytes: &[u8]) -> (Vec<Transcript>, FileReport) {
    let mut transcripts = Vec::new();
    let report = read_bytes(name, bytes.to_vec(), &mut |transcript| transcripts.push(transcript));
    assert_eq!(report.sessions, transcripts.len() as u64, "{name}");
    assert!(report.sessions > 0 || !report.skipped.is_empty(), "{name}: neither read nor listed");
    (transcripts, report)
}

/// Returns what must not change: the sessions in order, each with its id and everything in it.
fn identity(transcripts: &[Transcript]) -> Vec<(String, Sha256Hex)> {
    let identity = |t: &Transcript| (t.id.to_string(), t.content_hash());
    transcripts.iter().map(identity).collect()
}

/// Returns the documents that a sniffer gets to see.
fn sample(bytes: &[u8]) -> Vec<Value> {
    if let Ok(value) = serde_json::from_slice(bytes) {
        return vec![value];
    }
    let text = String::from_utf8_lossy(bytes);
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).take(SAMPLE).collect()
}

/// Returns the importers without a fixture, and the folders without an importer.
fn unmatched(importers: &[&str], folders: &[String]) -> Vec<String> {
    let without = importers.iter().filter(|name| !folders.iter().any(|folder| folder == *name));
    let strange = folders.iter().filter(|folder| !importers.contains(&folder.as_str()));
    without.map(ToString::to_string).chain(strange.cloned()).collect()
}

#[test]
fn every_importer_has_a_fixture() {
    let names: Vec<&str> = IMPORTERS.iter().map(|importer| importer.name()).collect();
    let entries = std::fs::read_dir(folder()).expect("the folder of fixtures");
    let folders: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(unmatched(&names, &folders), Vec::<String>::new());
    let empty: Vec<_> = IMPORTERS.iter().filter(|i| fixtures_of(**i).is_empty()).map(|i| i.name()).collect();
    assert!(empty.is_empty(), "{empty:?}");
    // The guard sees a missing fixture and a folder that nobody reads.
    assert_eq!(unmatched(&["a", "b"], &["a".to_owned(), "c".to_owned()]), ["b", "c"]);
}

#[test]
fn names_are_unique_and_in_kebab_case() {
    let mut names: Vec<&str> = IMPORTERS.iter().map(|importer| importer.name()).collect();
    let kebab = |name: &&str| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    assert!(names.iter().all(kebab), "{names:?}");
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    assert!(IMPORTERS.iter().all(|importer| !importer.title().is_empty()));
}

#[test]
fn sniffers_are_exclusive() {
    for fixture in fixtures() {
        let sample = sample(&fixture.bytes);
        let sample: Vec<Json<'_>> = sample.iter().map(Json::from).collect();
        let sample: Vec<&Json<'_>> = sample.iter().collect();
        assert!(!sample.is_empty(), "{}", fixture.name);
        for length in 1..=sample.len() {
            let claims = IMPORTERS.iter().filter(|importer| importer.sniff(&sample[..length]));
            let claims: Vec<&str> = claims.map(|importer| importer.name()).collect();
            // The first lines alone may say nothing yet, but never anything else.
            let all = length == sample.len();
            assert!(
                claims == [fixture.importer.name()] || (claims.is_empty() && !all),
                "{}: {claims:?}",
                fixture.name
            );
        }
    }
}

#[test]
fn no_sniffer_claims_what_is_not_a_transcript() {
    for text in
        ["{}", "[]", "null", "0", "\"\"", "[[]]", "[{}]", "{\"a\": []}", "{\"messages\": []}", "[null]"]
    {
        let value: Value = serde_json::from_str(text).expect("JSON");
        let claims: Vec<_> =
            IMPORTERS.iter().filter(|i| i.sniff(&[&Json::from(&value)])).map(|i| i.name()).collect();
        assert!(claims.is_empty(), "{text}: {claims:?}");
        let (transcripts, _) = read("not-a-transcript.json", text.as_bytes());
        assert!(transcripts.is_empty(), "{text}");
    }
}

#[test]
fn every_fixture_is_read_in_its_format() {
    for fixture in fixtures() {
        let (transcripts, report) = read(&fixture.name, &fixture.bytes);
        assert_eq!(report.format.as_deref(), Some(fixture.importer.name()), "{}", fixture.name);
        assert!(!transcripts.is_empty(), "{}: {:?}", fixture.name, report.skipped);
        for transcript in &transcripts {
            assert!(!transcript.id.as_str().is_empty(), "{}", fixture.name);
            let threads = transcript.threads.len();
            assert!(
                transcript.events.iter().all(|event| (event.thread.0 as usize) < threads),
                "{}",
                fixture.name
            );
        }
    }
}

#[test]
fn order_and_ids_survive_a_second_reading_and_recompression() {
    for fixture in fixtures() {
        let first = identity(&read(&fixture.name, &fixture.bytes).0);
        let zstd = zstd::encode_all(fixture.bytes.as_slice(), 3).expect("zstd");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&fixture.bytes).expect("gzip");
        let gzip = gzip.finish().expect("gzip");
        for bytes in [&fixture.bytes, &zstd, &gzip] {
            assert_eq!(first, identity(&read("elsewhere", bytes).0), "{}", fixture.name);
        }
    }
}

#[test]
fn line_endings_and_byte_order_marks_change_nothing() {
    for fixture in fixtures() {
        let plain = identity(&read(&fixture.name, &fixture.bytes).0);
        let mut mixed = Vec::new();
        for (index, line) in fixture.bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
            let (end, blank): (&[u8], &[u8]) =
                if index % 2 == 0 { (b"\r\n", b"") } else { (b"\n", b" \r\n") };
            mixed.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
            mixed.extend_from_slice(end);
            mixed.extend_from_slice(blank);
        }
        let marked = [b"\xef\xbb\xbf".as_slice(), &fixture.bytes].concat();
        assert_eq!(plain, identity(&read(&fixture.name, &mixed).0), "{} with mixed line ends", fixture.name);
        assert_eq!(plain, identity(&read(&fixture.name, &marked).0), "{} with a mark", fixture.name);
    }
}

#[test]
fn truncation_never_panics() {
    for importer in IMPORTERS {
        for (index, fixture) in fixtures_of(*importer).iter().enumerate() {
            // The smallest sample is cut at every byte, the others at some 200 places.
            let step =
                if index == 0 && fixture.bytes.len() < 4096 { 1 } else { fixture.bytes.len() / 200 + 1 };
            for end in (0..fixture.bytes.len()).step_by(step) {
                read(&fixture.name, &fixture.bytes[..end]);
            }
        }
    }
}

#[test]
fn truncated_compression_is_listed() {
    for fixture in fixtures() {
        let zstd = zstd::encode_all(fixture.bytes.as_slice(), 3).expect("zstd");
        for end in [zstd.len() / 2, zstd.len() - 1] {
            let (_, report) = read(&fixture.name, &zstd[..end]);
            let listed = report.skipped.iter().any(|skipped| skipped.why.contains("cannot be read further"));
            assert!(listed, "{}: {:?}", fixture.name, report.skipped);
        }
    }
}

/// Puts `text` at the start of up to `count` texts of messages.
fn into_texts(bytes: &[u8], text: &str, count: usize) -> Vec<u8> {
    let mut source = String::from_utf8_lossy(bytes).into_owned();
    for key in ["\"text\": \"", "\"text\":\"", "\"content\": \"", "\"content\":\""] {
        source = source.replacen(key, &format!("{key}{text}"), count);
    }
    source.into_bytes()
}

#[test]
fn most_fixtures_hold_texts_to_be_made_odd() {
    let all = fixtures();
    let changed = all.iter().filter(|fixture| into_texts(&fixture.bytes, "@", 1) != fixture.bytes).count();
    assert!(changed * 4 >= all.len() * 3, "{changed} of {}", all.len());
}

#[test]
fn odd_texts_cost_no_session() {
    let long = "x".repeat(1 << 20);
    // Half a surrogate pair, a null, terminal control codes, a right-to-left override.
    for (text, count) in
        [("\\ud83d", 9), ("\\udc00\\ud800", 9), ("\\u0000\\u001b[2J\\u202e", 9), (long.as_str(), 1)]
    {
        for fixture in fixtures() {
            let before = read(&fixture.name, &fixture.bytes).0.len();
            let (after, report) = read(&fixture.name, &into_texts(&fixture.bytes, text, count));
            assert_eq!(before, after.len(), "{}: {:?}", fixture.name, report.skipped);
        }
    }
}

#[test]
fn invalid_utf8_costs_no_session() {
    for fixture in fixtures() {
        let before = read(&fixture.name, &fixture.bytes).0.len();
        // The marker is replaced by bytes that are no UTF-8.
        let marked = into_texts(&fixture.bytes, "@@@@", 9);
        let broken: Vec<u8> = marked.iter().map(|&byte| if byte == b'@' { 0xff } else { byte }).collect();
        let (after, report) = read(&fixture.name, &broken);
        assert_eq!(before, after.len(), "{}: {:?}", fixture.name, report.skipped);
    }
}

#[test]
fn deep_nesting_is_listed_and_costs_nothing_else() {
    let deep = format!("{}1{}", "{\"a\":".repeat(20_000), "}".repeat(20_000));
    let (transcripts, report) = read("deep.json", deep.as_bytes());
    assert!(transcripts.is_empty());
    assert!(report.skipped[0].why.contains("nested"), "{:?}", report.skipped);
    for fixture in fixtures() {
        let before = identity(&read(&fixture.name, &fixture.bytes).0);
        let lines = fixture.bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        if lines.clone().all(|line| serde_json::from_slice::<Value>(line).is_ok()) {
            let mut bytes = fixture.bytes.clone();
            bytes.extend_from_slice(format!("\n{deep}\n").as_bytes());
            let (after, report) = read(&fixture.name, &bytes);
            assert_eq!(before, identity(&after), "{}", fixture.name);
            let listed = report.skipped.iter().any(|skipped| skipped.why.contains("nested"));
            assert!(listed, "{}: {:?}", fixture.name, report.skipped);
        }
        // As deep as the parser lets through, inside arguments and texts.
        let nest = format!("{}1{}", "[".repeat(90), "]".repeat(90));
        let text = String::from_utf8_lossy(&fixture.bytes).into_owned();
        for key in ["\"content\":", "\"input\":", "\"arguments\":", "\"args\":", "\"text\":"] {
            read(&fixture.name, text.replace(key, &format!("{key} {nest}, \"was\":")).as_bytes());
        }
    }
}

/// What the formats of model APIs, spans and benchmarks look like after reading. The coding tools' own formats
/// have snapshots beside their importers.
#[test]
fn transcripts_of_the_fixtures() {
    let here = [
        "anthropic-messages",
        "envelope",
        "google-generate-content",
        "openai-chat",
        "openai-responses",
        "openinference",
        "otel-genai",
        "tau-bench",
        "tau2-bench",
        "who-and-when",
    ];
    for importer in IMPORTERS.iter().filter(|importer| here.contains(&importer.name())) {
        for fixture in fixtures_of(*importer) {
            let (transcripts, report) = read(&fixture.name, &fixture.bytes);
            let mut text: String =
                transcripts.iter().map(|transcript| render::render(transcript) + "\n").collect();
            for skipped in &report.skipped {
                text.push_str(&format!("skipped at {:?}: {}\n", skipped.line, skipped.why));
            }
            insta::assert_snapshot!(fixture.name.replace('/', "__"), text);
        }
    }
}

#[test]
fn every_result_has_its_call_or_is_listed() {
    for fixture in fixtures() {
        let (transcripts, report) = read(&fixture.name, &fixture.bytes);
        let orphans = transcripts.iter().filter(|transcript| has_orphan(transcript)).count();
        let listed = report.skipped.iter().filter(|s| s.why.contains("whose call is not there")).count();
        assert_eq!(orphans, listed, "{}: {:?}", fixture.name, report.skipped);
    }
}

fn has_orphan(transcript: &Transcript) -> bool {
    let mut calls = Vec::new();
    for event in &transcript.events {
        if let Body::ToolCall(call) = &event.body {
            assert!(!calls.contains(&&call.id), "two calls named {}", call.id);
            calls.push(&call.id);
        }
    }
    let orphan = |body: &Body| matches!(body, Body::ToolResult(result) if !calls.contains(&&result.call));
    transcript.events.iter().any(|event| orphan(&event.body))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Bytes are changed, dropped and doubled at random places; whatever comes of it, nothing panics.
    #[test]
    fn damage_never_panics(pick in any::<prop::sample::Index>(),
                           damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..12)) {
        let fixtures = fixtures();
        let fixture = &fixtures[pick.index(fixtures.len())];
        let mut bytes = fixture.bytes.clone();
        for (place, byte, kind) in damage {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 if bytes.len() > 1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        read(&fixture.name, &bytes);
    }

    /// Values of other kinds in the places of expected ones: whatever comes of it, nothing panics.
    #[test]
    fn other_kinds_of_values_never_panic(pick in any::<prop::sample::Index>(), places in prop::collection::vec(0..400usize, 1..8),
                                         kind in 0..6usize) {
        let fixtures = fixtures();
        let fixture = &fixtures[pick.index(fixtures.len())];
        let other = [Value::Null, Value::Bool(true), 7.into(), "odd".into(), Value::Array(vec![]), serde_json::json!({})];
        let mut text = String::new();
        for mut document in sample(&fixture.bytes) {
            let mut count = 0;
            swap(&mut document, &places, &other[kind], &mut count);
            text.push_str(&document.to_string());
            text.push('\n');
        }
        read(&fixture.name, text.as_bytes());
    }
}

/// Replaces the values at the given places of a walk through `value`.
fn swap(value: &mut Value, places: &[usize], other: &Value, count: &mut usize) {
    *count += 1;
    if *count > 1 && places.contains(count) {
        *value = other.clone();
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| swap(item, places, other, count)),
        Value::Object(map) => map.values_mut().for_each(|item| swap(item, places, other, count)),
        _ => {}
    }
}
