# Short names for the commands of CONTRIBUTING.md; nothing lives only here.

# Lists these commands.
default:
    @just --list

# Everything that must pass before a change goes in.
test:
    cargo xtask test

# The tests of one crate, by its short name: `just one dream`.
one crate:
    cargo test -p somnium-{{ crate }}

# Formats the code and rewrites the generated parts of the docs.
fix:
    cargo fmt --all
    cargo xtask tidy --fix

# The long forms of the tests, or those named.
long *runs:
    cargo xtask long {{ runs }}

# The comparisons, or those named.
perf *runs:
    cargo xtask perf {{ runs }}
