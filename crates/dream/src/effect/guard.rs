//! A guard for a note that is read and broken: a rule is not a barrier, a hook is.
//!
//! What is proposed is a hook of Claude Code (`PreToolUse`): before a call of the tool it asks the person, with the
//! note's text. It is one line of POSIX shell without any program of ours, so that who reads it knows what it does. It
//! is printed and never installed.

use serde_json::{Value, json};

use super::report::Guard;
use crate::detect::Detail;
use crate::gate::Judged;
use crate::ledger::{ANY_TOOL, Key};
use crate::report::ASK_STEP;

/// The page of proposed hooks. No agent loads it.
pub(crate) const HOOKS: &str = "hooks.md";
/// The shell of Claude Code, which sessions of all agents call `bash`.
const SHELL: (&str, &str) = ("bash", "Bash");
/// Stands for the tool where a silent mistake is about what is said.
const RESPOND: &str = "RESPOND";

/// Returns the guard against a claim's mistake; `None` where it is not about a tool.
pub(crate) fn propose(claim: &Judged, title: &str) -> Option<Guard> {
    let (tool, program) = match &claim.detail {
        Detail::Mistake(loud) => {
            let Key::Mistake { tool, program, .. } = &loud.key;
            (tool.clone(), program.clone().or_else(|| loud.program.clone()))
        }
        Detail::Silent(silent) => (silent.feature.tool.clone(), None),
        _ => return None,
    };
    if [ANY_TOOL, RESPOND, ASK_STEP].contains(&tool.as_str()) {
        return None;
    }
    let matcher = if tool == SHELL.0 { SHELL.1.to_owned() } else { literal(&tool) };
    let reason = format!("{title} (note {})", claim.id);
    let settings = settings(&matcher, program.as_deref(), &reason);
    Some(Guard { tool, program, reason, settings })
}

fn settings(matcher: &str, program: Option<&str>, reason: &str) -> Value {
    let answer = json!({"hookSpecificOutput": {
        "hookEventName": "PreToolUse",
        "permissionDecision": "ask",
        "permissionDecisionReason": reason,
    }});
    let print = format!("printf '%s' {}", quoted(&answer.to_string()));
    // The call comes in as JSON: a program's name stands in it behind a blank, a quotation mark or a separator.
    let command = match program.and_then(|program| program.split_whitespace().next()) {
        Some(program) => {
            let pattern = format!("(^|[^[:alnum:]_.-]){}([^[:alnum:]_-]|$)", literal(program));
            format!("if grep -Eq {}; then {print}; fi", quoted(&pattern))
        }
        None => print,
    };
    json!({"hooks": {"PreToolUse": [
        {"matcher": matcher, "hooks": [{"type": "command", "command": command}]},
    ]}})
}

/// Makes a name match only itself, in the regular expressions of hooks and of `grep -E` alike.
fn literal(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars() {
        if "\\.^$|?*+()[]{}".contains(c) {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(program: Option<&str>, reason: &str) -> String {
        let settings = settings("Bash", program, reason);
        settings["hooks"]["PreToolUse"][0]["hooks"][0]["command"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_name_matches_only_itself() {
        assert_eq!(literal("mcp__a.b"), r"mcp__a\.b");
        assert_eq!(literal("g++"), r"g\+\+");
    }

    #[test]
    fn a_guard_is_shell_that_survives_any_text() {
        let command = command(Some("soffice"), "it's \"not\" $HOME `there`");
        assert!(command.starts_with("if grep -Eq '") && command.ends_with("; fi"), "{command}");
        assert!(command.contains(r#"it'\''s \"not\" $HOME `there`"#), "{command}");
    }
}
