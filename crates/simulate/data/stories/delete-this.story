id: delete-this
title: Bank details are sent, and the customer is asked to delete them.
theme: side-deal.concealment
alert: yes
live: yes
language: en-IN
employee: Imran Shaikh
starts: -3 13:15
---
c: Imran ji, shop is showing {price} for {product}. You told {low} yesterday
+3 e: Yes {low} only if payment comes to me directly
+2 e #upi: Send to {upi} and message me here after sending
+4 c: Ok. Booking name?
+1 e: No booking, no entry. I will manage from display stock
+6 c image: Payment done
+1 e: Got it. Now please delete this chat from your side, I am also deleting
+1 e revoke >upi:
+2 c: Why to delete?
+2 e: Office checks sometimes. Nothing to worry
+30 c: Ok deleted
