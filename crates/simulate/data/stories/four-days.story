id: four-days
title: A friendly thread over four days ends with a private key and a false receipt.
theme: side-deal.foreign-account
alert: yes
live: no
language: pt-BR
employee: Marcelo Pinheiro
starts: -21 09:40
---
c: Bom dia Marcelo, tudo bem? Aqui é da pousada, preciso trocar {n} frigobares
+7 e: Bom dia! Que bom te ver de novo, como está o movimento?
+3 c: Melhorando, feriado ajudou
+9 e: Vou montar uma proposta com carinho
+1300 e document proposta_{order}.pdf: Proposta oficial da loja
+25 c: Hmm, ficou acima do que eu esperava
+4 e: É a tabela... deixa eu pensar numa saída
+1440 e: Pensei numa coisa. Se fechar comigo por fora, tiro 20%
+6 c: Por fora como?
+3 e: Você deposita na minha chave {pix_random} e eu compro no meu nome com desconto de funcionário
+11 c: E o recibo pra contabilidade?
+5 e: Faço um recibo com o timbre da loja, ninguém percebe
+1500 c: Meu sócio topou. Transfiro metade hoje
+4 e: Perfeito. Assim que cair eu libero
+35 c image: Primeira parte
+3 e: Caiu. Apaga depois essa conversa por favor
