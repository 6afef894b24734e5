//! The ledger at its boundary: what is recorded is found, what may not be read is not, and what is deleted comes back.

#[cfg(test)]
mod choosing;
#[cfg(test)]
mod contacts;
#[cfg(test)]
mod covering;
#[cfg(test)]
mod deciding;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod folding;
#[cfg(test)]
mod judging;
#[cfg(test)]
mod looking;
#[cfg(test)]
mod own;
#[cfg(test)]
mod paging;
#[cfg(test)]
mod registering;
#[cfg(test)]
mod ruling;
#[cfg(test)]
mod searching;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod summing;
#[cfg(test)]
mod support;
