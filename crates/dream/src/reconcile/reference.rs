//! What a note names: files, programs with their subcommands, flags. And which steps of a session use them.

use super::reading::Reading;
use crate::normalise::{Class, Failure, Step, shell};

/// Words that say that something named does not work: then its failing bears the note out.
const NEGATIVE: &[&str] = &[
    "not",
    "no",
    "never",
    "missing",
    "unavailable",
    "fails",
    "failed",
    "failing",
    "fail",
    "broken",
    "instead",
    "gone",
    "removed",
    "deprecated",
    "error",
    "errors",
    "without",
    "cannot",
    "can't",
    "doesn't",
    "don't",
    "isn't",
    "avoid",
    "deleted",
    "absent",
    "lacks",
    "wrong",
    "unsupported",
    "obsolete",
    "longer",
];
/// What a failure is of that says that the thing named is not there.
const GONE: &[Class] = &[
    Class::CommandNotFound,
    Class::MissingDependency,
    Class::FileNotFound,
    Class::UndefinedName,
    Class::Configuration,
    Class::InvalidArgument,
    Class::NotFound,
];
/// The words of programs whose failures have no class of their own, in lower case.
const SAYS_GONE: &[&str] = &[
    "no rule to make",
    "no such",
    "unknown",
    "unrecognized",
    "unrecognised",
    "unexpected argument",
    "unexpected option",
    "not recognized",
    "no longer exists",
];
/// Programs that name a file without needing it, or take it away.
const INDIFFERENT: &[&str] = &[
    "grep", "egrep", "rg", "find", "fd", "echo", "printf", "rm", "rmdir", "git rm", "git log", "unlink",
    "test",
];
/// Fewest letters of a name that is looked for.
const MIN_NAME: usize = 2;

/// One thing that is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reference {
    /// A file or folder: the parts of its path.
    Path(Vec<String>),
    /// A program with its subcommand, or a tool.
    Name(String),
    /// A flag, of a program where that is known.
    Flag(Option<String>, String),
}

/// How a step bears on a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It used it, and it was there.
    Worked,
    /// It was told that there is no such thing.
    Missing,
}

impl Reference {
    /// Returns it as people write it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Path(parts) => parts.join("/"),
            Self::Name(name) => name.clone(),
            Self::Flag(Some(program), flag) => format!("{program} {flag}"),
            Self::Flag(None, flag) => flag.clone(),
        }
    }

    /// Returns what a step says about it.
    pub(super) fn used_in(&self, step: &Step) -> Option<Use> {
        let (is_used, mark) = match self {
            Self::Path(parts) => (tokens(step).any(|token| is_path(parts, token)), parts.last()?.as_str()),
            Self::Name(name) => {
                let is_used = step.tool == *name || step.programs.iter().any(|program| program == name);
                (is_used, name.rsplit(' ').next()?)
            }
            Self::Flag(program, flag) => {
                let runs = program.as_ref().is_none_or(|program| step.programs.contains(program));
                let has = tokens(step).any(|token| token.split('=').next() == Some(flag));
                (runs && has, flag.as_str())
            }
        };
        if !is_used {
            return None;
        }
        match &step.failure {
            Some(failure) => says_missing(failure, mark).then_some(Use::Missing),
            None => (step.ok && self.needs(step)).then_some(Use::Worked),
        }
    }

    /// Whether a step that went well shows that the thing is there.
    fn needs(&self, step: &Step) -> bool {
        let indifferent = |program: &String| INDIFFERENT.contains(&program.as_str());
        !matches!(self, Self::Path(_)) || step.programs.is_empty() || !step.programs.iter().all(indifferent)
    }
}

fn says_missing(failure: &Failure, mark: &str) -> bool {
    let line = failure.line.to_lowercase();
    let is_gone = GONE.contains(&failure.class) || SAYS_GONE.iter().any(|words| line.contains(words));
    !failure.external && is_gone && contains_word(&failure.line, mark)
}

