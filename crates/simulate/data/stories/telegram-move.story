id: telegram-move
title: The talk is moved to a private Telegram account.
theme: off-channel.private-contact
alert: yes
live: yes
language: en-IN
employee: Nikhil Bansal
starts: -5 20:48
---
c: Sir what about the bulk order for our guest house, {n} ACs?
+5 e: Let us not discuss here, this number is company's
+1 e: Come on Telegram: t.me/{handle}
+3 c: I don't use it much
+2 e: Install na, better rate I will give there. Or my other number {private}
+4 c: Ok what rate roughly
+1 e: There I will tell. Here everything is recorded
+25 c: Done, sent you hi on Telegram
+2 e: 👍
