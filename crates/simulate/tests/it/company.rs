//! The sample company: how much is said, in which languages, by whom, and whether every story is told whole.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    mem::Discriminant,
};

use aboveboard_simulate::{
    Company,
    company::{Lane, Language},
    item::{Content, Item},
};

use crate::common::{COMPANY, wamids};

fn messages(company: &Company) -> Vec<Item> {
    company.items().filter(Item::is_message).collect()
}

#[test]
fn any_seed_and_end_give_about_twenty_thousand_messages_of_six_hundred_clients() {
    for (seed, ending_at) in [(1, "2027-03-01T00:30:00Z"), (99, "2026-07-14T21:00:00Z")] {
        let company = Company::new(seed, ending_at.parse().unwrap());
        let messages = messages(&company);
        assert!((18_000..=22_000).contains(&messages.len()), "{} of seed {seed}", messages.len());
        assert!(messages.iter().all(|m| m.at > company.starting_at && m.at <= company.ending_at));
        assert!(messages.is_sorted_by_key(|m| m.at));
        let clients: BTreeSet<usize> = messages.iter().map(|m| m.client).collect();
        assert!(clients.len() > 590, "{}", clients.len());
        let ids: BTreeSet<&str> = messages.iter().map(|m| m.id.as_str()).collect();
        assert_eq!(ids.len(), messages.len(), "every message has its own id");
    }
}

#[test]
fn each_language_is_spoken_in_its_own_script() {
    let mut texts: BTreeMap<Language, String> = BTreeMap::new();
    let mut count: BTreeMap<Language, usize> = BTreeMap::new();
    for item in messages(&COMPANY) {
        let language = COMPANY.clients[item.client].language;
        texts.entry(language).or_default().push_str(item.words());
        *count.entry(language).or_default() += 1;
    }
    assert_eq!(count.len(), Language::ALL.len());
    assert!(count.values().all(|n| *n > 600), "{count:?}");
    let share = |language, low, high| {
        let letters: Vec<char> = texts[&language].chars().filter(|c| c.is_alphabetic()).collect();
        letters.iter().filter(|c| (low..=high).contains(*c)).count() * 100 / letters.len()
    };
    assert!(share(Language::Hindi, '\u{900}', '\u{97f}') > 70);
    assert!(share(Language::Chinese, '\u{4e00}', '\u{9fff}') > 70);
    assert!(share(Language::Arabic, '\u{600}', '\u{6ff}') > 70);
    assert!(texts[&Language::Portuguese].contains("não") && texts[&Language::Spanish].contains('¿'));
    assert_eq!(share(Language::Hinglish, '\u{900}', '\u{97f}'), 0);
}

#[test]
fn talk_does_not_look_repeated() {
    let mut texts: BTreeMap<String, usize> = BTreeMap::new();
    for item in messages(&COMPANY).iter().filter(|item| item.words().chars().count() > 40) {
        *texts.entry(item.words().to_owned()).or_default() += 1;
    }
    let total: usize = texts.values().sum();
    assert!(texts.len() * 100 / total >= 80, "{} of {total} longer texts are distinct", texts.len());
    let (text, most) = texts.iter().max_by_key(|(_, n)| **n).unwrap();
    assert!(*most <= 25, "{most} times {text:?}");
}

#[test]
fn no_text_shows_a_slot_a_choice_or_a_broken_end() {
    for item in messages(&COMPANY) {
        let text = item.words();
        assert!(!text.contains(['{', '}', '[', ']', '|']), "{text:?}");
        assert!(!text.contains("  ") && !text.contains("?!") && text.trim() == text, "{text:?}");
        assert!(text.chars().count() <= 4_096);
    }
}

#[test]
fn every_kind_of_message_occurs() {
    let kinds: HashSet<Discriminant<Content>> =
        COMPANY.items().map(|item| std::mem::discriminant(&item.content)).collect();
    // Text, image, voice, sticker, document, location, contacts, reaction, edit, revoke, status.
    assert_eq!(kinds.len(), 11);
    assert!(COMPANY.items().any(|item| item.reply_to.is_some()));
}

