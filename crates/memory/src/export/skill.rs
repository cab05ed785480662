//! Playbooks as Agent Skills: a folder each, with a `SKILL.md`.
//!
//! The format is that of <https://agentskills.io/specification>: YAML front matter with `name` (1 to 64 lower-case
//! letters, digits and single hyphens, equal to the folder's name) and `description` (1 to 1,024 characters), then
//! Markdown. Two rules of Anthropic's API are kept beside it: no `<` or `>` in the description, and neither of the
//! reserved words in the name.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::{BlockId, sha256_hex};

use crate::outline::Outline;
use crate::text::{bom_len, with_lf};
use crate::{Block, Memory, MemoryPath, UNCONFIRMED};

/// The file that makes a folder a skill.
pub const SKILL_FILE: &str = "SKILL.md";
/// The notes that a playbook refers to, beside it.
const NOTES_FILE: &str = "references/notes.md";
/// The folder of a memory that holds playbooks.
const PLAYBOOKS: &str = "playbooks/";
/// Most characters of a name.
const MAX_NAME: usize = 64;
/// Most characters of a description.
const MAX_DESCRIPTION: usize = 1024;
/// Words that Anthropic's API does not allow in a name.
const RESERVED: [&str; 2] = ["anthropic", "claude"];
/// What stands before the hash of a file of ours.
const SEAL: &str = "somnium-sha256: \"";

/// One skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// Its name, which is also that of its folder.
    pub name: String,
    /// What it is good for and when to use it.
    pub description: String,
    /// The playbook.
    pub source: MemoryPath,
    /// Its blocks.
    pub notes: Vec<BlockId>,
    /// Its files, `SKILL.md` first.
    pub files: Vec<SkillFile>,
}

/// One file of a skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkillFile {
    /// Relative to the skill's folder, with `/`.
    pub path: &'static str,
    /// What it says.
    pub text: String,
}

/// The skills of a memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skills {
    /// By playbook.
    pub skills: Vec<Skill>,
    /// Playbooks that are no skill, and why.
    pub left_out: Vec<(MemoryPath, &'static str)>,
}

/// Whose a file of a skill is, told by the hash in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An export wrote it and nobody changed it.
    Ours,
    /// An export wrote it and somebody changed it.
    Edited,
    /// Somebody else wrote it.
    Foreign,
}

/// Returns a skill for each file under `playbooks/`; with `all`, also for those that are not confirmed yet.
pub fn skills(memory: &Memory, all: bool) -> Skills {
    let mut blocks: BTreeMap<MemoryPath, Vec<Block>> = BTreeMap::new();
    let mut by_id: BTreeMap<BlockId, Block> = BTreeMap::new();
    for block in memory.blocks() {
        by_id.insert(block.id.clone(), block.clone());
        blocks.entry(block.path.clone()).or_default().push(block);
    }
    let mut found = Skills::default();
    let mut names = BTreeSet::new();
    let playbooks =
        memory.files().filter(|(path, _)| path.as_str().starts_with(PLAYBOOKS) && path.is_markdown());
    for (path, bytes) in playbooks {
        let notes = blocks.get(path).map(Vec::as_slice).unwrap_or_default();
        let is_open = |block: &Block| block.section.as_deref() == Some(UNCONFIRMED);
        if !all && !notes.is_empty() && notes.iter().all(is_open) {
            found.left_out.push((path.clone(), "it is not confirmed yet"));
            continue;
        }
        match Playbook::read(path, bytes, notes) {
            Some(playbook) => found.skills.push(playbook.skill(&mut names, &by_id)),
            None => found.left_out.push((path.clone(), "it says nothing")),
        }
    }
    found
}

/// Says whose a text is.
pub fn origin(text: &str) -> Origin {
    let Some((before, rest)) = text.split_once(SEAL) else { return Origin::Foreign };
    let Some((hash, after)) = rest.split_once('"') else { return Origin::Foreign };
    let text = with_lf(&[before, SEAL, "\"", after].concat());
    if sha256_hex(text.as_bytes()).to_string() == hash { Origin::Ours } else { Origin::Edited }
}

/// Puts the hash of a text into it, behind [`SEAL`].
fn sealed(text: &str) -> String {
    let hash = sha256_hex(text.as_bytes()).to_string();
    text.replacen(SEAL, &format!("{SEAL}{hash}"), 1)
}

