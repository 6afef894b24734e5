id: cousins-firm
title: A lead is passed to a relative's firm, with a contact card.
theme: side-deal.diversion
alert: yes
live: no
language: es
employee: Fábio Coutinho
starts: -13 11:30
---
c: Hola Fábio, necesito {n} equipos de aire para mi restaurante en {place}
+8 e: ¡Hola! Por la tienda te sale {price} cada uno
+2 e: Pero te soy sincero: mi primo tiene una empresa y te los instala más barato
+3 c: ¿Y es confiable?
+2 e: Trabaja con los mismos equipos. No lo pidas por acá, hablá directo con él
+1 e contact {private}: Primo Climatización
+1 e: Decile que vas de mi parte, yo me llevo mi parte y vos ahorrás
+15 c: ¿Me hace factura?
+6 e: Después lo ven. El alias para la seña es {pix_mail}, mandale la mitad
+50 c: Ok, le escribo
+4 e: Y por favor no comentes nada con la gente de la tienda
