//! People as pages show them: pseudonyms, teams and regions.

use aboveboard_ledger::view::Place;
use aboveboard_model::{
    access::Actor,
    id::{ContactId, EmployeeId},
    pseudonym,
};

use crate::words::Words;

/// An employee, or a client, under a pseudonym.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// `K-7F2A`.
    pub(crate) name: String,
    /// `Sales · BR`; empty where nothing is known.
    pub(crate) place: String,
}

/// An employee with the place they worked at.
pub(crate) fn employee(place: &Place) -> Person {
    let parts: Vec<&str> = [&place.team, &place.region].into_iter().flatten().map(String::as_str).collect();
    Person { name: pseudonym::employee(place.employee), place: parts.join(" · ") }
}

/// A client.
pub(crate) fn contact(contact: ContactId) -> Person {
    Person { name: pseudonym::contact(contact), place: String::new() }
}

/// Who did something: a user by pseudonym, `you`, or a job of the program.
pub(crate) fn actor(w: Words, actor: &Actor, me: &Actor) -> String {
    match actor {
        one if one == me => w.t("people.you"),
        Actor::User(user) => pseudonym::user(*user),
        Actor::System(job) => w.with("people.job", "job", job),
        Actor::CommandLine => w.t("people.command_line"),
    }
}

/// The letter that stands for an employee in a conversation.
pub(crate) fn employee_name(employee: Option<EmployeeId>, w: Words) -> String {
    employee.map_or_else(|| w.t("people.nobody"), pseudonym::employee)
}

#[cfg(test)]
mod tests {
    use aboveboard_model::id::UserId;

    use super::*;
    use crate::words::Language;

    #[test]
    fn people_are_shown_by_pseudonym_with_what_is_known_of_their_place() {
        let place = |team: Option<&str>, region: Option<&str>| Place {
            employee: EmployeeId(0x1234_5678_9abc_def0),
            team: team.map(str::to_owned),
            region: region.map(str::to_owned),
        };
        assert_eq!(employee(&place(Some("Sales"), Some("BR"))).place, "Sales · BR");
        assert_eq!(employee(&place(None, Some("BR"))).place, "BR");
        assert_eq!(employee(&place(None, None)), Person { name: "K-4D2P".into(), place: String::new() });
    }

    #[test]
    fn who_acts_is_you_a_pseudonym_or_a_job() {
        let w = Words::new(Language::English);
        let me = Actor::User(UserId(1));
        assert_eq!(actor(w, &me, &me), "you");
        assert_eq!(actor(w, &Actor::User(UserId(2)), &me), pseudonym::user(UserId(2)));
        assert_eq!(actor(w, &Actor::System("runner".into()), &me), "the program (runner)");
    }
}
