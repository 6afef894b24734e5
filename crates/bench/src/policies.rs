//! Three hundred policies: the default ones, and generated ones of the kinds that firms write.

use crate::{corpus::Corpus, random::Random};

/// Policies in force while the pipeline is measured.
pub const COUNT: usize = 300;
/// Ranks of words that generated policies look for: rare enough to match seldom, common enough to be met.
const RANKS: std::ops::Range<usize> = 800..6_000;
/// The word that starts a planted violation, and the policies that look for it are called so with a number.
pub const PLANTED: &str = "bench.planted";
/// Policies that look for planted violations: one page of the queue holds the alerts of one.
pub const PLANTED_POLICIES: usize = 12;

/// A planted violation that a policy of its own finds.
pub fn planted_text(policy: usize) -> String {
    format!("please note zqplanted{policy} before the shop opens")
}

/// The texts of all policies.
pub fn all(corpus: &Corpus, seed: u64) -> Vec<String> {
    let defaults = aboveboard_policy::DEFAULT.policies.iter().map(|pack| pack.text.to_owned());
    let planted = (0..PLANTED_POLICIES)
        .map(|at| toml(&format!("{PLANTED}-{at}"), &format!("zqplanted{at} direction:out"), "high", "alert"));
    let mut random = Random::new(seed, "policies");
    let rest = COUNT - aboveboard_policy::DEFAULT.policies.len() - PLANTED_POLICIES;
    let generated = (0..rest).map(|at| {
        let query = query(at, corpus, &mut random);
        let action = if at % 3 == 0 { "alert" } else { "log" };
        toml(&format!("bench.generated-{at}"), &query, "low", action)
    });
    defaults.chain(planted).chain(generated).collect()
}

fn toml(id: &str, query: &str, severity: &str, action: &str) -> String {
    format!(
        "id = \"{id}\"\ntitle = \"Bench {id}\"\nkind = \"match\"\nquery = '''\n{query}\n'''\n\
         severity = \"{severity}\"\naction = \"{action}\"\n"
    )
}

/// Boolean, phrases of several languages as the default packs have them, proximity, and fields, in turns.
fn query(at: usize, corpus: &Corpus, random: &mut Random) -> String {
    let word = |random: &mut Random| {
        let vocabulary = &corpus.vocabularies[random.below(corpus.vocabularies.len())];
        vocabulary.words[RANKS.start + random.below(RANKS.len())].clone()
    };
    let [a, b, c, d] = std::array::from_fn(|_| word(random));
    match at % 4 {
        0 => format!("direction:out (\"{a}\" OR \"{b}\" OR \"{c}\") NOT \"{d}\""),
        1 => {
            let phrases: Vec<String> =
                (0..12).map(|_| format!("\"{} {}\"", word(random), word(random))).collect();
            format!("({} OR \"{a}\")", phrases.join(" OR "))
        }
        2 => format!("\"{a} {b}\"~5 OR \"{c} {d}\"~3 direction:in"),
        _ => {
            format!("direction:out off_hours:true (entity:EMAIL OR link:unregistered OR money:>500) \"{a}\"")
        }
    }
}

#[cfg(test)]
mod tests {
    use aboveboard_policy::Policy;

    use super::*;

    #[test]
    fn all_policies_parse_and_no_two_are_called_the_same() {
        let texts = all(&Corpus::new(1), 1);
        assert_eq!(texts.len(), COUNT);
        let mut ids: Vec<String> = texts
            .iter()
            .map(|text| {
                Policy::parse(text).unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}")).policy.id
            })
            .collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), COUNT);
    }
}
