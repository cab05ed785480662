//! What a tool result of Claude Code says about success, from its own flags and the fixed sentences that Claude
//! Code writes itself.

use somnium_types::Status;

use crate::json::Json;

/// What became of a call.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdict<'a> {
    pub(super) status: Status,
    pub(super) exit_code: Option<i32>,
    /// What the person said when they refused the call.
    pub(super) said: Option<&'a str>,
}

/// Sentences with which a refused call is answered.
const REFUSED: &[&str] = &[
    "The user doesn't want to proceed with this tool use.",
    "The user doesn't want to take this action right now.",
    "Claude requested permissions to ",
    "Permission for this action has been denied",
    "PreToolUse:",
];

/// Sentences with which a call is answered that was cut short, or was never run because another one failed.
const CUT_SHORT: &[&str] = &[
    "[Request interrupted by user",
    "<tool_use_error>Sibling tool call errored",
    "<tool_use_error>Cancelled: parallel tool call",
];

/// Behind this stand the person's words.
const SAID: &str = "the user said:\n";
/// Before this, where newer versions add a remark of their own.
const REMARK: &str = "\n\nNote: The user's next message may contain";
/// What Claude Code says in the person's place when they want to talk about the agent's questions.
const CLARIFY: &str = "The user wants to clarify these questions.";

/// Judges a result by its `is_error` flag, the line's `toolUseResult` and the fixed sentences in `text`.
pub(super) fn judge<'a>(is_error: bool, details: Option<&Json>, text: &'a str) -> Verdict<'a> {
    let flag = |key: &str| details.and_then(|details| details.get(key));
    let verdict = |status| Verdict { status, exit_code: None, said: None };
    if flag("interrupted").and_then(Json::as_bool) == Some(true) {
        return Verdict { exit_code: exit_code(text), ..verdict(Status::Interrupted) };
    }
    if !is_error {
        // WebFetch reports the page's HTTP status beside a result that is not flagged.
        let http_error = flag("code").and_then(Json::as_i64).is_some_and(|code| (400..600).contains(&code));
        return verdict(if http_error && flag("url").is_some() { Status::Error } else { Status::Ok });
    }
    let denied = text.starts_with("Permission to use ") && text.contains(" has been denied");
    if denied || REFUSED.iter().any(|sentence| text.starts_with(sentence)) {
        let said = text.split_once(SAID).map(|(_, said)| said.split(REMARK).next().unwrap_or(said).trim());
        let said = said.filter(|said| !said.is_empty() && !said.starts_with(CLARIFY));
        return Verdict { said, ..verdict(Status::Denied) };
    }
    if CUT_SHORT.iter().any(|sentence| text.starts_with(sentence)) {
        return verdict(Status::Interrupted);
    }
    let exit_code = exit_code(text);
    let timed_out = exit_code.is_some()
        && text.split_once('\n').is_some_and(|(_, rest)| rest.starts_with("Command timed out after "));
    Verdict { exit_code, ..verdict(if timed_out { Status::Interrupted } else { Status::Error }) }
}

/// Reads the first line `Exit code N` that Claude Code puts before the output of a failed command.
fn exit_code(text: &str) -> Option<i32> {
    let line = text.lines().next()?;
    line.strip_prefix("Exit code ")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn verdicts_follow_the_flags_and_the_fixed_sentences() {
        let status = |is_error, text| judge(is_error, None, text).status;
        assert_eq!(status(false, "error: everything is broken"), Status::Ok);
        assert_eq!(status(true, "no such file"), Status::Error);
        assert_eq!(status(true, "Permission to use Bash with command ls has been denied."), Status::Denied);
        assert_eq!(
            status(true, "<tool_use_error>Sibling tool call errored</tool_use_error>"),
            Status::Interrupted
        );
        assert_eq!(judge(true, None, "Exit code 2\nboom").exit_code, Some(2));
        assert_eq!(judge(false, None, "Exit code 2\nprinted by a program").exit_code, None);
        let late = judge(true, None, "Exit code 143\nCommand timed out after 2m 0.0s");
        assert_eq!((late.status, late.exit_code), (Status::Interrupted, Some(143)));
        assert_eq!(judge(false, Some(&json!({"interrupted": true})), "").status, Status::Interrupted);
        assert_eq!(judge(false, Some(&json!({"code": 404, "url": "u"})), "x").status, Status::Error);
    }

    #[test]
    fn a_refusal_keeps_the_persons_words_and_only_those() {
        let said = |tail: &str| {
            let text = format!(
                "The user doesn't want to proceed with this tool use. (…) To tell you how to proceed, {tail}"
            );
            judge(true, None, &text).said.map(str::to_owned)
        };
        assert_eq!(said("the user said:\nuse tabs\nplease").as_deref(), Some("use tabs\nplease"));
        assert_eq!(
            said("the user said:\nuse tabs\n\nNote: The user's next message may contain x").as_deref(),
            Some("use tabs")
        );
        assert_eq!(said("wait."), None);
    }
}
