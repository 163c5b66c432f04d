//! The order of derivations: what others are made of comes first. A circle is refused, with every name on it.

use city::yaml::Node;
use model::{Diagnostic, Label};

use super::Loader;
use super::file::Draft;

/// For each of some things, what it is made of, as places in the same list. The order in which each comes after what it
/// is made of; or a circle, in its own order.
pub(super) fn order(made_of: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut found = Vec::with_capacity(made_of.len());
    let mut walk = Walk {
        made_of,
        path: Vec::new(),
        done: vec![false; made_of.len()],
    };
    for place in 0..made_of.len() {
        walk.visit(place, &mut found)?;
    }
    Ok(found)
}

struct Walk<'a> {
    made_of: &'a [Vec<usize>],
    path: Vec<usize>,
    done: Vec<bool>,
}

impl Walk<'_> {
    /// Derivations are few, and a chain of them is no deeper than there are.
    fn visit(&mut self, place: usize, found: &mut Vec<usize>) -> Result<(), Vec<usize>> {
        if self.done[place] {
            return Ok(());
        }
        if let Some(start) = self.path.iter().position(|other| *other == place) {
            return Err(self.path.split_off(start));
        }
        self.path.push(place);
        for other in &self.made_of[place] {
            self.visit(*other, found)?;
        }
        self.path.pop();
        self.done[place] = true;
        found.push(place);
        Ok(())
    }
}

/// The derivations in their order; those on a circle, and what is made of them, are reported or left out.
pub(super) fn sorted<'a, 'd>(
    drafts: &'a [Draft<'d>],
    loader: &mut Loader<'_>,
) -> Vec<&'a Draft<'d>> {
    let mut left: Vec<_> = drafts.iter().filter(|draft| draft.derives).collect();
    refuse_doubles(&mut left, loader);
    loop {
        let made_of: Vec<Vec<usize>> = left.iter().map(|draft| made_of(draft, &left)).collect();
        match order(&made_of) {
            Ok(order) => return order.into_iter().map(|place| left[place]).collect(),
            Err(circle) => {
                let circle: Vec<_> = circle.iter().map(|place| left[*place]).collect();
                report(&circle, loader);
                left.retain(|draft| !circle.iter().any(|other| std::ptr::eq(*draft, *other)));
            }
        }
    }
}

fn made_of(draft: &Draft<'_>, all: &[&Draft<'_>]) -> Vec<usize> {
    let on = draft.fields.get("on").and_then(Node::as_str);
    let named = |other: &&Draft<'_>| on == Some(&*other.name.name);
    all.iter().position(named).into_iter().collect()
}

/// A kind has one derivation, whatever group it stands in.
fn refuse_doubles(drafts: &mut Vec<&Draft<'_>>, loader: &mut Loader<'_>) {
    let mut kept: Vec<&Draft<'_>> = Vec::new();
    drafts.retain(|draft| {
        if !draft.named {
            return true;
        }
        let first = kept.iter().find(|other| other.name.name == draft.name.name);
        let Some(first) = first else {
            kept.push(draft);
            return true;
        };
        let message = format!("'{}' is derived twice", draft.name.name);
        let span = draft.name_node.span.clone();
        let mut problem = Diagnostic::error("derive-duplicate", message, draft.file, span)
            .with_help("give one of them a kind of its own");
        problem.labels.push(Label {
            file: first.file,
            span: first.name_node.span.clone(),
            text: "the first".to_owned(),
        });
        loader.problems.push(problem);
        false
    });
}

/// Tells of a circle: each of these is made of the next, the last of the first.
pub(super) fn report(circle: &[&Draft<'_>], loader: &mut Loader<'_>) {
    let Some(first) = circle.first() else { return };
    let names: Vec<_> = circle
        .iter()
        .chain([first])
        .map(|d| &*d.name.name)
        .collect();
    let message = match circle {
        [one] => format!("'{}' is made of itself", one.name.name),
        _ => format!("these are made of each other: {}", names.join(" ← ")),
    };
    let place = |draft: &Draft<'_>| {
        let on = draft.fields.get("on");
        on.map_or(&draft.name_node.span, |node| &node.span).clone()
    };
    let mut problem = Diagnostic::error("derive-circle", message, first.file, place(first))
        .with_help("derive from what devices report, or from what is derived before");
    for draft in &circle[1..] {
        problem.labels.push(Label {
            file: draft.file,
            span: place(draft),
            text: format!("'{}' is on the circle", draft.name.name),
        });
    }
    loader.problems.push(problem);
    for draft in circle {
        loader.underivable.push(draft.name.name.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_are_made_of_comes_first_and_a_circle_is_named() {
        assert_eq!(order(&[vec![2], vec![], vec![1]]), Ok(vec![1, 2, 0]));
        assert_eq!(
            order(&[vec![], vec![2], vec![3], vec![1]]),
            Err(vec![1, 2, 3])
        );
        assert_eq!(order(&[vec![0]]), Err(vec![0]));
    }
}
