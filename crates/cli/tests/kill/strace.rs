//! The system calls of a command that change a file, and killing it right before one.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output};

/// Calls that change what is on a disk. A call that fails is killed before, too: there the disk is as it was.
const CALLS: &str = "write,pwrite64,writev,pwritev,pwritev2,openat,creat,truncate,ftruncate,fallocate,rename,renameat,renameat2,\
                     link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat,chmod,fchmod,fchmodat,\
                     copy_file_range,sendfile";

/// The n-th call of a name, counted from 1 as `strace` counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    pub call: String,
    pub nth: usize,
    /// As the trace has it.
    pub line: String,
}

/// Tells whether `strace` works here. Where tests have to be complete, its absence is a failure.
pub fn is_there() -> bool {
    let works = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).output();
    let works = works.is_ok_and(|output| output.status.success());
    assert!(works || std::env::var_os("CI").is_none(), "strace is not there, or may not trace");
    if !works {
        println!("skipped: strace is not there, or may not trace");
    }
    works
}

/// Returns the command that runs `args` under `strace` with `options`. Only the main thread is traced, unless all
/// `threads` are.
fn under(options: &[&str], threads: bool, args: &[String]) -> Command {
    let mut command = Command::new("strace");
    command.args(["-qq", "-y"]).args(threads.then_some("-f")).args(options).args(args);
    command
}

/// Runs a command to its end; returns what it left, and the calls before which it can be killed, in their order.
pub fn trace(
    args: &[String],
    threads: bool,
    log: &Path,
    run: &dyn Fn(Command) -> Output,
) -> (Output, Vec<Point>) {
    let trace = format!("trace={CALLS}");
    let output = run(under(&["-o", log.to_str().unwrap(), "-e", &trace], threads, args));
    (output, points(&fs::read_to_string(log).unwrap(), threads))
}

fn points(trace: &str, threads: bool) -> Vec<Point> {
    let mut counts: std::collections::BTreeMap<(String, String), usize> = std::collections::BTreeMap::new();
    let mut points = Vec::new();
    for line in trace.lines() {
        let (thread, rest) = if threads { line.split_once(' ').unwrap_or(("", line)) } else { ("", line) };
        let Some((call, arguments)) = rest.trim_start().split_once('(') else { continue };
        if call.contains(' ') {
            continue; // `<... write resumed>`
        }
        let nth = counts.entry((thread.to_owned(), call.to_owned())).or_default();
        *nth += 1;
        if changes_a_file(call, arguments) {
            points.push(Point { call: call.to_owned(), nth: *nth, line: rest.to_owned() });
        }
    }
    points
}

fn changes_a_file(call: &str, arguments: &str) -> bool {
    match call {
        "openat" => arguments.contains("O_CREAT") || arguments.contains("O_TRUNC"),
        "write" | "writev" | "pwrite64" | "pwritev" | "pwritev2" => {
            // `5</path>`: not a terminal, a pipe, a socket, an event.
            let of = arguments.split_once('<').map_or("", |(_, of)| of);
            of.starts_with('/') && !of.starts_with("/dev/")
        }
        _ => true,
    }
}

/// Runs a command and kills it right before a call. Returns whether it got there.
pub fn kill(args: &[String], threads: bool, at: &Point, run: &dyn Fn(Command) -> Output) -> bool {
    let trace = format!("trace={}", at.call);
    let inject = format!("inject={}:signal=SIGKILL:when={}", at.call, at.nth);
    let output = run(under(&["-o", "/dev/null", "-e", &trace, "-e", &inject], threads, args));
    output.status.signal() == Some(9)
}

#[test]
fn calls_that_change_files_are_told_from_others() {
    let trace = "\
openat(AT_FDCWD</w>, \"/lib/x\", O_RDONLY|O_CLOEXEC) = 3</lib/x>
openat(AT_FDCWD</w>, \"/w/a\", O_WRONLY|O_CREAT|O_EXCL, 0666) = 3</w/a>
write(3</w/a>, \"x\", 1) = 1
write(1</dev/null>, \"x\", 1) = 1
write(1<pipe:[7]>, \"x\", 1) = 1
rename(\"/w/a\", \"/w/b\") = 0
";
    let found: Vec<_> = points(trace, false).into_iter().map(|point| (point.call, point.nth)).collect();
    let expected = [("openat", 2), ("write", 1), ("rename", 1)];
    assert_eq!(found, expected.map(|(call, nth)| (call.to_owned(), nth)));
    let threads = "7 write(3</w/a>, \"x\", 1 <unfinished ...>\n8 write(4</w/b>, \"x\", 1) = 1\n7 <... write resumed>) = 1\n";
    let found: Vec<_> = points(threads, true).into_iter().map(|point| point.nth).collect();
    assert_eq!(found, [1, 1]);
}
