//! Who may decide about other people's accounts.

use super::{session::may_act, staff::StaffRefusal};
use crate::{
    change::ChangeSet,
    kernel::Versioned,
    model::{Permission, Role, User},
};

/// Who decides about a user.
#[derive(Debug, Clone, Copy)]
pub enum Manager<'a> {
    /// Whoever holds the machine: the command line, seeding.
    Operator,
    /// Somebody with an account.
    User {
        /// Who.
        user: &'a Versioned<User>,
        /// What they may do with the credential in use: a key can hold less than its user.
        held: &'a [Permission],
    },
}

impl Manager<'_> {
    /// Demands that this is somebody who may manage users of `role`, and guards it: whoever loses their
    /// own rights meanwhile decides nothing any more.
    ///
    /// Admins alone manage staff, and only with a credential that can do all that the role can. Users of
    /// customers are managed by whoever may change customers or users.
    pub(super) fn demand(self, role: Role, set: &mut ChangeSet) -> Result<(), StaffRefusal> {
        let Self::User { user, held } = self else { return Ok(()) };
        let holds = |it: &Permission| held.contains(it) && user.role.holds(*it);
        let may = if role.is_staff() {
            user.role == Role::Admin && role.permissions().iter().all(holds)
        } else {
            [Permission::CustomersManage, Permission::UsersManage].iter().any(holds)
        };
        if !may || !may_act(user) {
            return Err(StaffRefusal::Beyond);
        }
        set.guard(user);
        Ok(())
    }

    /// Demands that this is somebody who may let others into an account that is there already: whoever
    /// logs in for a customer can do everything with the customer's services, which those who may
    /// change a customer's address cannot.
    pub(super) fn demand_entry(self, set: &mut ChangeSet) -> Result<(), StaffRefusal> {
        if let Self::User { user, held } = self {
            let it = Permission::UsersManage;
            if !held.contains(&it) || !user.role.holds(it) {
                return Err(StaffRefusal::Beyond);
            }
        }
        self.demand(Role::Customer, set)
    }

    /// Demands that this is somebody who may decide how a user of `role` gets in.
    pub(super) fn demand_account(
        self,
        role: Role,
        set: &mut ChangeSet,
    ) -> Result<(), StaffRefusal> {
        if role.is_staff() { self.demand(role, set) } else { self.demand_entry(set) }
    }

    /// Whether this is the user it decides about.
    pub(super) fn is(self, other: &User) -> bool {
        matches!(self, Self::User { user, .. } if user.id == other.id)
    }
}
