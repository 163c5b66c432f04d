//! The expression language alone: types, compilation, evaluation.
