//! Every command, what it is run on, and what it does to files.

/// One command in one situation.
pub struct Row {
    /// As `somnium --help` has it.
    pub command: &'static str,
    pub family: Family,
    /// What was done before.
    pub before: &'static [Step],
    /// The command, and what it reads from standard input. `{note}` is a note that a dream wrote.
    pub run: (&'static str, &'static str),
    pub leaves: Leaves,
}

/// Rows that one test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// They write nothing.
    Readers,
    Dreams,
    People,
    Reviews,
    Agents,
    Exports,
}

/// What a command leaves when it is killed.
pub enum Leaves {
    /// All as before, or all as after.
    OldOrNew,
    /// … or what comes of these steps instead: what is proposed is laid aside before anybody is asked.
    OldBetweenOrNew(&'static [Step]),
    /// Each file as before or as after: they are copies, made again by the next run.
    EachFileOldOrNew,
    /// Nothing else than before.
    Old,
}

/// Something done to a world.
pub enum Step {
    /// Runs `somnium`, after words that set the environment (`NAME=value`), with a standard input. It has to succeed.
    Run(&'static str, &'static str),
    /// Runs `somnium`, and keeps what it prints in a file.
    Keep(&'static str, &'static str),
    Write(&'static str, &'static str),
    Replace(&'static str, &'static str, &'static str),
    Delete(&'static str),
}

use Family::{Agents, Dreams, Exports, People, Readers, Reviews};
use Leaves::{EachFileOldOrNew, Old, OldBetweenOrNew, OldOrNew};
use Step::{Delete, Keep, Replace, Run, Write};

const DREAM: Step = Run("dream sessions --memory memory --in-place", "");
const DREAMT: &[Step] = &[DREAM];
const REMOVED: &[Step] = &[DREAM, Run("memory rm {note} --memory memory", "")];
const PINNED: &[Step] = &[DREAM, Run("memory pin {note} /plain.md --memory memory", "")];
const FROZEN: &[Step] = &[DREAM, Run("memory freeze /notes/ --memory memory", "")];
const REPORTED: &[Step] = &[DREAM, Run("mcp --memory memory", REPORT)];
const ELSEWHERE: &[Step] = &[DREAM, Run("SOMNIUM_STATE=elsewhere memory pin {note} --memory memory", "")];
const TO_REVIEW: Step = Run("dream sessions --memory memory --review-file review.md", "");
const PROPOSED: &[Step] = &[TO_REVIEW, Delete("review.md")];
const DECIDED: &[Step] = &[TO_REVIEW, Replace("review.md", "decision: later", "decision: accept")];
const CHANGED_PLAYBOOKS: &[Step] = &[
    Run("export skills --memory memory --to skills", ""),
    Replace("memory/playbooks/post.md", "Look first.", "Look twice."),
    Delete("memory/playbooks/close.md"),
    Write(
        "memory/playbooks/open.md",
        "# Open\n\n### Open the ledger  <!-- som:x-open -->\nWith both keys.\n",
    ),
];
const EXPORTED: &[Step] = &[
    DREAM,
    Write("AGENTS.md", "# Rules\n\nBe kind.\n"),
    Run("export agents-md AGENTS.md --memory memory", ""),
    Run("memory rm {note} --memory memory", ""),
];
const CLAIMS: &[Step] = &[Keep("dream sessions --memory memory --in-place --json", "claims.json")];

const REPORT: &str = concat!(
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#,
    "\n",
    r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
    "\n",
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"memory_report_wrong","arguments":{"note":"{note}","reason":"it does not"}}}"#,
    "\n"
);

const fn row(
    command: &'static str,
    family: Family,
    before: &'static [Step],
    line: &'static str,
    leaves: Leaves,
) -> Row {
    Row { command, family, before, run: (line, ""), leaves }
}

const fn reader(command: &'static str, line: &'static str) -> Row {
    row(command, Readers, DREAMT, line, Old)
}

const fn told(row: Row, stdin: &'static str) -> Row {
    Row {
        command: row.command,
        family: row.family,
        before: row.before,
        run: (row.run.0, stdin),
        leaves: row.leaves,
    }
}

const fn call(before: &'static [Step], call: &'static str) -> Row {
    told(row("memory-tool", Agents, before, "memory-tool --memory memory", OldOrNew), call)
}

/// Every command of the program; those that write more than once in more than one situation.
pub const TABLE: &[Row] = &[
    row("dream", Dreams, &[], "dream sessions --memory memory", OldOrNew),
    row("dream", Dreams, DREAMT, "dream sessions --memory memory --output deep/out", OldOrNew),
    row("dream", Dreams, &[], "dream sessions --memory memory --in-place", OldOrNew),
    row("dream", Dreams, &[], "dream sessions --memory fresh --in-place", OldOrNew),
    row("dream", Readers, &[], "dream sessions --memory memory --dry-run", Old),
    row("dreams undo", Dreams, DREAMT, "dreams undo --memory memory", OldOrNew),
    row(
        "dream",
        Reviews,
        &[],
        "dream sessions --memory memory --review-file review.md",
        OldBetweenOrNew(PROPOSED),
    ),
    told(
        row("dream", Reviews, &[], "dream sessions --memory memory --review", OldBetweenOrNew(PROPOSED)),
        "a\ny\n",
    ),
    row("dream", Reviews, DECIDED, "dream --memory memory --review-file review.md", OldOrNew),
    row("memory review", Reviews, DECIDED, "memory review --memory memory --file review.md", OldOrNew),
    row("memory review", Reviews, PROPOSED, "memory review --memory memory --file new.md", OldOrNew),
    row("memory review", Reviews, PROPOSED, "memory review --memory memory --drop", OldOrNew),
    told(row("memory review", Reviews, PROPOSED, "memory review --memory memory", OldOrNew), "a\nq\n"),
    told(
        row(
            "memory edit",
            People,
            DREAMT,
            "memory edit {note} --memory memory --stdin --why clearer",
            OldOrNew,
        ),
        "### Mine\n\nIn my words.\n",
    ),
    row("memory rm", People, DREAMT, "memory rm {note} x-own --memory memory", OldOrNew),
    row("memory allow", People, REMOVED, "memory allow {note} --memory memory", OldOrNew),
    row("memory pin", People, DREAMT, "memory pin {note} /plain.md --memory memory", OldOrNew),
    row("memory unpin", People, PINNED, "memory unpin {note} /plain.md --memory memory", OldOrNew),
    row("memory freeze", People, DREAMT, "memory freeze /notes/ --memory memory", OldOrNew),
    row("memory thaw", People, FROZEN, "memory thaw /notes/ --memory memory", OldOrNew),
    row("memory settle", People, REPORTED, "memory settle {note} --memory memory", OldOrNew),
    row(
        "memory hold-back",
        People,
        DREAMT,
        "memory hold-back --share 10% --now 2026-04-01T00:00:00Z --memory memory",
        OldOrNew,
    ),
    row("memory undo", People, REMOVED, "memory undo --memory memory", OldOrNew),
    row("memory verify", People, ELSEWHERE, "memory verify --accept --memory memory", OldOrNew),
    row("memory erase", People, PINNED, "memory erase --session books-3 --memory memory", OldOrNew),
    row("memory erase", People, DREAMT, "memory erase --principal rosa --memory memory", OldOrNew),
    call(DREAMT, r##"{"command":"create","path":"/memories/deep/new.md","file_text":"# New\n"}"##),
    call(
        DREAMT,
        r#"{"command":"str_replace","path":"/memories/plain.md","old_str":"Just","new_str":"Only"}"#,
    ),
    call(
        DREAMT,
        r#"{"command":"insert","path":"/memories/plain.md","insert_line":1,"insert_text":"More.\n"}"#,
    ),
    call(DREAMT, r#"{"command":"delete","path":"/memories/playbooks"}"#),
    call(&[], r#"{"command":"rename","old_path":"/memories/playbooks","new_path":"/memories/ways"}"#),
    told(row("mcp", Agents, DREAMT, "mcp --memory memory", OldOrNew), REPORT),
    row("export skills", Exports, &[], "export skills --memory memory --to skills", EachFileOldOrNew),
    row(
        "export skills",
        Exports,
        CHANGED_PLAYBOOKS,
        "export skills --memory memory --to skills --prune",
        EachFileOldOrNew,
    ),
    row("export agents-md", Exports, EXPORTED, "export agents-md AGENTS.md --memory memory", OldOrNew),
    row("export claude-md", Exports, DREAMT, "export claude-md CLAUDE.md --memory memory", OldOrNew),
    row("memory effect", Exports, DREAMT, "memory effect --svg plots --memory memory", EachFileOldOrNew),
    row(
        "memory render",
        Exports,
        DREAMT,
        "memory render --session s-1 --output shown --memory memory",
        EachFileOldOrNew,
    ),
    reader("export obsidian", "export obsidian --memory memory"),
    reader("dreams list", "dreams list --memory memory"),
    reader("dreams show", "dreams show --memory memory"),
    reader("dreams explain", "dreams explain {note} --memory memory"),
    reader("dreams why-not", "dreams why-not invoice --memory memory"),
    reader("memory ls", "memory ls --memory memory"),
    reader("memory show", "memory show {note} --memory memory"),
    reader("memory diff", "memory diff --memory memory"),
    reader("memory history", "memory history --memory memory"),
    reader("memory blame", "memory blame --memory memory"),
    reader("memory effect", "memory effect --memory memory"),
    reader("memory hold-back", "memory hold-back --memory memory"),
    reader("memory verify", "memory verify --memory memory"),
    reader("memory erase", "memory erase --session books-3 --dry-run --memory memory"),
    reader("sessions stats", "sessions stats sessions"),
    reader("sessions show", "sessions show sessions/monday.jsonl"),
    row("eval", Readers, CLAIMS, "eval claims.json sessions", Old),
    reader("explain", "explain SOM001"),
];
