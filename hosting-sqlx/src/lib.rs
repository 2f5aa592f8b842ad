//! hosting-sqlx
