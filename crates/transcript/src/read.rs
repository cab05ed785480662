//! Reads files into transcripts: open, cut, sniff, import, finish.

use std::collections::BTreeSet;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use somnium_types::{Body, CallId, Event, SessionId, Skipped, Transcript};

use crate::documents::{Document, Documents, Parsed, Raw};
use crate::import::{self, Importer, Layout, SAMPLE, Sink};
use crate::json::Json;
use crate::source;

/// Bytes of documents that each thread gets to parse and import before what came of them is handed on. More
/// leaves the processor's caches and asks the system for fresh memory, less leaves threads without work.
const BATCH_A_THREAD: usize = 1 << 20;
/// How many skipped places a file lists one by one; the rest is one line with a count.
const MAX_LISTED: usize = 200;

/// What became of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// The path as it was given.
    pub path: String,
    /// The format's name; `None` if nothing was recognised.
    pub format: Option<String>,
    /// Sessions read.
    pub sessions: u64,
    /// Events in them.
    pub events: u64,
    /// Bytes of text read, after decompression.
    pub bytes: u64,
    /// What was left out, with place and reason.
    pub skipped: Vec<Skipped>,
    /// Whether reading ended before the file did: another attempt may get further.
    #[serde(skip)]
    pub broken_off: bool,
}

/// Reads one file and hands every session to `on_session`, in the order of the file.
///
/// Never fails: what could not be read is listed in the report.
pub fn read_file(path: &Path, on_session: &mut dyn FnMut(Transcript)) -> FileReport {
    let name = path.display().to_string();
    read_stream(name, source::open(path), on_session)
}

/// Reads bytes that are already in memory, as [`read_file`] reads a file of that name.
pub fn read_bytes(name: &str, bytes: Vec<u8>, on_session: &mut dyn FnMut(Transcript)) -> FileReport {
    read_stream(name.to_owned(), source::decode(io::Cursor::new(bytes)), on_session)
}

/// Reads many files, several at a time, and hands every session to `on_session`. The reports are in the
/// order of `files`; the sessions of different files may come in any order.
pub fn read_files(files: &[PathBuf], on_session: &(dyn Fn(Transcript) + Sync)) -> Vec<FileReport> {
    files.par_iter().map(|file| read_file(file, &mut |transcript| on_session(transcript))).collect()
}

fn read_stream(
    name: String,
    stream: io::Result<Box<dyn BufRead + Send>>,
    on_session: &mut dyn FnMut(Transcript),
) -> FileReport {
    let mut file =
        Reading { report: FileReport { path: name, ..FileReport::default() }, unlisted: 0, on_session };
    let result = stream.and_then(|stream| {
        let mut documents = Documents::new(stream);
        let result = file.read(&mut documents);
        file.report.bytes = documents.bytes;
        result
    });
    if let Err(error) = result {
        file.report.broken_off = true;
        file.skip(None, format!("cannot be read further: {error}"));
    }
    file.close()
}

/// One file on its way through.
struct Reading<'a> {
    report: FileReport,
    unlisted: u64,
    on_session: &'a mut dyn FnMut(Transcript),
}

