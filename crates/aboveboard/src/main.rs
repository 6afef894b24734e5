//! The binary `aboveboard`.

fn main() -> std::process::ExitCode {
    aboveboard::main()
}
