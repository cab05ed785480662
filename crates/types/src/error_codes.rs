//! The error codes a person may meet. Each has a page under `docs/errors/`, shown by `somnium explain CODE`;
//! the layout check fails when a code has no page or a page has no code.

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCode {
    /// The code as printed, `SOM` and three digits.
    pub code: &'static str,
    /// What went wrong, as a short phrase.
    pub title: &'static str,
}

/// Every code, in order. A code is never reused for another meaning.
pub const ERROR_CODES: &[ErrorCode] = &[
    ErrorCode { code: "SOM001", title: "no session could be read" },
    ErrorCode { code: "SOM002", title: "a path does not exist or cannot be opened" },
    ErrorCode { code: "SOM003", title: "a tool's sessions cannot be found or read on this machine" },
    ErrorCode { code: "SOM010", title: "the memory folder cannot be read" },
    ErrorCode { code: "SOM011", title: "the memory folder cannot be written" },
    ErrorCode { code: "SOM012", title: "the memory changed while the dream ran" },
    ErrorCode { code: "SOM013", title: "another dream holds this memory folder" },
    ErrorCode { code: "SOM014", title: "the machine ledger in `.somnium/` is damaged" },
    ErrorCode { code: "SOM015", title: "the memory's history is not as it was written" },
    ErrorCode { code: "SOM016", title: "a dream would change what is frozen" },
    ErrorCode {
        code: "SOM017",
        title: "a proposal cannot be reviewed any more, or its review file cannot be used",
    },
    ErrorCode { code: "SOM020", title: "no dream, change, block or claim of that name" },
    ErrorCode { code: "SOM021", title: "this dream or change cannot be undone" },
    ErrorCode { code: "SOM030", title: "an option or argument has a value that cannot be used" },
    ErrorCode { code: "SOM040", title: "the memory cannot be served" },
];

/// Returns the row of `code`, whatever its case.
pub fn error_code(code: &str) -> Option<&'static ErrorCode> {
    ERROR_CODES.iter().find(|row| row.code.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_sorted() {
        assert!(ERROR_CODES.windows(2).all(|pair| pair[0].code < pair[1].code));
        assert_eq!(error_code("som001"), Some(&ERROR_CODES[0]));
        assert_eq!(error_code("SOM999"), None);
    }
}
