id: private-transfer-arabic
title: A reduced price in Arabic against a transfer to a private account.
theme: side-deal.foreign-account
alert: yes
live: no
language: ar
employee: Layla Mansour
starts: -14 13:50
---
c: مرحبا ليلى، سعر {product} غالي علينا شوي
+6 e: أهلا {client}، السعر الرسمي {price}
+2 e: أقدر أعطيك {low} لو حولت المبلغ على حسابي أنا
+3 c: حسابك الشخصي؟ مو حساب الشركة؟
+2 e: إيه، {iban} باسم ليلى منصور. بدون فاتورة
+10 c: والضمان؟
+4 e: لا تخاف، أنا أتكفل. بس لا تقول لأحد في المحل
+60 c: حولت لك النصف الحين
+5 e: وصل، شكرا. الباقي عند الاستلام نقدا
