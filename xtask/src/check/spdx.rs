//! SPDX licence expressions: whether a set of allowed licences satisfies one (SPDX specification, annex D).

/// Why an expression could not be read.
pub type Fault = &'static str;

/// Nesting no real expression comes near.
const DEPTH_MAX: usize = 32;

/// Whether a choice of allowed licences satisfies the expression.
///
/// `OR` is a choice, `AND` an obligation to both, `WITH` part of the licence's name; the `/` of old manifests is `OR`.
///
/// # Errors
/// An expression with a missing operand, operator or parenthesis.
pub fn is_satisfied(expression: &str, is_allowed: &dyn Fn(&str) -> bool) -> Result<bool, Fault> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, is_allowed, depth: 0 };
    let satisfied = reader.choice()?;
    if reader.words.is_empty() { Ok(satisfied) } else { Err("an operator is missing") }
}

struct Reader<'a> {
    words: &'a [&'a str],
    is_allowed: &'a dyn Fn(&str) -> bool,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn choice(&mut self) -> Result<bool, Fault> {
        let mut satisfied = self.obligation()?;
        while self.take("OR") {
            satisfied |= self.obligation()?;
        }
        Ok(satisfied)
    }

    fn obligation(&mut self) -> Result<bool, Fault> {
        let mut satisfied = self.licence()?;
        while self.take("AND") {
            satisfied &= self.licence()?;
        }
        Ok(satisfied)
    }

    fn licence(&mut self) -> Result<bool, Fault> {
        if self.take("(") {
            self.depth += 1;
            if self.depth > DEPTH_MAX {
                return Err("parentheses are nested too deep");
            }
            let satisfied = self.choice()?;
            self.depth -= 1;
            return if self.take(")") { Ok(satisfied) } else { Err("a parenthesis is not closed") };
        }
        let name = self.name()?;
        match self.take("WITH") {
            true => self.name().map(|exception| (self.is_allowed)(&format!("{name} WITH {exception}"))),
            false => Ok((self.is_allowed)(name)),
        }
    }

    fn name(&mut self) -> Result<&'a str, Fault> {
        let (first, rest) = self.words.split_first().ok_or("a licence is missing")?;
        if ["AND", "OR", "WITH", "(", ")"].contains(first) {
            return Err("a licence is missing");
        }
        self.words = rest;
        Ok(first)
    }

    /// Takes the next word if it is this one.
    fn take(&mut self, word: &str) -> bool {
        let is_next = self.words.first() == Some(&word);
        if is_next {
            self.words = &self.words[1..];
        }
        is_next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Allows MIT, ISC and Apache-2.0 with the LLVM exception, but not Apache-2.0 alone.
    fn read(expression: &str) -> Result<bool, Fault> {
        is_satisfied(expression, &|name| ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].contains(&name))
    }

    #[test]
    fn operators_bind_as_the_specification_says() {
        for (expression, satisfied) in [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("MIT OR GPL-3.0-only", true),
            ("GPL-3.0-only OR MIT", true),
            ("MIT AND GPL-3.0-only", false),
            ("MIT AND ISC", true),
            ("MIT OR GPL-3.0-only AND AGPL-3.0-only", true),
            ("(MIT OR GPL-3.0-only) AND AGPL-3.0-only", false),
            ("((MIT))AND(ISC OR GPL-3.0-only)", true),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("Apache-2.0", false),
            ("MIT WITH Other-exception", false),
            ("GPL-3.0-only/MIT", true),
            ("Apache-2.0 / MIT / MPL-2.0", true),
        ] {
            assert_eq!(read(expression), Ok(satisfied), "{expression}");
        }
    }

    #[test]
    fn a_broken_expression_is_a_fault_and_never_satisfied() {
        let deep = "(".repeat(100_000);
        for expression in
            ["", "OR", "MIT OR", "MIT AND OR ISC", "(MIT", "MIT)", "MIT ISC", "MIT WITH", "()", &deep]
        {
            assert!(read(expression).is_err(), "{}", &expression[..expression.len().min(20)]);
        }
    }
}
