id: upi-personal
title: A dealer's man takes the payment on his own UPI and promises no bill.
theme: side-deal.foreign-account
alert: yes
live: yes
language: hi-Latn
employee: Rohan Kulkarni
starts: -4 18:40
---
c: Rohan bhai {product} ka final rate batao
+4 e: Company rate {price} hai
+1 e: Lekin aapke liye {low} mein kar dunga, bas ek kaam karna padega
+2 c: Kya?
+2 e: Payment company ki UPI pe mat karna. Meri wali pe bhejo {upi}
+3 c: Bill milega?
+1 e: Pakka bill nahi banega, kaccha likh ke de dunga. Maal same hai
+7 c: Warranty ka jhanjhat to nahi hoga na
+2 e: Main hoon na. Direct mujhe call karna, office mein mat karna
+15 c image: Bhej diya {low}
+2 e: Mil gaya 👍 kal subah 7 baje godown ke peeche se le jaana
