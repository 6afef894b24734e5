id: refund-to-client
title: A refund to the customer's own PIX, on the shared line.
theme: side-deal.foreign-account
alert: no
live: no
language: pt-BR
employee: Ivone Prates
starts: -4 09:50
---
c: Bom dia, devolvi {product} e ainda não recebi o dinheiro
+4 e: Bom dia {client}! Localizei a devolução {order}. Pode me informar a sua chave Pix para o reembolso?
+3 c: É meu CPF: {client_cpf}
+5 e: Obrigada. O financeiro devolve {price} na sua chave em até dois dias úteis
+2 c: Ok, fico no aguardo
+1500 e: Reembolso feito hoje cedo. Consegue conferir?
+30 c: Caiu sim, obrigado pela atenção
+2 e react: 😊
