//! What is known after a call outside that did not succeed (law 3).

crate::closed_enum! {
    /// What is known about the effect of a call that did not succeed.
    pub enum Effect {
        /// Nothing happened; trying again later may work (refused connection, 429, maintenance).
        NoneRetry = "none_retry",
        /// Nothing happened; trying again is pointless (bad request, bad credentials, taken name).
        NoneFinal = "none_final",
        /// It may have happened (time-out after sending, cut connection, unreadable success).
        /// Never retried blindly: the worker looks first.
        Unknown = "unknown",
    }
}
