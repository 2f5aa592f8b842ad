//! What can be an account's name (`docs/providers/whm.md`, "Names").

/// The longest name.
const MAX_LEN: usize = 16;

/// Names of the system, its services and its mail aliases. Names that begin with `cpanel` are the
/// panel's own.
const RESERVED: [&str; 50] = [
    "abuse",
    "adm",
    "all",
    "apache",
    "bin",
    "clamav",
    "daemon",
    "dbus",
    "demo",
    "dovecot",
    "dovenull",
    "exim",
    "ftp",
    "games",
    "gopher",
    "halt",
    "hostmaster",
    "lp",
    "mail",
    "mailman",
    "mailnull",
    "munin",
    "mysql",
    "named",
    "news",
    "nfsnobody",
    "nobody",
    "nscd",
    "ntp",
    "operator",
    "polkitd",
    "postgres",
    "postmaster",
    "proftpd",
    "public",
    "root",
    "rpc",
    "security",
    "shutdown",
    "smmsp",
    "sshd",
    "support",
    "sync",
    "system",
    "tomcat",
    "uucp",
    "virtfs",
    "webmaster",
    "whm",
    "www",
];

/// Whether `name` can be the name of a new account.
pub(super) fn accepts(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() <= MAX_LEN
        && bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.iter().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
        && !name.starts_with("test")
        && !name.starts_with("cpanel")
        && !name.ends_with("assword")
        && !RESERVED.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::accepts;

    #[test]
    fn names_of_letters_and_digits_are_accepted() {
        for name in ["a", "exampl1a", "h0000001", "abcdefghijklmnop", "rooty", "atest"] {
            assert!(accepts(name), "{name}");
        }
    }

    #[test]
    fn names_that_the_panel_refuses_are_refused() {
        for name in [
            "",
            "1abc",
            "abc-d",
            "abc_d",
            "abc.d",
            "Abc",
            "abcdefghijklmnopq",
            "test",
            "tester1",
            "password",
            "myassword",
            "root",
            "nobody",
            "cpanel",
            "cpanelx",
            "h é",
            "é",
        ] {
            assert!(!accepts(name), "{name}");
        }
    }
}
