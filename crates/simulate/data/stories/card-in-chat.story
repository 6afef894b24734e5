id: card-in-chat
title: A card number is asked for and read back on the shared care line.
theme: data-leak.card
alert: yes
live: no
language: en-GB
employee: Grace Okafor
starts: -2 15:44
---
c: Hello, the website won't take my payment for the engineer visit
+3 e: Sorry about that. If you send me the long number and expiry I can put it through by hand
+4 c #card: {card} exp 09/28
+2 e >card: Thanks. Just to confirm it's {card}? And the three digits on the back please
+2 c: 417
+3 e: All gone through, £45. The engineer is booked for tomorrow morning
+1 c: Thank you, that was easy
+5 e: You're welcome. Anything else, just message here
