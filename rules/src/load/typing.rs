//! The seam for tools: what names mean in an expression about one asset, outside any rule.

use city::City;
use model::Kind;

use super::kinds::KindBuilder;
use super::member_scope::MemberScope;
use super::surroundings::Clocks;
use super::zone_of;

/// Does something with an expression in the scope that a condition about one asset of the kind has.
pub fn in_scope_of<T>(
    city: &City,
    kind: &Kind,
    typing: impl FnOnce(&mut dyn cel::Scope) -> T,
) -> T {
    typing(&mut MemberScope {
        city,
        zone: &zone_of(city),
        kind,
        builder: &mut KindBuilder::new(kind),
        slots: &mut Vec::new(),
        clocks: &mut Clocks::default(),
        reads: Vec::new(),
        english: None,
        collects: None,
        doubts: &mut Vec::new(),
    })
}
