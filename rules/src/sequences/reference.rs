//! What sequences mean, worked out anew from a whole history: no partial matches, no index, no timers.
//!
//! A match is a choice of rises; every choice is tried. Slow on purpose, and as close to the guide's words as can be.

use std::collections::BTreeMap;

use model::{AlertId, Key, KeyPart, RuleName, Span, Time};

use crate::identity::{Origin, alert_id};

/// What may be asked of an asset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cond {
    Down,
    Up,
    Crowded,
    Empty,
    Dark,
    Lit,
    /// On average over three minutes.
    Busy,
    Silent,
}

impl Cond {
    pub(super) fn is_about_power(self) -> bool {
        matches!(self, Self::Dark | Self::Lit)
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Down => "apState == 'down'",
            Self::Up => "apState == 'up'",
            Self::Crowded => "clientsConnected >= 200.0",
            Self::Empty => "clientsConnected < 100.0",
            Self::Dark => "!mains",
            Self::Lit => "mains",
            Self::Busy => "clientsConnected.avg('3m') >= 130.0",
            Self::Silent => "silent('303s')",
        }
    }

    fn truth(self, event: &Event, asset: usize) -> Option<bool> {
        let asset = &event.assets[asset];
        if asset.id.starts_with("pw") != self.is_about_power() {
            return None;
        }
        match self {
            Self::Down => asset.down(),
            Self::Up => asset.down().map(|down| !down),
            Self::Crowded => asset.clients().map(|clients| clients >= 200),
            Self::Empty => asset.clients().map(|clients| clients < 100),
            Self::Dark => asset.mains().map(|mains| !mains),
            Self::Lit => asset.mains(),
            Self::Busy => asset.known(asset.average).map(|average| average >= 130.0),
            Self::Silent => event.source_up.then_some(asset.silent),
        }
    }
}

/// What a later step may ask of an earlier one, by its number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Filter {
    Any,
    Same(usize),
    Other(usize),
    More(usize),
}

impl Filter {
    pub(super) fn text(self) -> String {
        match self {
            Self::Any => String::new(),
            Self::Same(step) => format!(" && asset.id == s{step}.asset.id"),
            Self::Other(step) => format!(" && asset.id != s{step}.asset.id"),
            Self::More(step) => {
                format!(" && clientsConnected > s{step}.clientsConnected")
            }
        }
    }
}

/// A sequence.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    /// The column or area assets have in common; none where each is its own.
    pub(super) by: Option<&'static str>,
    pub(super) within: Span,
    /// What rises, which rises count, and how many of them.
    pub(super) steps: Vec<(Cond, Filter, usize)>,
    /// Before which step, what must not rise, and on whom.
    pub(super) guards: Vec<(usize, Cond, Filter)>,
    pub(super) keep_firing_for: Span,
    /// The asset of this step is up again.
    pub(super) clear: Option<usize>,
    /// It is about the hours of the calendar `shifts`.
    pub(super) during: bool,
}

/// An asset as the reference knows it.
#[derive(Clone, Debug)]
pub(super) struct Asset {
    pub(super) id: &'static str,
    pub(super) site: &'static str,
    pub(super) area: &'static str,
    pub(super) presence: Presence,
    /// State or mains, and clients; none where never seen or of bad quality.
    pub(super) word: Option<bool>,
    pub(super) number: Option<i64>,
    /// Of the numbers of the last three minutes.
    pub(super) average: Option<f64>,
    /// For 303 seconds, while its source was connected.
    pub(super) silent: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Presence {
    Unseen,
    Live,
    Lost,
    Doubted,
    Offline,
    Stale,
}

impl Asset {
    fn known<T>(&self, value: Option<T>) -> Option<T> {
        value.filter(|_| self.presence == Presence::Live)
    }

    fn down(&self) -> Option<bool> {
        self.known(self.word)
    }

    fn mains(&self) -> Option<bool> {
        self.known(self.word)
    }

    fn clients(&self) -> Option<i64> {
        self.known(self.number)
    }

