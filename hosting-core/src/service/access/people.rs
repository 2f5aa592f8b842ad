//! What staff do to accounts. Who acts is read anew with every try, so that whoever lost their own rights
//! meanwhile is refused.

use super::{FreshToken, customer_of, known, seal};
use crate::{
    change::ChangeSet,
    decide::{
        Context,
        access::{
            self as verbs, Credentials, Manager, NewPerson, NewStaff, Registration, StaffRefusal,
        },
    },
    kernel::{Email, PageRequest, Versioned},
    model::{Actor, ApiKeyId, Customer, CustomerId, Permission, Role, User, UserId},
    port::{Store, StoreError, store::UserFilter},
    service::{Ports, ServiceError, decide_again},
};

type Refused = ServiceError<StaffRefusal>;

/// Who acts, as far as managing users goes.
enum Authority {
    Operator,
    User(Box<Versioned<User>>, Vec<Permission>),
}

impl Authority {
    /// Reads who `actor` is. Only the system itself needs no account; a guest, a task and an impersonator
    /// manage nobody.
    async fn of(store: &dyn Store, actor: &Actor) -> Result<Self, Refused> {
        let beyond = || ServiceError::Refused(StaffRefusal::Beyond);
        let (user_id, key_id) = match actor {
            Actor::System => return Ok(Self::Operator),
            Actor::User { user_id } => (*user_id, None),
            Actor::ApiKey { api_key_id, user_id } => (*user_id, Some(*api_key_id)),
            Actor::Guest | Actor::Task { .. } | Actor::Impersonator { .. } => return Err(beyond()),
        };
        let user = store.user(user_id).await?.ok_or_else(beyond)?;
        let held = match key_id {
            None => user.role.permissions().to_vec(),
            Some(id) => {
                let key = store.api_key(id).await?.filter(|it| it.revoked_at.is_none());
                key.filter(|it| it.user_id == user_id).ok_or_else(beyond)?.value.scopes
            }
        };
        Ok(Self::User(Box::new(user), held))
    }

    fn manager(&self) -> Manager<'_> {
        match self {
            Self::Operator => Manager::Operator,
            Self::User(user, held) => Manager::User { user, held },
        }
    }

    /// An admin besides `user` who can log in: whoever acts, or the first there is.
    async fn witness(
        &self,
        store: &dyn Store,
        user: &User,
    ) -> Result<Option<Versioned<User>>, StoreError> {
        let fits = |it: &Versioned<User>| it.id != user.id && verbs::is_witness(it);
        if let Self::User(by, _) = self
            && fits(by)
        {
            return Ok(Some((**by).clone()));
        }
        let filter = UserFilter { role: Some(Role::Admin), customer_id: None };
        let mut request = PageRequest::first(PageRequest::MAX);
        loop {
            let page = store.users(&filter, &request).await?;
            if let Some(found) = page.items.into_iter().find(fits) {
                return Ok(Some(found));
            }
            let Some(next) = page.next else { return Ok(None) };
            request = PageRequest::after(Some(next), PageRequest::MAX);
        }
    }
}

/// Runs `$decide`, which is given who acts and answers `(changes, answer)`, until it is committed.
macro_rules! by_staff {
    ($ports:expr, $actor:expr, |$store:ident, $by:ident| $decide:block) => {{
        let $store = &*$ports.store;
        let done = decide_again!($store, {
            let $by = Authority::of($store, $actor).await?;
            $decide
        });
        Ok(done?.1)
    }};
}

/// The user as `changes` leaves them.
fn after(changes: &ChangeSet, user: Versioned<User>) -> User {
    changes.users.changed.first().map_or(user.value, |it| it.value.clone())
}

/// Makes a customer with a first user, who is mailed a link to choose a password.
///
/// # Errors
/// [`StaffRefusal`]; [`StoreError::Duplicate`] when the address has an account.
pub async fn enrol(
    ports: &Ports,
    actor: &Actor,
    wish: &Registration,
    invitation: &FreshToken,
) -> Result<Customer, Refused> {
    let ctx = &Context::new(ports.mint(), actor);
    let user_id = ctx.id();
    let link = seal(ports, ctx, user_id, invitation);
    by_staff!(ports, actor, |store, by| {
        verbs::enrol(ctx, by.manager(), user_id, wish, &link).map_err(ServiceError::Refused)?
    })
}

/// Makes one more user of a customer, who is mailed a link to choose a password.
///
/// # Errors
/// [`StaffRefusal`]; [`StoreError::Duplicate`] when the address has an account.
pub async fn add_user(
    ports: &Ports,
    actor: &Actor,
    customer_id: CustomerId,
    wish: &NewPerson,
    invitation: &FreshToken,
) -> Result<User, Refused> {
    let ctx = &Context::new(ports.mint(), actor);
    let user_id = ctx.id();
    let link = seal(ports, ctx, user_id, invitation);
    by_staff!(ports, actor, |store, by| {
        let customer = store.customer(customer_id).await?.filter(|it| it.deleted_at.is_none());
        let customer = customer.ok_or(ServiceError::NotFound("customer"))?;
        verbs::add_user(ctx, by.manager(), &customer, user_id, wish, &link)
            .map_err(ServiceError::Refused)?
    })
}

/// Makes a staff member. With `invitation` they are mailed a link to choose their password.
///
/// # Errors
/// [`StaffRefusal`]; [`StoreError::Duplicate`] when the address has an account.
pub async fn create_staff(
    ports: &Ports,
    actor: &Actor,
    wish: &NewStaff,
    invitation: Option<&FreshToken>,
) -> Result<User, Refused> {
    let ctx = &Context::new(ports.mint(), actor);
    let user_id = ctx.id();
    let link = invitation.map(|it| seal(ports, ctx, user_id, it));
    by_staff!(ports, actor, |store, by| {
        verbs::create_staff(ctx, by.manager(), user_id, wish, link.as_ref())
            .map_err(ServiceError::Refused)?
    })
}

