//! A memory in the forms that agents and editors load.
//!
//! | form | made by | read by |
//! | --- | --- | --- |
//! | a folder with a `SKILL.md` for each playbook | [`skills`] | whatever loads Agent Skills |
//! | a section between two markers of a file | [`put_section`], with [`index_section`], [`notes_section`] or [`import_section`] | `AGENTS.md`, `CLAUDE.md` |
//! | the folder itself | [`check_links`] says whether its links lead somewhere | Obsidian |
//!
//! All of it is a function of the [`Memory`](crate::Memory); nothing here writes.

mod links;
mod section;
mod skill;
mod words;

pub use links::{BrokenLink, LinkReport, check_links};
pub use section::{SECTION_END, SECTION_START, SectionError, has_section, put_section, take_section};
pub use skill::{Origin, SKILL_FILE, Skill, SkillFile, Skills, origin, skills};
pub use words::{Section, import_section, index_section, notes_section};
