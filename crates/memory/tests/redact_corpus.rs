//! The redaction gate against a generated corpus: about sixty formats of secrets, wrapped and not, and texts
//! that only look like secrets or personal data. Each run of the generator with another seed is a held-out
//! set. The corpus is not part of this repository; without it (or without Python) the tests say so and pass.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its corpus fails")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use somnium_memory::redact::{find, find_personal, redact, redact_personal};

/// Seeds other than the generator's own.
const SEEDS: [u64; 6] = [40_961, 998_244_353, 123_457, 6_700_417, 31_337, 2_718_281];

/// The seeds of this run: in its long form (`SOMNIUM_LONG=4`) that many times as many.
fn seeds() -> Vec<u64> {
    let times = std::env::var("SOMNIUM_LONG").ok().and_then(|times| times.parse().ok()).unwrap_or(1_u64);
    (0..times.max(1)).flat_map(|round| SEEDS.map(|seed| seed + round * 1_000_003)).collect()
}

/// What the gate does to a text.
type Gate = fn(&str) -> Cow<'_, str>;

/// Counts of one file of the corpus.
#[derive(Default, Debug, Clone, Copy)]
struct Count {
    hit: usize,
    of: usize,
}

impl Count {
    fn add(&mut self, hit: bool) {
        self.hit += usize::from(hit);
        self.of += 1;
    }

    fn share(self) -> f64 {
        self.hit as f64 / self.of.max(1) as f64
    }
}

/// Returns the folder of the corpus, or prints why there is none.
fn corpus() -> Option<PathBuf> {
    let shared = std::env::var_os("SOMNIUM_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("security/corpus");
    if !folder.join("gen_secrets.py").is_file() {
        println!("skipped: no gen_secrets.py in {}", folder.display());
        return None;
    }
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: no python3");
        return None;
    }
    Some(folder)
}

