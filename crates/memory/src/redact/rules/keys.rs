//! Key material in formats of no vendor: PEM blocks, age keys, JWTs, password hashes, one-time seeds.

use super::{Lead, Rule};
use crate::redact::{checks, key_block};

pub(super) const RULES: &[Rule] = &[
    // RFC 7468 and RFC 4716; the check walks the block, which may be truncated at either end.
    Rule::named(
        "private-key",
        &["-----begin", "---- begin"],
        r"-----?[ ]?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?[ ]?-----?",
        key_block::pem_block,
    ),
    Rule::named(
        "private-key-tail",
        &["-----end", "---- end"],
        r"-----?[ ]?END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?[ ]?-----?",
        key_block::pem_tail,
    ),
    Rule::named(
        "putty-key",
        &["private-lines:"],
        r"(?i:private-lines:)[ ]{0,2}[0-9]{1,3}",
        key_block::putty_block,
    ),
    Rule::distinctive("age-key", &["age-secret-key-1"], r"(?i:AGE-SECRET-KEY-1)[A-Za-z0-9]{40,80}"),
    // RFC 7519 and 7516; the check walks the parts, of which a log may have cut off the last.
    Rule::token("jwt", &["eyj"], r"eyJ[A-Za-z0-9_-]{8}").check(checks::jwt),
    Rule::named(
        "password-hash",
        &["$2a$", "$2b$", "$2y$", "$5$", "$6$", "$argon2", "$apr1$", "$y$"],
        r"\$(?:2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}|(?:5|6|y|apr1)\$(?:rounds=[0-9]{1,9}\$)?[./A-Za-z0-9]{1,32}\$(?:[./A-Za-z0-9]{1,32}\$)?[./A-Za-z0-9]{22,90}|argon2i?d?\$v=[0-9]{1,3}\$[a-z0-9=,]{5,60}\$[A-Za-z0-9+/]{8,90}\$[A-Za-z0-9+/]{16,128})",
        checks::token,
    ),
    Rule::named(
        "otp-seed",
        &["otpauth://"],
        r#"(?i:otpauth://)[^\s"'<>`]{0,200}?(?i:secret)=([A-Za-z2-7]{16,128})"#,
        checks::token,
    ),
    Rule::named(
        "seed-phrase",
        &[
            "seed phrase",
            "seed words",
            "recovery phrase",
            "secret phrase",
            "backup phrase",
            "mnemonic",
            "wallet seed",
        ],
        r#"(?i)[a-z]{4,9}(?:[ ](?:phrase|words|seed))?\\?["'`]?(?:[ ](?:is|was))?[ ]{0,2}[:=]?[ ]{0,2}\\?["'`]?\s{0,4}((?-i:(?:[0-9]{1,2}[.)][ ]?)?[a-z]{1,8}(?:,?\s{1,6}|\\n)){11,25}(?-i:(?:[0-9]{1,2}[.)][ ]?)?[a-z]{1,8}))"#,
        checks::seed_phrase,
    ),
    Rule::token("bitcoin-xprv", &["xprv", "yprv", "zprv"], r"[xyz]prv[1-9A-HJ-NP-Za-km-z]{100,112}")
        .lead(Lead::Strict),
];
