id: edited-payee
title: The company's key is sent first, then edited into a private one.
theme: side-deal.foreign-account
alert: yes
live: no
language: pt-BR
employee: Camila Duarte
starts: -9 14:02
---
c: Oi Camila, vou levar {product}. Qual a chave Pix?
+2 e #key: Oi {client}! A chave é o CNPJ {own_pix}, Casa Aurora Eletro Ltda. Valor {less}
+3 c: Perfeito, vou abrir o aplicativo
+2 e edit >key: Oi {client}! A chave é {pix_random}. Valor {less}
+1 e: Atualizei a chave aí em cima, usa essa nova por favor
+4 c: Apareceu um nome de pessoa física, é isso mesmo?
+2 e: É a conta que estou usando essa semana, pode mandar tranquilo
+9 c image: Feito
+1 e react: 🙏
+3 e: Obrigada! Sua entrega é sexta
