id: cash-no-invoice
title: A discount for notes in hand, without an invoice, handed over outside the shop.
theme: side-deal.cash
alert: yes
live: no
language: pt-BR
employee: Kauã Nogueira
starts: -11 16:20
---
c: Boa tarde Kauã. {product} à vista sai quanto?
+5 e: Na loja {less}
+1 e: Em dinheiro vivo, por fora, sem nota, faço {cash}
+4 c: Em espécie? É muito dinheiro pra andar por {place}
+2 e: A gente se encontra no estacionamento, você leva o dinheiro num envelope e já sai com {product} no carro
+3 c: Seu gerente sabe disso?
+2 e: Não precisa saber. Isso fica entre nós, não registro no sistema
+30 c: Não sei não...
+10 e: Te dou até amanhã. Depois outro cliente leva
+1100 c: Fechado. Estaciono no subsolo às 19h
+3 e: Combinado. Traz {cash} certinho, sem maquininha