impl Reading<'_> {
    fn read(&mut self, documents: &mut Documents) -> io::Result<()> {
        let Some(first) = documents.next_raw()? else {
            self.skip(None, "empty".to_owned());
            return Ok(());
        };
        // What is parsed to find out the format is not parsed again.
        if let Ok(document) = first.read() {
            return self.read_on(Some(document), documents);
        }
        documents.look_further(first)?;
        self.read_on(None, documents)
    }

    /// Reads a file, of which the first document may have been read.
    fn read_on(&mut self, first: Option<Document<'_>>, documents: &mut Documents) -> io::Result<()> {
        let (mut raws, mut more) = (Vec::new(), Vec::new());
        let mut ended = fetch(documents, SAMPLE - usize::from(first.is_some()), &mut raws);
        let mut parsed: Vec<Parsed<'_>> =
            first.into_iter().map(Ok).chain(raws.iter().map(Raw::read)).collect();
        // Damaged lines do not count.
        let mut missing = SAMPLE.saturating_sub(parsed.iter().flatten().count());
        while missing > 0 && !ended {
            ended = fetch(documents, missing, &mut more);
            missing = missing.saturating_sub(more.iter().rev().take(missing).flat_map(Raw::parse).count());
        }
        parsed.extend(more.iter().map(Raw::read));
        let sample: Vec<&Json<'_>> = parsed.iter().flatten().map(|document| &document.value).collect();
        let Some(importer) = self.sniff(&sample, &parsed) else { return Ok(()) };
        self.report.format = Some(importer.name().to_owned());
        match importer.layout() {
            Layout::Whole => self.read_whole(importer, parsed, documents),
            Layout::Running => self.read_running(importer, parsed, documents),
        }
    }

    /// Finds the format from the first documents. Says why when there is none.
    fn sniff(&mut self, sample: &[&Json<'_>], parsed: &[Parsed<'_>]) -> Option<&'static dyn Importer> {
        if let Some(importer) = (!sample.is_empty()).then(|| import::sniff(sample)).flatten() {
            return Some(importer);
        }
        let error = parsed.iter().find_map(|parsed| parsed.as_ref().err());
        match error {
            Some((line, why)) if sample.is_empty() => self.skip(Some(*line), why.clone()),
            _ => self.skip(None, "JSON, but not the transcript of an agent that is known here".to_owned()),
        }
        None
    }

    fn read_whole(
        &mut self,
        importer: &dyn Importer,
        parsed: Vec<Parsed<'_>>,
        documents: &mut Documents,
    ) -> io::Result<()> {
        let sinks: Vec<Sink> =
            parsed.into_par_iter().map(|document| import_whole(importer, document)).collect();
        sinks.into_iter().for_each(|sink| self.take(importer, sink));
        let most = BATCH_A_THREAD.saturating_mul(rayon::current_num_threads());
        loop {
            let (mut batch, mut size) = (Vec::new(), 0);
            let mut result = Ok(());
            while size < most {
                match documents.next_raw() {
                    Ok(Some(raw)) => {
                        size += raw.bytes.len();
                        batch.push(raw);
                    }
                    Ok(None) => break,
                    Err(error) => {
                        result = Err(error);
                        break;
                    }
                }
            }
            let done = batch.is_empty();
            let sinks: Vec<Sink> =
                batch.into_par_iter().map(|raw| import_whole(importer, raw.read())).collect();
            sinks.into_iter().for_each(|sink| self.take(importer, sink));
            if done || result.is_err() {
                return result;
            }
        }
    }

    fn read_running(
        &mut self,
        importer: &dyn Importer,
        parsed: Vec<Parsed<'_>>,
        documents: &mut Documents,
    ) -> io::Result<()> {
        // What an importer keeps of a document stays in the document's text.
        let (mut raws, mut error) = (Vec::new(), None);
        loop {
            match documents.next_raw() {
                Ok(Some(raw)) => raws.push(raw),
                Ok(None) => break,
                Err(broken) => {
                    error = Some(broken);
                    break;
                }
            }
        }
        let (mut sink, mut skipped) = (Sink::default(), Vec::new());
        let all = parsed.into_iter().chain(raws.iter().map(Raw::read));
        let mut sound = all.filter_map(|parsed| parsed.map_err(|error| skipped.push(error)).ok());
        importer.import(&mut sound, &mut sink);
        drop(sound);
        for (line, why) in skipped {
            self.skip(Some(line), why);
        }
        self.take(importer, sink);
        error.map_or(Ok(()), Err)
    }

    fn take(&mut self, importer: &dyn Importer, sink: Sink) {
        for skipped in sink.skipped {
            self.skip(skipped.line, skipped.why);
        }
        for mut transcript in sink.transcripts {
            if transcript.events.is_empty() {
                self.skip(transcript.source.line, "a session without events".to_owned());
                continue;
            }
            let orphans = orphans(&transcript);
            if orphans > 0 {
                let why = format!("results of tools whose call is not there, kept all the same: {orphans}");
                self.skip(transcript.source.line, why);
            }
            transcript.source.path.clone_from(&self.report.path);
            if transcript.source.format.is_empty() {
                importer.name().clone_into(&mut transcript.source.format);
            }
            transcript.fill_times();
            if transcript.id.as_str().is_empty() {
                let hash = transcript.content_hash();
                transcript.id = SessionId::from(format!("{}-{}", importer.name(), hash.prefix(16)));
            }
            self.report.sessions += 1;
            self.report.events += transcript.events.len() as u64;
            (self.on_session)(transcript);
        }
    }

    fn skip(&mut self, line: Option<u64>, why: String) {
        if self.report.skipped.len() < MAX_LISTED {
            self.report.skipped.push(Skipped { source: self.report.path.clone(), line, why });
        } else {
            self.unlisted += 1;
        }
    }

    fn close(mut self) -> FileReport {
        if self.report.sessions == 0 && self.report.skipped.is_empty() {
            self.skip(None, "no session in it".to_owned());
        }
        self.report.skipped.sort();
        if self.unlisted > 0 {
            let why = format!("and {} more places like these", self.unlisted);
            let source = self.report.path.clone();
            self.report.skipped.push(Skipped { source, line: None, why });
        }
        self.report
    }
}

