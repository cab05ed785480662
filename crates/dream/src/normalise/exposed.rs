//! Which notes of a memory a session was shown.
//!
//! Notes reach an agent as text that the harness puts in front of it, or as a memory file that it reads with a
//! tool. Their blocks are known by the marker in their heading or, where a harness strips comments, by the
//! heading itself; lines of the index name the block.

use std::collections::BTreeSet;

use somnium_types::{Body, SystemKind, Transcript, hex16};

/// Most notes of one session that are remembered.
const MAX_EXPOSED: usize = 256;
/// Longest id of a block.
const MAX_ID: usize = 64;

/// Returns what stands for a heading whose marker is gone.
pub(crate) fn heading_mark(title: &str) -> String {
    let plain: String = title.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("#{}", hex16(plain.as_bytes()))
}

/// Returns the notes that were shown, sorted.
pub(super) fn collect(transcript: &Transcript) -> Vec<String> {
    let (mut exposed, mut marks) = (BTreeSet::new(), BTreeSet::new());
    for event in &transcript.events {
        match &event.body {
            Body::System { kind: SystemKind::Memory, text } => {
                markers(text, &mut exposed);
                headings(text, &mut marks);
            }
            Body::System { text, .. } => markers(text, &mut exposed),
            Body::ToolResult(result) => markers(&result.text, &mut exposed),
            _ => {}
        }
    }
    // Ids first: they are certain.
    let mut exposed: Vec<String> = exposed.into_iter().chain(marks).take(MAX_EXPOSED).collect();
    exposed.sort_unstable();
    exposed
}

/// Finds `<!-- som:ID -->` and the `→ file.md#ID` of an index.
fn markers(text: &str, exposed: &mut BTreeSet<String>) {
    for mark in ["<!-- som:", ".md#", ".markdown#"] {
        for (at, _) in text.match_indices(mark) {
            let rest = &text[at + mark.len()..];
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
            let id = rest[..end.unwrap_or(rest.len())].trim_end_matches('.');
            let line = text[..at].rfind('\n').map_or(0, |start| start + 1);
            let is_ours = mark.starts_with('<') || text[line..at].contains(" → ");
            if is_ours && (1..=MAX_ID).contains(&id.len()) && id != "index" {
                exposed.insert(id.to_owned());
            }
        }
    }
}

/// Finds headings of level 3, as dreams write them, that have lost their marker.
fn headings(text: &str, marks: &mut BTreeSet<String>) {
    let titles = text.lines().filter_map(|line| line.trim().strip_prefix("### "));
    marks.extend(titles.filter(|title| !title.contains("<!--")).map(heading_mark));
}

#[cfg(test)]
mod tests {
    use somnium_types::{Event, ToolResult};

    use super::*;

    fn of(body: Body) -> Vec<String> {
        let mut transcript = Transcript::new("s".into());
        transcript.events.push(Event::new(body));
        collect(&transcript)
    }

    fn memory(text: &str) -> Vec<String> {
        of(Body::System { kind: SystemKind::Memory, text: text.to_owned() })
    }

    #[test]
    fn markers_lines_of_the_index_and_bare_headings_are_seen() {
        assert_eq!(memory("### Sow late  <!-- som:m-1 -->\nIt works."), ["m-1"]);
        assert_eq!(memory("- Sow late → notes/beds.md#m-2\n- see notes.md#top"), ["m-2"]);
        assert_eq!(memory("### Sow  late\nIt works."), [heading_mark("Sow late")]);
        assert!(memory("<!-- som:index -->\n<!-- som:/index -->\n# Notes").is_empty());
    }

    #[test]
    fn a_file_that_was_read_counts_and_what_people_say_does_not() {
        let text = "### Sow late  <!-- som:m-1 -->".to_owned();
        let result = ToolResult {
            call: "c".into(),
            text: text.clone(),
            status: somnium_types::Status::Ok,
            exit_code: None,
        };
        assert_eq!(of(Body::ToolResult(result)), ["m-1"]);
        assert!(of(Body::User { text: text.clone() }).is_empty());
        assert!(of(Body::Assistant { text }).is_empty());
    }
}
