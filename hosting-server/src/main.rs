//! The program; everything is in the library.

fn main() -> std::process::ExitCode {
    hosting_server::cli::main()
}
