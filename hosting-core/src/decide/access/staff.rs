//! People who work for the shop, and what they do to accounts.

use super::{
    api_key::revoke_api_key,
    authority::Manager,
    field::{FieldOutOfRange, line, locale},
    link::{MailToken, mail_link, outdate_links},
    password::Credentials,
    register::new_user,
    session::{credentials, end, may_act},
};
use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::{Email, IllegalTransition, Versioned},
    model::{
        ApiKey, DomainEvent, Role, Session, TokenPurpose, User, UserId,
        access::{PasswordHash, UserTrigger},
    },
};

/// Why users are not made or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StaffRefusal {
    /// A text does not fit.
    #[error(transparent)]
    Field(#[from] FieldOutOfRange),
    /// Whoever asks may not manage such users ([`Manager`]).
    #[error("only an admin who may do all that the role may manages staff")]
    Beyond,
    /// Users of customers are made with their customer, and stay users of customers.
    #[error("users of customers and staff are different people; choose admin, billing or support")]
    NotAStaffRole,
    /// Whoever buys does not work here.
    #[error("this user acts for a customer; make a user with another address for the staff")]
    ActsForCustomer,
    /// Nobody locks themselves out.
    #[error(
        "nobody shuts or moves their own account here; your own address moves from your profile"
    )]
    OwnAccount,
    /// There is nothing to put right.
    #[error("this is the address of the account already")]
    SameAddress,
    /// Somebody has to be able to let the others in.
    #[error("this is the last admin who can log in; make another one first")]
    LastAdmin,
    /// They chose a password; a link to choose another is theirs to ask for.
    #[error("they have chosen a password; a link for a new one is sent when they ask for it")]
    HasPassword,
    /// The account is shut.
    #[error("the account is disabled")]
    Disabled,
    /// The account is in that state already.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
}

/// Somebody who is about to work for the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStaff {
    /// Log-in name.
    pub email: Email,
    /// Full name; 1 to 120 characters.
    pub name: String,
    /// What they may do; not [`Role::Customer`].
    pub role: Role,
    /// Finished hash of the password, or [`PasswordHash::of_none`] when they choose theirs by link.
    pub password_hash: PasswordHash,
    /// `id` or `en`.
    pub locale: String,
}

/// Makes a staff member. Whoever makes them vouches for the address. With a `link` they are mailed
/// and choose their own password; without one the given password is theirs (the command line).
///
/// # Errors
/// A [`StaffRefusal`].
pub fn create_staff(
    ctx: &Context<'_>,
    by: Manager<'_>,
    user_id: UserId,
    wish: &NewStaff,
    link: Option<&MailToken>,
) -> Result<(ChangeSet, User), StaffRefusal> {
    if !wish.role.is_staff() {
        return Err(StaffRefusal::NotAStaffRole);
    }
    let mut set = ChangeSet::default();
    by.demand(wish.role, &mut set)?;
    let mut user = new_user(ctx, user_id, &wish.email, &wish.password_hash, wish.role);
    user.name = line("name", &wish.name, 120)?;
    user.locale = locale(&wish.locale)?;
    user.email_verified_at = Some(ctx.now());
    ctx.record(&mut set, user_id, DomainEvent::UserCreated { role: wish.role });
    set.users.add(user.clone());
    if let Some(token) = link {
        mail_link(ctx, &mut set, &user, TokenPurpose::Invitation, token);
    }
    Ok((set, user))
}

/// Whether `user` is an admin who can log in: one with whom another one can be spared.
pub fn is_witness(user: &User) -> bool {
    let can_log_in =
        user.email_verified_at.is_some() && user.password_hash != PasswordHash::of_none();
    user.role == Role::Admin && may_act(user) && can_log_in
}

/// Demands, for an admin who is about to stop being one, that `witness` is left, and guards it.
fn spare(
    user: &User,
    witness: Option<&Versioned<User>>,
    set: &mut ChangeSet,
) -> Result<(), StaffRefusal> {
    if user.role != Role::Admin {
        return Ok(());
    }
    let left = witness.filter(|it| it.id != user.id && is_witness(it));
    set.guard(left.ok_or(StaffRefusal::LastAdmin)?);
    Ok(())
}

