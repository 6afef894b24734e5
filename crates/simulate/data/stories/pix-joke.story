id: pix-joke
title: A joke about "my Pix" between people who know each other.
theme: side-deal.foreign-account
alert: no
live: no
language: pt-BR
employee: Gabriela Monteiro
starts: -3 11:47
---
c: Gabi, sonhei que ganhei na loteria 😂
+2 e: Kkkkk então já sabe, meu pix tá aberto hein
+1 c: Só se você me der {a_product} de brinde
+2 e: Fechado, um de brinquedo kkkk
+1 c sticker:
+5 c: Falando sério, quanto está mesmo?
+2 e: Sério agora: {price} ou 10 de {part}, pagando sempre pela loja
+8 c: Passo aí no sábado
