//! Words for furnished firms: ordinary ones, the longest that fit, and ones that are written from right to left.

/// What a firm's people, rules and messages say.
pub(super) struct Texts {
    pub firm: String,
    pub source: String,
    /// Employees' names, one after another and over again.
    pub names: Vec<String>,
    pub team: String,
    pub region: String,
    /// What the values and labels of the registry are made of.
    pub domain: String,
    pub account: String,
    pub label: String,
    /// Four rules, one of each severity.
    pub policies: [Policy; 4],
    pub answer: String,
    pub edited: String,
    /// More than one screen of text.
    pub long: String,
    /// What a reviewer writes.
    pub case: String,
    pub note: String,
}

/// A rule that finds what a client writes.
pub(super) struct Policy {
    pub title: String,
    /// Words in what is asked.
    pub words: String,
    pub asked: String,
}

fn policy(title: &str, words: &str, asked: &str) -> Policy {
    Policy { title: title.to_owned(), words: words.to_owned(), asked: asked.to_owned() }
}

impl Texts {
    pub(super) fn ordinary() -> Self {
        Self {
            firm: "Aurora Home".to_owned(),
            source: "WhatsApp of Aurora Home".to_owned(),
            names: ["Ana Ferraz", "Bruno Teles", "Carla Nunes", "Davi Rocha"].map(str::to_owned).to_vec(),
            team: "sales".to_owned(),
            region: "BR".to_owned(),
            domain: "aurora.example".to_owned(),
            account: "loja".to_owned(),
            label: "Main shop".to_owned(),
            policies: [
                policy(
                    "Asks for a discount in private",
                    "discount",
                    "can you do a discount for me, between us",
                ),
                policy(
                    "Asks to pay a private account",
                    "your account",
                    "I can send it to your account directly",
                ),
                policy("Complains of a delay", "late", "the sofa is late again, third week now"),
                policy("Asks to move to another app", "telegram", "write me on telegram, easier there"),
            ],
            answer: "let me see what I can do".to_owned(),
            edited: "let me ask the branch what we can do".to_owned(),
            long: "The fabric is stain resistant and comes with two years of warranty. ".repeat(30),
            case: "Private discount on a sofa".to_owned(),
            note: "Asked the branch for the order.".to_owned(),
        }
    }

    /// The longest names that fit, with and without a place to break.
    pub(super) fn long() -> Self {
        let unbroken = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft";
        let broken = "María del Pilar Concepción Guadalupe Fernández-Villaverde y Rodríguez de la Cruz ";
        let title = "Payment details that are not the company's, given in a private conversation after office hours \
                     and followed by a request to delete the message before anybody reads it";
        Self {
            firm: format!("{unbroken} und Söhne Möbelhandelsgesellschaft mit beschränkter Haftung"),
            source: format!("{broken}{unbroken}"),
            names: vec![format!("{broken}{broken}"), format!("{unbroken}{unbroken}"), "Jo".to_owned()],
            team: "inside sales for large and very large customers of the northern and eastern regions"
                .to_owned(),
            region: "BR-Rio-Grande-do-Norte-e-Paraiba-interior-e-litoral".to_owned(),
            domain: "furniture-and-household-appliances-of-the-northern-regions.example".to_owned(),
            account: format!("{unbroken}{unbroken}"),
            label: format!("{title}, {title}"),
            policies: [
                policy(
                    title,
                    "discount",
                    "a discount, please, for the blue one and also for the green one, and the chairs",
                ),
                policy(unbroken, "account", &format!("{unbroken}{unbroken} account {unbroken}")),
                policy(
                    &title.replace("reads it", "could read it"),
                    "late",
                    &format!("late {}", "and later ".repeat(60)),
                ),
                policy("Short", "telegram", "telegram"),
            ],
            answer: format!("https://furniture.example/{}?q={unbroken}", unbroken.repeat(3)),
            edited: format!("{broken}{}", unbroken.repeat(6)),
            long: format!("{} {}", unbroken.repeat(20), broken.repeat(30)),
            case: format!("{title} {unbroken}"),
            note: format!("{} {}", unbroken.repeat(4), title),
        }
    }

    /// Arabic and Hebrew, with digits and Latin words among them; Chinese and Hindi beside them.
    pub(super) fn right_to_left() -> Self {
        let names =
            ["محمد عبد الرحمن الشريف", "נועה בן־דוד", "李小龙", "अनन्या शर्मा", "สมชาย ใจดี", "دینا حسینی"];
        Self {
            firm: "شركة أورورا للأثاث".to_owned(),
            source: "واتساب المبيعات (الرياض)".to_owned(),
            names: names.map(str::to_owned).to_vec(),
            team: "المبيعات".to_owned(),
            region: "SA".to_owned(),
            domain: "aurora.example".to_owned(),
            account: "حساب-الفرع".to_owned(),
            label: "حساب الفرع الرئيسي (PIX 11 4000-0417)".to_owned(),
            policies: [
                policy("طلب خصم خارج النظام", "خصم", "ممكن خصم 20% على الكنبة XK-200؟ بيننا فقط"),
                policy(
                    "תשלום לחשבון פרטי",
                    "לחשבון",
                    "אפשר לשלם לחשבון שלך? IBAN IL62 0108 0000 0009 9999 999",
                ),
                policy("客户要求私下付款", "微信", "可以用微信转给你吗？不用开发票了，便宜一点。"),
                policy("ग्राहक ने दूसरे ऐप पर बुलाया", "टेलीग्राम", "आप मुझे टेलीग्राम पर लिखिए, वहाँ बात करते हैं 🙏"),
            ],
            answer: "لا أستطيع، لكن سأسأل المدير (ext. 417) وأرد عليك اليوم".to_owned(),
            edited: "لا أستطيع، لكن سأسأل مدير الفرع (ext. 417) وأرد عليك غدًا".to_owned(),
            long: "هذه الكنبة من القماش المقاوم للبقع مع ضمان سنتين، والسعر 1,850 ريال شامل التوصيل. "
                .repeat(24),
            case: "خصم خاص على كنبة – فرع الرياض".to_owned(),
            note: "سألت الفرع عن الطلب رقم A-10432، والرد غدًا.".to_owned(),
        }
    }
}
