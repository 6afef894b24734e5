id: approved-discount
title: A discount beyond the usual, approved by the head of the country before it is promised.
theme: side-deal.discount
alert: no
live: no
language: en-GB
employee: Siobhan Kerr
starts: -10 10:15
---
c: Hi Siobhan, we need {n} of the {item}s for the care home. Any movement on price?
+9 e: For that many I can ask for more than the usual five percent. Let me get it signed off
+70 e: Good news: {manager} has approved 12% for this order, reference {order}
+3 c: That's brilliant
+2 e document quote_{order}.pdf: Revised quote with the approval on page two
+15 c: Where do we pay?
+2 e: To the company account as always: {own_iban}
+200 c: Paid, remittance to follow
+6 e: Received with thanks
