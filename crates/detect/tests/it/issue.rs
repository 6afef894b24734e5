//! What the specification names in words, case by case.

use aboveboard_detect::derive;
use aboveboard_model::{
    document::Zone,
    features::{CONFIDENCE_MIN, Features, Input, Role},
};

fn features(text: &str, country: Option<&str>) -> Features {
    derive(&Input { zones: vec![(Zone::Text, text)], country })
}

fn kinds(text: &str, country: Option<&str>) -> Vec<(String, Role)> {
    let sightings = features(text, country).sightings.into_iter();
    sightings
        .filter(|sighting| sighting.confidence >= CONFIDENCE_MIN)
        .map(|sighting| (sighting.kind, sighting.role))
        .collect()
}

fn named(list: &[(&str, Role)]) -> Vec<(String, Role)> {
    list.iter().map(|(kind, role)| ((*kind).to_owned(), *role)).collect()
}

#[test]
fn one_stretch_of_text_may_be_several_things() {
    use Role::{Handle, Identity, Link, Payment};
    for (text, expected) in [
        ("chave pix 111.444.777-35", &[("BR_CPF", Identity), ("PIX_KEY", Payment)][..]),
        ("meu pix é 11 98888-0000", &[("PHONE", Handle), ("PIX_KEY", Payment)]),
        ("pix joana@example.com", &[("EMAIL", Handle), ("PIX_KEY", Payment)]),
        ("https://wa.me/5511988880000", &[("URL", Link), ("PHONE", Handle)]),
        ("t.me/joana_shop", &[("URL", Link), ("SOCIAL_HANDLE", Handle)]),
        ("paypal.me/joana", &[("URL", Link), ("PAYPAL_ME", Payment)]),
        ("9876543210@ybl", &[("UPI", Payment)]),
        ("pay me on pix 11 98888-0000, not the store", &[("PHONE", Handle), ("PIX_KEY", Payment)]),
    ] {
        assert_eq!(kinds(text, None), named(expected), "{text}");
    }
}

#[test]
fn ordinary_talk_holds_no_identifier() {
    for text in [
        "Good morning! The fridge model RF-28 is 1.79 m tall, 0.91 m wide and weighs 118 kg.",
        "Your order 4829103847 ships on 12/05/2024 at 10:30, tracking 1Z999AA10123456784.",
        "Pedido 11988880000 confirmado, nota fiscal 000123456, total R$ 1.350,00 em 10x de R$ 135,00.",
        "आपका ऑर्डर नंबर 482910384756 है",
        "您的订单号是482910384756，快递单号75312345678901",
        "رقم الطلب 482910384756",
        "OTP 482910. Ref no. 402938475610. PNR 4829103847.",
        "We open 9-18, Mon-Sat. 2+1 free, 3 for 2, 50/50.",
        "SKU 4111111111111111 has 12 left; EAN 7891234567895; IMEI 356943108273641",
        "I was born 1985-04-12 and moved in 2010-2012",
        "booking reference 234123412346, room 1204",
    ] {
        for country in [None, Some("IN"), Some("BR"), Some("GB")] {
            assert_eq!(kinds(text, country), named(&[]), "{text} {country:?}");
        }
    }
}

#[test]
fn a_message_gives_money_discount_and_language_beside_its_identifiers() {
    let text = "Bom dia! Consigo fazer a geladeira por R$ 3.200,00 com desconto de 12% se você pagar direto no meu pix 11 98888-0000";
    let features = features(text, None);
    assert_eq!(features.language.as_deref(), Some("pt"));
    assert_eq!(features.discount_percent, Some(12.0));
    assert_eq!(features.money.len(), 1);
    assert_eq!((features.money[0].amount, features.money[0].currency.as_deref()), (3200.0, Some("BRL")));
    let values: Vec<&str> = features.sightings.iter().map(|sighting| sighting.value.as_str()).collect();
    assert_eq!(values, ["+5511988880000", "+5511988880000"]);
}

#[test]
fn an_amount_is_not_read_out_of_an_identifier() {
    let features = features("IBAN GB82 WEST 1234 5698 7654 32 and £250", None);
    assert_eq!(features.money.iter().map(|money| money.amount).collect::<Vec<_>>(), [250.0]);
}
