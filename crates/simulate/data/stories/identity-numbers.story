id: identity-numbers
title: Aadhaar and PAN of a customer are typed into the chat and repeated.
theme: data-leak.identity-number
alert: yes
live: no
language: hi
employee: Pooja Chauhan
starts: -7 11:10
---
c: नमस्ते पूजा जी, किस्तों पर {product} लेना है
+4 e: जी हो जाएगा। आपका आधार और पैन नंबर यहीं भेज दीजिए
+6 c: आधार {aadhaar}, पैन {pan}
+2 e: धन्यवाद, मैं फ़ाइनेंस वाले भैया को भेज रही हूँ
+3 e: एक बार देख लीजिए: आधार {aadhaar}, पैन {pan}, सही है ना?
+2 c: जी सही है
+1 c: ये सुरक्षित तो है?
+4 e: हाँ हाँ, चिंता मत कीजिए, सबका ऐसे ही करते हैं
