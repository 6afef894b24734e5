id: refuses-cash-hinglish
title: Staff refuse a request for no bill, in Hinglish.
theme: side-deal.cash
alert: no
live: no
language: hi-Latn
employee: Sneha Iyer
starts: -5 17:02
---
c: Sneha ji bina bill ke kitna kam hoga?
+3 e: Ji bina bill ke hum nahi dete
+2 c: Arre sab karte hain, seedha aapko de dunga
+2 e: Nahi ji, payment sirf company ki UPI {own_upi} pe hota hai
+4 c: Ok ok, try kiya tha 😄
+1 e: Koi baat nahi ji. {less} tak company allow karti hai
+6 c: Theek hai kal showroom aata hoon