    fn key(&self, by: Option<&str>) -> Key {
        let (dimension, value) = match by {
            None => ("asset", self.id),
            Some("site") => ("site", self.site),
            Some("area") => ("area", self.area),
            Some(_) => return Key::default(),
        };
        Key(vec![KeyPart {
            dimension: dimension.into(),
            value: value.into(),
        }])
    }
}

/// Something happened, and this is how the city was afterwards. Assets stand in the order of their ids.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) at: Time,
    pub(super) origin: Origin,
    pub(super) retained: bool,
    pub(super) source_up: bool,
    /// The calendar `shifts` is open.
    pub(super) open: bool,
    pub(super) assets: Vec<Asset>,
}

impl Event {
    /// Time brought it about, no input.
    fn is_due(&self) -> bool {
        matches!(self.origin, Origin::Due(_))
    }
}

/// What came of it: when, for whom, whether it began or ended, and its id.
pub(super) type Told = (Time, Key, bool, AlertId);

/// A rise, by event and asset; events and then assets in order.
type Place = (usize, usize);

/// One way to do every step: the rises each step took.
#[derive(Clone, Debug, Default)]
struct Way {
    rises: Vec<(usize, Place)>,
}

impl Way {
    fn last_of(&self, step: usize) -> Option<Place> {
        let newest = self.rises.iter().rev().find(|(of, _)| *of == step);
        newest.map(|(_, place)| *place)
    }

    fn last(&self) -> Option<Place> {
        self.rises.last().map(|(_, place)| *place)
    }
}

pub(super) struct Reference<'a> {
    pub(super) spec: &'a Spec,
    pub(super) events: &'a [Event],
    pub(super) end: Time,
}

