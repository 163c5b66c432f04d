//! What a line of `expect` can be about: whether a transition like it could come of this test at all.
//!
//! Owns what is certain: the rules that are compared, their severities, the assets of the test. Groups and derived assets
//! are made while the test runs, so nothing is said of their keys.

use city::City;
use model::{AssetId, KindId, RuleName, Severity, nearest};

use super::expect::Expected;
use super::values::ExpectedValues;
use crate::plan::{Plan, Rule, Subject};

/// What is known of a test when its expectations are read.
pub(super) struct Possible<'a> {
    pub(super) plan: &'a Plan,
    pub(super) city: &'a City,
    /// All where empty; none where something is wrong with the list.
    pub(super) compared: Option<&'a [RuleName]>,
    /// None where something is wrong with them.
    pub(super) assets: Option<Vec<(AssetId, KindId)>>,
    /// Whether the test registers its own.
    pub(super) own_assets: bool,
}

/// Why no transition is like this, and what to write.
pub(super) struct Impossible {
    pub(super) message: String,
    pub(super) help: String,
}

impl Possible<'_> {
    pub(super) fn check(&self, expected: &Expected) -> Result<(), Impossible> {
        self.is_compared(&expected.rule)?;
        let Some(ix) = self.plan.find(&expected.rule) else {
            return Ok(());
        };
        let rule = &self.plan.rules[ix.index()];
        has_severity(rule, expected.severity)?;
        self.has_key(rule, &expected.key)
    }

    /// Whether an asset whose values are expected is there to show some: one that is not is unknown for ever.
    pub(super) fn check_values(&self, expected: &ExpectedValues) -> Result<(), Impossible> {
        let id = &expected.asset;
        let registered = self.city.assets.iter().find(|asset| asset.id == *id);
        let (Some(assets), Some(asset)) = (&self.assets, registered) else {
            return Ok(());
        };
        if self.is_derived(asset.kind) || assets.iter().any(|(there, _)| there == id) {
            return Ok(());
        }
        Err(self.no_asset(asset.kind, id.as_str(), assets))
    }

    fn is_derived(&self, kind: KindId) -> bool {
        self.plan.derived.iter().any(|derived| derived.kind == kind)
    }

    fn is_compared(&self, rule: &RuleName) -> Result<(), Impossible> {
        let compared = self.compared.unwrap_or_default();
        if compared.is_empty() || compared.contains(rule) {
            return Ok(());
        }
        let near = nearest(&rule.name, compared.iter().map(|rule| &*rule.name));
        let near = near.map_or(String::new(), |near| format!("did you mean '{near}'? Or "));
        Err(Impossible {
            message: format!("'{}' is not among the rules this test compares", rule.name),
            help: format!("{near}add it to 'rules'"),
        })
    }

    fn has_key(&self, rule: &Rule, key: &str) -> Result<(), Impossible> {
        match &rule.subject {
            Subject::Asset(kind) | Subject::Sequence { asset: Some(kind) } => {
                self.is_asset(rule, *kind, key)
            }
            Subject::Group(_) | Subject::Sequence { asset: None }
                if rule.info.by.is_empty() && key != "city" =>
            {
                Err(Impossible {
                    message: format!("'{}' is about the whole city, not '{key}'", rule.info.name),
                    help: "write 'city' as its key".to_owned(),
                })
            }
            _ => Ok(()),
        }
    }

    fn is_asset(&self, rule: &Rule, kind: KindId, key: &str) -> Result<(), Impossible> {
        let Some(assets) = &self.assets else {
            return Ok(());
        };
        if self.is_derived(kind) {
            return Ok(());
        }
        let catalog = &self.city.catalog;
        let about = &catalog.kind(kind).name;
        match assets.iter().find(|(id, _)| id.as_str() == key) {
            Some((_, is)) if *is == kind => Ok(()),
            Some((_, is)) => Err(Impossible {
                message: format!(
                    "'{key}' is of {}, and '{}' is about {about}",
                    catalog.kind(*is).name,
                    rule.info.name
                ),
                help: format!("the key is an asset of {about}"),
            }),
            None => Err(self.no_asset(kind, key, assets)),
        }
    }

    fn no_asset(&self, kind: KindId, key: &str, assets: &[(AssetId, KindId)]) -> Impossible {
        let registered = || {
            self.city
                .assets
                .iter()
                .any(|asset| asset.id.as_str() == key)
        };
        if !self.own_assets && registered() {
            return Impossible {
                message: format!("the timeline does not name '{key}', so it is not in this test"),
                help: "name it there, with '_' where it never speaks".to_owned(),
            };
        }
        let alike = assets.iter().filter(|(_, is)| *is == kind);
        let near = nearest(key, alike.map(|(id, _)| id.as_str()));
        Impossible {
            message: format!("there is no asset '{key}' in this test"),
            help: near.map_or_else(
                || {
                    format!(
                        "the key is an asset of {}",
                        self.city.catalog.kind(kind).name
                    )
                },
                |near| format!("did you mean '{near}'?"),
            ),
        }
    }
}

fn has_severity(rule: &Rule, severity: Severity) -> Result<(), Impossible> {
    let levels = &rule.ladder.levels;
    if levels.iter().any(|(level, _)| *level == severity) {
        return Ok(());
    }
    let name = &rule.info.name;
    if levels.is_empty() {
        return Err(Impossible {
            message: format!("'{name}' derives readings and raises no alert"),
            help: "expect what its assets show: 10m env-area-air:w1 pm25=40.5".to_owned(),
        });
    }
    let words: Vec<_> = levels.iter().map(|(level, _)| level.as_str()).collect();
    Err(Impossible {
        message: format!("'{name}' is never {}", severity.as_str()),
        help: format!("it is {}", words.join(" or ")),
    })
}
