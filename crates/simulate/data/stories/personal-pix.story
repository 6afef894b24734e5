id: personal-pix
title: A salesman offers a price below the list against a PIX to his own phone.
theme: side-deal.foreign-account
alert: yes
live: yes
language: pt-BR
employee: Bruno Tavares
starts: -6 10:12
---
c: Oi Bruno, aquele valor de {price} ({item}) ainda tá valendo?
+3 e: Oi {client}! Tá sim. Mas deixa eu te falar uma coisa
+1 e: Consigo fazer por {low} se você pagar direto pra mim
+2 c: Como assim direto?
+2 e #pix: Meu pix é o celular {private}, está no meu nome mesmo. Não precisa passar pela loja
+4 c: E a nota fiscal?
+2 e: Sem nota fica {low}. Com nota volta pra {price}, você que sabe
+6 c: E a garantia, como fica?
+3 e: Garantia é da fábrica, relaxa. Eu mesmo separo {product} no depósito
+20 c: Tá, vou fazer o pix agora então
+5 c image: Comprovante
+2 e react: 🙌
+1 e: Recebi. Entrego sábado à noite, depois que a loja fechar. Não comenta com ninguém daqui tá
