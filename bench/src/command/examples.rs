//! `somnium-bench examples`: writes the example sessions, and the key of what is planted in them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use somnium_bench::fleet;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder to write to; the sessions go to `sessions/` in it.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Chooses wording, ids, numbers and times. What is planted where does not depend on it.
    #[arg(long, default_value_t = fleet::DEFAULT_SEED)]
    seed: u64,
    /// Also writes the answer key, as JSON, to this file.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let examples = fleet::examples(args.seed).context("cannot make the example sessions")?;
    for (path, text) in &examples.files {
        write(&args.out.join(path), text)?;
    }
    if let Some(path) = &args.key {
        write(path, &examples.key_json().context("cannot write the key as JSON")?)?;
    }
    let bytes: usize = examples.files.values().map(String::len).sum();
    println!(
        "wrote {} sessions in {} files, {} kB, seed {}",
        examples.sessions,
        examples.files.len(),
        bytes / 1000,
        args.seed
    );
    Ok(())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}
