//! Several assets in one text: `ap-1 ap-2` as both, `ap-{1..12}` as twelve.

/// A range may name so many.
const MOST: u32 = 1_000;

/// A text that does not name assets: why, and what to write.
#[derive(Debug)]
pub(super) struct NoIds {
    pub(super) message: String,
    pub(super) help: String,
}

/// At least one, or why there is none: a line about nobody would pass without a word.
pub(super) fn expand(text: &str) -> Result<Vec<String>, NoIds> {
    let written = text.split([' ', ',']).filter(|id| !id.is_empty());
    let mut ids = Vec::new();
    for id in written {
        ids.extend(range(id)?);
    }
    if ids.is_empty() {
        return Err(NoIds {
            message: format!("'{text}' names no asset"),
            help: "write one, several or a range: wl-1, 'wl-1 wl-2', 'wl-{1..12}'".to_owned(),
        });
    }
    Ok(ids)
}

/// Numbered as wide as the first number is written.
fn range(id: &str) -> Result<Vec<String>, NoIds> {
    let Some((before, rest)) = id.split_once('{') else {
        return Ok(vec![id.to_owned()]);
    };
    let not_a_range = || NoIds {
        message: format!("'{id}' has no range of numbers in its braces"),
        help: format!("write '{before}{{1..12}}'"),
    };
    let (range, after) = rest.split_once('}').ok_or_else(not_a_range)?;
    let (first, last) = range.split_once("..").ok_or_else(not_a_range)?;
    let width = first.len();
    let (from, to): (u32, u32) = match (first.parse(), last.parse()) {
        (Ok(from), Ok(to)) => (from, to),
        _ => return Err(not_a_range()),
    };
    if from > to {
        return Err(NoIds {
            message: format!("'{id}' names no asset: {from} is above {to}"),
            help: format!("write '{before}{{{last}..{first}}}{after}'"),
        });
    }
    if after.contains('{') {
        return Err(NoIds {
            message: format!("'{id}' has more than one range"),
            help: "write one range an id, and several ids beside each other".to_owned(),
        });
    }
    if to - from >= MOST {
        return Err(NoIds {
            message: format!("'{id}' names more than {MOST} assets"),
            help: "write several ranges, or fewer assets".to_owned(),
        });
    }
    let numbers = from..=to;
    Ok(numbers
        .map(|n| format!("{before}{n:0width$}{after}"))
        .collect())
}