/// A file under `playbooks/`.
struct Playbook<'a> {
    path: &'a MemoryPath,
    notes: &'a [Block],
    /// Its text below front matter.
    text: String,
    /// Its first heading that says something.
    title: String,
    /// The first line below that.
    first: String,
}

impl<'a> Playbook<'a> {
    /// Returns `None` for one without words.
    fn read(path: &'a MemoryPath, bytes: &[u8], notes: &'a [Block]) -> Option<Self> {
        let outline = Outline::of(bytes);
        let from = outline.prose.max(bom_len(bytes));
        // A hash of an earlier export that somebody pasted would be taken for ours.
        let text = with_lf(&String::from_utf8_lossy(&bytes[from..])).replace(SEAL, "");
        let text = text.trim().to_owned();
        let (title, first) = match notes.first() {
            Some(block) => (block.title.clone(), first_line(&block.body)),
            None => {
                let title =
                    outline.headings.iter().map(|heading| heading.text.clone()).find(|text| !text.is_empty());
                let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
                (title.unwrap_or_default(), first_line(&lines.join("\n")))
            }
        };
        (!title.is_empty() || !first.is_empty()).then_some(Self { path, notes, text, title, first })
    }

    fn skill(&self, names: &mut BTreeSet<String>, all: &BTreeMap<BlockId, Block>) -> Skill {
        let mut name = name(self.path.as_str().trim_start_matches(PLAYBOOKS));
        // Two files can have one name; the later one by path gets a hash of its own.
        if !names.insert(name.clone()) {
            let hash = sha256_hex(self.path.as_str().as_bytes()).prefix(6);
            let stem: String = name.chars().take(MAX_NAME - 7).collect();
            name = format!("{}-{hash}", stem.trim_end_matches('-'));
            names.insert(name.clone());
        }
        let description = description(&self.title, &self.first);
        let behind = self.behind(all);
        let mut files = vec![SkillFile {
            path: SKILL_FILE,
            text: self.skill_md(&name, &description, !behind.is_empty()),
        }];
        if !behind.is_empty() {
            files.push(SkillFile { path: NOTES_FILE, text: notes_md(&behind) });
        }
        let notes = self.notes.iter().map(|block| block.id.clone()).collect();
        Skill { name, description, source: self.path.clone(), notes, files }
    }

    fn skill_md(&self, name: &str, description: &str, refers: bool) -> String {
        let ids: Vec<&str> = self.notes.iter().map(|block| block.id.as_str()).collect();
        let (description, ids) = (quoted(description), quoted(&ids.join(" ")));
        let source = quoted(self.path.as_str());
        let refers = if refers {
            format!("\n\nThe notes that are named by their ids are in [{NOTES_FILE}]({NOTES_FILE}).")
        } else {
            String::new()
        };
        sealed(&format!(
            "---\nname: {name}\ndescription: {description}\nmetadata:\n  somnium-playbook: {source}\n  \
             somnium-notes: {ids}\n  {SEAL}\"\n---\n\n{}{refers}\n",
            self.text
        ))
    }

    /// The notes that it names in code: a skill is read without the memory around it.
    fn behind<'m>(&self, all: &'m BTreeMap<BlockId, Block>) -> Vec<&'m Block> {
        let mut seen = BTreeSet::new();
        let named = self.text.split('`').skip(1).step_by(2).map(BlockId::from);
        let others = named.filter(|id| self.notes.iter().all(|block| block.id != *id));
        others.filter_map(|id| all.get(&id)).filter(|block| seen.insert(&block.id)).collect()
    }
}

fn notes_md(notes: &[&Block]) -> String {
    let notes: Vec<String> = notes
        .iter()
        .map(|block| format!("## {}  <!-- som:{} -->\n\n{}", block.title, block.id, block.body))
        .collect();
    sealed(&format!("# Notes\n\n{}\n\n<!-- {SEAL}\" -->\n", notes.join("\n\n").replace(SEAL, "")))
}

/// Returns a name that is allowed: letters, digits and single hyphens.
fn name(path: &str) -> String {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem).to_ascii_lowercase();
    let words = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let words = words.filter(|word| RESERVED.iter().all(|reserved| !word.contains(reserved)));
    let name: String = words.collect::<Vec<_>>().join("-").chars().take(MAX_NAME).collect();
    let name = name.trim_matches('-').to_owned();
    // A name in other letters.
    if name.is_empty() { format!("playbook-{}", sha256_hex(path.as_bytes()).prefix(6)) } else { name }
}

