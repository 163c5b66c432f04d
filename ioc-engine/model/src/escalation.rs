//! Escalation: what a rule wants when nobody answers its alert, and what came of it.

use std::sync::Arc;

use crate::{Span, Time};

/// What an operator can do to an alert so that a step of escalation does not happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unless {
    /// Somebody acknowledged it.
    Acked,
    /// Somebody works on it.
    Assigned,
}

impl Unless {
    /// Every one of them.
    pub const ALL: [Self; 2] = [Self::Acked, Self::Assigned];

    /// As rules write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acked => "acked",
            Self::Assigned => "assigned",
        }
    }

    /// The one of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unless| unless.as_str() == name)
    }
}

/// One step as a rule asks for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EscalationStep {
    /// How long the alert must have called for attention.
    pub after: Span,
    /// What keeps the step from happening; without it only the end of the alert does.
    pub unless: Option<Unless>,
    /// The role or person who is told.
    pub to: Arc<str>,
}

/// A step that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Escalation {
    /// The role or person.
    pub to: Arc<str>,
    /// How long the alert had to call for attention before it.
    pub after: Span,
    /// When it happened, in engine time.
    pub at: Time,
}

impl Escalation {
    /// Whether it is this step of the rule. A step that was edited is another one.
    pub fn is(&self, step: &EscalationStep) -> bool {
        self.to == step.to && self.after == step.after
    }
}

/// How long an alert has called for attention: a stopwatch that stands still while it does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Attention {
    /// What was counted before `since`.
    pub spent: Span,
    /// Since when it calls, while it does.
    pub since: Option<Time>,
}

impl Attention {
    /// Starts or stops it. What it already does changes nothing.
    pub fn set(&mut self, calls: bool, at: Time) {
        match self.since {
            Some(since) if !calls => {
                let more = at.since(since).max(Span::ZERO).millis();
                self.spent = Span::from_millis(self.spent.millis().saturating_add(more));
                self.since = None;
            }
            None if calls => self.since = Some(at),
            Some(_) | None => {}
        }
    }

    /// When it will have counted `length`, if nothing stops it; none while it stands still.
    pub fn reaches(&self, length: Span) -> Option<Time> {
        Some(self.since? - self.spent + length)
    }
}
