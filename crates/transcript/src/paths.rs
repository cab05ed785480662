//! From what a person typed (files, folders, globs) to the files to read.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::ReadError;

/// Returns the files that `inputs` name, sorted and without duplicates: a file is itself, a folder is every
/// file under it (hidden files and folders left out), anything else is tried as a glob pattern.
///
/// # Errors
///
/// [`ReadError::NotFound`] for a path that does not exist and matches nothing as a pattern.
pub fn expand(inputs: &[PathBuf]) -> Result<Vec<PathBuf>, ReadError> {
    let mut files = Vec::new();
    for input in inputs {
        if input.is_dir() {
            walk(input, &mut files);
        } else if input.exists() {
            files.push(input.clone());
        } else {
            expand_glob(input, &mut files)?;
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let visible = |entry: &walkdir::DirEntry| {
        entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
    };
    let entries = WalkDir::new(folder).into_iter().filter_entry(visible);
    files.extend(entries.filter_map(|entry| match entry {
        Ok(entry) => entry.file_type().is_file().then(|| entry.into_path()),
        // What cannot be entered is read like a file, fails, and so is listed.
        Err(error) => error.path().map(Path::to_owned),
    }));
}

fn expand_glob(input: &Path, files: &mut Vec<PathBuf>) -> Result<(), ReadError> {
    let not_found = || ReadError::NotFound { path: input.to_owned() };
    let pattern = input.to_str().ok_or_else(not_found)?;
    if !pattern.contains(['*', '?', '[']) {
        return Err(not_found());
    }
    let matches =
        glob::glob(pattern).map_err(|source| ReadError::Pattern { pattern: pattern.to_owned(), source })?;
    let before = files.len();
    for path in matches.flatten() {
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
    if files.len() == before { Err(not_found()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_patterns_and_files_are_expanded_once_each() {
        let root = tempfile::tempdir().expect("a folder");
        let path = |name: &str| root.path().join(name);
        std::fs::create_dir_all(path("a/.hidden")).expect("folders");
        for name in ["a/2.jsonl", "a/1.json", "a/.hidden/3.jsonl", "a/.secret", "b[1].json"] {
            std::fs::write(path(name), "{}").expect("a file");
        }
        let all = expand(&[path("a"), path("a/*.json"), path("a/1.json")]).expect("files");
        assert_eq!(all, [path("a/1.json"), path("a/2.jsonl")]);
        // A name that looks like a pattern but exists is itself.
        assert_eq!(expand(&[path("b[1].json")]).expect("a file"), [path("b[1].json")]);
        let missing = [path("none"), path("none*"), path("a/***")];
        let errors = missing.map(|path| expand(&[path]).map_err(|error| error.code()));
        assert_eq!(errors, [Err("SOM002"), Err("SOM002"), Err("SOM030")]);
    }
}
