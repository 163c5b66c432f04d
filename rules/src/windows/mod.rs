//! Windows over measured time, `(t − w, t]`, shared by every rule that looks at the same field over the same length.
//!
//! Owns the samples and what is kept up to date about them. The right edge is the asset's newest sample of the field.

mod extremes;
mod samples;
mod sum;

use std::sync::Arc;

use model::{FieldId, Span, Time};
pub(crate) use samples::Window;
pub(crate) use sum::ExactSum;

/// One field of one kind over one length of time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct WindowSpec {
    pub(crate) field: FieldId,
    pub(crate) length: Span,
    /// Some rule asks for `.min` or `.max`; others do not pay for them.
    pub(crate) extremes: bool,
}

/// What is asked of a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Statistic {
    Avg,
    Min,
    Max,
    Delta,
    Rate,
}

impl Statistic {
    /// The statistic of this method name.
    pub(crate) fn parse(method: &str) -> Option<Self> {
        Some(match method {
            "avg" => Self::Avg,
            "min" => Self::Min,
            "max" => Self::Max,
            "delta" => Self::Delta,
            "rate" => Self::Rate,
            _ => return None,
        })
    }
}

/// The windows of one kind: for each asset one window a spec, made when its first sample comes.
#[derive(Debug, Default)]
pub(crate) struct KindWindows {
    pub(crate) specs: Arc<[WindowSpec]>,
    rows: Vec<Option<Box<Window>>>,
}

impl KindWindows {
    pub(crate) fn new(specs: Arc<[WindowSpec]>) -> Self {
        Self {
            specs,
            rows: Vec::new(),
        }
    }

    /// The window of this spec over this asset's row, if a sample ever came.
    pub(crate) fn get(&self, row: u32, spec: usize) -> Option<&Window> {
        let place = row as usize * self.specs.len() + spec;
        self.rows.get(place)?.as_deref()
    }

    /// Forgets what has left the window whose right edge is now here.
    pub(crate) fn slide(&mut self, row: u32, spec: usize, edge: Time) {
        let place = row as usize * self.specs.len() + spec;
        if let Some(Some(window)) = self.rows.get_mut(place) {
            window.slide(edge);
        }
    }

    /// The same, made if it is not there.
    pub(crate) fn get_mut(&mut self, row: u32, spec: usize) -> &mut Window {
        let place = row as usize * self.specs.len() + spec;
        if self.rows.len() <= place {
            self.rows.resize_with(place + 1, || None);
        }
        let fresh = || Box::new(Window::new(&self.specs[spec]));
        self.rows[place].get_or_insert_with(fresh)
    }
}
