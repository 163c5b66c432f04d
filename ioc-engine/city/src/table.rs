//! CSV (RFC 4180) with places: every cell knows its bytes in the file.
//!
//! Owns rows, cells and the header's checks. What a column means is left to who reads it.

use std::borrow::Cow;
use std::ops::Range;

use model::{Diagnostic, nearest};

/// A header and the rows below it; every row has a cell for each column of the header.
pub(crate) struct Table<'a> {
    pub(crate) file: usize,
    header: Vec<Cell<'a>>,
    pub(crate) rows: Vec<Row<'a>>,
}

/// One line of a table.
pub(crate) struct Row<'a> {
    cells: Vec<Cell<'a>>,
}

/// One cell: its text without quotes and outer blanks, and its bytes in the file.
#[derive(Clone, Debug)]
pub(crate) struct Cell<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) span: Range<usize>,
}

/// A column found in the header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ColumnIndex(usize);

impl<'a> Row<'a> {
    pub(crate) fn cell(&self, column: ColumnIndex) -> &Cell<'a> {
        &self.cells[column.0]
    }
}

impl<'a> Table<'a> {
    /// The table in a text; rows that do not fit the header are reported and left out.
    pub(crate) fn parse(
        file: usize,
        text: &'a str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let mut scanner = Scanner {
            text,
            at: start_of(text),
            file,
            diagnostics,
        };
        let header = scanner.row();
        let Some(header) = header else {
            let message = "the table is empty; its first line names the columns";
            scanner
                .diagnostics
                .push(Diagnostic::error("pack-csv-empty", message, file, 0..0));
            return None;
        };
        let mut rows = Vec::new();
        while let Some(cells) = scanner.row() {
            if cells.len() == header.len() {
                rows.push(Row { cells });
                continue;
            }
            let span = cells[0].span.start..cells[cells.len() - 1].span.end;
            let message = format!(
                "the row has {} cells, the header has {}",
                cells.len(),
                header.len()
            );
            let problem = Diagnostic::error("pack-csv-cells", message, file, span)
                .with_help("a comma inside a cell needs quotes around the cell");
            scanner.diagnostics.push(problem);
        }
        Some(Self { file, header, rows })
    }

    /// Finds columns by name: those that must be there, then those that may; reports what is missing, strange or double.
    pub(crate) fn columns(
        &self,
        required: &[&str],
        optional: &[&str],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<(Vec<ColumnIndex>, Vec<Option<ColumnIndex>>)> {
        self.check_header(required, optional, diagnostics);
        let find = |name: &str| {
            self.header
                .iter()
                .position(|c| c.text == name)
                .map(ColumnIndex)
        };
        let mut found = Vec::with_capacity(required.len());
        for name in required {
            match find(name) {
                Some(column) => found.push(column),
                None => diagnostics.push(Diagnostic::error(
                    "pack-missing-column",
                    format!("the table has no column '{name}'"),
                    self.file,
                    self.header_span(),
                )),
            }
        }
        let optional = optional.iter().map(|name| find(name)).collect();
        (found.len() == required.len()).then_some((found, optional))
    }

    fn check_header(
        &self,
        required: &[&str],
        optional: &[&str],
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let known = || required.iter().chain(optional).copied();
        for (i, cell) in self.header.iter().enumerate() {
            let (name, span) = (&*cell.text, cell.span.clone());
            if self.header[..i]
                .iter()
                .any(|earlier| earlier.text == cell.text)
            {
                let message = format!("the column '{name}' stands here twice");
                diagnostics.push(Diagnostic::error(
                    "pack-duplicate-column",
                    message,
                    self.file,
                    span,
                ));
            } else if !known().any(|k| k == name) {
                let help = match nearest(name, known()) {
                    Some(near) => format!("did you mean '{near}'?"),
                    None => format!("it has {}", known().collect::<Vec<_>>().join(", ")),
                };
                let message = format!("the table has no use for a column '{name}'");
                let problem = Diagnostic::error("pack-unknown-column", message, self.file, span);
                diagnostics.push(problem.with_help(help));
            }
        }
    }

    fn header_span(&self) -> Range<usize> {
        self.header[0].span.start..self.header[self.header.len() - 1].span.end
    }
}

/// A byte order mark, as spreadsheets write it, is not part of the first name.
fn start_of(text: &str) -> usize {
    if text.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    }
}

struct Scanner<'a, 'd> {
    text: &'a str,
    at: usize,
    file: usize,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl<'a> Scanner<'a, '_> {
    /// The cells of the next line that is not blank.
    fn row(&mut self) -> Option<Vec<Cell<'a>>> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches(['\n', '\r']).len();
        if self.at == self.text.len() {
            return None;
        }
        let mut cells = vec![self.cell()];
        while self.text[self.at..].starts_with(',') {
            self.at += 1;
            cells.push(self.cell());
        }
        Some(cells)
    }

    fn cell(&mut self) -> Cell<'a> {
        let rest = &self.text[self.at..];
        if rest.starts_with('"') {
            return self.quoted();
        }
        let raw = &rest[..rest.find([',', '\n', '\r']).unwrap_or(rest.len())];
        let start = self.at + (raw.len() - raw.trim_start().len());
        let text = raw.trim();
        self.at += raw.len();
        Cell {
            text: text.into(),
            span: start..start + text.len(),
        }
    }

    fn quoted(&mut self) -> Cell<'a> {
        let start = self.at;
        let body = &self.text[start + 1..];
        let close = closing_quote(body);
        let inner = &body[..close.unwrap_or(body.len())];
        self.at = start + 1 + inner.len() + usize::from(close.is_some());
        let span = start..self.at;
        let rest = &self.text[self.at..];
        let stray = &rest[..rest.find([',', '\n', '\r']).unwrap_or(rest.len())];
        if close.is_none() || !stray.trim().is_empty() {
            let problem = Diagnostic::error(
                "pack-csv-quote",
                "the quoted cell does not end before the comma",
                self.file,
                start..start + 1,
            )
            .with_help("a quote inside a quoted cell is written twice: \"\"");
            self.diagnostics.push(problem);
        }
        self.at += stray.len();
        let text = if inner.contains("\"\"") {
            inner.replace("\"\"", "\"").into()
        } else {
            inner.into()
        };
        Cell { text, span }
    }
}

/// The first quote that is not doubled.
fn closing_quote(body: &str) -> Option<usize> {
    let bytes = body.as_bytes();
    let mut at = 0;
    loop {
        at += body[at..].find('"')?;
        if bytes.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_text_and_place() {
        let text =
            "\u{feff}id, name ,note\r\na1,\"Cầu \"\"Gia Bảy\"\", 1\",x\r\n\r\nb2,,\"hai\ndòng\"\n";
        let mut problems = Vec::new();
        let table = Table::parse(0, text, &mut problems).unwrap();
        let (columns, optional) = table
            .columns(&["id", "note"], &["name", "lat"], &mut problems)
            .unwrap();
        assert_eq!(problems, []);
        assert_eq!(optional[1], None);
        let name = table.rows[0].cell(optional[0].unwrap());
        assert_eq!(name.text, "Cầu \"Gia Bảy\", 1");
        assert_eq!(&text[name.span.clone()], "\"Cầu \"\"Gia Bảy\"\", 1\"");
        assert_eq!(table.rows[1].cell(columns[1]).text, "hai\ndòng");
        assert_eq!(table.rows.len(), 2);
    }
}
