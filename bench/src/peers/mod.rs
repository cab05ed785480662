//! Our stages beside what people use instead, in one run on one machine.
//!
//! Every figure is processor time: what else the machine does falls on all alike. The others are installed from
//! PyPI into an environment of their own; one that cannot be is listed as skipped.

mod inputs;
mod ours;
mod table;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

pub use table::{STAGES, Stage};

/// The driver of the others.
const DRIVER: &str = include_str!("peers.py");

/// One run of one stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Processor seconds.
    pub seconds: f64,
    /// How much was done in them.
    pub units: f64,
    /// What came out, to be compared.
    pub result: String,
}

impl Measured {
    /// Returns how much is done in a second.
    pub fn rate(&self) -> f64 {
        self.units / self.seconds.max(1e-9)
    }
}

/// Where a comparison keeps its things.
#[derive(Clone, Debug)]
pub struct Workshop {
    folder: PathBuf,
}

impl Workshop {
    /// Makes the inputs and the environment under `folder`.
    ///
    /// # Errors
    ///
    /// If they cannot be written. An environment that cannot be made is no error: then all others are skipped.
    pub fn open(folder: &Path) -> Result<Self> {
        let workshop = Self { folder: folder.to_owned() };
        inputs::write(&workshop.inputs())?;
        std::fs::write(folder.join("peers.py"), DRIVER).context("cannot write the driver of the others")?;
        if !workshop.python().exists() {
            let made = Command::new("python3").args(["-m", "venv"]).arg(folder.join("venv")).status();
            if !made.is_ok_and(|status| status.success()) {
                eprintln!("warning: there is no Python environment to be had; the others are skipped");
            }
        }
        Ok(workshop)
    }

    /// Runs one of our stages, in this process.
    ///
    /// # Errors
    ///
    /// If the stage is unknown, an input is missing, or the system does not tell processor times.
    pub fn ours(&self, stage: &str) -> Result<Measured> {
        ours::measure(stage, &self.inputs())
    }

    /// Installs a tool. What is installed already is left as it is.
    ///
    /// # Errors
    ///
    /// If it cannot be installed, with the reason's last line.
    pub fn install(&self, package: &str) -> Result<()> {
        let arguments = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", package];
        let output = Command::new(self.python()).args(arguments).output().context("there is no Python")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}", said.lines().last().unwrap_or("pip failed"));
        Ok(())
    }

    /// Runs one of the others.
    ///
    /// # Errors
    ///
    /// If it fails, with the reason's last line.
    pub fn theirs(&self, stage: &str, tool: &str) -> Result<Measured> {
        let driver = self.folder.join("peers.py");
        let output = Command::new(self.python())
            .arg(driver)
            .args([stage, tool])
            .arg(self.inputs())
            .output()
            .context("there is no Python")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("{}", said.lines().last().unwrap_or("it failed"));
        }
        serde_json::from_slice(&output.stdout).context("it printed something else than a figure")
    }

    fn inputs(&self) -> PathBuf {
        self.folder.join("inputs")
    }

    fn python(&self) -> PathBuf {
        self.folder.join("venv").join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
    }
}

/// Returns the run in the middle by rate; `None` of none.
pub fn median(mut runs: Vec<Measured>) -> Option<Measured> {
    runs.sort_by(|a, b| a.rate().total_cmp(&b.rate()));
    let middle = runs.len() / 2;
    runs.into_iter().nth(middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_is_known_to_both_sides() {
        let nowhere = Workshop { folder: PathBuf::from("no-such-folder") };
        for stage in STAGES {
            let error = nowhere.ours(stage.name).unwrap_err().to_string();
            assert!(error.starts_with("cannot read"), "{}: {error}", stage.name);
            for peer in stage.peers {
                assert!(DRIVER.contains(&format!("    \"{}\": ", peer.name)), "{} has no driver", peer.name);
            }
        }
        assert!(nowhere.ours("tea").is_err());
        assert!(nowhere.theirs("parse", "orjson").is_err(), "without an environment there is no figure");
    }

    #[test]
    fn the_run_in_the_middle_counts() {
        let run = |seconds| Measured { seconds, units: 1.0, result: String::new() };
        assert_eq!(median(vec![run(9.0), run(1.0), run(2.0)]), Some(run(2.0)));
        assert_eq!(median(Vec::new()), None);
    }
}