/// Runs the generator in a folder of its own and returns the folder.
fn generate(corpus: &Path, seed: u64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("gen_secrets.py");
    fs::write(&script, fs::read(corpus.join("gen_secrets.py")).unwrap()).unwrap();
    let run = Command::new("python3").arg(&script).arg(seed.to_string()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    folder
}

fn rows(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Returns whether `secret` can still be read in `after`: whole, or either half of it.
fn leaks(after: &str, secret: &str) -> bool {
    let after = bare(after);
    let secret: Vec<char> = bare(secret).chars().collect();
    let (front, back) = secret.split_at(secret.len() / 2);
    [front, back].into_iter().any(|half| after.contains(&half.iter().collect::<String>()))
}

/// Returns the recall on whole and on wrapped secrets, and what got through.
fn recall(rows: &[Value], gate: Gate) -> (Count, Count, Vec<String>) {
    let (mut whole, mut wrapped, mut missed) = (Count::default(), Count::default(), Vec::new());
    for row in rows {
        let (text, secret) = (row["text"].as_str().unwrap(), row["secret"].as_str().unwrap());
        let is_wrapped = row["wrapped"].as_bool().unwrap();
        let kept_out = !leaks(&gate(text), secret);
        if is_wrapped { &mut wrapped } else { &mut whole }.add(kept_out);
        if !kept_out {
            missed.push(format!("{} {}{}", row["id"], row["type"], if is_wrapped { " wrapped" } else { "" }));
        }
    }
    (whole, wrapped, missed)
}

/// Returns how many rows the gate changes, and those.
fn flagged(rows: &[Value], gate: Gate) -> (Count, Vec<String>) {
    let (mut count, mut changed) = (Count::default(), Vec::new());
    for row in rows {
        let text = row["text"].as_str().unwrap();
        let after = gate(text);
        count.add(after != text);
        if after != text {
            changed.push(format!("{} {text:?} -> {after:?}", row["type"]));
        }
    }
    (count, changed)
}

/// Returns the text of `row` with its secret broken in the way numbered `style`.
fn rewrap(row: &Value, style: usize) -> Option<String> {
    let (text, secret) = (row["text"].as_str()?, row["secret"].as_str()?);
    if row["wrapped"].as_bool()? || text.contains("BEGIN") || secret.contains(' ') || secret.len() <= 24 {
        return None;
    }
    let part = [secret.len().div_ceil(2), 16, 20, secret.len() - 10][style % 4].max(8);
    let parts: Vec<&str> =
        (0..secret.len()).step_by(part).map(|at| &secret[at..secret.len().min(at + part)]).collect();
    let between =
        ["\n", "\n    ", "\\\n", "\\n", "\r\n  ", "\"\n  \"", "\" +\n    \"", "\n> ", " \\\n\t"][style % 9];
    let broken = text.replace(secret, &parts.join(between));
    Some(match between {
        "\n> " => format!("> {broken}"),
        _ => broken,
    })
}

#[test]
fn fresh_secrets_are_kept_out() {
    let Some(corpus) = corpus() else { return };
    for seed in seeds() {
        let folder = generate(&corpus, seed);
        let (whole, wrapped, missed) = recall(&rows(&folder.path().join("secrets.jsonl")), redact);
        println!(
            "seed {seed}: recall {}/{} unwrapped, {}/{} wrapped; got through: {missed:?}",
            whole.hit, whole.of, wrapped.hit, wrapped.of
        );
        assert!(whole.of > 100 && wrapped.of > 20, "the corpus is not what this test was written for");
        assert!(whole.share() >= 0.95 && wrapped.share() >= 0.90, "seed {seed}");
    }
}

#[test]
fn other_ways_of_wrapping_are_joined_too() {
    let Some(corpus) = corpus() else { return };
    let mut by_style: BTreeMap<usize, Count> = BTreeMap::new();
    for seed in seeds() {
        let folder = generate(&corpus, seed);
        for row in rows(&folder.path().join("secrets.jsonl")) {
            for style in 0..36 {
                let Some(text) = rewrap(&row, style) else { continue };
                let secret = row["secret"].as_str().unwrap();
                let after = redact(&text);
                let joined: String = bare(&after).replace("\\n", "").replace(['\\', '"', '+', '>'], "");
                let kept_out = !leaks(&joined, &secret.replace(['\\', '"', '+', '>'], ""));
                by_style.entry(style).or_default().add(kept_out);
                if !kept_out && seed == SEEDS[0] {
                    println!("  got through: style {style} {} {text:?} -> {after:?}", row["type"]);
                }
            }
        }
    }
    for (style, count) in &by_style {
        println!("style {style}: {}/{}", count.hit, count.of);
    }
    let all = by_style
        .values()
        .fold(Count::default(), |all, one| Count { hit: all.hit + one.hit, of: all.of + one.of });
    println!("all styles: {}/{}", all.hit, all.of);
    assert!(all.share() >= 0.90);
}

/// The types of the corpus whose format is distinctive, so that a name in front of one must not hide it.
const DISTINCTIVE: &[&str] = &[
    "anthropic_api",
    "anthropic_admin",
    "openai_project",
    "openai_legacy",
    "aws_access_key",
    "aws_session_asia",
    "github_pat",
    "github_oauth",
    "github_app",
    "github_fine",
    "gitlab_pat",
    "slack_bot",
    "slack_webhook",
    "stripe_live",
    "stripe_restricted",
    "stripe_webhook",
    "standard_webhook",
    "google_api",
    "google_oauth_secret",
    "azure_client_secret",
    "npm_token",
    "pypi_token",
    "docker_pat",
    "digitalocean",
    "heroku",
    "sendgrid",
    "huggingface",
    "databricks",
    "vault_hvs",
    "terraform_cloud",
    "grafana",
    "sentry",
    "linear",
    "notion",
    "shopify",
    "square",
    "age_key",
];

/// What stands directly in front of a token in a file name, a variable or an identifier.
const GLUE: [&str; 6] = ["key", "t0", "tok_", "call_", "backup_2_", "x"];

#[test]
fn names_in_front_do_not_hide_distinctive_tokens() {
    let Some(corpus) = corpus() else { return };
    let (mut by_type, mut all): (BTreeMap<&str, Count>, _) = (BTreeMap::new(), Count::default());
    for seed in seeds() {
        let folder = generate(&corpus, seed);
        for row in rows(&folder.path().join("secrets.jsonl")) {
            let Some(kind) = DISTINCTIVE.iter().find(|kind| row["type"] == **kind) else { continue };
            let secret = row["secret"].as_str().unwrap();
            for name in GLUE {
                let text = format!("cannot open {name}{secret}: no such file");
                let kept_out = !leaks(&redact(&text), secret);
                by_type.entry(kind).or_default().add(kept_out);
                all.add(kept_out);
                if !kept_out {
                    println!("  got through: {kind} behind {name:?}");
                }
            }
        }
    }
    println!("glued: {}/{}", all.hit, all.of);
    assert_eq!(by_type.len(), DISTINCTIVE.len(), "the corpus has all of these types");
    assert!(all.share() >= 0.95);
    for (kind, count) in by_type {
        assert!(count.share() >= 0.80, "{kind}: {}/{}", count.hit, count.of);
    }
}

#[test]
fn look_alikes_stay() {
    let Some(corpus) = corpus() else { return };
    let (count, changed) = flagged(&rows(&corpus.join("decoys.jsonl")), redact);
    println!("decoys.jsonl: {}/{} flagged {changed:?}", count.hit, count.of);
    assert!(count.share() <= 0.01);
    for seed in seeds() {
        let folder = generate(&corpus, seed);
        let (count, changed) = flagged(&rows(&folder.path().join("decoys.jsonl")), redact);
        println!("seed {seed}: {}/{} decoys flagged {changed:?}", count.hit, count.of);
        assert!(count.of > 100 && count.share() <= 0.01, "seed {seed}");
    }
}

#[test]
fn personal_data_is_found_and_look_alikes_stay() {
    let Some(corpus) = corpus() else { return };
    let mut sets = vec![("pii.jsonl".to_owned(), rows(&corpus.join("pii.jsonl")))];
    for seed in seeds() {
        let folder = generate(&corpus, seed);
        sets.push((format!("seed {seed}"), rows(&folder.path().join("pii.jsonl"))));
    }
    for (name, rows) in sets {
        let (mut found, mut flagged) = (Count::default(), Count::default());
        for row in &rows {
            let text = row["text"].as_str().unwrap();
            if row["is_pii"].as_bool().unwrap() {
                let value = bare(row["value"].as_str().unwrap());
                let kept_out = !bare(&redact_personal(text)).contains(&value);
                found.add(kept_out);
                if !kept_out {
                    println!("  got through: {text}");
                }
            } else {
                flagged.add(!find_personal(text).is_empty());
            }
        }
        println!("{name}: recall {}/{}, look-alikes {}/{}", found.hit, found.of, flagged.hit, flagged.of);
        assert!(
            found.of > 10 && flagged.of > 10 && found.share() >= 0.95 && flagged.share() <= 0.05,
            "{name}"
        );
    }
}

/// The measurement itself: with the gate off nothing is kept out, with one that takes everything all decoys
/// are flagged.
#[test]
fn the_measurement_fails_without_the_gate() {
    let Some(corpus) = corpus() else { return };
    let folder = generate(&corpus, SEEDS[0]);
    let off: Gate = |text| Cow::Borrowed(text);
    let (whole, wrapped, _) = recall(&rows(&folder.path().join("secrets.jsonl")), off);
    assert_eq!((whole.hit, wrapped.hit), (0, 0));
    let all: Gate = |_| Cow::Borrowed("");
    let (count, _) = flagged(&rows(&folder.path().join("decoys.jsonl")), all);
    assert_eq!(count.hit, count.of);
}

#[test]
fn redaction_of_the_corpus_is_idempotent() {
    let Some(corpus) = corpus() else { return };
    for seed in seeds() {
        let folder = generate(&corpus, seed);
        for row in rows(&folder.path().join("secrets.jsonl")) {
            let once = redact(row["text"].as_str().unwrap()).into_owned();
            assert_eq!(find(&once), [], "{} {once:?}", row["id"]);
        }
    }
}