fn description(title: &str, first: &str) -> String {
    let title = title.trim().trim_end_matches('.');
    let text = match (title.is_empty(), first.is_empty()) {
        (false, false) => format!("{title}. {first}"),
        _ => format!("{title}{first}"),
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('<', "‹").replace('>', "›");
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    match text.char_indices().nth(MAX_DESCRIPTION) {
        None => text,
        Some(_) => text.chars().take(MAX_DESCRIPTION - 1).chain(['…']).collect(),
    }
}

fn first_line(text: &str) -> String {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

/// A text as a YAML scalar: a JSON string is one, with `"` around it.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(files: &[(&str, &str)]) -> Memory {
        let mut memory = Memory::default();
        for (path, text) in files {
            memory.insert(MemoryPath::new(path).unwrap(), text.as_bytes());
        }
        memory
    }

    #[test]
    fn a_playbook_is_a_skill_with_the_notes_that_it_names() {
        let memory = memory(&[
            (
                "playbooks/exchange-order.md",
                "# Exchange\r\n\r\n### When asked for “exchange”: `look`, then `swap`  <!-- som:w-1 -->\r\nWhen to use: \
                 the request says “exchange”.\r\nPitfalls: see `m-1`, `m-9`, `w-1`.\r\n",
            ),
            ("notes/a.md", "### Look first  <!-- som:m-1 -->\nBefore you swap.\n"),
        ]);
        let found = skills(&memory, false);
        let skill = &found.skills[0];
        assert_eq!((skill.name.as_str(), found.skills.len()), ("exchange-order", 1));
        assert_eq!(
            skill.description,
            "When asked for “exchange”: `look`, then `swap`. When to use: the request says “exchange”."
        );
        let paths: Vec<_> = skill.files.iter().map(|file| file.path).collect();
        assert_eq!(paths, [SKILL_FILE, NOTES_FILE]);
        assert!(
            skill.files[0].text.contains("<!-- som:w-1 -->\nWhen to use: the")
                && !skill.files[0].text.contains('\r')
        );
        assert!(
            skill.files[1]
                .text
                .starts_with("# Notes\n\n## Look first  <!-- som:m-1 -->\n\nBefore you swap.\n")
        );
        assert!(skill.files.iter().all(|file| origin(&file.text) == Origin::Ours));
    }

    #[test]
    fn what_a_person_changed_is_told_apart() {
        let memory = memory(&[("playbooks/a.md", "# A\n\nDo it.\n")]);
        let text = skills(&memory, false).skills[0].files[0].text.clone();
        assert_eq!(origin(&text), Origin::Ours);
        // Line endings that a version control system changed are nobody's edit.
        assert_eq!(origin(&text.replace('\n', "\r\n")), Origin::Ours);
        assert_eq!(origin(&text.replace("Do it.", "Do it now.")), Origin::Edited);
        assert_eq!(origin(&text.replace("name: a", "name: b")), Origin::Edited);
        assert_eq!(origin("---\nname: a\n---\n"), Origin::Foreign);
    }

    #[test]
    fn unconfirmed_and_empty_playbooks_are_left_out_and_listed() {
        let memory = memory(&[
            ("playbooks/a.md", "# A\n\n## Not yet confirmed\n\n### A  <!-- som:w-1 -->\nx\n"),
            ("playbooks/b.md", "\n \n"),
            ("playbooks/c.txt", "not Markdown"),
            ("archive/playbooks/d.md", "# D\n"),
        ]);
        let found = skills(&memory, false);
        assert!(found.skills.is_empty());
        assert_eq!(
            found.left_out.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
            ["playbooks/a.md", "playbooks/b.md"]
        );
        assert_eq!(skills(&memory, true).skills.len(), 1);
    }

    #[test]
    fn names_are_allowed_ones_and_differ() {
        assert_eq!(name("Über_den--Tag!.md"), "ber-den-tag");
        assert_eq!(name("use-claude-code.md"), "use-code");
        assert!(name("日本.md").starts_with("playbook-"));
        assert_eq!(name(&format!("{}.md", "ab-".repeat(40))).len(), 64);
        let memory = memory(&[("playbooks/a b.md", "# 1\n"), ("playbooks/a-b.md", "# 2\n")]);
        let names: BTreeSet<_> = skills(&memory, false).skills.into_iter().map(|skill| skill.name).collect();
        assert_eq!(names.len(), 2);
    }
}
