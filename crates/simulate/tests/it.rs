//! The sample company and the stand-in, seen from outside.

#[cfg(test)]
#[path = "it/common.rs"]
mod common;
#[cfg(test)]
#[path = "it/company.rs"]
mod company;
#[cfg(test)]
#[path = "it/deliveries.rs"]
mod deliveries;
#[cfg(test)]
#[path = "it/graph.rs"]
mod graph;
#[cfg(test)]
#[path = "it/identifiers.rs"]
mod identifiers;
#[cfg(test)]
#[path = "it/receiver.rs"]
mod receiver;
#[cfg(test)]
#[path = "it/serving.rs"]
mod serving;