/// Mails the link to choose a first password once more.
///
/// # Errors
/// [`StaffRefusal`].
pub async fn invite_again(
    ports: &Ports,
    actor: &Actor,
    user_id: UserId,
    invitation: &FreshToken,
) -> Result<User, Refused> {
    let ctx = &Context::new(ports.mint(), actor);
    let link = seal(ports, ctx, user_id, invitation);
    by_staff!(ports, actor, |store, by| {
        let user = known(store, user_id).await?;
        let changes = verbs::invite_again(ctx, by.manager(), &user, &link);
        (changes.map_err(ServiceError::Refused)?, user.value)
    })
}

/// Puts the address of somebody else's account right; they are mailed a link to prove it.
///
/// # Errors
/// [`StaffRefusal`]; [`StoreError::Duplicate`] when the address has an account.
pub async fn correct_email(
    ports: &Ports,
    actor: &Actor,
    user_id: UserId,
    email: &Email,
    proof: &FreshToken,
) -> Result<User, Refused> {
    let ctx = &Context::new(ports.mint(), actor);
    let link = seal(ports, ctx, user_id, proof);
    by_staff!(ports, actor, |store, by| {
        let user = known(store, user_id).await?;
        let customer = customer_of(store, &user).await?;
        let sessions = &store.live_sessions(user_id, ctx.now()).await?;
        let out = Credentials { sessions, keys: &store.api_keys(user_id).await? };
        let (by, customer) = (by.manager(), customer.as_ref());
        let changes = verbs::correct_email(ctx, by, &user, customer, out, email, &link)
            .map_err(ServiceError::Refused)?;
        let after = after(&changes, user);
        (changes, after)
    })
}

/// Gives a staff member another role.
///
/// # Errors
/// [`StaffRefusal`].
pub async fn change_role(
    ports: &Ports,
    actor: &Actor,
    user_id: UserId,
    role: Role,
) -> Result<User, Refused> {
    let ctx = &Context::new(ports.mint(), actor);
    by_staff!(ports, actor, |store, by| {
        let user = known(store, user_id).await?;
        let witness = by.witness(store, &user).await?;
        let changes = verbs::change_role(ctx, by.manager(), &user, role, witness.as_ref())
            .map_err(ServiceError::Refused)?;
        let after = after(&changes, user);
        (changes, after)
    })
}

/// Shuts an account; its sessions end and its keys are revoked.
///
/// # Errors
/// [`StaffRefusal`].
pub async fn disable_user(ports: &Ports, actor: &Actor, user_id: UserId) -> Result<User, Refused> {
    let ctx = &Context::new(ports.mint(), actor);
    by_staff!(ports, actor, |store, by| {
        let user = known(store, user_id).await?;
        let sessions = &store.live_sessions(user_id, ctx.now()).await?;
        let out = Credentials { sessions, keys: &store.api_keys(user_id).await? };
        let witness = by.witness(store, &user).await?;
        let changes = verbs::disable_user(ctx, by.manager(), &user, out, witness.as_ref())
            .map_err(ServiceError::Refused)?;
        let after = after(&changes, user);
        (changes, after)
    })
}

/// Opens an account again.
///
/// # Errors
/// [`StaffRefusal`].
pub async fn enable_user(ports: &Ports, actor: &Actor, user_id: UserId) -> Result<User, Refused> {
    let ctx = &Context::new(ports.mint(), actor);
    by_staff!(ports, actor, |store, by| {
        let user = known(store, user_id).await?;
        let changes =
            verbs::enable_user(ctx, by.manager(), &user).map_err(ServiceError::Refused)?;
        let after = after(&changes, user);
        (changes, after)
    })
}

/// Logs a user out of every browser; answers how many there were.
///
/// # Errors
/// [`StaffRefusal`].
pub async fn end_sessions(ports: &Ports, actor: &Actor, user_id: UserId) -> Result<usize, Refused> {
    let ctx = &Context::new(ports.mint(), actor);
    by_staff!(ports, actor, |store, by| {
        let user = known(store, user_id).await?;
        let live = store.live_sessions(user_id, ctx.now()).await?;
        let changes =
            verbs::end_sessions(ctx, by.manager(), &user, &live).map_err(ServiceError::Refused)?;
        let ended = changes.sessions.changed.len();
        (changes, ended)
    })
}

/// Revokes one of a user's keys, or all of them; answers how many worked until then.
///
/// # Errors
/// [`StaffRefusal`]; [`ServiceError::NotFound`] when the user has no such key.
pub async fn revoke_keys(
    ports: &Ports,
    actor: &Actor,
    user_id: UserId,
    only: Option<ApiKeyId>,
) -> Result<usize, Refused> {
    let ctx = &Context::new(ports.mint(), actor);
    by_staff!(ports, actor, |store, by| {
        let user = known(store, user_id).await?;
        let mut keys = store.api_keys(user_id).await?;
        keys.retain(|it| only.is_none_or(|id| it.id == id));
        if only.is_some() && keys.is_empty() {
            return Err(ServiceError::NotFound("API key"));
        }
        let changes =
            verbs::revoke_keys(ctx, by.manager(), &user, &keys).map_err(ServiceError::Refused)?;
        let revoked = changes.api_keys.changed.len();
        (changes, revoked)
    })
}
