//! Operators that bring the records of two streams together.

pub mod interval;
#[cfg(test)]
mod tests;
mod time_key;
