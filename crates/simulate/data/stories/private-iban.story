id: private-iban
title: A customer is sent bank details that are not the company's.
theme: side-deal.foreign-account
alert: yes
live: yes
language: en-GB
employee: Oliver Brandt
starts: -8 12:05
---
c: Hi Oliver, about {product} — is {price} really the best you can do?
+6 e: On paper, yes. Between us I can do {low}
+2 c: What's the catch?
+3 e #bank: No catch, just send it to this account rather than the shop one: {iban}, name O Brandt
+5 c: That's not the account on your website though?
+2 e: No, this one goes straight to me. Saves us both the VAT
+12 c: Will I still get a receipt?
+3 e: I'll write you one by hand. Please don't ring the shop about it, they'll only complicate things
+40 c: OK, transferring tonight
+95 c image: Sent
+4 e: Lovely. I'll drop it round on Sunday in my own van
