//! What open types turn out to be, and whether one type may stand where another is wanted.

use std::cell::Cell;

use super::types::StaticType;

/// How many parts of types one check looks at; what is beyond counts as any type.
const MOST_STEPS: usize = 4_000_000;
/// How deep types are compared; deeper ones count as any type. Expressions have fewer levels.
const DEEPEST: usize = 1_000;

/// The open types that have been settled. What was settled in vain is taken back.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// By number; none while open.
    types: Vec<Option<StaticType>>,
    /// What was changed, with what stood there before.
    changes: Vec<(usize, Option<StaticType>)>,
    steps: Cell<usize>,
}

impl Settled {
    /// The levels below, while there is work left to spend on them.
    fn descend(&self, levels: usize) -> Option<usize> {
        self.steps.set(self.steps.get() + 1);
        levels.checked_sub(1).filter(|_| !self.is_exhausted())
    }

    /// Whether types have grown too large to be told apart.
    pub(super) fn is_exhausted(&self) -> bool {
        self.steps.get() > MOST_STEPS
    }

    /// A type that is not settled yet.
    pub(super) fn open(&mut self) -> StaticType {
        self.types.push(None);
        StaticType::Open((self.types.len() - 1) as u32)
    }

    /// The type with its letters replaced by open types of their own, the same for the same letter.
    pub(super) fn fresh(
        &mut self,
        ty: &StaticType,
        letters: &mut Vec<(u32, StaticType)>,
    ) -> StaticType {
        match ty {
            StaticType::Dyn => StaticType::Dyn,
            StaticType::Open(letter) => {
                if let Some((_, found)) = letters.iter().find(|(known, _)| known == letter) {
                    return found.clone();
                }
                let open = self.open();
                letters.push((*letter, open.clone()));
                open
            }
            StaticType::Of(name, parameters) => {
                let parameters = parameters.iter().map(|ty| self.fresh(ty, letters));
                StaticType::Of(name.clone(), parameters.collect())
            }
        }
    }

    /// Whether these may stand where those are wanted. Settles open types when they may, and nothing when not.
    pub(super) fn fit(&mut self, given: &[StaticType], wanted: &[StaticType]) -> bool {
        self.changes.clear();
        let fits = given.len() == wanted.len()
            && given
                .iter()
                .zip(wanted)
                .all(|(given, wanted)| self.fits(given, wanted, DEEPEST));
        if !fits {
            while let Some((number, before)) = self.changes.pop() {
                self.types[number] = before;
            }
        }
        fits
    }

    fn fits(&mut self, a: &StaticType, b: &StaticType, levels: usize) -> bool {
        let Some(levels) = self.descend(levels) else {
            return true;
        };
        if let StaticType::Open(number) = b {
            match self.settles(a, *number, levels) {
                Fit::Yes => return true,
                Fit::Contradicts => return false,
                Fit::Circular => {}
            }
        }
        if let StaticType::Open(number) = a {
            return matches!(self.settles(b, *number, levels), Fit::Yes);
        }
        match (a, b) {
            (StaticType::Of(name, ours), StaticType::Of(other, theirs)) => {
                if is_null(a) || is_null(b) {
                    return name == other || can_be_null(if is_null(a) { b } else { a });
                }
                name == other
                    && (&**name == "type"
                        || (ours.len() == theirs.len()
                            && ours
                                .iter()
                                .zip(theirs)
                                .all(|(ours, theirs)| self.fits(ours, theirs, levels))))
            }
            _ => true,
        }
    }

    /// Whether an open type can be this one, which it then is, or a more general one that it was before.
    fn settles(&mut self, ty: &StaticType, number: u32, levels: usize) -> Fit {
        if *ty == StaticType::Open(number) {
            return Fit::Yes;
        }
        let place = number as usize;
        let Some(known) = self.types[place].clone() else {
            if self.mentions(ty, number, DEEPEST) {
                return Fit::Circular;
            }
            self.settle(place, ty.clone());
            return Fit::Yes;
        };
        if *ty == known {
            return Fit::Yes;
        }
        if !self.fits(ty, &known, levels) {
            return Fit::Contradicts;
        }
        let general = more_general(ty, &known);
        if !self.mentions(general, number, DEEPEST) {
            let general = general.clone();
            self.settle(place, general);
        }
        Fit::Yes
    }

    fn settle(&mut self, place: usize, ty: StaticType) {
        let before = self.types[place].replace(ty);
        self.changes.push((place, before));
    }

    fn mentions(&self, ty: &StaticType, number: u32, levels: usize) -> bool {
        let Some(levels) = self.descend(levels) else {
            return true;
        };
        match ty {
            StaticType::Dyn => false,
            StaticType::Open(other) if *other == number => true,
            StaticType::Open(other) => self.types[*other as usize]
                .as_ref()
                .is_some_and(|ty| self.mentions(ty, number, levels)),
            StaticType::Of(_, parameters) => parameters
                .iter()
                .any(|ty| self.mentions(ty, number, levels)),
        }
    }

    /// The type with what is known of its open parts.
    pub(super) fn of(&self, ty: &StaticType) -> StaticType {
        self.resolved(ty, false, DEEPEST)
    }

    /// The same; what is still open may be anything.
    pub(super) fn closed(&self, ty: &StaticType) -> StaticType {
        self.resolved(ty, true, DEEPEST)
    }

    fn resolved(&self, ty: &StaticType, close: bool, levels: usize) -> StaticType {
        let Some(levels) = self.descend(levels) else {
            return StaticType::Dyn;
        };
        match ty {
            StaticType::Dyn => StaticType::Dyn,
            StaticType::Open(number) => match &self.types[*number as usize] {
                Some(ty) => self.resolved(ty, close, levels),
                None if close => StaticType::Dyn,
                None => ty.clone(),
            },
            StaticType::Of(name, parameters) => {
                let parameters = parameters.iter().map(|ty| self.resolved(ty, close, levels));
                StaticType::Of(name.clone(), parameters.collect())
            }
        }
    }
}

enum Fit {
    Yes,
    /// It is settled already, as something else.
    Contradicts,
    /// It would contain itself.
    Circular,
}

fn is_null(ty: &StaticType) -> bool {
    ty.parameters_of("null_type").is_some()
}

/// What null may stand for: points and lengths of time, and the types that extensions bring.
fn can_be_null(ty: &StaticType) -> bool {
    matches!(ty, StaticType::Of(name, _) if matches!(
        &**name,
        "google.protobuf.Timestamp" | "google.protobuf.Duration" | "optional_type" | "net.IP" | "net.CIDR"
    ))
}

/// The one of two types that fit each other which says less.
pub(super) fn more_general<'t>(a: &'t StaticType, b: &'t StaticType) -> &'t StaticType {
    if is_null(b) || says_no_more(a, b) {
        a
    } else {
        b
    }
}

fn says_no_more(a: &StaticType, b: &StaticType) -> bool {
    match (a, b) {
        (StaticType::Dyn | StaticType::Open(_), _) => true,
        (_, StaticType::Dyn | StaticType::Open(_)) => false,
        (StaticType::Of(name, ours), StaticType::Of(other, theirs)) => {
            name == other
                && ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(a, b)| says_no_more(a, b))
        }
    }
}
