//! The window in which a reading delivered twice is recognised.

/// How many readings of one asset are remembered. A backlog of half an hour at one reading a minute fits twice.
const REMEMBERED: usize = 64;

/// The fingerprints of an asset's last readings, oldest overwritten first.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Recent {
    /// The newest measured time among all there ever were: what is newer cannot be among them.
    newest_ms: i64,
    prints: Vec<u64>,
    next: u8,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            newest_ms: i64::MIN,
            prints: Vec::new(),
            next: 0,
        }
    }
}

impl Recent {
    /// The newest measured time among all there ever were.
    pub(super) fn newest_ms(&self) -> i64 {
        self.newest_ms
    }

    /// Touches what the next fingerprint will be written beside, so that it comes into the cache.
    pub(crate) fn warm(&self) -> u64 {
        let place = if self.prints.len() < REMEMBERED {
            self.prints.last()
        } else {
            self.prints.get(usize::from(self.next))
        };
        place.copied().unwrap_or(0)
    }

    /// True when the fingerprint is new; it is remembered then.
    pub(crate) fn is_new(&mut self, at_ms: i64, print: u64) -> bool {
        if at_ms > self.newest_ms {
            self.newest_ms = at_ms;
        } else if self.prints.contains(&print) {
            return false;
        }
        if self.prints.len() < REMEMBERED {
            self.prints.push(print);
        } else {
            self.prints[usize::from(self.next)] = print;
            self.next = (self.next + 1) % REMEMBERED as u8;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_forgets_the_oldest_first() {
        let mut recent = Recent::default();
        assert!((0..64).all(|print| recent.is_new(5, print)));
        assert!(!recent.is_new(5, 0));
        assert!(recent.is_new(5, 64), "takes the place of 0");
        assert!(!recent.is_new(5, 1));
        assert!(recent.is_new(5, 0), "takes the place of 1");
        assert!(recent.is_new(5, 1));
    }
}
