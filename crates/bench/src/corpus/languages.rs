//! Word lists of our own: the words that people use every day first, then the pieces of which rarer words are made.

use super::Language;

/// Every language of the corpus, with its share of the messages in a thousand.
pub const ALL: &[Language] = &[
    Language {
        code: "en",
        share: 290,
        spaced: true,
        common: "the you and to is it for we can please thanks order price today tomorrow when send have will not \
                 delivery hello yes what this with your are stock invoice discount morning card cash store colour \
                 size black white return box week call address later great sorry help payment model fridge washer \
                 sofa table warranty broken exchange door street monday friday evening number photo waiting driver",
        pieces: "ba ker lin don mar tis pol ven ray sto cham fil gor hap jun ket lor mis nal pro quin rus tam ulp \
                 vost wick yar zen bro clim dra flen gri hol spen tor stra ville ment shire ness worth ley mond",
    },
    Language {
        code: "es",
        share: 130,
        spaced: true,
        common: "que para con por una los las gracias hola precio pedido hoy cuando puede enviar tiene mañana entrega \
                 buenas tardes cuánto cuesta tienda pago tarjeta efectivo descuento factura garantía dirección calle \
                 llega color talla negro blanco caja semana favor claro listo ayuda foto puerta lunes viernes noche \
                 teléfono modelo nevera lavadora mesa silla cambio devolución espera chófer número también después",
        pieces: "ca ro mien to del gue rra can to lla nos pre sa vi lla mor fue go ter ral den tis bra zo cio nal \
                 pin tu reja lom bri men do zar ques pal tron fer ni gal sol ven jar nue char flo rin",
    },
    Language {
        code: "pt",
        share: 130,
        spaced: true,
        common: "que para com não uma você obrigado oi preço pedido hoje quando pode enviar tem amanhã entrega bom \
                 dia tarde quanto custa loja pagamento cartão dinheiro desconto nota garantia endereço rua chega \
                 cor tamanho preto branco caixa semana favor claro pronto ajuda foto porta segunda sexta noite \
                 telefone modelo geladeira lavadora mesa cadeira troca devolução espera motorista número também",
        pieces: "ca so ra men to del gar vei ro lho nha pre mar ti fun da lou sa cri ber tim bal dei xa for no \
                 pes qui jar din vel ten cos ro ma lin gua bra ser pon tal fei mun dro nis",
    },
    Language {
        code: "de",
        share: 50,
        spaced: true,
        common: "und die der das ist nicht ich sie wir bitte danke hallo preis heute morgen wann können senden \
                 lieferung guten tag wie viel kostet laden zahlung karte bargeld rabatt rechnung garantie adresse \
                 straße kommt farbe größe schwarz weiß kiste woche hilfe bild tür montag freitag abend nummer modell \
                 kühlschrank tisch stuhl tausch rückgabe warten fahrer später gerne leider",
        pieces: "berg wal dorf hei stein ger mun der lich keit zen brun tal kor fel gen schaf ner voll hand lan bau \
                 mer kes tro sin pel rin wag nach auf vor ein gru ben hau sen kra mol ster",
    },
    Language {
        code: "hi",
        share: 120,
        spaced: true,
        common: "है में की का के से को पर और यह आप हम कल आज कब कितना दाम भेजो भेज दो नमस्ते धन्यवाद दुकान सामान \
                 पैसा नकद कार्ड छूट बिल पता गली रंग काला सफेद डिब्बा हफ्ता मदद फोटो दरवाजा सोमवार शाम नंबर \
                 माल वापस बदलना इंतजार गाडी ठीक हाँ नहीं बाद सुबह मेज कुर्सी गारंटी कृपया जल्दी",
        pieces: "क म ल न त र स प ब द ग ज च ह का मा ला ना ता रा सा पा बा दा कि मि लि नि ति रि सि पि मे ले ने ते रे \
                 से पे को मो लो नो तो रो सो पो कु मु लु नु तु रु सु पु",
    },
    Language {
        code: "ar",
        share: 80,
        spaced: true,
        common: "من في على هل كم سعر طلب اليوم غدا متى ممكن ارسل شكرا مرحبا نعم لا توصيل دفع بطاقة نقدا خصم فاتورة \
                 ضمان عنوان شارع يصل لون مقاس اسود ابيض صندوق اسبوع مساعدة صورة باب مساء رقم ثلاجة غسالة طاولة كرسي \
                 تبديل انتظار سائق بعد صباح الخير المتجر جديد قديم كبير صغير",
        pieces: "كت بر مل سن در فع نص حب قل صب رم جد ست عل ور نو با لا ما را سا دا تا ها كو مو لو نو رو سو دو تو كي \
                 مي لي ني ري سي دي تي",
    },
    Language {
        code: "zh",
        share: 100,
        spaced: false,
        common: "你好 谢谢 今天 明天 我们 客户 价格 公司 订单 发货 送货 地址 付款 现金 优惠 发票 保修 颜色 黑色 白色 什么 \
                 时候 可以 请问 多少 钱 商店 照片 电话 星期 帮忙 冰箱 桌子 椅子 换货 退货 等待 司机 号码 早上 晚上 好的 \
                 不是 没有 这个 那个 需要 知道 还有 现在",
        pieces: "山 水 木 石 田 禾 竹 米 衣 车 马 鸟 鱼 虫 草 花 果 瓜 茶 酒 刀 弓 舟 门 窗 床 灯 笔 纸 书 画 琴 棋 歌 舞 \
                 春 夏 秋 冬 东 西 南 北 左 右 前 后 高 低 长 短 轻 重 快 慢 新 旧 深 浅 红 绿 蓝 黄 紫 灰 金 银 铜 铁 \
                 玉 珠 沙 泥 云 雨 雪 风 雷 电 光 影 声 香 味 甜 苦 酸 辣 热 冷 干 湿 软 硬 圆 方 直 弯 厚 薄 粗 细 \
                 走 跑 跳 飞 游 坐 站 睡 醒 吃 喝 看 听 说 读 写 想 问 答 教 学 买 卖 给 拿 放 开 关 进 出 上 下",
    },
    Language {
        code: "ja",
        share: 50,
        spaced: false,
        common: "こんにちは ありがとう 今日 明日 注文 値段 会社 発送 配達 住所 支払い 現金 割引 請求書 保証 色 黒 白 いつ \
                 お願いします できますか いくら 店 写真 電話 週間 冷蔵庫 机 椅子 交換 返品 番号 朝 夜 はい いいえ です ます \
                 これ それ 必要 あとで サイズ カード モデル",
        pieces: "あ い う え お か き く け こ さ し す せ そ た ち つ て と な に ぬ ね の は ひ ふ へ ほ ま み む め も や \
                 ゆ よ ら り る れ ろ わ 橋 町 村 駅 島 森 林 川 池 空 星 月 朝 昼 夕 港 寺 城 坂 岸",
    },
    Language {
        code: "th",
        share: 50,
        spaced: false,
        common: "สวัสดี ขอบคุณ วันนี้ พรุ่งนี้ ราคา สั่งซื้อ ส่ง ที่อยู่ จ่ายเงิน เงินสด ส่วนลด ใบเสร็จ รับประกัน สี ดำ ขาว เมื่อไหร่ ได้ไหม \
                 เท่าไหร่ ร้าน รูป โทร สัปดาห์ ช่วย ตู้เย็น โต๊ะ เก้าอี้ เปลี่ยน คืน รอ เบอร์ เช้า เย็น ใช่ ไม่ ครับ ค่ะ มี ขนาด ใหญ่ \
                 เล็ก ใหม่",
        pieces: "กา มา นา ตา ปา ขา คา งา จา ชา ดา ทา บา พา ยา รา ลา วา สา หา กี มี นี ตี ปี ขี คี ดี ที บี พี ยี รี ลี วี สี หี \
                 กู มู นู ตู ปู ขู คู ดู ทู บู พู ยู รู ลู วู สู หู กัน มัน นัน ตัน ปัน ขัน คัน ดัน ทัน บัน พัน",
    },
];

/// What follows a message's words now and then, and what no word of a list is part of.
pub const ASIDES: &[&str] = &[
    "+55 11 98765-4321",
    "https://zqshop7.example/i/8731",
    "zq812@zqmail.example",
    "R$ 349,90",
    "USD 1,250.00",
    "#88231",
    "4111 1111 1111 1111",
    "INR 24000",
];

/// Emoji that end a message now and then.
pub const EMOJI: &[&str] = &["🙂", "👍", "🙏", "😀", "❤️", "🎉", "😅", "📦"];

/// What the default policies are about, as an employee writes it.
pub const VIOLATIONS: &[&str] = &[
    "Put it in today, guaranteed returns of two percent a month",
    "Pay me on PIX 529.982.247-25 and I take ten percent off, not the store",
    "Meu pix é o celular +55 11 98765-4321, está no meu nome mesmo",
    "My UPI is rohan.k@okaxis, send it there and not to the shop",
    "Aprovação garantida, pode confiar",
    "转到我个人账户 GB82 WEST 1234 5698 7654 32",
    "Delete this chat when you have read it, nobody has to know",
    "Let us move to my private number, here they read everything",
];
