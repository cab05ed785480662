//! How tools word that a call is refused.

use super::rule::Half;

/// A wording. `{tool}`, `{field}`, `{rule}`, `{got}` and `{sample}` are filled in.
pub struct Wording {
    /// Which worlds it is for.
    pub half: Half,
    /// Where a value is wrong.
    pub wrong: &'static str,
    /// Where there is none.
    pub missing: &'static str,
}

const fn wording(half: Half, wrong: &'static str, missing: &'static str) -> Wording {
    Wording { half, wrong, missing }
}

/// Every wording.
pub const WORDINGS: &[Wording] = &[
    wording(
        Half::Tuning,
        "Error: {field} must be {rule} (got '{got}')",
        "Error: {field} must be {rule} (got nothing)",
    ),
    wording(
        Half::Tuning,
        "rejected: {field} '{got}', expected {rule}",
        "rejected: no {field}, expected it {rule}",
    ),
    wording(
        Half::Tuning,
        r#"{"error":{"code":"bad_field","field":"{field}","message":"{field} must be {rule}, like '{sample}'"}}"#,
        r#"{"error":{"code":"bad_field","field":"{field}","message":"{field} must be {rule}"}}"#,
    ),
    wording(Half::Tuning, "422 invalid {field}: {rule}", "422 missing {field}: {rule}"),
    wording(
        Half::HeldOut,
        "ValidationError: {field} - {rule}; received \"{got}\"",
        "ValidationError: {field} - {rule}; received null",
    ),
    wording(Half::HeldOut, "{field}: want {rule}", "{field}: want it {rule}"),
    wording(
        Half::HeldOut,
        r#"{"status":"error","detail":"{field} does not match {rule}, e.g. {sample}"}"#,
        r#"{"status":"error","detail":"{field} is required and has to be {rule}"}"#,
    ),
    wording(
        Half::HeldOut,
        "E-1107 {field}={got} not accepted. Use {rule}.",
        "E-1108 {field} not given. It has to be {rule}.",
    ),
    wording(
        Half::HeldOut,
        "1 validation error for {tool}\n{field}\n  needs {rule} (type=value_error; input='{got}')",
        "1 validation error for {tool}\n{field}\n  field required, {rule} (type=missing)",
    ),
    wording(
        Half::HeldOut,
        "Call refused by the register. Please check {field}: it takes {rule}.",
        "Call refused by the register. Please check {field}: it has to be {rule}.",
    ),
];

impl Wording {
    /// Returns the error.
    pub fn error(&self, tool: &str, field: &str, rule: &str, got: Option<&str>, sample: &str) -> String {
        let wording = if got.is_some() { self.wrong } else { self.missing };
        // What came from the model goes in last, so that nothing in it is taken for a slot.
        wording
            .replace("{tool}", tool)
            .replace("{field}", field)
            .replace("{rule}", rule)
            .replace("{sample}", sample)
            .replace("{got}", got.unwrap_or_default())
    }
}
