//! The query language at its public boundary: what parses, what it says of mistakes, what matches, and what must always hold.

mod bounds;
mod generate;
mod hostile;
mod language;
mod manual;
mod matching;
mod properties;
