//! The phrases of an explanation: what is said, apart from the language it is said in.

use aboveboard_model::{document::Field, finding::Severity};

/// Something that an explanation says. Its text is the caller's, in the reader's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phrase {
    /// Before the conditions that all have to hold.
    All,
    /// Before those of which one has to hold.
    Any,
    /// Before the only one.
    One,
    /// Within the list: all of what follows.
    AllOf,
    /// Within the list: any of what follows.
    AnyOf,
    /// Within the list: nothing of what follows.
    NoneOf,
    /// One condition, denied.
    Not,
    /// Two values of which either will do.
    Or,
    /// Any value at all.
    Anything,
    /// A field has a value.
    Has,
    /// A label of a field has a value.
    HasLabel,
    /// The words, wherever they stand.
    Words,
    /// The message's own text.
    Message,
    /// A zone of the message.
    Zone,
    /// A field.
    Is,
    /// A label of a field.
    LabelIs,
    /// What the registry does not have.
    Unregistered,
    /// What the registry has.
    Registered,
    /// A client wrote it.
    Received,
    /// Somebody of the company wrote it to a client.
    Sent,
    /// People of the company wrote it to each other.
    Internal,
    /// A word or phrase as it stands.
    Word,
    /// The beginning of a word.
    Prefix,
    /// Words near each other.
    Near,
    /// A lower end that is in.
    AtLeast,
    /// A lower end that is out.
    MoreThan,
    /// An upper end that is in.
    AtMost,
    /// An upper end that is out.
    LessThan,
    /// Both ends.
    Between,
    /// About everybody.
    Everybody,
    /// About some.
    People,
    /// In which regions.
    Regions,
    /// In which teams.
    Teams,
    /// What follows: a known exception.
    Ignored,
    /// What follows: an entry.
    Logged,
    /// What follows: an alert.
    Alerted,
    /// The sender is told afterwards.
    Notify,
    /// The sender is warned before.
    Warn,
    /// The sender gives a reason before.
    Justify,
    /// It is not sent.
    Block,
    /// What a field is called.
    Field(Field),
    /// What a severity is called.
    Severity(Severity),
}

impl Phrase {
    /// All but the names of fields and severities.
    pub const ALL: &[Phrase] = &[
        Phrase::All,
        Phrase::Any,
        Phrase::One,
        Phrase::AllOf,
        Phrase::AnyOf,
        Phrase::NoneOf,
        Phrase::Not,
        Phrase::Or,
        Phrase::Anything,
        Phrase::Has,
        Phrase::HasLabel,
        Phrase::Words,
        Phrase::Message,
        Phrase::Zone,
        Phrase::Is,
        Phrase::LabelIs,
        Phrase::Unregistered,
        Phrase::Registered,
        Phrase::Received,
        Phrase::Sent,
        Phrase::Internal,
        Phrase::Word,
        Phrase::Prefix,
        Phrase::Near,
        Phrase::AtLeast,
        Phrase::MoreThan,
        Phrase::AtMost,
        Phrase::LessThan,
        Phrase::Between,
        Phrase::Everybody,
        Phrase::People,
        Phrase::Regions,
        Phrase::Teams,
        Phrase::Ignored,
        Phrase::Logged,
        Phrase::Alerted,
        Phrase::Notify,
        Phrase::Warn,
        Phrase::Justify,
        Phrase::Block,
    ];

    /// Under which key a language has it: `explain.or`, `field.payment`, `severity.high`.
    pub fn key(self) -> String {
        match self {
            Phrase::Field(field) => format!("field.{}", field.word()),
            Phrase::Severity(severity) => format!("severity.{}", severity.word()),
            other => format!("explain.{}", other.spelled().0),
        }
    }

    /// What is put into it, by the names that stand in braces in its text, sorted.
    pub fn places(self) -> &'static [&'static str] {
        self.spelled().1
    }

    fn spelled(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Phrase::All => ("all", &[]),
            Phrase::Any => ("any", &[]),
            Phrase::One => ("one", &[]),
            Phrase::AllOf => ("all_of", &[]),
            Phrase::AnyOf => ("any_of", &[]),
            Phrase::NoneOf => ("none_of", &[]),
            Phrase::Not => ("not", &["test"]),
            Phrase::Or => ("or", &["one", "other"]),
            Phrase::Anything => ("anything", &[]),
            Phrase::Has => ("has", &["field"]),
            Phrase::HasLabel => ("has_label", &["field", "label"]),
            Phrase::Words => ("words", &["value"]),
            Phrase::Message => ("message", &["value"]),
            Phrase::Zone => ("zone", &["field", "value"]),
            Phrase::Is => ("is", &["field", "value"]),
            Phrase::LabelIs => ("label_is", &["field", "label", "value"]),
            Phrase::Unregistered => ("unregistered", &["field"]),
            Phrase::Registered => ("registered", &["field"]),
            Phrase::Received => ("received", &[]),
            Phrase::Sent => ("sent", &[]),
            Phrase::Internal => ("internal", &[]),
            Phrase::Word => ("word", &["text"]),
            Phrase::Prefix => ("prefix", &["text"]),
            Phrase::Near => ("near", &["slop", "text"]),
            Phrase::AtLeast => ("at_least", &["end"]),
            Phrase::MoreThan => ("more_than", &["end"]),
            Phrase::AtMost => ("at_most", &["end"]),
            Phrase::LessThan => ("less_than", &["end"]),
            Phrase::Between => ("between", &["high", "low"]),
            Phrase::Everybody => ("everybody", &[]),
            Phrase::People => ("people", &["where"]),
            Phrase::Regions => ("regions", &["names"]),
            Phrase::Teams => ("teams", &["names"]),
            Phrase::Ignored => ("ignored", &[]),
            Phrase::Logged => ("logged", &["severity"]),
            Phrase::Alerted => ("alerted", &["severity"]),
            Phrase::Notify => ("notify", &[]),
            Phrase::Warn => ("warn", &[]),
            Phrase::Justify => ("justify", &[]),
            Phrase::Block => ("block", &[]),
            Phrase::Field(field) => (field.word(), &[]),
            Phrase::Severity(severity) => (severity.word(), &[]),
        }
    }
}
