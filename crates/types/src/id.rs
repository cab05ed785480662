//! Typed ids. Each is an opaque string: two kinds of id can never be mixed up by accident.

use std::fmt;

macro_rules! string_id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// Wraps `text` unchanged.
            pub fn new(text: impl Into<Box<str>>) -> Self {
                Self(text.into())
            }

            /// Returns the id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), &self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )+};
}

string_id! {
    /// One session, unique within the tool that wrote it (`sesn_…`, a UUID, a file stem).
    SessionId;
    /// The agent that ran a session: its configured name, or tool and run where no name was recorded.
    AgentId;
    /// The person (or the account) on whose behalf a session ran.
    PrincipalId;
    /// A team of principals.
    TeamId;
    /// What the session was asked to do, where the source says so; equal keys are comparable attempts.
    TaskKey;
    /// One tool call, as named by the model's provider; unique within a session.
    CallId;
    /// A finding with its evidence: `m-…` mistake, `w-…` workflow, `p-…` preference.
    ClaimId;
    /// A block of a memory file, as written in its `<!-- som:ID -->` marker.
    BlockId;
    /// One dream: `drm_…`.
    DreamId;
    /// One change to a memory folder: a dream under its own id, or `chg_…` for what a person had done.
    ChangeId;
}

impl From<&DreamId> for ChangeId {
    fn from(dream: &DreamId) -> Self {
        Self::from(dream.as_str())
    }
}