/// Returns how many results answer a call that the session does not hold.
fn orphans(transcript: &Transcript) -> usize {
    let calls: BTreeSet<&CallId> = transcript
        .events
        .iter()
        .filter_map(|event| match &event.body {
            Body::ToolCall(call) => Some(&call.id),
            _ => None,
        })
        .collect();
    let orphan = |event: &&Event| matches!(&event.body, Body::ToolResult(r) if !calls.contains(&r.call));
    transcript.events.iter().filter(orphan).count()
}

/// Fetches `count` more pieces; returns whether the stream has ended. One that breaks off is read as far as it
/// goes; the break is reported after what came before.
fn fetch(documents: &mut Documents, count: usize, raws: &mut Vec<Raw>) -> bool {
    for _ in 0..count {
        match documents.next_raw() {
            Ok(Some(raw)) => raws.push(raw),
            Ok(None) => return true,
            Err(error) => {
                documents.break_off(error);
                return true;
            }
        }
    }
    false
}

/// Imports a document that stands alone.
fn import_whole(importer: &dyn Importer, parsed: Parsed<'_>) -> Sink {
    let mut sink = Sink::default();
    match parsed {
        Ok(document) => {
            let line = document.line;
            importer.import(&mut std::iter::once(document), &mut sink);
            for transcript in &mut sink.transcripts {
                transcript.source.line = transcript.source.line.or(Some(line));
            }
        }
        Err((line, why)) => sink.skip(line, why),
    }
    sink
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversations(count: usize) -> String {
        // Hashes do not compress: the compressed stream has many blocks.
        let noise = |n: usize| {
            (0..40).map(|k| somnium_types::hex16(format!("{n}/{k}").as_bytes())).collect::<String>()
        };
        let line = |n: usize| {
            format!(
                "{{\"messages\":[{{\"role\":\"user\",\"content\":\"{}\"}},{{\"role\":\"assistant\",\"content\":\"ok {n}\"}}]}}\n",
                noise(n)
            )
        };
        (0..count).map(line).collect()
    }

    #[test]
    fn a_compressed_stream_that_breaks_off_is_read_as_far_as_it_goes() {
        let text = conversations(400);
        let whole = zstd::encode_all(text.as_bytes(), 3).unwrap();
        for share in [10, 30, 50, 70, 90] {
            let cut = whole[..whole.len() * share / 100].to_vec();
            let plain = {
                let mut lines = Vec::new();
                let mut stream = source::decode(io::Cursor::new(cut.clone())).unwrap();
                let mut line = Vec::new();
                while matches!(source::read_line(&mut *stream, &mut line, usize::MAX), Ok(n) if n > 0) {
                    lines.push(std::mem::take(&mut line));
                }
                lines.len() as u64
            };
            let mut sessions = 0;
            let report = read_bytes("cut.jsonl.zst", cut, &mut |_| sessions += 1);
            assert_eq!(report.sessions, sessions);
            assert!(sessions >= plain.saturating_sub(1), "{share}%: {sessions} of {plain}");
            assert!(
                report.skipped.iter().any(|skipped| skipped.why.starts_with("cannot be read further")),
                "{share}%"
            );
        }
    }
}
