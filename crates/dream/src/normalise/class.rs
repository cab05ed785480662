//! Error classes: level 2 of the signature ladder.
//!
//! The table is ordered: the first row that a line matches is its class. Patterns are the words of operating
//! systems, interpreters, compilers and tools at large; no name, id or sentence of one data set is among them.

use std::sync::LazyLock;

use regex::{RegexSet, RegexSetBuilder};
use serde::{Deserialize, Serialize};

use crate::report::Blame;

macro_rules! classes {
    ($($(#[doc = $doc:literal])* $name:ident $slug:literal $blame:ident [$($pattern:literal),* $(,)?],)+) => {
        /// What kind of failure a step is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Class {
            $($(#[doc = $doc])* $name,)+
        }

        impl Class {
            /// Every class, in the order in which the patterns are tried.
            pub const ALL: &[Class] = &[$(Class::$name),+];

            /// Returns the class as it is written in reports.
            pub fn slug(self) -> &'static str {
                match self { $(Class::$name => $slug,)+ }
            }

            /// Returns who usually has to act; support by many agents can override it.
            pub(crate) fn usual_blame(self) -> Blame {
                match self { $(Class::$name => Blame::$blame,)+ }
            }
        }

        /// (pattern, class) in order; matched without regard to case.
        const PATTERNS: &[(&str, Class)] = &[$($(($pattern, Class::$name),)*)+];
    };
}

classes! {
    /// A person or a policy refused the call.
    Denied "denied-by-person" Agent [
        r"doesn't want to proceed with this tool use", r"tool use was rejected", r"^user (denied|rejected|declined)", r"rejected by (the )?user",
    ],
    /// A person or a limit stopped it.
    Interrupted "interrupted" Agent [r"^\[?request interrupted", r"interrupted by (the )?user", r"keyboardinterrupt"],
    /// The program does not exist on the machine.
    CommandNotFound "command-not-found" Environment [
        r"command not found", r": not found$", r"is not recognized as an internal or external command", r"executable file not found", r"unknown command",
        r"no such command", r"failed to spawn .*no such file",
    ],
    /// A library, module or package is missing.
    MissingDependency "missing-dependency" Environment [
        r"no module named", r"modulenotfounderror", r"cannot find (module|package)", r"could not find a version that satisfies", r"no matching distribution found",
        r"no required module provides package", r"package .* is not in (std|goroot)", r"unable to locate package", r"unresolved import", r"can't find crate",
        r"peer dep", r"error: linker .* not found", r"cannot open shared object file",
    ],
    /// The text that an edit should replace is not there, or not unique.
    EditMismatch "edit-mismatch" Agent [
        r"string to replace not found", r"old_str(ing)?\b.*(not found|did not appear|not unique|multiple)", r"found \d+ matches of the string", r"no match(es)? (was |were )?found for",
        r"patch (failed|does not apply)", r"hunk .*failed", r"failed to find expected lines", r"could not find .* to replace", r"old_string and new_string are exactly the same", r"no changes to make",
        r"invalid context", r"verification failed: failed to find",
    ],
    /// The file changed, or was never read, before it was written.
    StaleFile "stale-file" Agent [
        r"has been modified since", r"has not been read yet", r"modified since (it was )?(last )?read", r"must (be )?read .* (first|before)", r"changed on disk",
    ],
    /// Two lines of work disagree.
    VersionConflict "version-conflict" Agent [
        r"^conflict\b", r"merge conflict", r"could not apply", r"non-fast-forward", r"needs merge", r"would be overwritten by", r"resolve all conflicts",
        r"(http(/\d\.\d)?|status|code|error|response)\W{0,3}409\b", r"failed to push some refs", r"unmerged",
    ],
    /// Too many calls.
    RateLimited "rate-limited" Environment [r"rate.?limit", r"(http(/\d\.\d)?|status|code|error|response)\W{0,3}429\b", r"too many requests", r"overloaded", r"quota exceeded", r"throttl", r"retry later"],
    /// It took too long.
    Timeout "timeout" Environment [r"timed? ?out", r"deadline exceeded", r"etimedout"],
    /// The network or the far side is down.
    Network "network" Environment [
        r"connection (refused|reset|aborted|error)", r"econnrefused", r"could not resolve host", r"network is unreachable", r"name or service not known", r"temporary failure in name resolution",
        r"(http(/\d\.\d)?|status|code|error|response)\W{0,3}50[234]\b", r"service unavailable", r"bad gateway", r"getaddrinfo", r"failed to connect", r"tls handshake",
    ],
    /// Credentials are missing, wrong or not accepted.
    Authentication "authentication" Environment [
        r"unauthori[sz]ed", r"(http(/\d\.\d)?|status|code|error|response)\W{0,3}401\b", r"authentication (failed|required)", r"invalid (api )?(key|token|credentials)", r"not logged in", r"could not read username", r"agent refused operation",
        r"failed to sign", r"couldn't sign", r"permission denied \(publickey",
    ],
    /// The account may not do this.
    PermissionDenied "permission-denied" Environment [
        r"permission denied", r"operation not permitted", r"eacces", r"\beperm\b", r"(http(/\d\.\d)?|status|code|error|response)\W{0,3}403\b", r"forbidden", r"access (is )?denied", r"read-only file system", r"not allowed to", r"not permitted",
        r"outside (of )?the (allowed|working)",
    ],
    /// More was asked for than a tool gives at once.
    TooLarge "too-large" Specification [
        r"exceeds? (the )?(maximum|max|limit|allowed)", r"too (large|long|big|many)", r"maximum allowed", r"larger than", r"\bmax(imum)? \d+", r"argument list too long", r"context length", r"at most \d+",
    ],
    /// A directory where a file was expected, or the reverse.
    WrongFileKind "wrong-file-kind" Agent [r"is a directory", r"not a directory", r"eisdir", r"enotdir", r"illegal operation on a directory", r"cannot read binary", r"binary file"],
    /// A path does not exist.
    FileNotFound "file-not-found" Agent [
        r"no such file", r"filenotfounderror", r"enoent", r"(file|path|directory|folder) (does not|doesn't) exist", r"cannot (stat|access|find the (file|path))", r"\bfile .*not found",
        r"pathspec .* did not match", r"not a git repository", r"was deleted; shell cwd", r"file or directory not found",
    ],
    /// The source text does not parse.
    SyntaxError "syntax-error" Agent [
        r"syntaxerror", r"syntax error", r"indentationerror", r"parse error", r"unexpected (token|eof|end of)", r"unterminated", r"unexpected indent", r"unmatched", r"expected .*, found", r"no matches found:",
    ],
    /// A name does not exist in the code.
    UndefinedName "undefined-name" Agent [
        r"undefined:", r"nameerror", r"attributeerror", r"has no attribute", r"cannot import name", r"is not defined", r"undefined (reference|name|variable|method|function)", r"unknown field", r"cannot find (name|value|function|type)",
        r"importerror", r"has no field or method", r"undeclared", r"unresolved reference",
    ],
    /// The configuration is missing or wrong.
    Configuration "configuration" Agent [r"improperlyconfigured", r"settings are not configured", r"configuration (error|not found)", r"config(uration)? (file )?(is )?(missing|invalid)", r"environment variable .*(not set|required)", r"apps aren't loaded", r"appregistrynotready", r"doesn't declare an explicit app_label", r"missing (required )?env"],
    /// The tool's contract was not met: schema, flags, required or unknown arguments.
    InvalidArgument "invalid-argument" Specification [
        r"validation error", r"inputvalidationerror", r"field required", r"missing (\d+ )?required", r"required (parameter|argument|property|field)", r"unexpected keyword", r"got an unexpected", r"unrecogni[sz]ed (argument|option|flag)",
        r"(illegal|invalid|unknown|unsupported) (option|flag|switch|argument|parameter|value|choice|input|format|type|date)", r"schema (validation|error|mismatch)", r"(does not|doesn't) (match|conform to) (the |its )?schema", r"missing script", r"^usage:", r"unknown (shorthand )?flag", r"not a valid", r"must be (a|an|one of|in)\b", r"invalid .*expected",
        r"flag provided but not defined", r"unknown tool", r"no such tool", r"wrong number of arguments", r"does not match (the )?(pattern|format)", r"must match", r"malformed", r"invalid json",
    ],
    /// Not enough of something: money, seats, space.
    Insufficient "insufficient" Agent [r"not enough", r"insufficient", r"no space left", r"balance (is )?(too low|not enough|insufficient)", r"out of (memory|stock)", r"exhausted"],
    /// Figures or counts that should agree do not.
    Mismatch "mismatch" Agent [r"does(n't| not) (add up|match|equal)", r"should match", r"mismatch", r"do not match", r"checksum", r"incorrect (total|amount|sum)"],
    /// The thing asked for does not exist in the system.
    NotFound "not-found" Agent [r"not found", r"does not exist", r"doesn't exist", r"no (such )?\w+ (with|matching|found)", r"(http(/\d\.\d)?|status|code|error|response)\W{0,3}404\b", r"cannot find", r"unknown (id|user|order|key|resource|entity)", r"no results?\b"],
    /// The thing is not in the state that the action needs.
    WrongState "wrong-state" Agent [
        r"already (exists|in use|been|open|closed|cancel|running)", r"not available", r"cannot be", r"can't be", r"can not be", r"must be \w+ (to|before|first)", r"must (first )?be", r"(run|call|use|do) .* (first|before)", r"\bnon-\w+ \w+", r"not (yet )?(ready|active|open|running|initiali[sz]ed|enabled)", r"no longer", r"expired",
        r"should be (either )?(the|a|an)\b", r"nothing to commit", r"not accepted",
    ],
    /// A value of the wrong type or range reached code.
    BadValue "bad-value" Agent [r"typeerror", r"valueerror", r"keyerror", r"indexerror", r"cannot (convert|unmarshal|parse)", r"invalid literal", r"out of (range|bounds)", r"none ?type", r"could not convert", r"type mismatch", r"zerodivisionerror"],
    /// Tests failed.
    TestFailure "test-failure" Agent [r"assertionerror", r"^-+ ?fail", r"^fail(ed)?\b.*(test|spec)", r"\d+ (failed|failing|failures?)\b", r"tests? failed", r"test result: failed", r"assertion .*failed", r"^e  +", r"\bexpected\b.*\b(got|actual|but)\b"],
    /// A linter or formatter objects.
    LintFailure "lint-failure" Agent [r"\((errcheck|goconst|gosec|revive|staticcheck|typecheck|unused|ineffassign|govet|dupl|gocritic|nilerr|nilnesserr)\)", r"eslint", r"ruff", r"flake8", r"clippy", r"^\s*\d+ (issues|problems)\b", r"would reformat", r"\blint(er|ing)?\b.*(fail|error|issue)"],
    /// It does not compile.
    BuildFailure "build-failure" Agent [r"error\[e\d+\]", r"\berror ts\d+", r"compilation failed", r"could not compile", r"build failed", r"cannot use .* as .* (value|type)", r"declared and not used", r"imported and not used", r"does not compile", r"undefined symbols"],
    /// The program died.
    Crash "crash" Agent [r"segmentation fault", r"sigsegv", r"^panic:", r"panicked at", r"core dumped", r"\bkilled\b", r"fatal error:", r"stack overflow", r"nil pointer"],
    /// The same call again and again without success.
    RepeatedCall "repeated-call" Agent [],
    /// Work that was taken back.
    Undone "undone" Agent [],
    /// A person corrected the agent right afterwards.
    Corrected "corrected-by-person" Agent [],
    /// A grader found a criterion unmet.
    CriterionUnmet "criterion-unmet" Agent [],
    /// A call failed because one made beside it failed.
    Sibling "failed-with-sibling" Environment [r"sibling tool call errored"],
    /// Nothing in the table fits.
    Other "other" Agent [],
}

static SET: LazyLock<Option<RegexSet>> = LazyLock::new(|| {
    let patterns = PATTERNS.iter().map(|(pattern, _)| format!("(?i){pattern}"));
    // So many patterns need room for their automaton: without it every line is matched the slow way.
    RegexSetBuilder::new(patterns).dfa_size_limit(64 << 20).build().ok()
});

/// Returns the class whose pattern comes first in the table.
pub fn classify(line: &str) -> Option<Class> {
    let matches = SET.as_ref()?.matches(line);
    matches.iter().next().and_then(|index| PATTERNS.get(index)).map(|(_, class)| *class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert!(SET.is_some());
    }

    #[test]
    fn lines_and_their_classes() {
        let cases = [
            ("bash: file: command not found", Class::CommandNotFound),
            ("ModuleNotFoundError: No module named 'numpy'", Class::MissingDependency),
            ("Error: user not found", Class::NotFound),
            ("cat: a/b: No such file or directory", Class::FileNotFound),
            ("room 12 not available on that day", Class::WrongState),
            ("the parts do not add up to the whole: doesn't match, 12 and 13", Class::Mismatch),
            ("String to replace not found in file.", Class::EditMismatch),
            ("upload of 31 pages exceeds the maximum of 30", Class::TooLarge),
            ("1 validation error for Passenger", Class::InvalidArgument),
            ("HTTP 429 Too Many Requests", Class::RateLimited),
        ];
        for (line, class) in cases {
            assert_eq!(classify(line), Some(class), "{line}");
        }
        assert_eq!(classify("all good"), None);
    }
}
