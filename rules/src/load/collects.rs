//! Methods over time inside a derivation whose windows close: `pm25.avg()` is about the window, `pm25.avg('1h')` about the
//! hour before its end.

use cel::{Expr, Resolution};
use model::{Field, FieldId, Span};

use super::member_scope::{MemberScope, wrong};
use super::over_time::{figure_type, length};
use crate::derivations::Collected;
use crate::slots::SlotSource;
use crate::windows::{Shape, Share, Statistic};

/// What a derivation keeps for its windows.
#[derive(Debug, Default)]
pub(super) struct Collects {
    pub(super) fields: Vec<FieldId>,
    /// What is asked about them.
    pub(super) figures: Vec<Collected>,
    /// The longest look back from the end of a window.
    pub(super) lookback: Span,
    /// Its windows end on the clock, so that it can look back from there.
    pub(super) by_clock: bool,
}

impl MemberScope<'_> {
    /// A figure about the derivation's window; none where the method looks back as in any rule.
    pub(super) fn collected(
        &mut self,
        field: &Field,
        receiver: &Expr,
        name: &str,
        args: &[Expr],
    ) -> Option<Resolution> {
        let by_clock = self.collects.as_ref()?.by_clock;
        let (share, rest) = match (name, args) {
            ("quantile", [share, rest @ ..]) => (Share::new(share.as_number()?)?, rest),
            _ => (Share::new(1.0)?, args),
        };
        let statistic = Statistic::parse(name, share)?;
        // What fades or knows weeks has no window that could end.
        if !matches!(statistic.shape(self.zone), Shape::Samples(_)) {
            return None;
        }
        let back = match rest {
            [] => None,
            [_] if by_clock => Some(length(rest, receiver, "pm25.avg('1h')").ok()?),
            _ => return None,
        };
        let (ty, unit) = match figure_type(field, receiver, statistic, name) {
            Ok(found) => found,
            Err(problem) => return Some(wrong(problem)),
        };
        let collects = self.collects.as_mut()?;
        if !collects.fields.contains(&field.id) {
            collects.fields.push(field.id);
        }
        collects.lookback = collects.lookback.max(back.unwrap_or_default());
        let wanted = Collected {
            field: field.id,
            statistic,
            back,
        };
        let figures = &mut collects.figures;
        let known = figures.iter().position(|figure| *figure == wanted);
        let place = known.unwrap_or_else(|| {
            figures.push(wanted);
            figures.len() - 1
        });
        let source = SlotSource::Collected(place as u16);
        Some(self.slot(source, ty, unit))
    }
}