#[test]
fn every_story_is_told_whole_and_captured() {
    for (seed, ending_at) in [(3, "2026-11-21T00:05:00Z"), (4, "2026-06-30T23:55:00Z")] {
        let company = Company::new(seed, ending_at.parse().unwrap());
        let told: Vec<Item> = company.items().filter(|i| i.story.is_some() && i.is_message()).collect();
        let ids: HashSet<String> =
            company.deliveries().flat_map(|d| wamids(&d.body).collect::<Vec<_>>()).collect();
        for (index, story) in company.stories.iter().enumerate() {
            let lines: Vec<&Item> = told.iter().filter(|item| item.story == Some(index)).collect();
            assert_eq!(lines.len(), story.messages, "{} of seed {seed}", story.id);
            assert!(lines.iter().all(|item| ids.contains(&item.id)), "{} of seed {seed}", story.id);
            assert!(lines.iter().all(|item| item.client == story.client && item.at <= story.ends_at()));
            assert_eq!(company.employees[story.employee].region, company.clients[story.client].region);
        }
        let alerts = company.stories.iter().filter(|story| story.expect_alert).count();
        assert!(alerts >= 14 && company.stories.len() - alerts >= 6, "{alerts} of {}", company.stories.len());
    }
}

#[test]
fn whoever_an_alert_is_expected_for_had_notice_before() {
    for story in COMPANY.stories.iter().filter(|story| story.expect_alert) {
        let notice = COMPANY.employees[story.employee].notice_at;
        assert!(notice.is_some_and(|at| at < story.starts_at), "{}", story.id);
    }
    let sealed = COMPANY.stories.iter().find(|story| story.id == "waits-sealed").unwrap();
    assert_eq!(COMPANY.employees[sealed.employee].notice_at, None);
}

#[test]
fn staff_numbers_and_managers_hold_together() {
    let company = &*COMPANY;
    assert_eq!((company.employees.len(), company.clients.len(), company.numbers.len()), (40, 600, 37));
    let noticed = company.employees.iter().filter(|e| e.notice_at.is_some()).count();
    let within = |e: &&_| matches!(e, Some(at) if *at > company.starting_at && *at < company.ending_at);
    let late = company.employees.iter().map(|e| e.notice_at).filter(|at| within(&at)).count();
    assert_eq!((noticed, late), (38, 1));
    assert_eq!(company.numbers.iter().filter(|n| n.lane == Lane::Inbox).count(), 3);
    assert_eq!(company.numbers.iter().filter(|n| n.onboarded_at.is_some()).count(), 1);
    for (index, employee) in company.employees.iter().enumerate() {
        assert!(employee.number.is_none_or(|number| company.numbers[number].employee == index));
        assert!(
            employee.manager.is_none_or(|m| m != index && company.employees[m].region == employee.region)
        );
    }
    let phones: BTreeSet<_> = company.clients.iter().filter_map(|c| c.phone.as_deref()).collect();
    let lines: BTreeSet<_> = company.numbers.iter().map(|n| n.digits.as_str()).collect();
    assert_eq!(phones.len(), company.clients.iter().filter(|c| c.phone.is_some()).count());
    assert!(lines.len() == 37 && phones.is_disjoint(&lines));
    assert!(company.clients.iter().all(|c| c.phone.is_some() != c.username.is_some()));
}

#[test]
fn the_people_and_registry_files_read_back() {
    let people = COMPANY.people_csv();
    let mut lines = people.lines();
    assert_eq!(
        lines.next(),
        Some("employee,name,team,region,manager,phone_number_id,number,assigned_from,notice_at")
    );
    assert_eq!(lines.clone().count(), 40);
    assert!(lines.all(|line| line.split(',').count() == 9));
    let registry = COMPANY.registry_csv();
    assert_eq!(registry.lines().next(), Some("kind,value,label"));
    let kinds: BTreeSet<&str> = registry.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    let expected = ["account", "domain", "email", "handle", "iban", "phone", "pix", "upi"];
    assert_eq!(kinds, expected.into());
    for number in &COMPANY.numbers {
        assert!(registry.contains(&format!("phone,+{},", number.digits)));
    }
}
