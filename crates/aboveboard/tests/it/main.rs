//! The server binary, seen from outside: what Meta, a shell and a power cut see of it.

#[cfg(test)]
mod company;
#[cfg(test)]
mod support;

#[cfg(test)]
mod backup;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod connection;
#[cfg(test)]
mod evaluate;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod kill;
#[cfg(test)]
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod registered;
#[cfg(test)]
mod sealed;
#[cfg(test)]
mod service;
#[cfg(test)]
mod stories;
