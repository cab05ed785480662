//! The control: a writer that is not whole is found out, and one that is passes.

use crate::harness::{Stage, Verdict, Victim, kill};
use crate::strace;

fn kill_shell(script: &str) -> Option<Verdict> {
    if !strace::is_there() {
        return None;
    }
    let mut stage = Stage::new(&[]);
    let words = ["sh", "-c", script].map(str::to_owned).to_vec();
    let victim = Victim { words, stdin: "", threads: false, between: None, by_file: false };
    let verdict = kill(&mut stage, &victim, usize::MAX);
    assert!(verdict.killed > 0);
    Some(verdict)
}

#[test]
fn two_files_written_one_after_the_other_are_found_out() {
    let Some(verdict) = kill_shell("echo new > memory/plain.md; echo new > memory/own.md") else { return };
    let between = verdict.faults.iter().filter(|fault| fault.contains("own.md")).count();
    assert!(between > 0, "{verdict:?}");
}

#[test]
fn a_file_written_over_is_found_out() {
    let Some(verdict) = kill_shell("echo new > memory/plain.md") else { return };
    // Between cutting it to nothing and writing.
    assert!(verdict.faults.iter().any(|fault| fault.contains("write(")), "{verdict:?}");
}

#[test]
fn a_draft_that_stays_is_found_out_and_one_that_is_put_in_place_is_not() {
    let write = "rm -f memory/.tmp; echo new > memory/.tmp; mv memory/.tmp memory/plain.md";
    let Some(verdict) = kill_shell(write) else { return };
    assert_eq!(verdict.faults, [""; 0]);
    let Some(verdict) = kill_shell("echo new > memory/.tmp$$; mv memory/.tmp$$ memory/plain.md") else {
        return;
    };
    assert!(verdict.faults.iter().any(|fault| fault.contains("litter stays")), "{verdict:?}");
}
