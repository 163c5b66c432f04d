//! The dense columns of one kind: one row an asset, one cell a field.

use model::{AssetHandle, FieldId, Kind, Span, Time, Value};

use super::changed::{Changed, Seen};

/// The latest of one field of one asset.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    /// The last value of good quality.
    pub(crate) last: Option<Value>,
    /// When that was measured.
    pub(crate) good_at: Time,
    /// When the newest value was measured, of whatever quality; [`Time::MIN`] when never.
    pub(crate) at: Time,
    /// The newest value was measured while the instrument was calibrated or broken.
    pub(crate) bad: bool,
}

impl Cell {
    const NEVER: Self = Self {
        last: None,
        good_at: Time::MIN,
        at: Time::MIN,
        bad: false,
    };

    /// Takes the newest value in, none where it is of no use. True when it is not what was known before; that is put into
    /// `changed` then.
    pub(super) fn take(
        &mut self,
        field: FieldId,
        value: Option<&Value>,
        at: Time,
        changed: &mut Vec<Changed>,
    ) -> bool {
        if let Some(Value::F64(number)) = value {
            let news = self.renew_number(*number, at);
            if news {
                changed.push(Changed::to_number(field, *number));
            }
            return news;
        }
        let was = Seen::of(self.known());
        let news = match value {
            Some(value) => self.renew(value, at),
            None => self.spoil(at),
        };
        if news {
            changed.push(Changed::new(field, was, Seen::of(self.known())));
        }
        news
    }

    /// Takes note that the newest value is of no use. True when that is news.
    fn spoil(&mut self, at: Time) -> bool {
        let news = self.known().is_some();
        self.at = at;
        self.bad = true;
        news
    }

    /// Takes a good value in. True when it is not the one known before.
    fn renew(&mut self, value: &Value, at: Time) -> bool {
        let news = self.known() != Some(value);
        self.good(at);
        if news {
            self.last = Some(value.clone());
        }
        news
    }

    /// The same for a number: nearly all there is, and written where the last one lay.
    fn renew_number(&mut self, number: f64, at: Time) -> bool {
        let same = self.last == Some(Value::F64(number));
        let news = self.bad || !same;
        self.good(at);
        match &mut self.last {
            _ if !news => {}
            Some(Value::F64(last)) => *last = number,
            last => *last = Some(Value::F64(number)),
        }
        news
    }

    fn good(&mut self, at: Time) {
        self.at = at;
        self.good_at = at;
        self.bad = false;
    }

    /// The value, unless quality forbids it.
    pub(crate) fn known(&self) -> Option<&Value> {
        if self.bad { None } else { self.last.as_ref() }
    }
}

/// All assets of one kind.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) stale_after: Span,
    pub(crate) auto_register: bool,
    width: usize,
    /// Row after row: one asset's fields lie together, because one reading touches them together.
    cells: Vec<Cell>,
    pub(crate) members: Vec<AssetHandle>,
}

impl Table {
    pub(crate) fn new(kind: &Kind) -> Self {
        Self {
            stale_after: kind.stale_after,
            auto_register: kind.auto_register,
            width: kind.fields.len(),
            cells: Vec::new(),
            members: Vec::new(),
        }
    }

    /// A new row of cells never seen.
    pub(crate) fn add(&mut self, asset: AssetHandle) -> u32 {
        self.members.push(asset);
        self.cells
            .resize(self.members.len() * self.width, Cell::NEVER);
        self.members.len() as u32 - 1
    }

    pub(crate) fn row(&self, row: u32) -> &[Cell] {
        let start = row as usize * self.width;
        &self.cells[start..start + self.width]
    }

    pub(crate) fn row_mut(&mut self, row: u32) -> &mut [Cell] {
        let start = row as usize * self.width;
        &mut self.cells[start..start + self.width]
    }

    pub(crate) fn cell(&self, row: u32, field: FieldId) -> &Cell {
        &self.row(row)[field.index()]
    }
}
