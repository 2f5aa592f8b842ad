//! The sandbox's web console: everything the outside world could do, one click each.
//!
//! Plain pages that work without JavaScript, and the same as JSON under `/api/` for scripts:
//!
//! | call | does |
//! |---|---|
//! | `GET /api/payments` | lists payments, newest first |
//! | `POST /api/payments/{order_id}/{action}` | `pay`, `pay_short`, `expire`, `deny`, `charge_back`, `resend` |
//! | `GET`, `POST /api/webhooks` | reads or sets the webhook switches |
//! | `GET`, `POST`, `DELETE /api/faults` | lists, orders or clears faults |
//! | `GET /api/accounts` | lists panel accounts |
//! | `POST /api/accounts/{username}/suspend` | suspends as an abuse desk would |
//! | `GET /api/mail`, `GET /api/mail/{id}`, `DELETE /api/mail` | reads (`?to=`) or empties the inbox |
//! | `GET`, `POST /api/smtp` | reads or sets the mail switches |
//! | `GET`, `POST /api/clock` | reads the clock, or moves it forward by `{"seconds": n}` |
//!
//! Errors are `{"error": "…"}`. It listens on this machine only and has no log-in; see `guard.rs` for
//! what keeps other pages out.

mod accounts;
mod api;
mod clock;
mod failure;
mod faults;
mod guard;
mod html;
mod mails;
mod payments;
mod router;
mod webhooks;

pub(super) use router::Console;
use router::{Answer, Done};
