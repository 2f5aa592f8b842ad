//! Sockets to databases send at once (`TCP_NODELAY`).
//!
//! sqlx 0.9.0 leaves Nagle's algorithm on (launchbadge/sqlx#4335; mended in its repository, in no release yet). A
//! batch goes out in several pieces over TLS, the last of which then waits some 40 ms for the database to
//! acknowledge the others: more than all the rest of a commit takes. sqlx does not let anybody at its
//! sockets, so on Linux they are found among the process's own, as a second handle to the same socket.
//! Elsewhere, and where the kernel does not hand out such handles, nothing is done and nothing is lost but
//! time. This file goes when a release of sqlx has the mend.

/// That it cannot be done is said once.
#[cfg(target_os = "linux")]
static TOLD: std::sync::Once = std::sync::Once::new();

/// Lets every socket of this process that is connected to `port` send at once.
#[cfg(target_os = "linux")]
pub(crate) fn send_at_once(port: u16) {
    let told = linux::sockets_to(port).and_then(|sockets| {
        sockets.iter().try_for_each(|it| it.set_nodelay(true))?;
        Ok(())
    });
    if let Err(error) = told {
        TOLD.call_once(|| {
            tracing::warn!(
                %error,
                "the kernel lets nobody at this program's sockets, so large writes to the database may \
                 wait 40 ms each; see docs/guide/operations.md"
            );
        });
    }
}

/// Does nothing here.
#[cfg(not(target_os = "linux"))]
pub(crate) const fn send_at_once(_port: u16) {}

#[cfg(target_os = "linux")]
mod linux {
    use std::{fs, io, net::TcpStream, path::Path};

    use rustix::{
        io::Errno,
        process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open},
    };

    /// Second handles to the sockets of this process that are connected to `port`.
    pub(super) fn sockets_to(port: u16) -> io::Result<Vec<TcpStream>> {
        let me = pidfd_open(getpid(), PidfdFlags::empty())?;
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc/self/fd")?.flatten() {
            let number = entry.file_name().to_str().and_then(|it| it.parse().ok());
            let Some(number) = number.filter(|_| is_socket(&entry.path())) else { continue };
            let socket = match pidfd_getfd(&me, number, PidfdGetfdFlags::empty()) {
                Ok(socket) => TcpStream::from(socket),
                // It was closed since it was listed.
                Err(Errno::BADF) => continue,
                Err(error) => return Err(error.into()),
            };
            // A socket of another kind has no such peer.
            if socket.peer_addr().is_ok_and(|it| it.port() == port) {
                found.push(socket);
            }
        }
        Ok(found)
    }

    fn is_socket(entry: &Path) -> bool {
        fs::read_link(entry).is_ok_and(|it| it.to_string_lossy().starts_with("socket:"))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_socket_is_found_by_its_peers_port_and_told() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let other = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let told = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        let left = TcpStream::connect(other.local_addr().expect("it listens")).expect("it listens");
        send_at_once(port);
        assert!(told.nodelay().expect("a socket"));
        assert!(!left.nodelay().expect("a socket"), "connected to somebody else");
    }
}
