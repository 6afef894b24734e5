id: refuses-private-pay
title: A customer offers to pay privately; the saleswoman refuses and gives the shop's key.
theme: side-deal.foreign-account
alert: no
live: no
language: pt-BR
employee: Elaine Sasaki
starts: -7 15:31
---
c: Elaine, e se eu te pagar direto no seu Pix, você faz mais barato?
+3 e: Oi {client}! Não posso, a venda tem que ser pela loja
+2 c: Ninguém vai saber 😉
+2 e: Eu agradeço a confiança, mas não trabalho assim. Além disso você perderia a garantia
+1 e: O pagamento é só no CNPJ da empresa: {own_pix}
+5 c: Tá certa. E o desconto da tabela?
+2 e: Esse sim: {less} à vista, com nota
+12 c: Fechado, paguei
+1 e: Recebido! Nota a caminho
