//! What belongs to no pattern: errors that happen once, and talk beside the work.

use serde_json::json;

use super::dice::Deck;
use super::plant::Plant;
use super::script::{Reply, Script};

/// A call that fails once in all the examples. Early ones belong to the reading, late ones to the delivery.
#[derive(Clone, Copy)]
pub(super) struct OneOff {
    tool: &'static str,
    argument: &'static str,
    value: &'static str,
    error: &'static str,
}

const fn one_off(
    tool: &'static str,
    argument: &'static str,
    value: &'static str,
    error: &'static str,
) -> OneOff {
    OneOff { tool, argument, value, error }
}

/// Calls the next one-off error of `deck`, if one is left.
pub(super) fn stumble(script: &mut Script, deck: &mut Deck<OneOff>) {
    if let Some(slip) = deck.deal_once() {
        let tool = if slip.tool == "bash" { script.shell() } else { slip.tool };
        script.call(tool, json!({ slip.argument: slip.value }), Reply::Error(slip.error.to_owned()));
        script.mark(Plant::OneOff);
    }
}

/// Puts a question beside the work, and its answer, into the session.
pub(super) fn chat(script: &mut Script, deck: &mut Deck<(&'static str, &'static str)>) {
    let (question, answer) = deck.deal();
    script.user(question);
    script.say(answer);
}

pub(super) const CHAT: &[(&str, &str)] = &[
    ("Back in ten minutes, carry on without me.", "Will do."),
    ("Is the kick-off still on Thursday?", "I have no access to calendars, so I cannot say."),
    ("Ignore my last mail, wrong file.", "Thanks for telling me, I have not used it."),
    ("How long will this take, roughly?", "A few more minutes; most of it is reading."),
    ("Which version are you looking at?", "The one uploaded last, as the file list shows it."),
    ("My colleague may ask you the same later.", "That is fine."),
    ("Thanks, this helps a lot.", "Glad to hear it."),
    ("Sorry, meeting ran over. Where are we?", "I am in the middle of it, nothing is blocked."),
    ("Does the font look odd to you as well?", "I only see the text, not the fonts."),
    ("What does the number in the header mean?", "It is the upload's number; it changes with each version."),
];

pub(super) const CONTRACTS_EARLY: &[OneOff] = &[
    one_off(
        "bash",
        "command",
        "ls ~/Desktop/old-drafts",
        "Exit code 2\nls: cannot access 'Desktop/old-drafts': No such file or directory",
    ),
    one_off(
        "bash",
        "command",
        "unzip appendix.zip",
        "Exit code 9\nEnd-of-central-directory signature not found; not a zip archive",
    ),
    one_off(
        "bash",
        "command",
        "python3 wordcount.py draft.txt",
        "Exit code 1\nUnicodeDecodeError: 'utf-8' codec can't decode byte 0x92",
    ),
    one_off(
        "bash",
        "command",
        "git log -- schedule-3.md",
        "Exit code 128\nfatal: not a git repository (or any of the parent directories)",
    ),
    one_off("bash", "command", "diff old.txt new.txt | wc", "Exit code 2\ndiff: old.txt: Is a directory"),
    one_off(
        "bash",
        "command",
        "make cover-letter",
        "Exit code 2\nmake: *** No rule to make target 'cover-letter'. Stop.",
    ),
    one_off("bash", "command", "jq .parties meta.json", "Exit code 5\njq: error: Cannot iterate over null"),
    one_off(
        "bash",
        "command",
        "sort -k2 -n clauses.tsv > /dev/full",
        "Exit code 2\nsort: write failed: No space left on device",
    ),
    one_off("bash", "command", "kill %1", "Exit code 1\nbash: kill: %1: no such job"),
    one_off(
        "bash",
        "command",
        "cat 'Schedule B.txt'",
        "Exit code 1\ncat: 'Schedule B.txt': Stale file handle",
    ),
    one_off(
        "bash",
        "command",
        "sha256sum -c signed.sum",
        "Exit code 1\nsigned.docx: FAILED\nsha256sum: WARNING: 1 computed checksum did NOT match",
    ),
    one_off("bash", "command", "timeout 5 aspell list < annex.txt", "Exit code 124\nterminated after 5 s"),
    one_off(
        "read_contract",
        "contract_id",
        "CTR-0118",
        "Error: contract is archived; restore it in the register",
    ),
    one_off(
        "read_contract",
        "contract_id",
        "Halden frame",
        "Error: more than one contract fits this name, be more specific",
    ),
    one_off("read_contract", "version", "draft-final-2", "Error: version label unknown, labels are numbers"),
    one_off("list_clauses", "language", "fr", "Error: the French text has no clause index"),
    one_off("compare_clause", "playbook", "supply-2021", "Error: playbook was retired and has no positions"),
    one_off("compare_clause", "clause_id", "14.9", "Error: nothing to compare, the clause is reserved"),
    one_off("propose_redline", "text", "", "Error: replacement text is empty; use strike_clause to delete"),
    one_off("propose_redline", "mode", "silent", "Error: mode must be one of visible, internal"),
    one_off(
        "web_fetch",
        "url",
        "https://statutes.example/late-payment",
        "Error: certificate expired two days ago",
    ),
    one_off(
        "web_fetch",
        "url",
        "https://register.example/search",
        "Error: the page needs JavaScript and gave no text",
    ),
    one_off("list_clauses", "depth", "9", "Error: recursion stopped, clause references itself"),
];

