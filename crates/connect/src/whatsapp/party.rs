//! Who is meant: parties from loose identifiers, and the contact of a delivery that belongs to an item.

use std::collections::HashMap;

use aboveboard_model::item::{Number, Party};

use super::{
    json::{Json, Object},
    reading::cut,
};

/// How long an identifier that is repeated outside the raw bytes may be, in characters.
const IDENTIFIER_CHARS_MAX: usize = 256;

/// The digits of a phone number however it is written; `None` where it is something else.
pub(super) fn digits(text: &str) -> Option<String> {
    const DIGITS_MAX: usize = 20;
    let ignored = |c: &char| !matches!(c, '+' | '-' | '(' | ')' | '.' | '/') && !c.is_whitespace();
    let rest: String = text.chars().filter(ignored).take(DIGITS_MAX + 1).collect();
    let good = !rest.is_empty() && rest.len() <= DIGITS_MAX && rest.bytes().all(|byte| byte.is_ascii_digit());
    good.then_some(rest)
}

/// A party known by what a field for phones holds. A user id in its place is taken as one; what is neither is kept as the
/// WhatsApp id.
pub(super) fn by_phone(text: Option<String>) -> Party {
    let Some(text) = text else { return Party::default() };
    if let Some(phone) = digits(&text) {
        return Party { phone: Some(phone), ..Party::default() };
    }
    let id = Some(cut(&text, IDENTIFIER_CHARS_MAX));
    match scoped(&text) {
        Some(Scoped::User) => Party { user_id: id, ..Party::default() },
        Some(Scoped::Parent) => Party { parent_user_id: id, ..Party::default() },
        None => Party { wa_id: id, ..Party::default() },
    }
}

/// A party by its phone field and its user ids.
pub(super) fn named(phone: Option<String>, user_id: Option<String>, parent_user_id: Option<String>) -> Party {
    let mut party = Party { user_id, parent_user_id, ..Party::default() };
    complete(&mut party, &by_phone(phone));
    party
}

/// Whose scope a business-scoped id has.
enum Scoped {
    User,
    Parent,
}

/// `CC.` and at most 128 letters and digits, or `CC.ENT.` and as many.
fn scoped(text: &str) -> Option<Scoped> {
    const ID_CHARS_MAX: usize = 128;
    let (country, rest) = text.split_once('.')?;
    let (kind, id) = match rest.strip_prefix("ENT.") {
        Some(id) => (Scoped::Parent, id),
        None => (Scoped::User, rest),
    };
    let is_country = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_id = (1..=ID_CHARS_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_country && is_id).then_some(kind)
}

/// A user name without the at sign.
pub(super) fn username(text: Option<String>) -> Option<String> {
    text.map(|name| name.strip_prefix('@').unwrap_or(&name).to_owned()).filter(|name| !name.is_empty())
}

/// A party from an object that names its identifiers without prefixes: a contact, a participant, a thread's context, an
/// entry of the address book.
pub(super) fn of(object: &Object<'_>) -> Party {
    let profile = object.object("profile");
    let in_profile = |name| profile.as_ref().and_then(|profile| profile.text(name));
    let phone = object.text_of(&["phone_number", "phone"]).and_then(|text| digits(&text));
    Party {
        phone: phone.or_else(|| object.text("input").and_then(|text| digits(&text))),
        wa_id: object.text("wa_id").map(|id| digits(&id).unwrap_or(id)),
        user_id: object.text_of(&["user_id", "business_scoped_user_id"]),
        parent_user_id: object.text("parent_user_id"),
        username: username(in_profile("username").or_else(|| object.text("username"))),
        name: in_profile("name").or_else(|| object.text_of(&["full_name", "first_name"])),
    }
}

/// The business number as its surroundings name it.
pub(super) fn number(account: Option<Json<'_>>, metadata: Option<Json<'_>>) -> Number {
    let metadata = metadata.and_then(Json::object);
    let named = |name| metadata.as_ref().and_then(|metadata| metadata.text(name));
    let short = |text: String| cut(&text, IDENTIFIER_CHARS_MAX);
    Number {
        account: account.and_then(Json::text).filter(|text| !text.is_empty()).map(short),
        id: named("phone_number_id").map(short),
        display: named("display_phone_number").map(|text| digits(&text).unwrap_or_else(|| short(text))),
    }
}

/// The firm's side of a conversation: the number's digits.
pub(super) fn firm(number: &Number) -> Party {
    by_phone(number.display.clone())
}

/// Adds what `more` knows and `party` does not.
pub(super) fn complete(party: &mut Party, more: &Party) {
    let pairs = [
        (&mut party.phone, &more.phone),
        (&mut party.wa_id, &more.wa_id),
        (&mut party.user_id, &more.user_id),
        (&mut party.parent_user_id, &more.parent_user_id),
        (&mut party.username, &more.username),
        (&mut party.name, &more.name),
    ];
    for (own, other) in pairs {
        if own.is_none() {
            own.clone_from(other);
        }
    }
}

