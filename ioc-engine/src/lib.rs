//! The composition root: config, serve, demo and the command line.

pub mod backtest;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod desk;
pub mod draw;
pub mod engine;
pub mod failpoint;
mod health;
pub mod log;
pub mod pack;
pub mod reserve;
mod rule_gauges;
pub mod serve;
pub mod stages;
pub mod store;
pub mod tokens;
pub mod work;
pub mod writer;
