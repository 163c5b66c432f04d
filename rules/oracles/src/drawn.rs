//! From a fuzzer's bytes to the parts of a case. Every part has five bytes of its own: what kind of part it is, and which of
//! its kind. So a changed byte changes one part, and bytes cut out or put in take parts out or put others in.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// One part as bytes.
pub(crate) struct Part<'a> {
    /// Which kind of part, below sixteen.
    pub(crate) kind: u8,
    which: &'a [u8],
}

/// The bytes part by part, `most` at most.
pub(crate) fn parts(bytes: &[u8], most: usize) -> impl Iterator<Item = Part<'_>> {
    bytes.chunks(5).take(most).map(|chunk| Part {
        kind: chunk[0] % 16,
        which: &chunk[1..],
    })
}

impl Part<'_> {
    /// The value of a strategy that these bytes stand for; none where the strategy refuses them.
    pub(crate) fn drawn<S: Strategy>(&self, strategy: &S) -> Option<S::Value> {
        let mut seed = [0; 32];
        seed[..self.which.len()].copy_from_slice(self.which);
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), random);
        let tree = strategy.new_tree(&mut runner).ok()?;
        Some(tree.current())
    }
}
