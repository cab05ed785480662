//! Our side: one stage, on one thread, by the time that thread was on a processor.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use somnium_dream::neardup::{Runs, pairs};
use somnium_dream::sequence::{Grams, Limits, Sequences, closed, frequent};
use somnium_dream::{Options, Prior, TemplateTree, dream, normalise, with_masked};
use somnium_memory::redact;
use somnium_transcript::read_bytes;
use somnium_types::hex16;

use super::Measured;

/// Runs one stage once.
pub(super) fn measure(stage: &str, inputs: &Path) -> Result<Measured> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().context("cannot start a thread")?;
    pool.install(|| match stage {
        "parse" => parse(&read(inputs, "sessions.jsonl")?),
        "dream" => whole(&read(inputs, "sessions.jsonl")?),
        "templates" => templates(&text(inputs, "lines.txt")?),
        "neardup" => near_duplicates(&text(inputs, "messages.txt")?),
        "sequences" => sequences(&text(inputs, "sequences.txt")?, false),
        "closed-sequences" => sequences(&text(inputs, "sequences.txt")?, true),
        "grams" => grams(&text(inputs, "sequences.txt")?),
        "redaction" => redaction(&text(inputs, "messages.txt")?),
        _ => bail!("there is no stage `{stage}`"),
    })
}

fn read(inputs: &Path, name: &str) -> Result<Vec<u8>> {
    let path = inputs.join(name);
    fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))
}

fn text(inputs: &Path, name: &str) -> Result<String> {
    String::from_utf8(read(inputs, name)?).context("not UTF-8")
}

/// Nanoseconds that this thread was on a processor: other work on the machine does not count.
fn on_processor() -> Result<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")
        .context("this system does not tell for how long a thread ran")?;
    let first = text.split_whitespace().next().context("no figure in schedstat")?;
    first.parse().context("no figure in schedstat")
}

fn timed<T>(units: f64, work: impl FnOnce() -> T, told: impl FnOnce(&T) -> String) -> Result<Measured> {
    let before = on_processor()?;
    let result = work();
    let seconds = (on_processor()? - before) as f64 / 1e9;
    Ok(Measured { seconds, units, result: told(&result) })
}

fn parse(bytes: &[u8]) -> Result<Measured> {
    let copy = bytes.to_vec();
    let work = || {
        let mut events = 0;
        read_bytes("sessions.jsonl", copy, &mut |transcript| events += transcript.events.len());
        events
    };
    timed(bytes.len() as f64 / 1e9, work, |events| format!("{events} events"))
}

fn whole(bytes: &[u8]) -> Result<Measured> {
    let copy = bytes.to_vec();
    let work = || {
        let (mut sessions, options) = (Vec::new(), Options::default());
        read_bytes("sessions.jsonl", copy, &mut |transcript| sessions.push(normalise(&transcript, &options)));
        dream(sessions, Prior::default(), &options).map_or(0, |dreamt| dreamt.report.dream.events)
    };
    let mut measured = timed(1.0, work, u64::to_string)?;
    measured.units = measured.result.parse().context("no events")?;
    Ok(measured)
}

fn templates(text: &str) -> Result<Measured> {
    let work = || {
        let mut tree = TemplateTree::default();
        text.lines().for_each(|line| with_masked(line, |tokens| tree.insert(tokens)));
        tree.len()
    };
    timed(text.lines().count() as f64, work, |templates| format!("{templates} templates"))
}

fn near_duplicates(text: &str) -> Result<Measured> {
    let work = || {
        let runs: Vec<Runs> = text.lines().map(Runs::of).collect();
        pairs(&runs)
    };
    timed(text.lines().count() as f64, work, |pairs| format!("{} pairs", pairs.len()))
}

fn parsed(text: &str) -> Sequences {
    let items =
        |line: &str| line.split_whitespace().filter_map(|item| item.parse().ok()).collect::<Vec<u32>>();
    text.lines().map(items).collect()
}

fn sequences(text: &str, only_closed: bool) -> Result<Measured> {
    let sequences = parsed(text);
    // The support of the comparison, 5%; as long as they come.
    let support = u32::try_from(sequences.len().div_ceil(20)).context("too many sequences")?;
    let limits = Limits { support, longest: usize::MAX, gap: None };
    let work = || {
        let found = frequent(&sequences, &limits);
        if only_closed { closed(found) } else { found }
    };
    // The others' output in lexical order of its lines has the same hash where the patterns are the same.
    let told = |found: &Vec<somnium_dream::sequence::Pattern>| {
        let mut lines: Vec<String> = found
            .iter()
            .map(|pattern| {
                let items: Vec<String> = pattern.items.iter().map(u32::to_string).collect();
                format!("{}:{}", items.join(" "), pattern.support)
            })
            .collect();
        lines.sort();
        format!("{} patterns {}", lines.len(), hex16(lines.join("\n").as_bytes()))
    };
    timed(1.0, work, told)
}

fn grams(text: &str) -> Result<Measured> {
    let sequences = parsed(text);
    let items: usize = sequences.iter().map(<[u32]>::len).sum();
    const ROUNDS: usize = 10;
    let work = || {
        let mut grams = Grams::new(1);
        (0..ROUNDS).for_each(|_| grams.add(sequences.iter()));
        grams.at_most(&[1, 3])
    };
    timed((items * ROUNDS) as f64, work, u32::to_string)
}

fn redaction(text: &str) -> Result<Measured> {
    const ROUNDS: usize = 10;
    let work = || (0..ROUNDS).map(|_| redact::find(text).len()).sum::<usize>();
    timed((text.len() * ROUNDS) as f64 / 1e9, work, |found| format!("{found} found"))
}
