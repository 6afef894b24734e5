//! Refusals: domain answers with a stable code. Their words stand in the language files under `refusal.<code>`.

use std::fmt;

macro_rules! refusals {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal,)*) => {
        /// Why a command is refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Refusal { $($(#[doc = $doc])* $name,)* }

        impl Refusal {
            /// All refusals.
            pub const ALL: &'static [Refusal] = &[$(Refusal::$name,)*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Refusal::$name => $code,)* }
            }
        }
    };
}

refusals! {
    /// The role does not carry the permission.
    NotPermitted = "not_permitted",
    /// What was named does not exist, or not for this role.
    NotFound = "not_found",
    /// Somebody else changed it meanwhile.
    ChangedMeanwhile = "changed_meanwhile",
    /// Nobody reviews themselves.
    OwnConduct = "own_conduct",
    /// Somebody else has claimed it.
    ClaimedByAnother = "claimed_by_another",
    /// It has an outcome already.
    AlreadyClosed = "already_closed",
    /// It has no outcome to take back.
    NotClosed = "not_closed",
    /// There is no act of one's own to take back, or somebody has done something since.
    NothingToUndo = "nothing_to_undo",
    /// Only alerts with the same policies and nearly the same words are decided at once.
    NotAlike = "not_alike",
    /// A reason is needed.
    ReasonMissing = "reason_missing",
    /// The text is longer than its limit.
    TooLong = "too_long",
    /// A field is empty or malformed.
    Malformed = "malformed",
    /// The case needs at least one alert.
    NoAlerts = "no_alerts",
    /// It exists already.
    Exists = "exists",
    /// A second person has to approve, and it cannot be the one who asked.
    SecondPersonNeeded = "second_person_needed",
    /// Administration and content are different sign-ins.
    RolesClash = "roles_clash",
    /// Nothing waits for approval.
    NothingPending = "nothing_pending",
    /// The last administrator cannot be disabled.
    LastAdministrator = "last_administrator",
    /// The password is too short or too common.
    WeakPassword = "weak_password",
    /// A password of one's own is another than the one before.
    SamePassword = "same_password",
    /// The person has not set a password of their own yet.
    PasswordGiven = "password_given",
    /// Name, password or lock: never said which.
    SignInFailed = "sign_in_failed",
    /// Another address for a service needs its own token.
    TokenNeeded = "token_needed",
    /// The alert or case named as the purpose does not concern what is read.
    PurposeUnrelated = "purpose_unrelated",
    /// The two are one person already.
    SamePerson = "same_person",
    /// The person has no other identity, so nothing would be left.
    OnlyIdentity = "only_identity",
    /// Nobody leads themselves, alone or through others.
    OwnManager = "own_manager",
    /// It was taken back before.
    AlreadyUndone = "already_undone",
    /// The policy has mistakes.
    PolicyBroken = "policy_broken",
    /// No example says what the policy must match.
    ExampleMissing = "example_missing",
    /// An example does not come out as it says.
    ExampleFails = "example_fails",
    /// The name or the title is still the one that the draft began with.
    PlaceholderLeft = "placeholder_left",
    /// A second person is asked already.
    ProposalPending = "proposal_pending",
    /// It is in force in just this form.
    SameText = "same_text",
    /// Something in force could not be used any more, or an example of it would fail.
    OthersBreak = "others_break",
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Refusal {}

/// Refuses text over a limit in bytes.
pub(crate) fn within(text: &str, bytes_max: usize) -> Result<(), Refusal> {
    if text.len() > bytes_max { Err(Refusal::TooLong) } else { Ok(()) }
}

/// Refuses text that is blank or over a limit in bytes.
pub(crate) fn reason(text: &str, bytes_max: usize) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::ReasonMissing);
    }
    within(text, bytes_max)
}