/// The contacts that stand beside the items of one value. They are joined by user id, then by WhatsApp id, never by
/// their position: the order and number of contacts and items differ in practice.
#[derive(Default)]
pub(super) struct Contacts<'a> {
    list: Vec<(Json<'a>, Party)>,
    by_user_id: HashMap<String, usize>,
    by_wa_id: HashMap<String, usize>,
}

impl<'a> Contacts<'a> {
    pub(super) fn new(elements: Vec<Json<'a>>) -> Contacts<'a> {
        let mut contacts = Contacts::default();
        for (at, json) in elements.into_iter().enumerate() {
            let party = json.object().map(|object| of(&object)).unwrap_or_default();
            if let Some(id) = &party.user_id {
                contacts.by_user_id.entry(id.clone()).or_insert(at);
            }
            if let Some(id) = &party.wa_id {
                contacts.by_wa_id.entry(id.clone()).or_insert(at);
            }
            contacts.list.push((json, party));
        }
        contacts
    }

    /// The place of the contact that has the party's user id or, where that does not speak against it, its WhatsApp id.
    pub(super) fn find(&self, party: &Party) -> Option<usize> {
        if let Some(&at) = party.user_id.as_ref().and_then(|id| self.by_user_id.get(id)) {
            return Some(at);
        }
        let wa_ids = [&party.wa_id, &party.phone];
        let at = wa_ids.into_iter().flatten().find_map(|id| self.by_wa_id.get(id).copied())?;
        let other = &self.list.get(at)?.1;
        let contradicts = party.user_id.is_some() && other.user_id.is_some();
        (!contradicts).then_some(at)
    }

    /// Completes a party from its contact; the place of the contact, if there is one.
    pub(super) fn join(&self, party: &mut Party) -> Option<usize> {
        let at = self.find(party)?;
        complete(party, &self.list.get(at)?.1);
        Some(at)
    }

    /// The place of the only contact there is.
    pub(super) fn only(&self) -> Option<usize> {
        (self.list.len() == 1).then_some(0)
    }

    pub(super) fn get(&self, at: usize) -> Option<(Json<'a>, &Party)> {
        self.list.get(at).map(|(json, party)| (*json, party))
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contacts(text: &str) -> Contacts<'_> {
        Contacts::new(Json::parse(text.as_bytes()).unwrap().elements())
    }

    fn party(phone: Option<&str>, user_id: Option<&str>) -> Party {
        Party { phone: phone.map(str::to_owned), user_id: user_id.map(str::to_owned), ..Party::default() }
    }

    #[test]
    fn a_contact_is_joined_by_user_id_first_and_never_by_position() {
        let list = contacts(
            r#"[{"wa_id":"111","user_id":"BR.1","profile":{"name":"One"}},{"wa_id":"222","user_id":"BR.2"}]"#,
        );
        assert_eq!(list.find(&party(Some("111"), Some("BR.2"))), Some(1));
        assert_eq!(list.find(&party(Some("222"), None)), Some(1));
        assert_eq!(list.find(&party(Some("333"), None)), None);
        assert_eq!(list.find(&party(None, None)), None);
    }

    #[test]
    fn one_number_with_two_user_ids_is_two_people() {
        let list = contacts(r#"[{"wa_id":"111","user_id":"BR.1"}]"#);
        assert_eq!(list.find(&party(Some("111"), Some("BR.9"))), None);
    }

    #[test]
    fn a_phone_is_digits_however_it_is_written() {
        assert_eq!(digits("+55 (11) 98888-0000").as_deref(), Some("5511988880000"));
        for bad in ["", "+", "PN", "12a", "BR.12", "123456789012345678901"] {
            assert_eq!(digits(bad), None, "{bad}");
        }
        assert_eq!(by_phone(Some("PN".into())).wa_id.as_deref(), Some("PN"));
    }

    #[test]
    fn a_user_id_in_place_of_a_phone_is_a_user_id() {
        let text = |text: &str| by_phone(Some(text.to_owned()));
        assert_eq!(text("BR.13491208655302741918").user_id.as_deref(), Some("BR.13491208655302741918"));
        assert_eq!(text("BR.ENT.118157").parent_user_id.as_deref(), Some("BR.ENT.118157"));
        for other in ["br.1", "BRA.1", "BR.", "BR.ENT.", "BR.a b", "group.own-1"] {
            assert_eq!(text(other).wa_id.as_deref(), Some(other));
        }
        let both = named(Some("BR.1".to_owned()), Some("BR.2".to_owned()), None);
        assert_eq!(both.user_id.as_deref(), Some("BR.2"), "the field of its own counts");
    }
}