/// Gives a staff member another role. `witness` is another admin who can log in, if there is one. A role
/// they have already is an empty change set.
///
/// # Errors
/// A [`StaffRefusal`].
pub fn change_role(
    ctx: &Context<'_>,
    by: Manager<'_>,
    user: &Versioned<User>,
    role: Role,
    witness: Option<&Versioned<User>>,
) -> Result<ChangeSet, StaffRefusal> {
    if !role.is_staff() {
        return Err(StaffRefusal::NotAStaffRole);
    }
    if !user.role.is_staff() {
        return Err(StaffRefusal::ActsForCustomer);
    }
    let mut set = ChangeSet::default();
    by.demand(user.role, &mut set)?;
    by.demand(role, &mut set)?;
    if user.role == role {
        return Ok(ChangeSet::default());
    }
    spare(user, witness, &mut set)?;
    let changed = User { role, updated_at: ctx.now(), ..user.value.clone() };
    ctx.record(&mut set, user.id, DomainEvent::UserRoleChanged { from: user.role, to: role });
    set.users.change(user.with(changed));
    Ok(set)
}

/// Shuts an account: its sessions end, its keys are revoked, links that were mailed stop working. `witness`
/// is another admin who can log in, if there is one.
///
/// # Errors
/// A [`StaffRefusal`].
pub fn disable_user(
    ctx: &Context<'_>,
    by: Manager<'_>,
    user: &Versioned<User>,
    out: Credentials<'_>,
    witness: Option<&Versioned<User>>,
) -> Result<ChangeSet, StaffRefusal> {
    let mut set = ChangeSet::default();
    by.demand(user.role, &mut set)?;
    if by.is(user) {
        return Err(StaffRefusal::OwnAccount);
    }
    let status = user.status.on(UserTrigger::Disabled)?;
    spare(user, witness, &mut set)?;
    let mut shut = User { status, updated_at: ctx.now(), ..user.value.clone() };
    outdate_links(&mut shut);
    set.users.change(user.with(shut));
    status_changed(ctx, &mut set, user.id);
    end_all(ctx, &mut set, user.id, out);
    Ok(set)
}

/// Opens an account again. Keys that it had stay revoked.
///
/// # Errors
/// A [`StaffRefusal`].
pub fn enable_user(
    ctx: &Context<'_>,
    by: Manager<'_>,
    user: &Versioned<User>,
) -> Result<ChangeSet, StaffRefusal> {
    let mut set = ChangeSet::default();
    by.demand(user.role, &mut set)?;
    let status = user.status.on(UserTrigger::Enabled)?;
    let changed = User { status, updated_at: ctx.now(), ..user.value.clone() };
    set.users.change(user.with(changed));
    status_changed(ctx, &mut set, user.id);
    Ok(set)
}

/// Logs a user out of every browser. Without any it is an empty change set.
///
/// # Errors
/// A [`StaffRefusal`].
pub fn end_sessions(
    ctx: &Context<'_>,
    by: Manager<'_>,
    user: &User,
    live: &[Versioned<Session>],
) -> Result<ChangeSet, StaffRefusal> {
    let mut set = ChangeSet::default();
    by.demand(user.role, &mut set)?;
    end_all(ctx, &mut set, user.id, Credentials { sessions: live, keys: &[] });
    Ok(set)
}

/// Revokes `keys` of a user; those that were revoked stay as they are.
///
/// # Errors
/// A [`StaffRefusal`].
pub fn revoke_keys(
    ctx: &Context<'_>,
    by: Manager<'_>,
    user: &User,
    keys: &[Versioned<ApiKey>],
) -> Result<ChangeSet, StaffRefusal> {
    let mut set = ChangeSet::default();
    by.demand(user.role, &mut set)?;
    for key in keys.iter().filter(|it| it.user_id == user.id) {
        set.and(revoke_api_key(ctx, key));
    }
    Ok(set)
}

/// Ends everything with which somebody gets in without the password.
pub(super) fn end_all(
    ctx: &Context<'_>,
    set: &mut ChangeSet,
    user_id: UserId,
    out: Credentials<'_>,
) {
    for session in out.sessions {
        end(ctx, set, session);
    }
    if !out.sessions.is_empty() {
        credentials(ctx, set, user_id, "session");
    }
    for key in out.keys {
        set.and(revoke_api_key(ctx, key));
    }
}

fn status_changed(ctx: &Context<'_>, set: &mut ChangeSet, user_id: UserId) {
    let fields = vec!["status".to_owned()];
    ctx.record(set, user_id, DomainEvent::UserUpdated { fields });
}
