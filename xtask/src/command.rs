//! Starting other programs.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

/// Returns the `cargo` that started this chore, so that the same toolchain does the rest.
pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Runs `program` in `root` with our own output streams; tells whether it ended well.
pub(crate) fn run(root: &Path, program: &str, args: &[&str], env: &[(&str, &str)]) -> Result<bool> {
    println!("$ {program} {}", args.join(" "));
    let status = Command::new(program)
        .args(args)
        .envs(env.iter().copied())
        .current_dir(root)
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("starting `{program}`"))?;
    Ok(status.success())
}

/// Returns what `program` prints on its standard output, or `None` when it is absent or fails.
pub(crate) fn output_of(root: &Path, program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).current_dir(root).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Tells whether `program` is there and answers `args` with success.
pub(crate) fn answers(root: &Path, program: &str, args: &[&str]) -> bool {
    output_of(root, program, args).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_program_answers_nothing() {
        let here = Path::new(".");
        assert!(answers(here, &cargo(), &["--version"]));
        assert!(!answers(here, "no-such-program-anywhere", &["--version"]));
        assert!(!answers(here, &cargo(), &["no-such-subcommand"]));
        assert!(run(here, "no-such-program-anywhere", &[], &[]).is_err());
    }
}
