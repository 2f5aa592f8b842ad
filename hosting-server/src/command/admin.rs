//! `admin create`: the first staff member, who makes the others.

use std::io::BufRead;

use hosting_core::{
    change::Unique,
    decide::access::NewStaff,
    kernel::{Email, Secret},
    model::{Actor, Role, User},
    port::StoreError,
    service::{self, ServiceError},
};

use crate::{
    assemble::{assemble, ready},
    auth::password::refusal,
    cli::Failed,
    config::Config,
    state::AppState,
};

/// Opens the shop and makes an administrator.
///
/// # Errors
/// See [`create`]; or what keeps the shop from starting.
pub async fn run(
    config: Config,
    email: &Email,
    name: &str,
    password: Secret,
) -> Result<User, Failed> {
    let app = assemble(config).await?;
    ready(&app).await?;
    create(&app, email, name, &password).await
}

/// Makes an administrator with that password.
///
/// # Errors
/// A password that is too weak; an address that has an account; a name that does not fit.
pub async fn create(
    app: &AppState,
    email: &Email,
    name: &str,
    password: &Secret,
) -> Result<User, Failed> {
    if let Some(expected) = refusal(password.expose(), email.as_str()) {
        return Err(Failed::Said(format!("the password should be {expected}")));
    }
    let ports = app.ports();
    let hash = app.passwords().hash(password, &*ports.entropy).await;
    let wish = NewStaff {
        email: email.clone(),
        name: name.to_owned(),
        role: Role::Admin,
        password_hash: hash.map_err(|error| Failed::Said(error.to_string()))?,
        locale: "id".to_owned(),
    };
    match service::access::create_staff(ports, &Actor::System, &wish, None).await {
        Ok(user) => Ok(user),
        Err(ServiceError::Store(StoreError::Duplicate(Unique::UserEmail))) => {
            Err(Failed::Said(format!("{email} has an account already")))
        }
        Err(ServiceError::Store(error)) => Err(error.into()),
        Err(other) => Err(Failed::Said(other.to_string())),
    }
}

/// The first line of `input`, without its line break.
///
/// # Errors
/// Input that cannot be read.
pub fn first_line(mut input: impl BufRead) -> std::io::Result<Secret> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n'])))
}
