//! The list of story files, in the order in which they were thought of.

/// Every file of `data/stories`; a test holds the list to the folder.
pub(super) const ALL: [&str; 25] = [
    include_str!("../../data/stories/personal-pix.story"),
    include_str!("../../data/stories/upi-personal.story"),
    include_str!("../../data/stories/private-iban.story"),
    include_str!("../../data/stories/cash-no-invoice.story"),
    include_str!("../../data/stories/cousins-firm.story"),
    include_str!("../../data/stories/delete-this.story"),
    include_str!("../../data/stories/edited-payee.story"),
    include_str!("../../data/stories/telegram-move.story"),
    include_str!("../../data/stories/customer-list-photo.story"),
    include_str!("../../data/stories/customer-list-rival.story"),
    include_str!("../../data/stories/identity-numbers.story"),
    include_str!("../../data/stories/card-in-chat.story"),
    include_str!("../../data/stories/wa-me-link.story"),
    include_str!("../../data/stories/private-transfer-arabic.story"),
    include_str!("../../data/stories/another-clients-cpf.story"),
    include_str!("../../data/stories/wechat-red-packet.story"),
    include_str!("../../data/stories/four-days.story"),
    include_str!("../../data/stories/refuses-private-pay.story"),
    include_str!("../../data/stories/refuses-cash-hinglish.story"),
    include_str!("../../data/stories/approved-discount.story"),
    include_str!("../../data/stories/own-account-checked.story"),
    include_str!("../../data/stories/refund-to-client.story"),
    include_str!("../../data/stories/pix-joke.story"),
    include_str!("../../data/stories/colleagues-number.story"),
    include_str!("../../data/stories/waits-sealed.story"),
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_story_in_the_folder_is_on_the_list() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/stories");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), super::ALL.len());
    }
}
