//! Who may see and do what: tokens, roles and areas.

use std::sync::Arc;

use model::{AreaCode, Areas, Time};

/// What a person may do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Looks.
    Viewer,
    /// Looks and acts on alerts.
    Operator,
    /// Also reads dead letters and the like.
    Admin,
}

impl Role {
    /// As the live protocol writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

/// What a token stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// Who, as the audit log names them.
    pub name: Arc<str>,
    /// What they may do.
    pub role: Role,
    /// From when on the token must be checked again.
    pub expires: Time,
    /// The areas they may see, with everything inside; none for the whole city.
    pub areas: Option<Arc<[AreaCode]>>,
}

impl Session {
    /// True when something in `area` may be shown. What lies in no area is for those without limits.
    pub fn may_see(&self, areas: &Areas, area: Option<&AreaCode>) -> bool {
        let Some(limits) = &self.areas else {
            return true;
        };
        area.is_some_and(|area| {
            limits
                .iter()
                .any(|limit| areas.within(area.as_str(), limit.as_str()))
        })
    }
}

/// Knows the tokens. Called on the tasks that serve clients: it must answer from memory.
pub trait Tokens: Send + Sync {
    /// What this token stands for now; none when it is unknown, expired or withdrawn.
    fn check(&self, token: &str) -> Option<Session>;
}
