//! Tokens with their places as one text, and back: the query language has cut the words already, the index only stores them.

use std::fmt::Write;

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// The name under which the index knows the tokenizer.
pub(super) const TOKENS: &str = "tokens";

/// Adds a token: its place, its length in bytes, itself.
pub(super) fn push(text: &mut String, token: &str, position: u32) {
    // Writing into a string does not fail.
    let _ = write!(text, "{position} {} {token}", token.len());
}

/// Reads tokens back.
#[derive(Clone)]
pub(super) struct Tokens;

/// What is left to read, and the token read last.
pub(super) struct Stream<'a> {
    rest: &'a str,
    token: Token,
}

impl Tokenizer for Tokens {
    type TokenStream<'a> = Stream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream<'a> {
        Stream { rest: text, token: Token::default() }
    }
}

impl Stream<'_> {
    fn next(&mut self) -> Option<()> {
        let (position, rest) = self.rest.split_once(' ')?;
        let (len, rest) = rest.split_once(' ')?;
        let (text, rest) = rest.split_at_checked(len.parse().ok()?)?;
        self.token.position = position.parse().ok()?;
        self.token.text.clear();
        self.token.text.push_str(text);
        self.rest = rest;
        Some(())
    }
}

impl TokenStream for Stream<'_> {
    fn advance(&mut self) -> bool {
        self.next().is_some()
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn tokens_are_read_back_as_they_were(all in proptest::collection::vec((".{0,8}", 0u32..99), 0..9)) {
            let mut text = String::new();
            for (token, position) in &all {
                push(&mut text, token, *position);
            }
            let (mut tokens, mut read) = (Tokens, Vec::new());
            let mut stream = tokens.token_stream(&text);
            while stream.advance() {
                read.push((stream.token().text.clone(), stream.token().position as u32));
            }
            proptest::prop_assert_eq!(read, all);
        }
    }
}
