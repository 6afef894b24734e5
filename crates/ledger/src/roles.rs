//! Roles as Cedar policies: deny by default, asked before every question and every command.

use std::{
    collections::{BTreeSet, HashMap},
    sync::RwLock,
};

use aboveboard_model::access::{Actor, Permission, Role};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};

const POLICIES: &str = include_str!("roles.cedar");

/// The authoriser with its policies. Answers are kept: there are few roles and few permissions.
pub(crate) struct Roles {
    policies: PolicySet,
    authorizer: Authorizer,
    known: RwLock<HashMap<Asked, bool>>,
}

/// Whether a person asks, in which roles, for what.
type Asked = (bool, BTreeSet<Role>, Permission);

impl Roles {
    pub fn new() -> Self {
        Self {
            policies: POLICIES.parse().expect("the embedded policies parse: a test holds them to it"),
            authorizer: Authorizer::new(),
            known: RwLock::default(),
        }
    }

    /// Whether somebody in these roles holds a permission.
    pub fn permit(&self, actor: &Actor, roles: &BTreeSet<Role>, permission: Permission) -> bool {
        let key = (actor.user().is_some(), roles.clone(), permission);
        if let Some(known) = self.known.read().ok().and_then(|known| known.get(&key).copied()) {
            return known;
        }
        let permitted = self.evaluate(key.0, roles, permission).unwrap_or(false);
        if let Ok(mut known) = self.known.write() {
            known.insert(key, permitted);
        }
        permitted
    }

    /// `None` where Cedar could not even be asked; the caller denies.
    fn evaluate(&self, is_user: bool, roles: &BTreeSet<Role>, permission: Permission) -> Option<bool> {
        let principal = uid(if is_user { "User" } else { "Machine" }, "principal")?;
        let words = roles.iter().map(|role| RestrictedExpression::new_string(role.word().to_owned()));
        let attributes = [("roles".to_owned(), RestrictedExpression::new_set(words))].into_iter().collect();
        let entity = Entity::new(principal.clone(), attributes, Default::default()).ok()?;
        let entities = Entities::from_entities([entity], None).ok()?;
        let request = Request::new(
            principal,
            uid("Action", permission.word())?,
            uid("Deployment", "this")?,
            Context::empty(),
            None,
        )
        .ok()?;
        let answer = self.authorizer.is_authorized(&request, &self.policies, &entities);
        Some(answer.decision() == Decision::Allow && answer.diagnostics().errors().next().is_none())
    }
}

fn uid(kind: &str, id: &str) -> Option<EntityUid> {
    let kind: EntityTypeName = kind.parse().ok()?;
    Some(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

#[cfg(test)]
mod tests {
    use aboveboard_model::id::UserId;

    use super::*;

    fn may(roles: &[Role], permission: Permission) -> bool {
        Roles::new().permit(&Actor::User(UserId(1)), &roles.iter().copied().collect(), permission)
    }

    #[test]
    fn every_permission_is_some_roles_and_no_role_means_no_permission() {
        for permission in Permission::ALL {
            let holders = Role::ALL.iter().filter(|role| may(&[**role], *permission)).count();
            assert!(holders > 0, "{permission:?} is nobody's");
            assert_eq!(may(&[], *permission), *permission == Permission::OwnAccount, "{permission:?}");
        }
    }

    #[test]
    fn an_administrator_reads_no_content_in_any_combination_of_roles() {
        use Permission::{AlertRead, CaseRead, ConversationRead, Search};
        for other in Role::ALL {
            for content in [AlertRead, CaseRead, ConversationRead, Search] {
                assert!(!may(&[Role::Administrator, *other], content), "{other:?} {content:?}");
            }
        }
    }

    #[test]
    fn only_roles_that_read_content_hold_a_content_permission() {
        for role in Role::ALL {
            assert_eq!(may(&[*role], Permission::ConversationRead), role.reads_content(), "{role:?}");
        }
    }
}