pub(super) const CONTRACTS_LATE: &[OneOff] = &[
    one_off("render_summary", "locale", "en-XX", "Error: locale has no number format"),
    one_off(
        "export_docx",
        "template",
        "letterhead-old",
        "Error: template file is damaged (bad relationship part)",
    ),
    one_off("export_docx", "watermark", "DRAFT", "Error: watermarks are switched off for this client"),
    one_off("send_to_client", "channel", "fax", "Error: channel is not configured"),
    one_off("send_to_client", "recipient", "legal team", "Error: recipient must be a registered contact"),
    one_off("send_to_client", "when", "yesterday", "Error: delivery time lies in the past"),
    one_off("accept_formatting", "scope", "footnotes", "Error: footnotes are locked by another editor"),
];

pub(super) const MEDICAL_EARLY: &[OneOff] = &[
    one_off(
        "bash",
        "command",
        "ls /srv/intake/today",
        "Exit code 2\nls: reading directory '/srv/intake/today': Input/output error",
    ),
    one_off(
        "bash",
        "command",
        "pdfinfo cover.pdf",
        "Exit code 1\nSyntax Error: Couldn't find trailer dictionary",
    ),
    one_off(
        "bash",
        "command",
        "tail -n 20 intake.log",
        "Exit code 1\ntail: cannot watch 'intake.log': too many open files",
    ),
    one_off("bash", "command", "python3 merge.py a.json b.json", "Exit code 1\nKeyError: 'encounters'"),
    one_off(
        "bash",
        "command",
        "convert page.tif page.png",
        "Exit code 1\nconvert: attempt to perform an operation not allowed by the security policy `TIFF'",
    ),
    one_off(
        "bash",
        "command",
        "qpdf --check intake.pdf",
        "Exit code 3\nWARNING: intake.pdf: xref table rebuilt",
    ),
    one_off(
        "bash",
        "command",
        "rsync -a scans/ backup/",
        "Exit code 23\nrsync: some attributes were not transferred",
    ),
    one_off("bash", "command", "date -d '31 Feb'", "Exit code 1\ndate: the value '31 Feb' is no date"),
    one_off(
        "bash",
        "command",
        "grep -P '(?<=a+)b' notes.txt",
        "Exit code 2\ngrep: lookbehind assertion is not fixed length",
    ),
    one_off(
        "bash",
        "command",
        "tar xf fax-batch.tgz",
        "Exit code 2\ngzip: stdin: unexpected end of file\ntar: Child returned status 1",
    ),
    one_off(
        "bash",
        "command",
        "node index-pages.js",
        "Exit code 134\nFATAL ERROR: Reached heap limit Allocation failed",
    ),
    one_off(
        "bash",
        "command",
        "curl -s http://scanner.example/queue",
        "Exit code 6\ncurl: could not resolve host scanner.example",
    ),
    one_off("list_documents", "record_id", "REC-??", "Error: record ids hold digits after the dash"),
    one_off("list_documents", "since", "last spring", "Error: could not read `since` as a point in time"),
    one_off(
        "list_documents",
        "folder",
        "correspondence",
        "Error: folder was moved during the listing, please list again",
    ),
    one_off("list_documents", "type", "cover sheets", "Error: cover sheets carry no document number"),
    one_off("list_documents", "language", "la", "Error: language filter was built without Latin"),
    one_off("parse_pdf", "layout", "three-column", "Error: layout model is not installed"),
    one_off("parse_pdf", "encoding", "latin-7", "Error: character map has gaps, choose another one"),
    one_off("parse_pdf", "document_id", "DOC-9", "Error: document was withdrawn by the facility"),
    one_off("parse_pdf", "hint", "handwriting", "Error: handwriting needs the nightly queue"),
    one_off("parse_pdf", "scale", "0.1", "Error: scale leaves letters below three dots"),
    one_off(
        "bash",
        "command",
        "pdftk a.pdf cat output b.pdf",
        "Exit code 3\nError: owner of a.pdf has locked it against assembly",
    ),
    one_off("extract_events", "vocabulary", "dental", "Error: vocabulary holds no terms yet"),
    one_off("extract_events", "minimum_confidence", "1.4", "Error: confidence lies between 0 and 1"),
    one_off("list_documents", "sort", "thickness", "Error: no such sort key among title, year, pages"),
    one_off("extract_events", "specialty", "avian", "Error: speciality is outside the licensed modules"),
];

pub(super) const MEDICAL_LATE: &[OneOff] = &[
    one_off(
        "write_chronology",
        "style",
        "narrative",
        "Error: the narrative style was removed in release four",
    ),
    one_off("write_chronology", "path", "/chronologies", "Error: the path is a folder"),
    one_off("submit", "reviewer", "on leave", "Error: nobody covers this reviewer today"),
    one_off("submit", "priority", "urgent!!", "Error: priority has three levels: low, normal, high"),
    one_off("submit", "attachments", "13", "Error: attachment list is longer than the form allows"),
];
