//! All devices of a run on their absolute schedule. Between two moments at which conditions change, devices are
//! independent and are worked out by as many threads as wanted; the messages are the same for any number.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use model::{Lifecycle, Span, Time};

use crate::device::{Device, Occasion};
use crate::message::Message;
use crate::scenario::Script;
use crate::scene::Scene;
use crate::simulation::KindPlan;
use crate::world::World;

/// The devices of a run.
#[derive(Debug)]
pub struct Fleet {
    scene: Arc<Scene>,
    world: World,
    shards: Vec<Shard>,
    /// Which shard an asset's device is in, and where there; none for assets that are not simulated.
    homes: Vec<Option<(usize, usize)>>,
}

/// The devices of one worker.
#[derive(Debug, Default)]
struct Shard {
    devices: Vec<Device>,
    due: BinaryHeap<Reverse<(Time, usize, Occasion, u64)>>,
    delayed: Vec<Message>,
    out: Vec<Message>,
}

impl Fleet {
    /// Every simulated asset that is in service, spread over `workers` threads. `rate` multiplies how often they report.
    pub fn new(
        scene: Arc<Scene>,
        script: &mut Script,
        world: World,
        rate: f64,
        workers: usize,
    ) -> Self {
        let workers = workers.max(1);
        let mut shards: Vec<Shard> = Vec::new();
        shards.resize_with(workers, Shard::default);
        let mut homes = vec![None; scene.city.assets.len()];
        for (i, plan) in taking_part(&scene, script.most_assets) {
            let every = script
                .report_every
                .get(&scene.city.assets[i].kind)
                .copied()
                .unwrap_or(plan.report_every);
            let period = Span::from_millis(((every.millis() as f64 / rate) as i64).max(1));
            let drives = script.drives.remove(&(i as u32)).unwrap_or_default();
            let device = Device::new(&scene, i as u32, plan, period, drives);
            let shard = &mut shards[i % workers];
            homes[i] = Some((i % workers, shard.devices.len()));
            shard.add(device, scene.start);
        }
        Self {
            scene,
            world,
            shards,
            homes,
        }
    }

    /// How many devices take part.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|s| s.devices.len()).sum()
    }

    /// True when the pack simulates nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Readings that devices lost because their own store was full.
    pub fn store_lost(&self) -> u64 {
        let devices = self.shards.iter().flat_map(|s| &s.devices);
        devices.map(|d| d.store_lost).sum()
    }

    /// Every message due up to `to`, in the order (due, device). Any split of a stretch of time gives the same messages.
    pub fn advance(&mut self, to: Time) -> Vec<Message> {
        let mut messages = Vec::new();
        loop {
            let event = self.world.next_event().filter(|at| *at <= to);
            // What is due at the very moment of a change already sees it.
            let until = event.map_or(to, |at| at - Span::from_millis(1));
            self.run_shards(until);
            self.collect(until, &mut messages);
            let Some((at, changed)) = event.and_then(|at| self.world.step(at)) else {
                return messages;
            };
            self.tell(at, &changed);
        }
    }

    fn run_shards(&mut self, until: Time) {
        let (scene, world) = (&*self.scene, &self.world);
        if let [only] = self.shards.as_mut_slice() {
            only.run(scene, world, until);
            return;
        }
        std::thread::scope(|scope| {
            for shard in &mut self.shards {
                scope.spawn(move || shard.run(scene, world, until));
            }
        });
    }

    fn collect(&mut self, until: Time, messages: &mut Vec<Message>) {
        let begin = messages.len();
        for shard in &mut self.shards {
            shard.release(until);
            messages.append(&mut shard.out);
        }
        // Stable: the messages of one device keep their order.
        messages[begin..].sort_by_key(|m| (m.due, m.device));
    }

    fn tell(&mut self, at: Time, changed: &[u32]) {
        for asset in changed {
            let Some((shard, device)) = self.homes[*asset as usize] else {
                continue;
            };
            let kind = self.scene.city.assets[*asset as usize].kind;
            let Some(plan) = self.scene.plan.kind(kind) else {
                continue;
            };
            self.shards[shard].tell(device, at, plan.tells_within);
        }
    }
}

/// The places of the assets that report, with what they do; at most so many, spread evenly over the registry.
fn taking_part(scene: &Scene, most: Option<usize>) -> Vec<(usize, &KindPlan)> {
    let assets = scene.city.assets.iter().enumerate();
    let all: Vec<(usize, &KindPlan)> = assets
        .filter(|(_, a)| matches!(a.lifecycle, Lifecycle::InService | Lifecycle::Maintenance))
        .filter_map(|(i, a)| Some((i, scene.plan.kind(a.kind)?)))
        .collect();
    let (most, count) = (most.unwrap_or(all.len()), all.len().max(1));
    let kept = |n: &usize| (n * most) / count != ((n + 1) * most) / count || most >= count;
    let places = all.into_iter().enumerate();
    places
        .filter(|(n, _)| kept(n))
        .map(|(_, taking)| taking)
        .collect()
}

impl Shard {
    fn add(&mut self, device: Device, start: Time) {
        let first = start + device.phase;
        let at = self.devices.len();
        self.devices.push(device);
        self.due.push(Reverse((first, at, Occasion::Scheduled, 0)));
    }

    fn tell(&mut self, device: usize, at: Time, within: Span) {
        let after = self.devices[device].tells_after(within);
        self.due
            .push(Reverse((at + after, device, Occasion::Told, 0)));
    }

    fn run(&mut self, scene: &Scene, world: &World, until: Time) {
        while let Some(Reverse((at, index, occasion, count))) = self.due.peek().copied() {
            if at > until {
                return;
            }
            self.due.pop();
            let device = &mut self.devices[index];
            let conditions = world.conditions(device.asset);
            device.report(scene, at, conditions, occasion, &mut self.out);
            if occasion == Occasion::Scheduled {
                // From the start, never from the last report: a schedule that cannot drift.
                let count = count + 1;
                let sum = device.period.millis().saturating_mul(count as i64);
                let next = scene.start + device.phase + Span::from_millis(sum);
                self.due.push(Reverse((next, index, occasion, count)));
            }
        }
    }

    /// Moves what is not yet due to the delayed ones and what has become due out of them.
    fn release(&mut self, until: Time) {
        let waiting = std::mem::take(&mut self.delayed);
        let fresh = std::mem::take(&mut self.out);
        for message in fresh.into_iter().chain(waiting) {
            if message.due <= until {
                self.out.push(message);
            } else {
                self.delayed.push(message);
            }
        }
    }
}
