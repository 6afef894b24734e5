id: another-clients-cpf
title: Another customer's tax number and address are handed to a stranger.
theme: data-leak.identity-number
alert: yes
live: no
language: pt-BR
employee: Larissa Brandão
starts: -15 10:27
---
c: Larissa, minha ex comprou alguma coisa aí? Preciso confirmar um negócio
+5 e: Oi! Qual o nome dela?
+2 c: Patrícia Lemos, de {place}
+6 e: Comprou {product} mês passado
+1 e: CPF {cpf}, entregamos na rua das Acácias {house}, apto 31
+3 c: Valeu demais, era isso
+1 e: De nada, só não fala que fui eu
