//! Cuts a stream of bytes into JSON documents: one a line, or one for the whole file.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use serde_json::Value;

use crate::json::{self, Json};
use crate::source;

/// Longest line that is read (256 MiB): longer ones are skipped with a reason.
const MAX_LINE: usize = 256 << 20;
/// Largest file that is read as a single document (1 GiB after decompression).
const MAX_DOCUMENT: u64 = 1 << 30;

/// A piece of text that should be one JSON document.
pub(crate) struct Raw {
    pub(crate) line: u64,
    pub(crate) bytes: Vec<u8>,
}

/// One JSON document with the line (from 1) at which it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Document<'a> {
    /// The first line of the document in its file, from 1.
    pub line: u64,
    /// The parsed value.
    pub value: Json<'a>,
}

/// A document, or the line that holds none and why.
pub(crate) type Parsed<'a> = Result<Document<'a>, (u64, String)>;

impl Raw {
    pub(crate) fn read(&self) -> Parsed<'_> {
        self.parse().map_err(|why| (self.line, why))
    }

    pub(crate) fn parse(&self) -> Result<Document<'_>, String> {
        if self.bytes.len() >= MAX_LINE {
            return Err("a line of 256 MiB or more".to_owned());
        }
        json::parse(&self.bytes).map(|value| Document { line: self.line, value })
    }
}

/// Returns whether any line is an object by itself: then the file is lines, and the first is damaged.
fn has_lines(whole: &[u8]) -> bool {
    let mut lines = whole.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    lines.any(|line| line.len() > 2 && line.starts_with(b"{") && json::parse(line).is_ok())
}

/// The documents of one stream, still unparsed.
pub(crate) struct Documents {
    reader: Box<dyn BufRead + Send>,
    ahead: VecDeque<Raw>,
    /// Why the stream ends here, to be told once what is ahead has been read.
    broken: Option<io::Error>,
    line: u64,
    pub(crate) bytes: u64,
}

impl Documents {
    /// Starts at the beginning of a stream.
    pub(crate) fn new(reader: Box<dyn BufRead + Send>) -> Self {
        Self { reader, ahead: VecDeque::new(), broken: None, line: 0, bytes: 0 }
    }

    /// Finds out what it means that the first line is no document by itself: a pretty-printed file, or a damaged
    /// line. Reads all there is to do so.
    pub(crate) fn look_further(&mut self, first: Raw) -> io::Result<()> {
        let mut whole = first.bytes;
        whole.push(b'\n');
        let head = whole.len();
        let complete = source::read_rest(&mut *self.reader, &mut whole, MAX_DOCUMENT)?;
        self.bytes += (whole.len() - head) as u64;
        if !complete {
            return Err(io::Error::other("a single JSON document of more than 1 GiB"));
        }
        if json::parse(&whole).is_ok() {
            self.ahead.push_back(Raw { line: first.line, bytes: whole });
            return Ok(());
        }
        let bare = whole.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&whole);
        let lossy = String::from_utf8_lossy(bare);
        let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&lossy).into_iter().collect();
        match values {
            Ok(values) if values.len() > 1 => {
                // Several pretty-printed values one after the other: hand them on one by one.
                for value in values {
                    self.ahead.push_back(Raw { line: first.line, bytes: value.to_string().into() });
                }
            }
            Ok(_) => self.ahead.push_back(Raw { line: first.line, bytes: whole }),
            Err(_) if !has_lines(&whole) => {
                self.ahead.push_back(Raw { line: first.line, bytes: whole });
            }
            Err(_) => {
                let lines = whole.split(|&byte| byte == b'\n').zip(first.line..);
                let lines = lines.filter(|(bytes, _)| !bytes.trim_ascii().is_empty());
                self.ahead.extend(lines.map(|(bytes, line)| Raw { line, bytes: bytes.to_vec() }));
            }
        }
        Ok(())
    }

    /// Returns the next piece; `None` at the end.
    pub(crate) fn next_raw(&mut self) -> io::Result<Option<Raw>> {
        match (self.ahead.pop_front(), self.broken.take()) {
            (Some(raw), broken) => {
                self.broken = broken;
                Ok(Some(raw))
            }
            (None, Some(error)) => Err(error),
            (None, None) => self.next_line(),
        }
    }

    /// Ends the stream with `error`, behind the pieces that are put back.
    pub(crate) fn break_off(&mut self, error: io::Error) {
        self.broken = Some(error);
    }

    fn next_line(&mut self) -> io::Result<Option<Raw>> {
        loop {
            let mut bytes = Vec::new();
            let consumed = source::read_line(&mut *self.reader, &mut bytes, MAX_LINE)?;
            if consumed == 0 {
                return Ok(None);
            }
            self.line += 1;
            self.bytes += consumed as u64;
            if !bytes.trim_ascii().is_empty() {
                return Ok(Some(Raw { line: self.line, bytes }));
            }
        }
    }
}
