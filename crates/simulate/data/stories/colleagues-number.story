id: colleagues-number
title: A handover to a colleague on the company's own line.
theme: off-channel.private-contact
alert: no
live: no
language: en-GB
employee: Helen Ashworth
starts: -6 14:25
---
c: Hi Helen, who do I speak to about a repair?
+4 e: Our care desk will look after you, here is their number
+1 e contact +{desk}: Aurora Home Care
+2 e: It's the same company, just the service line. You can also email care@aurorahome.example
+6 c: Thank you, I'll message them now
+1 e: Lovely. Tell them your order is {order}
