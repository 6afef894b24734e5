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
    let planted = (0..PLANTED_POLICIES).map(|at| {
        toml(
            &format!("{PLANTED}-{at}"),
            &Asked { query: format!("zqplanted{at} direction:out"), example: planted_text(at) },
            "high",
            "alert",
        )
    });
    let mut random = Random::new(seed, "policies");
    let rest = COUNT - aboveboard_policy::DEFAULT.policies.len() - PLANTED_POLICIES;
    let generated = (0..rest).map(|at| {
        let asked = query(at, corpus, &mut random);
        let action = if at % 3 == 0 { "alert" } else { "log" };
        toml(&format!("bench.generated-{at}"), &asked, "low", action)
    });
    defaults.chain(planted).chain(generated).collect()
}

/// What a policy looks for, and words that it must match.
struct Asked {
    query: String,
    example: String,
}

fn toml(id: &str, Asked { query, example }: &Asked, severity: &str, action: &str) -> String {
    format!(
        "id = \"{id}\"\ntitle = \"Bench {id}\"\nkind = \"match\"\nquery = '''\n{query}\n'''\n\
         severity = \"{severity}\"\naction = \"{action}\"\n\
         [[example]]\ntext = '''{example}'''\noff_hours = true\nentity = [\"EMAIL\"]\nexpect = \"match\"\n"
    )
}

/// Boolean, phrases of several languages as the default packs have them, proximity, and fields, in turns.
fn query(at: usize, corpus: &Corpus, random: &mut Random) -> Asked {
    let word = |random: &mut Random| {
        let vocabulary = &corpus.vocabularies[random.below(corpus.vocabularies.len())];
        vocabulary.words[RANKS.start + random.below(RANKS.len())].clone()
    };
    let [a, b, c, d] = std::array::from_fn(|_| word(random));
    let example = if at % 4 == 2 { format!("{a} {b}") } else { a.clone() };
    let query = match at % 4 {
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
    };
    Asked { query, example }
}

#[cfg(test)]
mod tests {
    use aboveboard_model::{
        document::Document,
        rule::{Around, Candidate, Kind},
    };
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
        let around = Around { in_force: &[], example: &|_, _| Document::default() };
        for text in texts.iter().filter(|text| text.starts_with("id = \"bench.")) {
            let candidate = Candidate { kind: Kind::Policy, name: None, text: Some(text) };
            assert!(aboveboard_policy::check(&candidate, &around).is_ok(), "it can be in force: {text}");
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), COUNT);
    }
}
