//! Lays a timeline out: what was fed in columns where they are narrow, else what changed; quiet stretches are left out.

use std::fmt::Write as _;

use model::Span;

/// What is fed may be this wide in columns of its own; else each line names what changed.
const FED_WIDTH: usize = 48;
/// More lines than this in which nothing but readings changes are left out.
const QUIET_LINES: usize = 40;
/// So many lines around one that matters are always there.
const AROUND: usize = 2;

/// One field of one asset, or of several that are fed the same.
pub(super) struct Column {
    pub(super) assets: Vec<String>,
    pub(super) field: String,
    pub(super) cells: Vec<String>,
}

/// What happened at one time.
#[derive(Default)]
pub(super) struct Row {
    /// The step of the timeline, where it is one.
    pub(super) step: Option<usize>,
    pub(super) notes: Vec<String>,
}

/// The lines of a timeline, by time.
pub(super) fn table(columns: &[Column], rows: &[(i64, Row)]) -> String {
    let widths: Vec<usize> = columns.iter().map(Column::width).collect();
    let narrow = widths.iter().map(|width| width + 2).sum::<usize>() <= FED_WIDTH;
    let times: Vec<String> = rows
        .iter()
        .map(|(at, _)| Span::from_millis(*at).to_string())
        .collect();
    let first = times
        .iter()
        .map(String::len)
        .max()
        .unwrap_or_default()
        .max(4);
    let mut drawn = String::new();
    if narrow {
        let assets = columns.iter().map(Column::head);
        let fields = columns.iter().map(|column| column.field.clone());
        line(&mut drawn, first, "time", &padded(assets, &widths), "");
        line(&mut drawn, first, "", &padded(fields, &widths), "");
    }
    let mut skipping = false;
    for (place, kept) in shown(columns, rows, narrow).into_iter().enumerate() {
        if !kept && !skipping {
            line(&mut drawn, first, "⋮", "", "");
        }
        skipping = !kept;
        if kept {
            let mut time = times[place].as_str();
            let widths = narrow.then_some(widths.as_slice());
            for (fed, note) in row_lines(columns, &rows[place].1, widths) {
                line(&mut drawn, first, time, &fed, note);
                time = "";
            }
        }
    }
    drawn
}

/// What stands beside a time: in columns of these widths what was fed and the first note, else one below the other.
fn row_lines<'r>(
    columns: &[Column],
    row: &'r Row,
    widths: Option<&[usize]>,
) -> Vec<(String, &'r str)> {
    let mut notes = row.notes.iter().map(String::as_str);
    let Some(widths) = widths else {
        let fed = changes(columns, row.step).into_iter().map(|fed| (fed, ""));
        return fed.chain(notes.map(|note| (String::new(), note))).collect();
    };
    let cells = padded(columns.iter().map(|c| c.cell(row.step)), widths);
    let blank = padded(columns.iter().map(|_| String::new()), widths);
    let mut lines = vec![(cells, notes.next().unwrap_or_default())];
    lines.extend(notes.map(|note| (blank.clone(), note)));
    lines
}

fn line(drawn: &mut String, first: usize, time: &str, fed: &str, note: &str) {
    let text = format!("  {time:<first$}  {fed}{note}");
    drawn.push_str(text.trim_end());
    drawn.push('\n');
}

fn padded(cells: impl Iterator<Item = String>, widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.zip(widths) {
        let _ = write!(line, "{cell:<width$}  "); // Writing to a String does not fail.
    }
    line
}

impl Column {
    fn head(&self) -> String {
        match self.assets.as_slice() {
            [one] => one.clone(),
            [first, .., last] if self.assets.len() > 2 => {
                format!("{first}…{last} ({})", self.assets.len())
            }
            several => several.join(" "),
        }
    }

    fn cell(&self, step: Option<usize>) -> String {
        let cell = step.and_then(|step| self.cells.get(step));
        cell.cloned().unwrap_or_default()
    }

    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|cell| cell.chars().count());
        let heads = [self.head().chars().count(), self.field.chars().count()];
        cells.chain(heads).max().unwrap_or_default()
    }

    fn changed(&self, step: usize) -> bool {
        let before = step
            .checked_sub(1)
            .and_then(|before| self.cells.get(before));
        self.cells.get(step) != before
    }
}

/// What is fed otherwise than a step before, a line an asset.
fn changes(columns: &[Column], step: Option<usize>) -> Vec<String> {
    let Some(step) = step else {
        return Vec::new();
    };
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for column in columns.iter().filter(|column| column.changed(step)) {
        let told = format!("{} {}", column.field, column.cell(Some(step)));
        let head = column.head();
        match lines.iter_mut().find(|(other, _)| *other == head) {
            Some((_, fields)) => fields.push(told),
            None => lines.push((head, vec![told])),
        }
    }
    let told = lines.into_iter();
    told.map(|(head, fields)| format!("{head}: {}", fields.join(", ")))
        .collect()
}

/// Which rows are drawn: those in which something happens, some around them, and where there are few all that differ.
fn shown(columns: &[Column], rows: &[(i64, Row)], narrow: bool) -> Vec<bool> {
    let noted: Vec<usize> = (0..rows.len())
        .filter(|i| !rows[*i].1.notes.is_empty())
        .collect();
    let differs = |row: &Row| {
        row.step
            .is_some_and(|step| columns.iter().any(|c| c.changed(step)))
    };
    let few = rows.iter().filter(|(_, row)| differs(row)).count() <= QUIET_LINES;
    // Without columns, a line in which nothing changes has nothing on it.
    let around = if narrow { AROUND } else { 0 };
    let near = |i: usize| noted.iter().any(|noted| noted.abs_diff(i) <= around);
    (0..rows.len())
        .map(|i| {
            let end = narrow && i + 1 == rows.len();
            i == 0 || end || near(i) || few && differs(&rows[i].1)
        })
        .collect()
}
