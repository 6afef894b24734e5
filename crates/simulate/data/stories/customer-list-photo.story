id: customer-list-photo
title: A photo of the customer list and the file itself go to an outsider.
theme: data-leak.customer-list
alert: yes
live: no
language: pt-BR
employee: Diego Farias
starts: -10 19:33
---
c: E aí Diego, conseguiu aquela lista que a gente falou?
+6 e: Consegui. Tem nome, telefone e o que cada cliente comprou
+1 e image: Primeira página da lista de clientes
+2 c: Top. Tem em planilha?
+8 e document clientes_aurora_2026.xlsx: Lista completa, uns 400 contatos
+3 c: Perfeito, isso vale ouro pra minha loja nova
+2 e: Manda o combinado pro meu pix {pix_mail}
+3 c: R$ 1.500 como combinamos?
+1 e: Isso. E ninguém pode saber que saiu daqui
+18 c image: Pago
