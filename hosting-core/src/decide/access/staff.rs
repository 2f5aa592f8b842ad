//! People who work for the shop.

use super::{
    field::{FieldOutOfRange, line, locale},
    link::{MailToken, mail_link},
    register::new_user,
    session::{credentials, end},
};
use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::{Email, IllegalTransition, Versioned},
    model::{
        DomainEvent, Role, Session, TokenPurpose, User, UserId,
        access::{PasswordHash, UserTrigger},
    },
};

/// Why staff are not made or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StaffRefusal {
    /// A text does not fit.
    #[error(transparent)]
    Field(#[from] FieldOutOfRange),
    /// Customers register themselves.
    #[error("customers register themselves; choose admin, billing or support")]
    NotAStaffRole,
    /// Nobody locks themselves out.
    #[error("nobody can disable their own account")]
    OwnAccount,
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
    /// Finished hash of the password; of a random one when they choose theirs by link.
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
    user_id: UserId,
    wish: &NewStaff,
    link: Option<&MailToken>,
) -> Result<(ChangeSet, User), StaffRefusal> {
    if !wish.role.is_staff() {
        return Err(StaffRefusal::NotAStaffRole);
    }
    let mut user = new_user(ctx, user_id, &wish.email, &wish.password_hash, wish.role);
    user.name = line("name", &wish.name, 120)?;
    user.locale = locale(&wish.locale)?;
    user.email_verified_at = Some(ctx.now());
    let mut set = ChangeSet::default();
    ctx.record(&mut set, user_id, DomainEvent::UserCreated { role: wish.role });
    set.users.add(user.clone());
    if let Some(token) = link {
        mail_link(ctx, &mut set, user_id, TokenPurpose::ResetPassword, token);
    }
    Ok((set, user))
}

/// Shuts an account and ends its sessions; its keys stop with it. `by` is who asks.
///
/// # Errors
/// A [`StaffRefusal`].
pub fn disable_user(
    ctx: &Context<'_>,
    by: UserId,
    user: &Versioned<User>,
    live: &[Versioned<Session>],
) -> Result<ChangeSet, StaffRefusal> {
    if by == user.id {
        return Err(StaffRefusal::OwnAccount);
    }
    let mut set = ChangeSet::default();
    let mut changed = user.value.clone();
    changed.status = user.status.on(UserTrigger::Disabled)?;
    changed.updated_at = ctx.now();
    set.users.change(user.with(changed));
    for session in live {
        end(ctx, &mut set, session);
    }
    status_changed(ctx, &mut set, user.id);
    if !live.is_empty() {
        credentials(ctx, &mut set, user.id, "session");
    }
    Ok(set)
}

/// Opens an account again.
///
/// # Errors
/// A [`StaffRefusal`].
pub fn enable_user(ctx: &Context<'_>, user: &Versioned<User>) -> Result<ChangeSet, StaffRefusal> {
    let mut set = ChangeSet::default();
    let mut changed = user.value.clone();
    changed.status = user.status.on(UserTrigger::Enabled)?;
    changed.updated_at = ctx.now();
    set.users.change(user.with(changed));
    status_changed(ctx, &mut set, user.id);
    Ok(set)
}

fn status_changed(ctx: &Context<'_>, set: &mut ChangeSet, user_id: UserId) {
    let fields = vec!["status".to_owned()];
    ctx.record(set, user_id, DomainEvent::UserUpdated { fields });
}
