//! What the section of an `AGENTS.md` or a `CLAUDE.md` says.

use somnium_types::BlockId;

use crate::{Block, Memory, UNCONFIRMED};

/// Bytes of a token, roughly: what budgets are reckoned with.
const BYTES_OF_A_TOKEN: usize = 4;

/// The text of a section, and how much of the memory is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// The text.
    pub text: String,
    /// Notes that it names or has.
    pub notes: usize,
    /// Notes that it left out, because the budget was spent.
    pub left_out: usize,
}

/// One line of the index: what it says, and where it leads.
struct Line {
    says: String,
    block: Option<Block>,
}

/// The lines of the index, for agents that can open the files behind them. `at` is the memory folder as one writes it
/// in the file.
pub fn index_section(memory: &Memory, at: &str, budget: usize) -> Section {
    let head = format!(
        "## Memory\n\nNotes from earlier sessions, kept in `{at}/`. Where a line below fits what you are about to do, \
         read the note behind its arrow first.\n"
    );
    let lines = lines(memory).into_iter().map(|line| match line.block {
        Some(block) => format!("- {} → {at}/{}#{}", line.says, block.path, block.id),
        None => format!("- {}", line.says),
    });
    pack(head, lines, budget, "\n")
}

/// The notes themselves, in the order of the index, for agents that cannot open files.
pub fn notes_section(memory: &Memory, budget: usize) -> Section {
    let head = "## Memory\n\nNotes from earlier sessions.\n".to_owned();
    let notes = lines(memory).into_iter().filter_map(|line| line.block).map(|block| {
        let Block { id, title, body, .. } = block;
        format!("\n### {title}  <!-- som:{id} -->\n{body}")
    });
    pack(head, notes, budget, "\n")
}

/// A line that has Claude Code load the index itself, so that it is always the present one; `None` where the path
/// cannot be written so.
pub fn import_section(memory: &Memory, at: &str) -> Option<Section> {
    let index = memory.index_path();
    let path = format!("{at}/{index}");
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '`';
    (memory.get(&index).is_some() && path.chars().all(plain)).then(|| Section {
        text: format!(
            "## Memory\n\nNotes from earlier sessions, kept in `{at}/`. Where a line of the index fits what you are \
             about to do, read the note behind its arrow first.\n\n@{path}"
        ),
        notes: lines(memory).len(),
        left_out: 0,
    })
}

fn pack(head: String, lines: impl Iterator<Item = String>, budget: usize, between: &str) -> Section {
    let mut section = Section { text: head, notes: 0, left_out: 0 };
    let limit = budget.saturating_mul(BYTES_OF_A_TOKEN);
    for line in lines {
        // What comes later is worth less: where one does not fit, no later one takes its place.
        if section.left_out > 0 || section.text.len() + between.len() + line.len() > limit {
            section.left_out += 1;
            continue;
        }
        section.text += between;
        section.text += &line;
        section.notes += 1;
    }
    if section.notes == 0 && section.left_out == 0 {
        section.text += "\nThere are none yet.";
    }
    section
}

/// Returns the lines of the index. A memory whose index no dream keeps has one for each note, or else for each file.
fn lines(memory: &Memory) -> Vec<Line> {
    let blocks = memory.blocks();
    if let Some(index) = memory.index_text() {
        return index.lines().filter_map(|line| read(line, &blocks)).collect();
    }
    let shown =
        |block: &&Block| block.section.as_deref() != Some(UNCONFIRMED) && is_loaded(block.path.as_str());
    let notes: Vec<Line> = blocks
        .iter()
        .filter(shown)
        .map(|block| Line { says: block.title.clone(), block: Some(block.clone()) })
        .collect();
    if !notes.is_empty() {
        return notes;
    }
    let files = memory.files().filter(|(path, _)| path.is_markdown() && is_loaded(path.as_str()));
    files.map(|(path, _)| Line { says: format!("`{path}`"), block: None }).collect()
}

/// Whether agents are meant to load a file: what is over and what is in quarantine stays there.
fn is_loaded(path: &str) -> bool {
    !path.starts_with("archive/") && path != "quarantine.md" && !path.starts_with("people/")
}

/// Reads `- trigger → file#block`; a line of another form, or one that leads nowhere, is passed over.
fn read(line: &str, blocks: &[Block]) -> Option<Line> {
    let (says, target) = line.trim().strip_prefix("- ")?.rsplit_once(" → ")?;
    let (_, id) = target.rsplit_once('#')?;
    let id = BlockId::from(id);
    let block = blocks.iter().find(|block| block.id == id)?;
    Some(Line { says: says.to_owned(), block: Some(block.clone()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryPath;

    fn memory(files: &[(&str, &str)]) -> Memory {
        let mut memory = Memory::default();
        for (path, text) in files {
            memory.insert(MemoryPath::new(path).unwrap(), text.as_bytes());
        }
        memory
    }

    fn indexed() -> Memory {
        memory(&[
            (
                "MEMORY.md",
                "# Mine\n\n<!-- som:index -->\n- Sow late → notes/beds.md#m-1\n- Water early → notes/beds.md#m-2\n- \
                 Gone → notes/beds.md#m-9\n<!-- som:/index -->\n",
            ),
            (
                "notes/beds.md",
                "### Sow late  <!-- som:m-1 -->\nIn May.\n\n### Water  <!-- som:m-2 -->\nAt six.\n",
            ),
        ])
    }

    #[test]
    fn the_index_leads_into_the_folder() {
        let section = index_section(&indexed(), "docs/memory", 500);
        assert_eq!((section.notes, section.left_out), (2, 0));
        assert!(section.text.contains("\n- Sow late → docs/memory/notes/beds.md#m-1\n- Water early → "));
        assert!(!section.text.contains("Gone"));
    }

    #[test]
    fn notes_keep_their_markers_so_that_reading_them_can_be_seen() {
        let section = notes_section(&indexed(), 500);
        assert!(section.text.ends_with("\n\n### Water  <!-- som:m-2 -->\nAt six."), "{}", section.text);
        assert!(section.text.contains("\n\n### Sow late  <!-- som:m-1 -->\nIn May.\n"), "{}", section.text);
    }

    #[test]
    fn the_budget_holds_and_what_comes_first_is_kept() {
        for budget in 0..100 {
            let section = notes_section(&indexed(), budget);
            assert!(section.notes == 0 || section.text.len() <= 4 * budget);
            assert_eq!(section.notes + section.left_out, 2);
            assert!(section.notes == 0 || section.text.contains("m-1"));
        }
    }

    #[test]
    fn an_import_is_one_line_where_the_path_allows() {
        let section = import_section(&indexed(), "memory").unwrap();
        assert!(section.text.ends_with("\n\n@memory/MEMORY.md") && section.notes == 2);
        assert_eq!(import_section(&indexed(), "my memory"), None);
        assert_eq!(import_section(&memory(&[]), "memory"), None);
    }

    #[test]
    fn other_layouts_have_lines_too() {
        let notes = memory(&[
            ("a.md", "### A <!-- som:a -->\nx\n\n## Not yet confirmed\n\n### B <!-- som:b -->\n"),
            ("archive/c.md", "### C <!-- som:c -->\n"),
        ]);
        assert_eq!(index_section(&notes, "m", 500).notes, 1);
        let plain = memory(&[("a.md", "# A\n"), ("b.txt", ""), ("quarantine.md", "# Q\n")]);
        assert!(index_section(&plain, "m", 500).text.ends_with("\n- `a.md`"));
        assert!(index_section(&memory(&[]), "m", 500).text.ends_with("There are none yet."));
    }
}
