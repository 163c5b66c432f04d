//! A stream of bytes as lines, block by block, without a copy of any line.

use std::io::{self, Read};

/// Bytes asked for at once.
const BLOCK: usize = 256 * 1024;
/// A longer line is none.
pub(super) const MAX_LINE: usize = 1 << 20;

/// Lines of a stream.
pub(super) struct Blocks {
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// What was read and not yet handed out.
    from: usize,
    to: usize,
    ended: bool,
}

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Without its end.
    Whole(&'a [u8]),
    /// Longer than [`MAX_LINE`]; it was passed over.
    TooLong,
}

impl Blocks {
    pub(super) fn new(input: Box<dyn Read + Send>) -> Self {
        Self {
            input,
            buffer: vec![0; BLOCK],
            from: 0,
            to: 0,
            ended: false,
        }
    }

    /// The next line; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut searched = self.from;
        loop {
            if let Some(length) = memchr::memchr(b'\n', &self.buffer[searched..self.to]) {
                let (from, end) = (self.from, searched + length);
                self.from = end + 1;
                return Ok(Some(Line::Whole(&self.buffer[from..end])));
            }
            if self.to - self.from > MAX_LINE {
                self.pass_over()?;
                return Ok(Some(Line::TooLong));
            }
            let waiting = self.to - self.from;
            if !self.read_on()? {
                let from = std::mem::replace(&mut self.from, self.to);
                let rest = &self.buffer[from..self.to];
                return Ok((!rest.is_empty()).then_some(Line::Whole(rest)));
            }
            searched = self.from + waiting;
        }
    }

    /// Reads more behind what waits. False at the end.
    fn read_on(&mut self) -> io::Result<bool> {
        self.buffer.copy_within(self.from..self.to, 0);
        (self.from, self.to) = (0, self.to - self.from);
        if self.buffer.len() - self.to < BLOCK / 2 {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        while !self.ended {
            match self.input.read(&mut self.buffer[self.to..]) {
                Ok(0) => self.ended = true,
                Ok(n) => {
                    self.to += n;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    fn pass_over(&mut self) -> io::Result<()> {
        loop {
            self.from = self.to;
            if !self.read_on()? {
                return Ok(());
            }
            if let Some(length) = memchr::memchr(b'\n', &self.buffer[self.from..self.to]) {
                self.from += length + 1;
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, as a pipe may.
    struct Dribble(Vec<u8>, usize);

    impl Read for Dribble {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(self.0.len()).min(into.len());
            into[..n].copy_from_slice(&self.0[..n]);
            self.0.drain(..n);
            Ok(n)
        }
    }

    fn lines(text: &[u8], step: usize) -> Vec<Option<Vec<u8>>> {
        let mut blocks = Blocks::new(Box::new(Dribble(text.to_vec(), step)));
        let mut lines = Vec::new();
        while let Some(line) = blocks.next().unwrap() {
            lines.push(match line {
                Line::Whole(line) => Some(line.to_vec()),
                Line::TooLong => None,
            });
        }
        lines
    }

    #[test]
    fn lines_are_the_same_however_the_bytes_come() {
        let text = b"one\n\nthree\nlast without an end";
        for step in [1, 3, 7, 1_000] {
            let whole = text.split(|b| *b == b'\n').map(|l| Some(l.to_vec()));
            assert_eq!(lines(text, step), whole.collect::<Vec<_>>());
        }
        assert_eq!(lines(b"", 1), []);
        assert_eq!(lines(b"a\n", 1), [Some(b"a".to_vec())]);
    }

    #[test]
    fn a_line_without_end_is_passed_over_and_takes_no_memory() {
        let mut text = vec![b'x'; MAX_LINE * 3];
        text.extend(b"\nnext\n");
        assert_eq!(lines(&text, 100_000), [None, Some(b"next".to_vec())]);
        let mut last = b"first\n".to_vec();
        last.extend(vec![b'x'; MAX_LINE * 2]);
        assert_eq!(lines(&last, 100_000), [Some(b"first".to_vec()), None]);
    }
}
