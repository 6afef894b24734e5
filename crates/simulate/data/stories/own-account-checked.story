id: own-account-checked
title: A wary customer checks the payee, and it is the company's.
theme: side-deal.foreign-account
alert: no
live: no
language: en-IN
employee: Priya Nair
starts: -9 12:22
---
c: Ma'am before paying I want to confirm, this UPI {own_upi} is of company only?
+2 e: Yes sir, it will show Aurora Home when you enter it. Never pay to any personal id please
+3 c: Someone on phone gave different id
+2 e: Please ignore that call. Only {own_upi}, same is written on our website aurorahome.example
+4 c: Thanks for telling
+5 c image: Paid to correct id
+2 e: Received. Invoice will come on mail