impl Reference<'_> {
    /// Every transition of the rule, by time and key.
    pub(super) fn tell(&self, rule: &RuleName) -> Vec<Told> {
        let mut told = Vec::new();
        let mut keys: BTreeMap<Key, Vec<(Moment, Way)>> = BTreeMap::new();
        for way in self.ways() {
            let (_, (_, asset)) = way.rises[0];
            let key = self.events[0].assets[asset].key(self.spec.by);
            if let Some(moment) = self.whole_at(&way) {
                keys.entry(key).or_default().push((moment, way));
            }
        }
        for (key, mut whole) in keys {
            self.meet(&mut whole);
            whole.sort_by_key(|(moment, _)| *moment);
            self.alerts(rule, &key, &whole, &mut told);
        }
        told.sort_by(|(a, k, ..), (b, l, ..)| (a, k).cmp(&(b, l)));
        told
    }

    /// What is due at one time is one moment: what is whole by an event of that time is whole with the end of `within`.
    fn meet(&self, whole: &mut [(Moment, Way)]) {
        let ends: Vec<_> = whole
            .iter()
            .map(|(at, _)| *at)
            .filter(|at| !at.is_event)
            .collect();
        for (moment, _) in whole {
            let end = ends.iter().find(|end| end.at == moment.at);
            if let Some(end) = end.filter(|_| self.is_due(*moment)) {
                *moment = *end;
            }
        }
    }

    fn is_due(&self, moment: Moment) -> bool {
        moment.is_event && self.events[moment.event].is_due()
    }

    /// What a condition comes to on an asset; outside the rule's hours it is false.
    fn truth(&self, cond: Cond, event: &Event, asset: usize) -> Option<bool> {
        let truth = cond.truth(event, asset);
        let foreign = event.assets[asset].id.starts_with("pw") != cond.is_about_power();
        if self.spec.during && !event.open && !foreign {
            return Some(false);
        }
        truth
    }

    /// Whether a condition rose: known false when it was last known, and true now.
    fn rose(&self, cond: Cond, (event, asset): Place) -> bool {
        let truth = |event: &Event| self.truth(cond, event, asset);
        if self.events[event].retained || truth(&self.events[event]) != Some(true) {
            return false;
        }
        let mut before = self.events[..event].iter().rev();
        before.find_map(truth) == Some(false)
    }

    fn admits(&self, filter: Filter, (event, asset): Place, way: &Way) -> bool {
        let clients = |(event, asset): Place| self.events[event].assets[asset].clients();
        match filter {
            Filter::Any => true,
            Filter::Same(step) => way.last_of(step).is_some_and(|(_, other)| other == asset),
            Filter::Other(step) => way.last_of(step).is_some_and(|(_, other)| other != asset),
            Filter::More(step) => {
                let other = way.last_of(step).and_then(clients);
                clients((event, asset))
                    .zip(other)
                    .is_some_and(|(a, b)| a > b)
            }
        }
    }

    /// Every choice of rises that does all steps in time, and that no guard forbids.
    fn ways(&self) -> Vec<Way> {
        let mut ways = vec![Way::default()];
        for step in 0..self.spec.steps.len() {
            ways = ways.iter().flat_map(|way| self.next(way, step)).collect();
        }
        ways
    }

    /// The places after another at which a condition rose, of the same key.
    fn rises(&self, cond: Cond, way: &Way, filter: Filter) -> Vec<Place> {
        let assets = self.events[0].assets.len();
        let places = (0..self.events.len()).flat_map(|e| (0..assets).map(move |a| (e, a)));
        let key = |asset: usize| self.events[0].assets[asset].key(self.spec.by);
        let same = |asset: usize| way.last().is_none_or(|(_, first)| key(first) == key(asset));
        places
            .filter(|(_, asset)| same(*asset))
            .filter(|place| self.rose(cond, *place) && self.admits(filter, *place, way))
            .collect()
    }

    fn next(&self, way: &Way, step: usize) -> Vec<Way> {
        let (cond, filter, times) = self.spec.steps[step];
        let rises = self.rises(cond, way, filter);
        let mut next = Vec::new();
        for (n, first) in rises.iter().enumerate() {
            if way.last().is_some_and(|last| *first <= last) {
                continue;
            }
            // A repetition takes the rises that follow, whoever's they are.
            let same_key = |place: &&Place| {
                let key = |(_, asset): &Place| self.events[0].assets[*asset].key(self.spec.by);
                key(place) == key(first)
            };
            let taken: Vec<_> = rises[n..].iter().filter(same_key).take(times).collect();
            let began = way.rises.first().map_or(*first, |(_, place)| *place);
            let deadline = self.events[began.0].at + self.spec.within;
            let Some(last) = taken.last().filter(|_| taken.len() == times) else {
                continue;
            };
            if self.events[last.0].at >= deadline || self.forbidden(way, step, **last, true) {
                continue;
            }
            let mut more = way.clone();
            more.rises.extend(taken.iter().map(|place| (step, **place)));
            next.push(more);
        }
        next
    }

    /// Whether a guard before this step rose after the way came here and before `until`; where `itself`, guards of that
    /// very asset and event count, since they go before steps.
    fn forbidden(&self, way: &Way, before: usize, until: Place, itself: bool) -> bool {
        let Some(from) = way.last() else { return false };
        let guards = self.spec.guards.iter();
        let mut guards = guards.filter(|(step, ..)| *step == before);
        guards.any(|(_, cond, filter)| {
            let rises = self.rises(*cond, way, *filter);
            let mut rises = rises.iter();
            rises.any(|rise| *rise > from && (*rise < until || (itself && *rise == until)))
        })
    }

    /// When a way is whole: with its last rise, or at the end of `within` if nothing forbade it until then.
    fn whole_at(&self, way: &Way) -> Option<Moment> {
        let (event, _) = way.last()?;
        let steps = self.spec.steps.len();
        if !self.spec.guards.iter().any(|(before, ..)| *before == steps) {
            return Some(Moment::of(event, self.events[event].at));
        }
        let (_, (first, _)) = way.rises[0];
        let deadline = self.events[first].at + self.spec.within;
        // The end comes before whatever is stamped with it, and after whatever else is due then.
        let before =
            |event: &Event| event.at < deadline || (event.at == deadline && event.is_due());
        let after = self.events.partition_point(before);
        let heard = |event: usize| {
            let Event {
                source_up, assets, ..
            } = &self.events[event];
            let mut rises = way.rises.iter();
            let sure = |asset: &Asset| asset.presence != Presence::Doubted;
            *source_up && rises.all(|(_, (_, asset))| sure(&assets[*asset]))
        };
        if heard(after - 1) {
            let free = deadline <= self.end && !self.forbidden(way, steps, (after, 0), false);
            return free.then_some(Moment {
                at: deadline,
                event: after,
                is_event: false,
            });
        }
        let then = (after..self.events.len()).find(|event| heard(*event))?;
        let free = !self.forbidden(way, steps, (then + 1, 0), false);
        free.then(|| Moment::of(then, self.events[then].at))
    }

    /// The alert of a key over time, from when its ways became whole.
    fn alerts(&self, rule: &RuleName, key: &Key, whole: &[(Moment, Way)], told: &mut Vec<Told>) {
        let mut open: Option<AlertId> = None;
        let mut clearing: Option<Time> = None;
        let mut held: Vec<(Vec<(usize, usize)>, &Way)> = Vec::new();
        for moment in self.moments(whole) {
            if let (Some(since), Some(id)) = (clearing, open) {
                let due = since + self.spec.keep_firing_for;
                let fresh = whole.iter().any(|(at, _)| *at == moment);
                let input = moment.is_event && !self.is_due(moment);
                let first = due < moment.at || (due == moment.at && (input || !fresh));
                if first {
                    told.push((due, key.clone(), false, id));
                    (open, clearing) = (None, None);
                }
            }
            let state = moment.state();
            let fresh: Vec<_> = whole.iter().filter(|(at, _)| *at == moment).collect();
            for (_, way) in &fresh {
                held.push((self.stands_on(way, state), way));
            }
            let shut = self.spec.during && !self.events[state].open;
            if !fresh.is_empty() && !shut {
                clearing = None;
                open.get_or_insert_with(|| {
                    let id = alert_id(rule, key, &self.origin(moment));
                    told.push((moment.at, key.clone(), true, id));
                    id
                });
            }
            held.retain(|(stands_on, way)| !self.is_over(stands_on, way, state));
            if held.is_empty()
                && let Some(id) = open
            {
                if self.spec.keep_firing_for.is_zero() {
                    told.push((moment.at, key.clone(), false, id));
                    open = None;
                } else {
                    clearing.get_or_insert(moment.at);
                }
            }
        }
        if let (Some(since), Some(id)) = (clearing, open) {
            let due = since + self.spec.keep_firing_for;
            if due <= self.end {
                told.push((due, key.clone(), false, id));
            }
        }
    }

    /// Every event, and every end of `within` at which something became whole.
    fn moments(&self, whole: &[(Moment, Way)]) -> Vec<Moment> {
        let events = self.events.iter().enumerate();
        let events = events.map(|(n, event)| Moment::of(n, event.at));
        let ends: Vec<_> = whole
            .iter()
            .map(|(at, _)| *at)
            .filter(|at| !at.is_event)
            .collect();
        let met =
            |moment: &Moment| self.is_due(*moment) && ends.iter().any(|end| end.at == moment.at);
        let events = events.filter(|moment| !met(moment));
        let mut all: Vec<_> = events.chain(whole.iter().map(|(at, _)| *at)).collect();
        all.sort();
        all.dedup();
        all
    }

    fn origin(&self, moment: Moment) -> Origin {
        if moment.is_event {
            self.events[moment.event].origin.clone()
        } else {
            Origin::Due(moment.at)
        }
    }

    /// The steps and assets of which the condition was last known to hold.
    fn stands_on(&self, way: &Way, state: usize) -> Vec<(usize, usize)> {
        let rises = way.rises.iter();
        let holds = rises.filter(|(step, (_, asset))| {
            let (cond, ..) = self.spec.steps[*step];
            let mut states = self.events[..=state].iter().rev();
            states.find_map(|event| self.truth(cond, event, *asset)) == Some(true)
        });
        holds.map(|(step, (_, asset))| (*step, *asset)).collect()
    }

    fn is_over(&self, stands_on: &[(usize, usize)], way: &Way, state: usize) -> bool {
        let event = &self.events[state];
        if let Some(step) = self.spec.clear {
            let (_, asset) = way.last_of(step).expect("every step was done");
            return Cond::Up.truth(event, asset) == Some(true);
        }
        let ended = |(step, asset): &(usize, usize)| {
            let (cond, ..) = self.spec.steps[*step];
            self.truth(cond, event, *asset) == Some(false)
        };
        stands_on.is_empty() || stands_on.iter().any(ended)
    }
}

/// An event, or an end of `within` before the event of this number. In order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Moment {
    event: usize,
    is_event: bool,
    at: Time,
}

impl Moment {
    fn of(event: usize, at: Time) -> Self {
        Self {
            event,
            is_event: true,
            at,
        }
    }

    /// The number of the event after which everything stands as it does now.
    fn state(self) -> usize {
        if self.is_event {
            self.event
        } else {
            self.event - 1
        }
    }
}
