//! Users from the machine's own shell: the way back in when nobody can sign in.

use std::{io::Read, process::ExitCode};

use aboveboard_ledger::{By, Command, Ledger};
use aboveboard_model::{access::Role, id::UserId, user};
use anyhow::{Context, Result, bail};
use clap::Subcommand;

use crate::{cli::say, commands::SETTLE_MAX, config::Config, serve};

/// Bytes of a password given on standard input.
const INPUT_BYTES_MAX: u64 = 4096;

/// What to do with a user. Passwords are read from standard input.
#[derive(Subcommand)]
pub(crate) enum User {
    /// Lists users.
    List,
    /// Makes a user.
    Add {
        /// What they type to sign in.
        login: String,
        /// A role; may be repeated.
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
    },
    /// Sets a password, which also ends a lock.
    Password {
        /// Who.
        login: String,
    },
    /// Ends a user's sign-in.
    Disable {
        /// Who.
        login: String,
    },
    /// Lets a user sign in again.
    Enable {
        /// Who.
        login: String,
    },
}

/// Does it.
pub(crate) fn run(wanted: User, config: &Config) -> Result<ExitCode> {
    let ledger = serve::open(config)?;
    // The newest users may be in entries that no view holds yet.
    ledger.settle(SETTLE_MAX)?;
    let by = By::command_line();
    let (id, command) = match wanted {
        User::List => return list(&ledger),
        User::Add { login, roles } => {
            let roles = roles.iter().map(|word| role(word)).collect::<Result<_>>()?;
            let password = ledger.hash_password(&login, &password()?)?;
            (None, user::Command::Create { login, password, roles, employee: None })
        }
        User::Password { login } => {
            let password = ledger.hash_password(&login, &password()?)?;
            (Some(find(&ledger, &login)?), user::Command::SetPassword { password })
        }
        User::Disable { login } => (Some(find(&ledger, &login)?), user::Command::Disable),
        User::Enable { login } => (Some(find(&ledger, &login)?), user::Command::Enable),
    };
    ledger.decide(&by, Command::User(id, command))?;
    say("done");
    Ok(ExitCode::SUCCESS)
}

fn list(ledger: &Ledger) -> Result<ExitCode> {
    for row in ledger.users(&By::command_line())? {
        let roles: Vec<&str> = row.user.roles.iter().map(|role| role.word()).collect();
        let disabled = if row.user.disabled { "  disabled" } else { "" };
        say(&format!("{:<32} {}{disabled}", row.user.login.0, roles.join(", ")));
    }
    Ok(ExitCode::SUCCESS)
}

fn find(ledger: &Ledger, login: &str) -> Result<UserId> {
    let rows = ledger.users(&By::command_line())?;
    let row = rows.into_iter().find(|row| row.user.login.0.eq_ignore_ascii_case(login));
    Ok(row.with_context(|| format!("nobody signs in as {login}"))?.user.id)
}

fn role(word: &str) -> Result<Role> {
    let Some(role) = Role::from_word(word) else {
        let words: Vec<&str> = Role::ALL.iter().map(|role| role.word()).collect();
        bail!("`{word}` is no role; roles are {}", words.join(", "));
    };
    Ok(role)
}

fn password() -> Result<String> {
    let mut text = String::new();
    std::io::stdin().take(INPUT_BYTES_MAX).read_to_string(&mut text).context("cannot read the password")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
