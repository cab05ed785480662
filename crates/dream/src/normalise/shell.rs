//! Sees through shell command lines: which programs run, with which subcommand.
//!
//! Not a shell: quotes, operators and the usual prefixes are understood, everything else is a word. That is
//! enough to tell `cd x && timeout 5 git -C y commit -m "a; b" | tail` to be `git commit` and `tail`.

use std::collections::BTreeSet;

use serde_json::Value;

/// Tools that run a command line, by their usual names in lower case.
const SHELL_TOOLS: &[&str] = &[
    "bash",
    "shell",
    "sh",
    "zsh",
    "exec",
    "exec_command",
    "execute_bash",
    "execute_command",
    "local_shell",
    "run_command",
    "run_shell_command",
    "run_terminal_cmd",
    "terminal",
    "powershell",
    "container.exec",
    "bash_code_execution",
];

/// Words in front of a command that are not the command, with the number of operands they take.
const PREFIXES: &[(&str, usize)] = &[
    ("sudo", 0),
    ("time", 0),
    ("nohup", 0),
    ("command", 0),
    ("exec", 0),
    ("env", 0),
    ("timeout", 1),
    ("nice", 0),
    ("xargs", 0),
    ("then", 0),
    ("do", 0),
    ("else", 0),
    ("!", 0),
    ("{", 0),
    ("(", 0),
];

/// Words that set the stage for a command and say nothing by themselves.
const SETTING: &[&str] = &[
    "cd", "export", "set", "source", ".", "pushd", "popd", "true", ":", "sleep", "unset", "fi", "done", "}",
    ")", "if", "for", "while", "[", "[[",
];

/// Programs whose first plain argument says what they do.
const WITH_SUBCOMMAND: &[&str] = &[
    "git",
    "gh",
    "go",
    "cargo",
    "npm",
    "npx",
    "pnpm",
    "yarn",
    "bun",
    "uv",
    "pip",
    "pip3",
    "poetry",
    "docker",
    "kubectl",
    "mise",
    "make",
    "just",
    "brew",
    "apt",
    "apt-get",
    "systemctl",
    "terraform",
    "aws",
    "gcloud",
    "az",
    "dotnet",
    "mvn",
    "gradle",
    "rustup",
    "conda",
    "bundle",
    "rails",
    "rake",
    "php",
    "composer",
    "helm",
    "tox",
    "nox",
    "bazel",
    "deno",
];

/// Subcommands that only say "run this script": the script's name belongs to the symbol.
const RUNNERS: &[&str] = &["run", "exec", "x", "tool"];

/// Programs that only look.
pub(crate) const READERS: &[&str] = &[
    "cat",
    "ls",
    "head",
    "tail",
    "sed",
    "grep",
    "egrep",
    "rg",
    "find",
    "fd",
    "echo",
    "printf",
    "pwd",
    "wc",
    "less",
    "more",
    "tree",
    "stat",
    "awk",
    "nl",
    "cut",
    "sort",
    "uniq",
    "tr",
    "tee",
    "jq",
    "column",
    "which",
    "diff",
    "git status",
    "git log",
    "git diff",
    "git show",
    "git blame",
    "git branch",
    "date",
    "true",
];

/// Returns the program that a command line is about: the last one that does more than look, else the first.
pub(crate) fn main_program(programs: &[String]) -> Option<&str> {
    let works = |program: &&String| !READERS.contains(&program.as_str());
    programs.iter().rfind(works).or_else(|| programs.first()).map(String::as_str)
}

/// Returns whether `tool` runs command lines, and the command line it was given.
pub fn command_line(tool: &str, input: &Value) -> Option<String> {
    let name = tool.rsplit("__").next().unwrap_or(tool).to_lowercase();
    if !SHELL_TOOLS.contains(&name.as_str()) {
        return None;
    }
    if let Value::String(text) = input {
        return Some(text.clone());
    }
    let command =
        ["command", "cmd", "script", "code", "commands", "input"].iter().find_map(|key| input.get(key))?;
    match command {
        Value::String(text) => Some(text.clone()),
        Value::Array(words) => {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            match words.as_slice() {
                // `["bash", "-lc", "the real line"]`
                [shell, flag, line]
                    if flag.starts_with('-') && flag.ends_with('c') && shell.ends_with("sh") =>
                {
                    Some((*line).to_owned())
                }
                words => Some(words.join(" ")),
            }
        }
        _ => None,
    }
}

/// Returns the programs of a command line in order, each with its subcommand where it has one.
pub fn programs(line: &str) -> Vec<String> {
    simple_commands(line).iter().filter_map(|words| program(words)).collect()
}

/// Returns the flags given to one program of a command line (`--quiet`, `-n`), without their values.
pub(crate) fn flags(line: &str, of: &str) -> BTreeSet<String> {
    let commands = simple_commands(line).into_iter().filter(|words| program(words).as_deref() == Some(of));
    let flags = commands.flatten().filter(|word| word.starts_with('-') && word.len() > 1);
    let names = flags.map(|word| word.split('=').next().unwrap_or(&word).to_owned());
    let is_name = |name: &String| name.chars().all(|c| c == '-' || c.is_ascii_alphabetic());
    // `-pVALUE` is a flag with its value: a long word behind a single dash is not a name.
    names.filter(|name| is_name(name) && (name.starts_with("--") || name.len() <= 5)).collect()
}

