id: wa-me-link
title: A client is asked in Arabic to write to a private number by link.
theme: off-channel.private-contact
alert: yes
live: yes
language: ar
employee: Yasmin Haddad
starts: -1 11:05
---
c: السلام عليكم، متى أستلم {product}؟
+3 e: وعليكم السلام {client}، الطلب جاهز
+1 e: لكن خلينا نكمل على رقمي الخاص أفضل: https://wa.me/{private_digits}
+2 c: ليش مو هنا؟
+2 e: هذا رقم الشركة والكل يقرأ. هناك أعطيك سعرا خاصا، الخصم بيني وبينك
+5 c: طيب كم؟
+1 e: تعال على الخاص وأقول لك
+9 c: تمام أرسلت لك
