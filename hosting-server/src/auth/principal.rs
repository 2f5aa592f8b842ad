//! Who asks, what they may do, and whose things they may see.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use hosting_core::{
    kernel::Versioned,
    model::{Actor, ApiKeyId, CustomerId, Permission, Role, SessionId, User, UserId},
};

use crate::http::problem::Problem;

/// How the caller proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A browser's cookie.
    Session(SessionId),
    /// A program's key.
    ApiKey(ApiKeyId),
}

/// Whose things the caller may see on this route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Everybody's: the route needs a permission of staff, and the caller holds it.
    Everybody,
    /// One customer's.
    Own(CustomerId),
    /// Nobody's.
    Nobody,
}

/// Who asks. Only the gate in front of a route makes one; handlers take it as an argument.
///
/// The pattern for one object is: load it, then [`see`](Self::see) it — what is not there and what is
/// somebody else's are the same 404. For lists it is [`customer_filter`](Self::customer_filter).
#[derive(Debug, Clone)]
pub struct Principal {
    user: Arc<Versioned<User>>,
    proof: Proof,
    permissions: Arc<[Permission]>,
    reach: Reach,
}

impl Principal {
    pub(crate) fn new(user: Versioned<User>, proof: Proof, scopes: Option<&[Permission]>) -> Self {
        let held = user.role.permissions().iter().copied();
        let permissions = held.filter(|it| scopes.is_none_or(|some| some.contains(it))).collect();
        Self { user: Arc::new(user), proof, permissions, reach: Reach::Nobody }
    }

    pub(crate) fn reaching(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// The user.
    pub fn user(&self) -> &Versioned<User> {
        &self.user
    }

    /// The user's id.
    pub fn user_id(&self) -> UserId {
        self.user.id
    }

    /// The user's role.
    pub fn role(&self) -> Role {
        self.user.role
    }

    /// The customer they act for, if they buy here.
    pub fn customer_id(&self) -> Option<CustomerId> {
        self.user.customer_id
    }

    /// How they proved who they are.
    pub const fn proof(&self) -> Proof {
        self.proof
    }

    /// What they may do: the role's permissions, within the key's scopes.
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// Whether they hold `permission`.
    pub fn holds(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// Whose things they may see on this route.
    pub const fn reach(&self) -> Reach {
        self.reach
    }

    /// Who the journal will name.
    pub fn actor(&self) -> Actor {
        let user_id = self.user.id;
        match self.proof {
            Proof::Session(_) => Actor::User { user_id },
            Proof::ApiKey(api_key_id) => Actor::ApiKey { api_key_id, user_id },
        }
    }

    /// The caller's name for limits and kept answers: the key's or the user's id.
    pub fn caller(&self) -> String {
        match self.proof {
            Proof::Session(_) => self.user.id.to_string(),
            Proof::ApiKey(id) => id.to_string(),
        }
    }

    /// Whether something of this customer's may be seen here.
    pub fn may_see(&self, customer_id: CustomerId) -> bool {
        match self.reach {
            Reach::Everybody => true,
            Reach::Own(own) => own == customer_id,
            Reach::Nobody => false,
        }
    }

    /// What was found, if it may be seen here.
    ///
    /// # Errors
    /// 404, whether it is not there or somebody else's: the answer must not tell.
    pub fn see<T>(&self, found: Option<T>, owner: impl Fn(&T) -> CustomerId) -> Result<T, Problem> {
        found.filter(|it| self.may_see(owner(it))).ok_or_else(Problem::not_found)
    }

    /// For lists: `Some` restricts to one customer, `None` is everybody's.
    ///
    /// # Errors
    /// 404 when nobody's things may be seen.
    pub fn customer_filter(&self) -> Result<Option<CustomerId>, Problem> {
        match self.reach {
            Reach::Everybody => Ok(None),
            Reach::Own(own) => Ok(Some(own)),
            Reach::Nobody => Err(Problem::not_found()),
        }
    }
}

/// The gate's mark on a request it let through. Without it a handler that asks who is there fails
/// closed.
#[derive(Debug, Clone)]
pub(crate) enum Admitted {
    Guest,
    Known(Principal),
}

fn no_gate() -> Problem {
    tracing::error!("a handler asked who is there on a route without a gate");
    Problem::internal()
}

impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<Admitted>() {
            Some(Admitted::Known(principal)) => Ok(principal.clone()),
            Some(Admitted::Guest) => Err(Problem::unauthorized()),
            None => Err(no_gate()),
        }
    }
}

/// Who asks on a public route: somebody known, or nobody.
#[derive(Debug, Clone)]
pub struct Guest(pub Option<Principal>);

impl Guest {
    /// Who the journal will name.
    pub fn actor(&self) -> Actor {
        self.0.as_ref().map_or(Actor::Guest, Principal::actor)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Guest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<Admitted>() {
            Some(Admitted::Known(principal)) => Ok(Self(Some(principal.clone()))),
            Some(Admitted::Guest) => Ok(Self(None)),
            None => Err(no_gate()),
        }
    }
}