pub(super) fn program(words: &[String]) -> Option<String> {
    let mut words = words.iter().map(String::as_str).peekable();
    let name = loop {
        let word = words.next()?;
        if is_assignment(word) {
            continue;
        }
        let word = word.trim_start_matches(['(', '{', '!']);
        if word.is_empty() {
            continue;
        }
        let base = word.rsplit('/').next().unwrap_or(word);
        let Some((_, operands)) = PREFIXES.iter().find(|(prefix, _)| *prefix == base) else { break word };
        while words.peek().is_some_and(|word| word.starts_with('-')) {
            words.next();
        }
        for _ in 0..*operands {
            words.next();
        }
    };
    if SETTING.contains(&name) || name.starts_with(['#', '$', '<', '>', '-']) {
        return None;
    }
    let base = name.rsplit('/').next().unwrap_or(name);
    let plausible = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | ':' | '@');
    if base.is_empty() || base.len() > 40 || !base.chars().all(plausible) {
        return None;
    }
    let base = match base {
        versioned if versioned.starts_with("python") => "python",
        other => other,
    };
    let mut symbol = base.to_owned();
    if base == "python" {
        // `python -m pytest` is pytest.
        if words.next_if(|word| *word == "-m").is_some()
            && let Some(module) = words.next()
        {
            return Some(module.to_owned());
        }
    } else if WITH_SUBCOMMAND.contains(&base) {
        let mut skip_operand = false;
        for word in words {
            if std::mem::take(&mut skip_operand) {
                continue;
            }
            if word.starts_with('-') {
                skip_operand = matches!(word, "-C" | "-c" | "--prefix" | "--cwd" | "-p" | "--manifest-path");
                continue;
            }
            if !word.chars().all(plausible) {
                break;
            }
            symbol.push(' ');
            symbol.push_str(word);
            if !RUNNERS.contains(&word) {
                break;
            }
        }
    }
    Some(symbol)
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Cuts a line into simple commands (lists of words) at `;`, `&`, `|` and line breaks outside quotes. The
/// bodies of here-documents are left out.
pub(super) fn simple_commands(line: &str) -> Vec<Vec<String>> {
    let (mut commands, mut words, mut word) = (Vec::new(), Vec::new(), String::new());
    let mut quote: Option<char> = None;
    let mut here_documents: Vec<String> = Vec::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some('"'), '\\') | (None, '\\') => {
                let Some(next) = rest.chars().next() else { break };
                rest = &rest[next.len_utf8()..];
                if next != '\n' {
                    word.push(next);
                }
            }
            (Some(_), _) => word.push(c),
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '<') if rest.starts_with('<') && !rest.starts_with("<<") => {
                let tail = rest[1..].trim_start_matches('-').trim_start();
                let end = tail.find(|c: char| c.is_whitespace() || matches!(c, ')' | ';' | '|' | '&' | '>'));
                let name = tail[..end.unwrap_or(tail.len())].trim_matches(['\'', '"', '\\']);
                if !name.is_empty() {
                    here_documents.push(name.to_owned());
                }
                rest = &tail[end.unwrap_or(tail.len())..];
            }
            (None, ';' | '&' | '|' | '\n') => {
                // `2>&1` and `&>` are redirections, not separators.
                if c == '&' && (word.ends_with(['>', '<']) || rest.starts_with('>')) {
                    word.push(c);
                    continue;
                }
                end_word(&mut word, &mut words);
                end_command(&mut words, &mut commands);
                if c == '\n' {
                    for name in here_documents.drain(..) {
                        rest = after_here_document(rest, &name);
                    }
                }
            }
            (None, _) if c.is_whitespace() => end_word(&mut word, &mut words),
            (None, _) => word.push(c),
        }
    }
    end_word(&mut word, &mut words);
    end_command(&mut words, &mut commands);
    commands
}

fn end_word(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

fn end_command(words: &mut Vec<String>, commands: &mut Vec<Vec<String>>) {
    if !words.is_empty() {
        commands.push(std::mem::take(words));
    }
}

fn after_here_document<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = after;
        if line.trim().trim_end_matches(')') == name {
            break;
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn programs_of_real_looking_lines() {
        let cases: &[(&str, &[&str])] = &[
            ("cd x && timeout 5 git -C y commit -m \"a; b\" | tail -3", &["git commit", "tail"]),
            ("FOO=1 python3 -m pytest -q tests 2>&1 | head", &["pytest", "head"]),
            ("mise run test:ci && golangci-lint run ./...", &["mise run test:ci", "golangci-lint"]),
            ("cat <<'EOF' > a.py\nimport os; rm -rf x\nEOF\npython a.py", &["cat", "python"]),
            ("/usr/bin/env FOO=bar node x.js", &["node"]),
            ("git add a && git commit -m \"$(cat <<'EOF'\nfix: b\nEOF\n)\"", &["git add", "git commit"]),
            ("npm run build; pnpm -C app test", &["npm run build", "pnpm test"]),
            ("", &[]),
        ];
        for (line, want) in cases {
            assert_eq!(programs(line), *want, "{line}");
        }
    }

    #[test]
    fn command_lines_of_several_tools() {
        assert_eq!(command_line("Bash", &json!({"command": "ls"})).as_deref(), Some("ls"));
        assert_eq!(
            command_line("shell", &json!({"command": ["bash", "-lc", "ls -l"]})).as_deref(),
            Some("ls -l")
        );
        assert_eq!(command_line("mcp__box__bash", &json!("pwd")).as_deref(), Some("pwd"));
        assert_eq!(command_line("Read", &json!({"command": "ls"})), None);
    }
}