/// Whether a text holds a name, and not as a part of a longer one.
fn contains_word(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part))
}

/// Returns the words of a call's arguments.
fn tokens(step: &Step) -> impl Iterator<Item = &str> {
    let is_border = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | ')' | ';' | ',' | '|' | '<' | '>' | '&')
    };
    step.args.iter().flat_map(move |arg| arg.value.split(is_border)).filter(|token| !token.is_empty())
}

/// Whether a token is the path, wherever the working folder is. A bare name is only meant where it stands alone, or
/// directly in a folder that is named absolutely or from here.
fn is_path(parts: &[String], token: &str) -> bool {
    let token = token.split_once('=').map_or(token, |(_, value)| value);
    let token: Vec<&str> = split(token).collect();
    let (wanted, there) = (parts.len(), token.len());
    there >= wanted && (wanted > 1 || there == 1) && token[there - wanted..].iter().eq(parts)
}

fn split(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty() && !matches!(*part, "." | "~"))
}

/// Returns what a note names; nothing where it says that something does not work.
pub(super) fn of(text: &str, reading: &Reading) -> Vec<Reference> {
    let negative = |word: &str| NEGATIVE.contains(&word.to_lowercase().as_str());
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '\'');
    if !reading.denied.is_empty() || words.any(negative) {
        return Vec::new();
    }
    let mut references: Vec<Reference> = Vec::new();
    for value in &reading.values {
        of_value(&value.text, &mut references);
    }
    references.sort();
    references.dedup();
    references
}

fn of_value(value: &str, references: &mut Vec<Reference>) {
    if value.contains("://") || value.contains(['*', '<', '{', '$']) {
        return;
    }
    let words: Vec<&str> = value.split_whitespace().collect();
    let programs = shell::programs(value);
    let is_command = words.len() > 1;
    if is_command {
        references.extend(programs.iter().map(|name| Reference::Name(name.clone())));
    }
    for word in words {
        if word.starts_with("--") {
            let flag = word.split('=').next().unwrap_or(word).to_owned();
            references.push(Reference::Flag(programs.first().cloned(), flag));
        } else if looks_like_a_path(word) {
            references.push(Reference::Path(split(word).map(str::to_owned).collect()));
        } else if !is_command && word.len() >= MIN_NAME && word.starts_with(char::is_alphabetic) {
            references.push(Reference::Name(word.to_owned()));
        }
    }
}

fn looks_like_a_path(word: &str) -> bool {
    let is_file = word.rsplit_once('.').is_some_and(|(stem, ending)| {
        !stem.is_empty()
            && (1..=5).contains(&ending.len())
            && ending.starts_with(|c: char| c.is_ascii_alphabetic())
    });
    (word.contains('/') || is_file) && !word.starts_with('-') && split(word).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::reading::read;

    fn named(text: &str) -> Vec<String> {
        of(text, &read(text)).iter().map(Reference::shown).collect()
    }

    #[test]
    fn files_programs_and_flags_are_named() {
        assert_eq!(named("Settings are in `conf/app.yml`."), ["conf/app.yml"]);
        assert_eq!(named("Run `make check --fast` first"), ["make check", "make check --fast"]);
        assert_eq!(named("The linter is `golint`"), ["golint"]);
        assert_eq!(named("`file` is missing here, take `od`"), [""; 0]);
        assert_eq!(named("see `https://a.example/x.md`"), [""; 0]);
    }

    #[test]
    fn a_path_is_known_in_any_folder_and_a_bare_name_only_alone() {
        let parts = |path: &str| split(path).map(str::to_owned).collect::<Vec<_>>();
        assert!(is_path(&parts("conf/app.yml"), "/srv/x/conf/app.yml"));
        assert!(!is_path(&parts("conf/app.yml"), "/srv/x/myconf/app.yml"));
        assert!(is_path(&parts("app.yml"), "./app.yml"));
        assert!(!is_path(&parts("app.yml"), "other/app.yml"));
    }
}
